"""Write fixes in attributes of HTML, byte-exactly.

HTML has no footnotes, so in that style the archive link is in brackets after the link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from html import escape

from crawler.pages.fixes.basic_fix_writer import BasicFixWriter
from crawler.pages.fixes.edits import (
    IS_ROBUST,
    NOT_FOUND,
    ROBUST_COPY,
    capture_date,
    mirror_insertion,
    new_copy_day,
    robust_link_fix,
    with_title,
)
from crawler.pages.fixes.embedded_media import Embed, embed_of
from crawler.pages.formats.html.link_attributes import SRCSETS
from crawler.pages.formats.html.links import HtmlLink
from crawler.pages.source.html_attributes import attribute_extent
from crawler.pages.source.html_vocabulary import COPY_ATTRIBUTE
from crawler.pages.source.json_strings import json_escaped
from store.vocabulary import Citation
from store.vocabulary.fixes import (
    CitationFix,
    MirrorStyle,
    PlannedFix,
    TextEdit,
    UnsupportedMarkupError,
)

_URL = re.compile(r"https?://", re.IGNORECASE)


class HtmlFixWriter(BasicFixWriter):
    """Write the fixes of one HTML page."""

    has_title_style = True

    def __init__(self, data: bytes, links: Iterable[HtmlLink], link_text: str) -> None:
        self._data = data
        self._links = {(found.link.start, found.link.end): found for found in links}
        self._link_text = link_text

    def _link_of(self, citation: Citation) -> HtmlLink:
        """Return the link of a citation.

        Raises:
            UnsupportedMarkupError: It was not found again.
        """
        found = self._links.get((citation.start, citation.end))
        if found is None:
            raise UnsupportedMarkupError(NOT_FOUND)
        return found

    def embed_kind(self, citation: Citation) -> Embed | None:
        """Return the kind of content that the page embeds at a citation, or None."""
        found = self._link_of(citation)
        if found.is_json:
            return None
        return embed_of(found.tag.decode(), found.attribute.decode(), citation.url)

    def can_add(self, citation: Citation) -> bool:
        """Return whether text can be added after the link, in the same block.

        A copy in another block would not be read as the copy of this link.
        """
        found = self._link_of(citation)
        is_in_drawing = found.attribute == b"xlink:href"  # where text is not shown
        return found.element_end > 0 and not found.has_block and not is_in_drawing

    def written_url(self, url: str, citation: Citation) -> str:
        """Return a URL as it is written in the attribute of a citation."""
        found = self._link_of(citation)
        if found.is_json:
            return json_escaped(url).replace("</", "<\\/")
        if found.attribute in SRCSETS and (url.endswith(",") or not found.quote):
            raise UnsupportedMarkupError("a srcset cannot hold this URL: edit it by hand")
        return escape(url) if found.quote else f'"{escape(url)}"'

    def replace_url(self, planned: PlannedFix) -> CitationFix:
        """Return the fix that replaces a URL and, with it, the date of the copy in an attribute."""
        found, citation = self._link_of(planned.citation), planned.citation
        fix = super().replace_url(planned)
        if citation.archive is None:
            return fix
        is_named = found.attribute == COPY_ATTRIBUTE
        if not planned.is_mirror and (is_named or found.date_span is not None):
            raise UnsupportedMarkupError(ROBUST_COPY)
        if found.date_span is None:
            return fix
        edit = TextEdit(*found.date_span, new_copy_day(planned))
        return replace(fix, edits=(*fix.edits, edit))

    def page_data(self) -> bytes:
        """Return the page in UTF-8."""
        return self._data

    def archive_link_end(self, citation: Citation) -> int | None:
        """Return the offset in `page_data` behind an archive link, where its date may be.

        None if the link does not have the text of archive links, or its element has no end.
        """
        end = self._link_of(citation).element_end
        return end if end and citation.text == self._link_text else None

    def add_attributes(self, planned: PlannedFix) -> CitationFix:
        """Return the fix that makes an `a` element a Robust Link.

        Raises:
            UnsupportedMarkupError: It is one already, or it is no link with quotation marks.
        """
        found = self._link_of(planned.citation)
        if found.is_robust:
            raise UnsupportedMarkupError(IS_ROBUST)
        if (found.tag, found.attribute) != (b"a", b"href") or not found.quote:
            return super().add_attributes(planned)
        return robust_link_fix(planned, found.value_end, escape)

    def replace_with_mirror(self, planned: PlannedFix) -> CitationFix:
        """Return the fix in which the mirror replaces the URL, and the title has the original.

        Raises:
            UnsupportedMarkupError: The original would be lost.
        """
        found = self._link_of(planned.citation)
        citation, original = planned.citation, planned.original
        if found.attribute == COPY_ATTRIBUTE:
            return self.replace_url(planned)  # the link itself has the original
        # An earlier copy has the original already, in its URL or in the title.
        keeps_original = citation.archive is not None and bool(
            planned.contains_original or citation.title
        )
        if not original or keeps_original or found.element_end == 0 or not citation.text:
            return super().replace_with_mirror(planned)
        fix = self.replace_url(planned)
        if found.title_span is None:
            edit = TextEdit(found.value_end, found.value_end, f' title="{escape(original)}"')
            return with_title(fix, edit, original)
        if _URL.search(citation.title or "") or not found.title_quote:
            return super().replace_with_mirror(planned)
        at = found.title_span[1]
        if (citation.title or "").strip():
            edit = TextEdit(at, at, f" {escape(original)}")
            return with_title(fix, edit, f"{citation.title} {original}")
        return with_title(fix, TextEdit(at, at, escape(original)), original)

    def without_title(self, fix: CitationFix) -> CitationFix:
        """Return a fix that also removes the title of its link."""
        found = self._link_of(fix.planned.citation)
        if found.title_span is None or not fix.planned.citation.text:
            return fix  # the title is read as the text of a link that has none
        extent = attribute_extent(self._data, *found.title_span)
        return with_title(fix, TextEdit(*extent, ""), None) if extent else fix

    def add_mirror(self, planned: PlannedFix, style: MirrorStyle) -> CitationFix:
        """Return the fix that adds the mirror in brackets behind the link."""
        at, title = self._link_of(planned.citation).element_end, ""
        if planned.original and not planned.contains_original:
            title = f' title="{escape(planned.original)}"'
        date = capture_date(planned) if style is MirrorStyle.FOOTNOTE else ""
        link = f'<a href="{escape(planned.target)}"{title}>{escape(self._link_text)}</a>'
        return mirror_insertion(planned, TextEdit(at, at, f" ({link}{date})"))
