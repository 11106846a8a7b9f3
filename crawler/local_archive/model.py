"""What the local archive deals in: exchanges as they crossed the wire, and where their records lie."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class IndexEntry:
    """One line of the index: a response or revisit record, and where it lies. In the order of an index.

    `digest` is of the payload as warcio reckons it (what follows the head), `length` and `offset` are of the record's gzip member.
    """

    key: str  # the URL's SURT form
    timestamp: str  # 14 digits, UTC
    url: str
    mime: str  # "warc/revisit" for a record that refers to another one's payload
    status: int
    digest: str
    length: int
    offset: int
    filename: str

    @property
    def is_revisit(self) -> bool:
        return self.mime == REVISIT

    @property
    def end(self) -> int:
        """Where the next record begins."""
        return self.offset + self.length


REVISIT = "warc/revisit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFault:
    """One thing in the archive that should not be. `offset` is None where it is about a file as a whole.

    `unfinished`: nothing is lost; a writer was stopped in the middle, and the next one repairs it.
    """

    filename: str
    offset: int | None
    detail: str
    unfinished: bool = False


class LocalArchiveError(Exception):
    """The archive cannot be used, or written further; the message is one line that says what to do."""


class RecordDamaged(Exception):
    """A record is not there, or not as it was written."""
