"""Search a page's source for signs of a fragment that is not among its known anchors.

Generators, their plugins and templates create anchors in ways that cannot all be known. A fragment
counts as missing only if nothing on the page suggests that it may exist.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.pages.anchors import loose_fragment

# Markup that puts text from elsewhere into a page, with headings that cannot be known.
_INCLUSION = re.compile(
    r"\{\{[%<](?!\s*/?\*?\s*(?:rel)?ref\b)"  # Hugo's shortcodes
    r"|\{%-?\s*(?:include|include_relative|render|for|capture|embed|extends)\b"  # Liquid
    r"|\{\{[#>]?\s*(?!<|%)\w"  # values and partials of templates, mdBook's #include
    r"|^[ \t]*-{1,}8<-{1,}|^[ \t]*\{![^\n]*!\}"  # snippets of Python-Markdown
    r"|!\[\[[^\]\n]+\]\]"  # Obsidian's embedded notes
    r"|^:::\s+[\w.]+[ \t\r]*$"  # mkdocstrings
    r"|^[ \t]*\.\. (?:include|auto\w+)::|^```+\{(?:include|eval-rst|auto\w+)\}"  # Sphinx
    r"|^include::\S"  # AsciiDoc
    r"|^#\|[ \t]*(?:output|results):[ \t]*[\"']?asis\b|\bresults\s*=\s*[\"']asis"  # cells of Quarto
    r"|^listing:"  # of other pages, by Quarto
    r"|^@include\b|^<<<\s|^<!--\s*@?include\b|^[ \t]*\[\[_TOC_\]\]",
    re.MULTILINE,
)
_COMPONENT = re.compile(r"^[ \t]*<[A-Z][\w.]*[\s/>]|^import\s.{1,300}\sfrom\s", re.MULTILINE)  # MDX
# Attribute lists, comments and tags, in which an id may be set; code is matched to skip it
_GROUPS = re.compile(r"\{[^{}\n]*\}|<!--(?:(?!<!--|-->).)*+|<[^<>]*>|`[^`\n]*`", re.DOTALL)
_LINKED = re.compile(r"""(?:href|src)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_TITLE_LINE = re.compile(
    r"^[ \t>]*(?:#{1,6}|={3}[!+]?|!{3}|\?{3}\+?|<[hH][1-6])(.*)$", re.MULTILINE
)
# A term of a definition list, or a heading with an underline
_TERM = re.compile(r"^(\S.*)\r?\n(?:\s*\n)?(?::\s|={3,}\s*$|-{3,}\s*$)", re.MULTILINE)
_WRITTEN_OUT = re.compile(r"(?:[^\x00-\x7f]|[<>&$%|+=@^~])+")
_NOT_TITLE = re.compile(r"\{[^{}]*\}|<[^<>]*>|\]\([^()\s]*\)|\s\^[\w-]+\s*$")  # a block's id
_LINK_TARGET = re.compile(r"\]\([^()\s]*\)")


def fragment_may_exist(text: str, fragment: str, *, is_component_page: bool = False) -> bool:
    r"""Return whether a page's source suggests that it has a fragment.

    Args:
        text: The source.
        fragment: The fragment, percent-encoding resolved.
        is_component_page: The page may use components (MDX).

    >>> fragment_may_exist("`publishDir`\n: where it goes", "publishdir")
    True
    >>> fragment_may_exist("<!-- md:setting config.a -->", "config.a")
    True
    >>> fragment_may_exist("### burn(oil: Lamp<T>)", "burnoil-lampt")
    True
    >>> fragment_may_exist("### Press <kbd>Q</kbd> [[toc](#table)]", "press-kbd-q-kbd-toc")
    True
    >>> fragment_may_exist("# Lamps\n\nA [link](#oil) to oil.", "oil")
    False
    """
    if _INCLUSION.search(text) or (is_component_page and _COMPONENT.search(text)):
        return True
    wanted = loose_fragment(fragment)
    token = re.compile(rf"(?<![\w-]){re.escape(fragment)}(?![\w-])", re.IGNORECASE)
    for group in _GROUPS.finditer(text):
        if not group[0].startswith("`") and token.search(_LINKED.sub("", group[0])):
            return True
    lines = (found[1] for pattern in (_TITLE_LINE, _TERM) for found in pattern.finditer(text))
    return bool(wanted) and any(_is_title(line, wanted) for line in lines)


def heading_may_be_transliterated(text: str, fragment: str) -> bool:
    """Return whether a fragment may be of a heading whose other letters are written in ASCII.

    What stands for them is not known: `zhong-wen` for "中文", `crab` or `less-than` for a sign.

    >>> heading_may_be_transliterated("## Lamps (🦀)", "lamps-crab")
    True
    >>> heading_may_be_transliterated("## Lamps (🦀)", "oil-crab")
    False
    >>> heading_may_be_transliterated("## `<oil>` Lamps", "less-than-oil-greater-than-lamps")
    True
    """
    wanted = loose_fragment(fragment)
    for line in _TITLE_LINE.finditer(text):
        words = line[1][:1000]
        parts = [loose_fragment(part) for part in _WRITTEN_OUT.split(words)]
        if len(parts) > 1 and _has_in_order(wanted, parts):
            return True
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


def _is_title(line: str, wanted: str) -> bool:
    """Return whether a line has the words of a fragment, with or without a first word.

    The first word is the kind of an admonition, for example.
    """
    words = _NOT_TITLE.sub("", line[:1000]).strip()
    rest = words.partition(" ")[2]
    # Some renderers name a heading by its source, with tags or what looks like one: `List<T>`
    with_tags = _LINK_TARGET.sub("", line[:1000])
    return wanted in {loose_fragment(each) for each in (words, rest, line[:1000], with_tags)}
