"""Define the records of the local archive's index, its faults and its exceptions."""

from __future__ import annotations

from dataclasses import dataclass

REVISIT = "warc/revisit"  # the media type of revisit records in CDXJ


@dataclass(frozen=True, slots=True, order=True)
class IndexEntry:
    """One line of a CDXJ index: a response or revisit record, and its place. Sorted as in an index.

    Attributes:
        key: The URL's SURT form.
        timestamp: The time of capture: 14 digits, UTC.
        url: The captured URL.
        mime: The media type; `warc/revisit` if the payload is in another record.
        status: The HTTP status code.
        digest: The digest of the payload (everything after the head), as warcio writes it.
        length: The bytes of the record's gzip member.
        offset: The position of the member in its file.
        filename: The name of the WARC file.
    """

    key: str
    timestamp: str
    url: str
    mime: str
    status: int
    digest: str
    length: int
    offset: int
    filename: str

    @property
    def is_revisit(self) -> bool:
        """True if the record refers to the payload of another one."""
        return self.mime == REVISIT

    @property
    def end(self) -> int:
        """The position at which the next record begins."""
        return self.offset + self.length


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFault:
    """A fault that a check of the archive found.

    Attributes:
        filename: The name of the WARC or index file.
        offset: The position of the faulty record; None if the fault concerns the whole file.
        detail: The fault, in words.
        unfinished: Whether nothing is lost: a writer was interrupted, and the next one repairs it.
    """

    filename: str
    offset: int | None
    detail: str
    unfinished: bool = False


class LocalArchiveError(Exception):
    """The archive cannot be opened or written. The message is one line that says what to do."""


class RecordDamaged(Exception):
    """A record is missing, or not as it was written. The message completes "the record is …"."""


class RecordUnreadable(RecordDamaged):
    """A record may be in order, but the system or a damaged index prevents reading it now."""
