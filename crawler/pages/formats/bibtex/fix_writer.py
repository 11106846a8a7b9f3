"""Write fixes in a bibliography: replace a URL, or add the fields of an archive copy.

With the style that puts the mirror in place of the original, `url` gets the mirror, if that
contains the original. Otherwise the entry gets `archiveurl` and `archivedate`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from crawler.pages.fixes.basic_fix_writer import BasicFixWriter
from crawler.pages.fixes.edits import NO_ROOM, NOT_FOUND, UNDATED_COPY, mirror_insertion
from crawler.pages.formats.bibtex.latex import escape_url
from crawler.pages.formats.bibtex.links import ARCHIVE_DATE_FIELDS, ARCHIVE_FIELDS, BibLink
from crawler.pages.source.written_dates import written_date
from store.vocabulary import Citation
from store.vocabulary.fixes import (
    CitationFix,
    MirrorStyle,
    PlannedFix,
    TextEdit,
    UnsupportedMarkupError,
)


class BibtexFixWriter(BasicFixWriter):
    """Write the fixes of one bibliography."""

    def __init__(self, data: bytes, links: Iterable[BibLink]) -> None:
        self._data = data
        self._links = {(found.link.start, found.link.end): found for found in links}

    def _link_of(self, citation: Citation) -> BibLink:
        """Return the link of a citation.

        Raises:
            UnsupportedMarkupError: It was not found again.
        """
        found = self._links.get((citation.start, citation.end))
        if found is None:
            raise UnsupportedMarkupError(NOT_FOUND)
        return found

    def can_add(self, citation: Citation) -> bool:
        """Return whether the fields of an archive copy can be added, which would be of this link.

        An entry has these fields once, and programs take them for the copy of `url`.
        """
        found = self._link_of(citation)
        return found.is_main and not found.has_archive_field

    def page_data(self) -> bytes:
        """Return the page in UTF-8."""
        return self._data

    def words_around(self, citation: Citation) -> slice | None:
        """Return the place of the whole entry, whose notes may name the day of a copy."""
        entry = self._link_of(citation).entry
        return slice(entry.start, entry.end)

    def written_url(self, url: str, citation: Citation) -> str:
        """Return a URL as it is written in the field of a citation."""
        found = self._link_of(citation)
        if found.is_doi:
            raise UnsupportedMarkupError("it is a DOI: edit this entry by hand")
        if found.is_joined:
            raise UnsupportedMarkupError("it is joined from several parts: edit this entry by hand")
        if found.is_identifier:
            raise UnsupportedMarkupError("it is made from a number: edit this entry by hand")
        if "{" in url or "}" in url:
            raise UnsupportedMarkupError("the URL has braces: edit this entry by hand")
        like = self._data[citation.start : citation.end].decode(errors="replace")
        return escape_url(url, like)

    def replace_url(self, planned: PlannedFix) -> CitationFix:
        """Return the fix that replaces a URL, and with it the date of a replaced archive copy.

        Raises:
            UnsupportedMarkupError: The entry would be wrong.
        """
        fix, found = super().replace_url(planned), self._link_of(planned.citation)
        is_copy = found.field.name in ARCHIVE_FIELDS
        if planned.citation.archive is None or (found.has_archive and not is_copy):
            return fix
        if is_copy and not planned.is_mirror:
            raise UnsupportedMarkupError("it is an entry's copy, which may stay: edit it by hand")
        date_fields = (each for each in found.entry.fields if each.name in ARCHIVE_DATE_FIELDS)
        date_field = next(date_fields, None)
        if date_field is None:
            return fix
        if planned.captured is None or not planned.is_mirror or len(date_field.pieces) != 1:
            raise UnsupportedMarkupError(UNDATED_COPY)
        (piece,) = date_field.pieces
        sample = self._data[piece.start : piece.end].decode(errors="replace").strip()
        edit = TextEdit(piece.start, piece.end, written_date(planned.captured, [sample]))
        return replace(fix, edits=(*fix.edits, edit))

    def replace_with_mirror(self, planned: PlannedFix) -> CitationFix:
        """Return the fix in which the mirror replaces the URL, or else is added to the entry.

        Raises:
            UnsupportedMarkupError: Neither is possible.
        """
        found, citation = self._link_of(planned.citation), planned.citation
        is_replaceable = planned.contains_original or citation.archive is not None
        if is_replaceable and not (found.is_doi or found.is_identifier or found.is_joined):
            return super().replace_with_mirror(planned)
        if citation.archive is not None or not self.can_add(citation):
            return super().replace_with_mirror(planned)
        return self.add_mirror(planned, MirrorStyle.BESIDE)

    def add_mirror(self, planned: PlannedFix, style: MirrorStyle) -> CitationFix:
        """Return the fix that adds the fields of an archive copy behind a field.

        Raises:
            UnsupportedMarkupError: The URL cannot be written there.
        """
        del style
        found, target = self._link_of(planned.citation), planned.target
        if "{" in target or "}" in target or found.entry.problem:
            raise UnsupportedMarkupError(NO_ROOM)
        fields = {ARCHIVE_FIELDS[0]: target}
        if planned.captured:
            fields["archivedate"] = planned.captured.isoformat()
        text = "".join(self._written_field(found, *each) for each in fields.items())
        at = found.field.end
        return mirror_insertion(planned, TextEdit(at, at, text))

    def _written_field(self, found: BibLink, name: str, value: str) -> str:
        """Return a new field, formatted as the field before it, with a comma in front.

        Their equals signs stand below each other, and their values have the same delimiters. The
        new field is on a line of its own if the field before it is.
        """
        data, field = self._data, found.field
        line_start = data.rfind(b"\n", 0, field.name_start) + 1
        indent = data[line_start : field.name_start]
        # What is between the name and the value: white space, "=", white space, a delimiter
        head = data[field.name_start + len(field.name.encode()) : field.pieces[0].start]
        space, _, after = head.decode(errors="replace").rstrip('{"').partition("=")
        padded = name.ljust(len(field.name) + len(space) - 1) + space[-1:]
        is_quoted = field.pieces[0].delimiter == b'"'
        written = f'"{value}"' if is_quoted else f"{{{value}}}"
        if indent.strip():
            return f", {padded}={after}{written}"
        newline = "\r\n" if data[:line_start].endswith(b"\r\n") else "\n"
        return f",{newline}{indent.decode()}{padded}={after}{written}"
