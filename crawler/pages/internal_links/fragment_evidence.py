"""Search a page's source for signs of a fragment that is not among its known anchors.

Generators, their plugins and templates create anchors in ways that cannot all be known. A fragment
counts as missing only if nothing on the page suggests that it may exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Final

from crawler.pages.anchors import fragment_key

# Markup that puts text from elsewhere into a page, with headings that cannot be known.
_INCLUSION = re.compile(
    r"\{\{[%<](?!\s*/?\*?\s*(?:rel)?ref\b)"  # Hugo's shortcodes
    r"|\{%-?\s*(?:include|include_relative|render|for|capture|embed|extends)\b"  # Liquid
    r"|\{\{[#>]?\s*(?!<|%)\w"  # values and partials of templates, mdBook's #include
    r"|^[ \t]*-{1,}8<-{1,}|^[ \t]*\{![^\n]*!\}"  # snippets of Python-Markdown
    r"|!\[\[[^\[\]\n]+\]\]"  # Obsidian's embedded notes
    r"|^:::\s+[\w.]+[ \t\r]*$"  # mkdocstrings
    r"|^[ \t]*\.\. (?:include|auto\w+)::|^```+\{(?:include|eval-rst|auto\w+)\}"  # Sphinx
    r"|^include::\S"  # AsciiDoc, also the macros of its extensions
    r"|^(?!(?:image|video|audio|toc|if(?:def|ndef|eval)|endif)::)[A-Za-z][\w-]{0,50}::\S*\["
    r"|^#\|[ \t]*(?:output|results):[ \t]*[\"']?asis\b|\bresults\s*=\s*[\"']asis"  # cells of Quarto
    r"|^listing:"  # of other pages, by Quarto
    r"|^@include\b|^<<<\s|^<!--\s*@?include\b|^[ \t]*\[\[_TOC_\]\]",
    re.MULTILINE,
)
_COMPONENT = re.compile(r"^[ \t]*<[A-Z][\w.]*[\s/>]|^import\s.{1,300}\sfrom\s", re.MULTILINE)  # MDX
# A page of front matter only, whose layout has the text
_NO_TEXT = re.compile(r"\ufeff?---[ \t]*\r?\n(?:(?!---)[^\n]*\n)*---\s*\Z")
# Attribute lists, comments and tags, in which an id may be set; code is matched to skip it
_MARKED_OR_CODE = re.compile(r"\{[^{}\n]*\}|<!--(?:(?!<!--|-->).)*+|<[^<>]*>|`[^`\n]*`", re.DOTALL)
_LINKED = re.compile(r"""(?:href|src)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_TITLE_LINE = re.compile(
    r"^[ \t>]*(?:#{1,6}|={3}[!+]?|!{3}|\?{3}\+?|<[hH][1-6])(.*)$", re.MULTILINE
)
# A term of a definition list, or a heading with an underline
_TERM = re.compile(r"^(\S.*)\r?\n(?:\s*\n)?(?::\s|={3,}\s*$|-{3,}\s*$)", re.MULTILINE)
# Signs, and letters beyond ASCII, for which renderers write different things into an id
_SIGNS = re.compile(r"(?:[^\x00-\x7f]|[<>&$%|+=@^~])+")
_NOT_TITLE = re.compile(r"\{[^{}]*\}|<[^<>]*>|\]\([^()\s]*\)|\s\^[\w-]+\s*$")  # a block's id
_LINK_TARGET = re.compile(r"\]\([^()\s]*\)")
_WORD = re.compile(r"[\w-]+")
_MAX_LINE: Final = 1_000  # characters of a title
_MAX_SEARCHED: Final = 50_000_000  # characters for all fragments of a page, about a second


class FragmentEvidence:
    r"""Signs in a page's source of the fragments that it may have; the source is searched once.

    Args:
        text: The source.
        is_component_page: The page may use components (MDX). Others (Vue's in Markdown) count on
            pages without headings, whose text is that of the component.
        is_html: It is an HTML page, whose scripts may make ids.

    >>> FragmentEvidence("`publishDir`\n: where it goes").may_have("publishdir")
    True
    >>> FragmentEvidence("<!-- md:setting config.a -->").may_have("config.a")
    True
    >>> FragmentEvidence("### burn(oil: Lamp<T>)").may_have("burnoil-lampt")
    True
    >>> FragmentEvidence("### Press <kbd>Q</kbd> [[toc](#table)]").may_have("press-kbd-q-kbd-toc")
    True
    >>> FragmentEvidence("# Lamps\n\nA [link](#oil) to oil.").may_have("oil")
    False
    """

    def __init__(
        self, text: str, *, is_component_page: bool = False, is_html: bool = False
    ) -> None:
        self._may_add_any = bool(
            (is_html and "<script" in text) or _INCLUSION.search(text) or _NO_TEXT.match(text)
        )
        self._headings = [found[1][:_MAX_LINE] for found in _TITLE_LINE.finditer(text)]
        if is_component_page or not self._headings:
            self._may_add_any |= bool(_COMPONENT.search(text))
        terms = (found[1][:_MAX_LINE] for found in _TERM.finditer(text))
        titles = chain(self._headings, terms)
        self._titles = frozenset(chain.from_iterable(map(_title_keys, titles)))
        marked = (found[0] for found in _MARKED_OR_CODE.finditer(text))
        without_code = (each for each in marked if each[0] != "`")
        # The text in braces, comments and tags, without the targets of links
        self._marked_text = "\0".join(_LINKED.sub("", each) for each in without_code).lower()
        self._words = frozenset(_WORD.findall(self._marked_text))
        self._searchable = _MAX_SEARCHED  # characters that may still be searched

    def may_have(self, fragment: str) -> bool:
        """Return whether the source suggests that the page has a fragment.

        Args:
            fragment: Percent-encoding resolved.
        """
        if self._may_add_any or fragment_key(fragment) in self._titles:
            return True
        wanted = fragment.lower()
        words = _WORD.findall(wanted)
        if not self._words.issuperset(words):
            return False
        if words == [wanted] or not self._count_search(len(self._marked_text)):
            return True
        return _has_whole(self._marked_text, wanted)

    def may_transliterate(self, fragment: str) -> bool:
        """Return whether a fragment may be of a heading whose other letters are written in ASCII.

        What stands for them is not known: `zhong-wen` for "中文", `crab` or `less-than` for a sign.

        >>> FragmentEvidence("## Lamps (🦀)").may_transliterate("lamps-crab")
        True
        >>> FragmentEvidence("## Lamps (🦀)").may_transliterate("oil-crab")
        False
        >>> title = "## `<oil>` Lamps"
        >>> FragmentEvidence(title).may_transliterate("less-than-oil-greater-than-lamps")
        True
        """
        wanted = fragment_key(fragment)
        parts = self._parts_around_signs
        if len(wanted) > _MAX_LINE or not self._count_search(self._length_of_parts):
            return True
        return any(_has_in_order(wanted, each) for each in parts)

    @cached_property
    def _parts_around_signs(self) -> Sequence[Sequence[str]]:
        """The headings with signs or letters beyond ASCII: of each, the parts around these."""
        split = map(_SIGNS.split, self._headings)
        return [list(map(fragment_key, parts)) for parts in split if len(parts) > 1]

    @cached_property
    def _length_of_parts(self) -> int:
        return sum(len(part) for parts in self._parts_around_signs for part in parts)

    def _count_search(self, length: int) -> bool:
        """Count a search of so many characters; the total is limited because of hostile pages.

        Returns:
            Whether the search is within the limit.
        """
        self._searchable -= length
        return self._searchable > 0


def _has_whole(text: str, words: str) -> bool:
    """Return whether a text has these words with no letter, digit or hyphen next to them."""
    start = text.find(words)
    while start >= 0:
        before, after = text[start - 1 : start], text[start + len(words) : start + len(words) + 1]
        if not _WORD.match(before) and not _WORD.match(after):
            return True
        start = text.find(words, start + 1)
    return False


def _has_in_order(text: str, parts: Sequence[str]) -> bool:
    """Return whether a text begins and ends with the outer parts, and has the others between."""
    first, *inner, last = parts
    start, end = len(first), len(text) - len(last)
    if start > end or not (text.startswith(first) and text.endswith(last)):
        return False
    for part in inner:
        at = text.find(part, start, end)
        if at < 0:
            return False
        start = at + len(part)
    return True


def _title_keys(line: str) -> Iterator[str]:
    """Yield the fragments, as keys, of which a line may be the title."""
    words = _NOT_TITLE.sub("", line).strip()
    # Some renderers name a heading by its source, with tags or what looks like one: `List<T>`
    with_tags = _LINK_TARGET.sub("", line)
    # The first word is the kind of an admonition, for example.
    for title in (words, words.partition(" ")[2], line, with_tags):
        if key := fragment_key(title):
            yield key
