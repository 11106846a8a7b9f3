"""Define a link of a bibliography, and the fields of archive copies."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.pages.formats.bibtex.parser import BibEntry, BibField
from crawler.pages.raw_links import RawLink

# Fields in which programs keep the archive copy of `url`, the usual one first.
ARCHIVE_FIELDS = ("archiveurl", "archive-url", "archive_url", "urlarchive", "archivedurl")

# Fields with the day of that copy; `urldate` is the day on which the author read the page.
ARCHIVE_DATE_FIELDS = frozenset(
    ["archivedate", "archive-date", "archive_date", "urlarchivedate", "archivedon"]
)


@dataclass(slots=True)
class BibLink:
    """A link with the entry and the field that it is in.

    Attributes:
        link: The link, as it is added to the page's record.
        entry: Its entry.
        field: Its field.
        is_joined: Its URL is joined from several parts of a value.
        is_identifier: Its field has an eprint's number, from which programs make the URL.
        has_archive: The entry has a field with an archive copy.
        has_archive_field: The entry has a field for an archive copy, which may be empty.
        is_main: It is the link in `url`, or the first one of an entry that has none.
    """

    link: RawLink
    entry: BibEntry
    field: BibField
    is_joined: bool = False
    is_identifier: bool = False
    has_archive: bool = False
    has_archive_field: bool = False
    is_main: bool = False

    @property
    def is_doi(self) -> bool:
        """Return whether its field is `doi`, even if the DOI is written as a URL."""
        return self.field.name == "doi"
