"""Find and read the files of a local archive.

The layout is the one pywb expects: the command `wayback`, run in the folder, replays the archive.

FOLDER/lock                                    locked by the one process that writes
FOLDER/collections/holdfast/archive/*.warc.gz
FOLDER/collections/holdfast/indexes/*.cdxj     one for each WARC file
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from crawler.files.safe_files import open_regular_file
from crawler.local_archive.cdxj import find_entries, read_index
from crawler.local_archive.model import IndexEntry, RecordDamaged, RecordUnreadable
from crawler.local_archive.recovery import unindexed_entries
from crawler.local_archive.surt import surt_key
from crawler.local_archive.warc_reader import WarcRecord, iter_members, read_record

COLLECTION = "holdfast"
WARC_SUFFIX = ".warc.gz"

_FileVersion = tuple[str, int, int]
"""A WARC file's name and size in bytes, and the change time of its index (ns; 0 without one)."""


@dataclass(frozen=True, slots=True)
class ArchiveLayout:
    """The files of a local archive, for reading. Readers need no lock.

    Attributes:
        path: The archive's folder.
    """

    path: Path

    @property
    def warcs(self) -> Path:
        """The folder of the WARC files."""
        return self.path / "collections" / COLLECTION / "archive"

    @property
    def indexes(self) -> Path:
        """The folder of the CDXJ indexes."""
        return self.path / "collections" / COLLECTION / "indexes"

    @property
    def lock(self) -> Path:
        """The file that the writing process locks."""
        return self.path / "lock"

    def exists(self) -> bool:
        """Return whether there is an archive."""
        return self.warcs.is_dir()

    def create(self) -> None:
        """Create the folders that are missing.

        Raises:
            OSError: They cannot be created.
        """
        self.warcs.mkdir(parents=True, exist_ok=True)
        self.indexes.mkdir(parents=True, exist_ok=True)

    def warc_files(self) -> Sequence[Path]:
        """Return the WARC files, the oldest first: their names begin with their creation time."""
        return sorted(self.warcs.glob(f"*{WARC_SUFFIX}"))

    def index_path(self, warc: Path) -> Path:
        """Return the path of a WARC file's index."""
        return self.indexes / f"{warc.name.removesuffix(WARC_SUFFIX)}.cdxj"

    def find(self, url: str, timestamp: str) -> IndexEntry:
        """Return the entry of a URL captured at a time (14 digits, UTC).

        Raises:
            RecordDamaged: There is none.
            RecordUnreadable: An index cannot be read.
        """
        for entry in self._entries_since(url, timestamp):
            if entry.timestamp == timestamp:
                return entry
        raise RecordDamaged("not in the archive")

    def find_first_since(self, url: str, timestamp: str) -> IndexEntry:
        """Return the oldest entry of a URL captured at a time (14 digits, UTC) or later.

        Raises:
            RecordDamaged: There is none.
            RecordUnreadable: An index cannot be read.
        """
        entries = self._entries_since(url, timestamp)
        found = min(entries, key=lambda entry: entry.timestamp, default=None)
        if found is None:
            raise RecordDamaged("not in the archive")
        return found

    def read(
        self,
        entry: IndexEntry,
        *,
        pending: Mapping[tuple[str, str], IndexEntry] = MappingProxyType({}),
    ) -> WarcRecord:
        """Return a record, its length and digests checked.

        Args:
            entry: The record's index entry.
            pending: Entries that are in no index yet, by URL and timestamp. A revisit may refer to
                their records.

        Returns:
            The record. A revisit record has the payload of the record it refers to.

        Raises:
            RecordDamaged: The record is missing, damaged, or not the one the index describes.
            RecordUnreadable: The file exists and cannot be read, or an index cannot.
        """
        try:
            with open_regular_file(self.warcs / entry.filename) as file:
                member = next(iter_members(file, entry.offset), None)
        except OSError as error:
            problem = f"in {entry.filename}, which cannot be read ({error.strerror})"
            if isinstance(error, FileNotFoundError):
                raise RecordDamaged(problem) from error
            raise RecordUnreadable(problem) from error
        if member is None:
            raise RecordDamaged("not where the index says")
        _, length, content = member
        if length != entry.length:
            raise RecordDamaged("not where the index says")
        record = read_record(content)
        if record.url != entry.url or record.timestamp != entry.timestamp:
            raise RecordDamaged("not what the index says")
        return self._with_payload(record, pending) if entry.is_revisit else record

    def _entries_since(self, url: str, timestamp: str) -> Iterator[IndexEntry]:
        """Yield the entries of a URL captured at a time or later, those of the newest file first.

        Entries of records that are in no index come last.

        Raises:
            RecordUnreadable: An index cannot be read.
        """
        for index in sorted(self.indexes.glob("*.cdxj"), reverse=True):
            try:
                yield from find_entries(index, url, timestamp)
            except (OSError, ValueError, KeyError) as error:
                problem = f"not found, as the index {index.name} cannot be read ({error})"
                raise RecordUnreadable(problem) from error
        key = surt_key(url)
        for entry in _unindexed(self, self._file_versions()):
            if (entry.key, entry.url) == (key, url) and entry.timestamp >= timestamp:
                yield entry

    def _file_versions(self) -> tuple[_FileVersion, ...]:
        """Return the cache key of `_unindexed`; it differs once a file or its index changes."""
        versions = []
        for warc in self.warc_files():
            index = self.index_path(warc)
            with suppress(FileNotFoundError):  # removed at this moment
                changed_at = index.stat().st_mtime_ns if index.exists() else 0
                versions.append((warc.name, warc.stat().st_size, changed_at))
        return tuple(versions)

    def _with_payload(
        self, revisit: WarcRecord, pending: Mapping[tuple[str, str], IndexEntry]
    ) -> WarcRecord:
        """Return a revisit record with the payload of the record it refers to.

        Raises:
            RecordDamaged: That record is missing or damaged.
        """
        url = revisit.headers.get("warc-refers-to-target-uri", "")
        date = revisit.headers.get("warc-refers-to-date", "")
        timestamp = "".join(filter(str.isdigit, date))[:14]
        digest = revisit.headers.get("warc-payload-digest", "")
        unindexed = pending.get((url, timestamp))
        entries = [unindexed] if unindexed else self._entries_since(url, timestamp)
        for entry in entries:
            if entry.digest == digest and not entry.is_revisit:
                return WarcRecord(
                    kind=revisit.kind,
                    headers=revisit.headers,
                    head=revisit.head,
                    payload=self.read(entry).payload,
                )
        raise RecordDamaged("a revisit of a record that is not in the archive")


@lru_cache(maxsize=2)
def _unindexed(layout: ArchiveLayout, versions: tuple[_FileVersion, ...]) -> Sequence[IndexEntry]:
    """Return the entries of records that are in no index.

    A writer that was killed leaves such records; the next one indexes them. Files that cannot be
    read are left out.
    """
    found: list[IndexEntry] = []
    for name, _, _ in versions:
        warc = layout.warcs / name
        with suppress(OSError):
            found += unindexed_entries(warc, read_index(layout.index_path(warc)))
    return sorted(found)


def sync_folder(folder: Path) -> None:
    """Sync a folder to the disk, so that a crash loses no names of files in it.

    Raises:
        OSError: The folder cannot be opened or synced.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
