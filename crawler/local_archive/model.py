"""Define the records of the local archive's index, its defects and its exceptions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

REVISIT_MIME = "warc/revisit"  # the media type of revisit records in CDXJ


@dataclass(frozen=True, slots=True, order=True)
class IndexEntry:
    """One line of a CDXJ index: a response or revisit record, and its place in a WARC file.

    Entries compare as the lines of an index do: by key, then by timestamp.

    Attributes:
        key: The URL's SURT form.
        timestamp: The time of capture: 14 digits, UTC.
        url: The captured URL.
        mime: The media type; `warc/revisit` if the payload is in another record.
        status: The HTTP status code.
        digest: The digest of the payload (everything after the head), as warcio writes it:
            `sha1:` and base 32.
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
        return self.mime == REVISIT_MIME

    @property
    def end(self) -> int:
        """The position at which the next record begins."""
        return self.offset + self.length


def indexed_end(entries: Iterable[IndexEntry]) -> int:
    """Return the position after the last indexed record of a file; 0 without any."""
    return max((entry.end for entry in entries), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveDefect:
    """A defect that a check of the archive found.

    Attributes:
        filename: The name of the WARC or index file.
        offset: The position of the defective record; None if the defect concerns the whole file.
        detail: The defect, in words.
        is_repairable: Whether nothing is lost: a writer was interrupted, and the next one repairs
            the file.
    """

    filename: str
    offset: int | None
    detail: str
    is_repairable: bool = False


class LocalArchiveError(Exception):
    """The archive cannot be opened or written. The message is one line that says what to do."""


class ArchiveLocked(LocalArchiveError):
    """Another process writes to the archive."""


class RecordDamaged(Exception):
    """A record is missing, or not as it was written. The message completes "the record is …"."""


class RecordUnreadable(RecordDamaged):
    """A record may be in order, but the system or a damaged index prevents reading it now."""
