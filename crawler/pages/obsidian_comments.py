"""Find the comments of Obsidian, `%%…%%`, which readers do not see."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from operator import itemgetter

from store.vocabulary import InternalLink

_COMMENT = re.compile(r"%%.*?%%", re.DOTALL)


class ObsidianComments:
    """Knows the comments of each page of a vault, on one line or over several.

    Args:
        read_text: Returns the source of a page, None if it cannot be read.
    """

    def __init__(self, read_text: Callable[[str], str | None]) -> None:
        self._read_text = read_text
        self._pages: dict[str, tuple[Sequence[int], Sequence[tuple[int, int]]]] = {}

    def contain(self, link: InternalLink) -> bool:
        """Return whether a link is in a comment."""
        if link.page not in self._pages:
            text = self._read_text(link.page) or ""
            starts = [0, *(end.end() for end in re.finditer("\n", text))]
            self._pages[link.page] = starts, [found.span() for found in _COMMENT.finditer(text)]
        lines, comments = self._pages[link.page]
        if not comments or link.line > len(lines):
            return False
        offset = lines[link.line - 1] + link.column - 1
        before = bisect_right(comments, offset, key=itemgetter(0))
        return before > 0 and offset < comments[before - 1][1]
