"""Find text in which brackets are no links: formulas, and the comments of Obsidian (`%%…%%`)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Final

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
_MARKS = ("$", "\\[", "\\(", "\\begin{")  # without these, a page has no formula

# Characters of a page in which formulas are searched; 3 s if none of its environments ends.
_MAX_SEARCHED: Final = 1_000_000

_Span = tuple[int, int]


class UnrenderedText:
    """Knows the formulas and comments of each page, on one line or over several.

    Args:
        read_text: Returns the source of a page, None if it cannot be read.
    """

    def __init__(self, read_text: Callable[[str], str | None]) -> None:
        self._read_text = read_text
        self._pages: dict[str, tuple[Sequence[int], Sequence[_Span], Sequence[_Span]]] = {}

    def is_in_formula(self, link: InternalLink) -> bool:
        """Return whether a link is in a formula."""
        starts, formulas, _ = self._read(link.page)
        return _contain(formulas, starts, link)

    def is_in_comment(self, link: InternalLink) -> bool:
        """Return whether a link is in a comment of Obsidian."""
        starts, _, comments = self._read(link.page)
        return _contain(comments, starts, link)

    def _read(self, page: str) -> tuple[Sequence[int], Sequence[_Span], Sequence[_Span]]:
        """Return where the lines of a page begin, and the spans of its formulas and comments."""
        if page not in self._pages:
            text = self._read_text(page) or ""
            starts = [0, *(end.end() for end in re.finditer("\n", text))]
            comments = [found.span() for found in _COMMENT.finditer(text)]
            self._pages[page] = starts, _formulas(text), comments
        return self._pages[page]


def _formulas(text: str) -> Sequence[_Span]:
    """Return the spans of the formulas in a text; what is in code is none.

    The end of a very long text with formulas counts as one: what is in it is not known.
    """
    if not any(mark in text for mark in _MARKS):
        return ()
    without_code = _CODE.sub(lambda code: " " * len(code[0]), text[:_MAX_SEARCHED])
    spans = [found.span() for found in _FORMULA.finditer(without_code)]
    return [*spans, (_MAX_SEARCHED, len(text))] if len(text) > _MAX_SEARCHED else spans


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
