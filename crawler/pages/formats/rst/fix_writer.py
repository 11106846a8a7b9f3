"""Write fixes on reStructuredText pages.

In a target, an option or an image nothing can be added beside the address. References have no
titles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from crawler.pages.fixes.edits import (
    capture_date,
    footnote_labels,
    mirror_insertion,
    url_replacement,
)
from crawler.pages.fixes.link_fix_writer import LinkFixWriter
from crawler.pages.formats.rst.inline_patterns import URI
from crawler.pages.formats.rst.links import RstForm, RstLink
from store.vocabulary import Citation
from store.vocabulary.fixes import (
    CitationFix,
    MirrorStyle,
    PlannedFix,
    TextEdit,
    UnsupportedMarkupError,
)

_UNSAFE = re.compile(r"[\s<>`\\]")
_ESCAPED = re.compile(r"([\\`*_|<>])")


class RstFixWriter(LinkFixWriter[RstLink]):
    """Write the fixes of one reStructuredText page."""

    def __init__(self, data: bytes, links: Iterable[RstLink], link_text: str) -> None:
        super().__init__(data, links, link_text)
        self._labels = footnote_labels(self._is_unused)

    def _is_unused(self, label: str) -> bool:
        """Return whether no footnote of the page has a label."""
        return f"[#{label}]".encode() not in self._data

    def written_url(self, url: str, citation: Citation) -> str:
        """Return a URL as it is written in the place of a citation.

        Raises:
            UnsupportedMarkupError: A bare URL would end early.
        """
        form = self._link_of(citation).form
        if form is RstForm.HTML_ATTRIBUTE:
            return escape(url)
        if form is RstForm.BARE:
            whole = URI.match(url)
            if whole is None or whole.end() != len(url):
                raise UnsupportedMarkupError("the new URL would end early: edit it by hand")
            return url[:-1] + "\\_" if url.endswith("_") else url
        return _as_target(url)

    def replace_url(self, planned: PlannedFix) -> CitationFix:
        """Return the fix that replaces the URL of a citation, and its text if that is the URL."""
        citation = planned.citation
        written = self.written_url(planned.target, citation)
        is_text = self._link_of(citation).form is RstForm.EMBEDDED and citation.text == citation.url
        changed = {"text": planned.target} if is_text else {}
        return url_replacement(planned, written, **changed)

    def add_mirror(self, planned: PlannedFix, style: MirrorStyle) -> CitationFix:
        """Return the fix that adds the mirror behind the link, or in a footnote."""
        found, note = self._link_of(planned.citation), self._note(planned)
        at = found.link.markup[1]
        # A mirror whose URL does not contain the original is paired with it only in one block.
        can_have_note = planned.citation.footnote is None and planned.contains_original
        if style is not MirrorStyle.FOOTNOTE:
            return mirror_insertion(planned, TextEdit(at, at, f" ({self._archive_link(planned)})"))
        if not can_have_note:
            return mirror_insertion(planned, TextEdit(at, at, f" ({note})"))
        label, end = next(self._labels), len(self._data)
        newline = "\r\n" if b"\r\n" in self._data else "\n"
        gap = newline if self._data.endswith(b"\n") else newline * 2
        tail = newline if self._data.endswith(b"\n") else ""
        definition = f"{gap}.. [#{label}] {note}.{tail}"
        mark = TextEdit(at, at, f" [#{label}]_")
        return mirror_insertion(planned, mark, TextEdit(end, end, definition))

    def _note(self, planned: PlannedFix) -> str:
        """Return the text of a footnote: the archive link and the day of the copy."""
        return f"{self._archive_link(planned)}{capture_date(planned)}"

    def _archive_link(self, planned: PlannedFix) -> str:
        """Return the archive link."""
        word = _ESCAPED.sub(r"\\\1", self._link_text)
        return f"`{word} <{_as_target(planned.target)}>`__"


def _as_target(url: str) -> str:
    r"""Return a URL as an address between angle brackets or in a target.

    >>> _as_target("https://a.example/b_")
    'https://a.example/b\\_'

    Raises:
        UnsupportedMarkupError: It has characters that an address cannot have.
    """
    if _UNSAFE.search(url):
        raise UnsupportedMarkupError(
            "the new URL has a character with a meaning in reStructuredText: edit it by hand"
        )
    return url[:-1] + "\\_" if url.endswith("_") else url
