"""Find text in which brackets are no links.

These are formulas, the comments of Obsidian (`%%…%%`), and brackets behind a wikilink (`[[a]](s)`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

from store.vocabulary import InternalLink

_COMMENT = re.compile(r"%%.*?%%", re.DOTALL)
_CODE = re.compile(
    r"^[ \t>]*+([`~]{3,}+).*?^[ \t>]*\1|`[^`\n]*`",  # possessive: a long run is one mark
    re.MULTILINE | re.DOTALL,
)
# TeX as MathJax and KaTeX find it: `$$…$$`, environments, `\[…\]` and `\(…\)` with one backslash
# or two, and `$…$`, which has no space within its ends and no digit behind it (Pandoc's
# tex_math_dollars).
_FORMULA = re.compile(
    r"(?<!\\)\$\$(?:(?!\n#{1,6} ).){1,20000}?(?<!\\)\$\$"  # a heading ends it
    r"|\\begin\{(\w{1,20}\*?)\}.{1,3000}?\\end\{\1\}"
    r"|^[ \t>]*\\{1,2}\[[ \t]*\n(?:[ \t>]*[^ \t>\n][^\n]*\n){1,200}?[ \t>]*\\{1,2}\]"
    r"|\\\\\[[^\n]{1,300}?\\\\\]"
    r"|\\\\\([^\n]{1,300}?\\\\\)"
    r"|(?<![\\$\w])\$(?![\s$])(?:[^$\\\n]|\\[^\n])+?(?<!\s)\$(?![\d$])",
    re.DOTALL | re.MULTILINE,
)
_WIKILINK_BEFORE = re.compile(r"\[\[([^\[\]\n|#]{1,250})(?:[#|][^\[\]\n]{0,250})?\]\]\(<?")
# The text of a link to a fragment, empty
_WITHOUT_TEXT = re.compile(r"(?<![!\\])\[[ \t]*\]\(<?(?=#)")
_FORMULA_MARKS = ("$", "\\[", "\\(", "\\begin{")  # without these, a page has no formula

# Characters of a page in which formulas are searched; 3 s if none of its environments ends.
_MAX_SEARCHED: Final = 1_000_000

_Span = tuple[int, int]


class _Page(NamedTuple):
    """The places in a page's text of lines, formulas, comments and some wikilinks.

    Attributes:
        line_starts: The index at which each line begins.
        formulas: The spans of formulas.
        comments: The spans of Obsidian's comments.
        wikilinks: The pages of wikilinks that brackets follow, by the index in the brackets.
        without_text: The indexes of fragments in links without text, `[](#new)`.
    """

    line_starts: Sequence[int]
    formulas: Sequence[_Span]
    comments: Sequence[_Span]
    wikilinks: Mapping[int, str]
    without_text: frozenset[int]


class UnrenderedText:
    """Find whether a link is in text that is not rendered as a link.

    Args:
        read_text: Returns the source of a page, None if it cannot be read.
    """

    def __init__(self, read_text: Callable[[str], str | None]) -> None:
        self._read_text = read_text
        self._pages: dict[str, _Page] = {}

    def is_in_formula(self, link: InternalLink) -> bool:
        """Return whether a link is in a formula."""
        page = self._read(link.page)
        return _contain(page.formulas, page.line_starts, link)

    def is_in_comment(self, link: InternalLink) -> bool:
        """Return whether a link is in a comment of Obsidian."""
        page = self._read(link.page)
        return _contain(page.comments, page.line_starts, link)

    def wikilink_before(self, link: InternalLink) -> str:
        """Return the page of the wikilink whose brackets a link's destination follows, else "".

        In `[[Lamp]](s)`, programs with wikilinks render the link `Lamp`, and `(s)` as text.
        """
        page = self._read(link.page)
        if link.line > len(page.line_starts):
            return ""
        return page.wikilinks.get(page.line_starts[link.line - 1] + link.column - 1, "")

    def is_without_text(self, link: InternalLink) -> bool:
        """Return whether a link to a fragment has no text, so that no reader can follow it.

        Change logs have such links as marks for style sheets: `[](#bugfix)`.
        """
        if link.text or not link.target.startswith("#"):
            return False
        page = self._read(link.page)
        if link.line > len(page.line_starts):
            return False
        return page.line_starts[link.line - 1] + link.column - 1 in page.without_text

    def _read(self, page: str) -> _Page:
        """Return the places in the text of a page, which is read once."""
        if page not in self._pages:
            text = self._read_text(page) or ""
            self._pages[page] = _Page(
                line_starts=[0, *(end.end() for end in re.finditer("\n", text))],
                formulas=_formulas(text),
                comments=[found.span() for found in _COMMENT.finditer(text)],
                wikilinks={
                    found.end(): found[1].strip() for found in _WIKILINK_BEFORE.finditer(text)
                },
                without_text=frozenset(found.end() for found in _WITHOUT_TEXT.finditer(text)),
            )
        return self._pages[page]


def _formulas(text: str) -> Sequence[_Span]:
    """Return the spans of the formulas in a text; what is in code is none.

    The end of a very long text with formulas counts as one: what is in it is not known.
    """
    if not any(mark in text for mark in _FORMULA_MARKS):
        return ()
    without_code = _CODE.sub(lambda code: " " * len(code[0]), text[:_MAX_SEARCHED])
    spans = [found.span() for found in _FORMULA.finditer(without_code)]
    if len(text) > _MAX_SEARCHED:
        spans.append((_MAX_SEARCHED, len(text)))
    return spans


def _contain(spans: Sequence[_Span], starts: Sequence[int], link: InternalLink) -> bool:
    """Return whether a link begins in one of the spans of its page.

    Args:
        spans: The spans, in order.
        starts: The index at which each line of the page begins.
        link: The link.
    """
    if not spans or link.line > len(starts):
        return False
    offset = starts[link.line - 1] + link.column - 1
    before = bisect_right(spans, offset, key=itemgetter(0))
    return before > 0 and offset < spans[before - 1][1]
