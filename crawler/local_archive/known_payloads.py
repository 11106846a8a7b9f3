"""Remember which record of the archive has a payload, so that the same payload is stored once."""

from __future__ import annotations

from crawler.local_archive.model import IndexEntry

_MAX_PAYLOADS = 200_000  # the newest; they take some 70 MB of memory

RecordName = tuple[str, str]
"""The URL and the timestamp of a record."""


class KnownPayloads:
    """The records that have the newest payloads of an archive, by the digests of these."""

    def __init__(self) -> None:
        self._records: dict[str, RecordName] = {}  # by digest, the oldest first

    def add(self, entry: IndexEntry) -> None:
        """Remember the payload of a record, unless it is a revisit or has a known payload."""
        if entry.is_revisit:
            return
        self._records.setdefault(entry.digest, (entry.url, entry.timestamp))
        if len(self._records) > _MAX_PAYLOADS:
            oldest_digest = next(iter(self._records))
            del self._records[oldest_digest]

    def record_with(self, digest: str) -> RecordName | None:
        """Return the record that has the payload with a digest; None if none is known."""
        return self._records.get(digest)

    def remove(self, digest: str) -> None:
        """Forget the record that has the payload with a digest."""
        del self._records[digest]
