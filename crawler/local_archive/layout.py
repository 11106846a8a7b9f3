"""Where everything of a local archive lies, in the layout pywb finds by itself: `wayback` run in the folder replays it.

FOLDER/lock                                    held by the one process that writes
FOLDER/collections/holdfast/archive/*.warc.gz
FOLDER/collections/holdfast/indexes/*.cdxj     one for each
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
from crawler.local_archive.model import IndexEntry, RecordDamaged
from crawler.local_archive.recovery import unindexed_entries
from crawler.local_archive.surt import surt_key
from crawler.local_archive.warc import WarcRecord, iter_members, read_record

COLLECTION = "holdfast"
WARC_SUFFIX = ".warc.gz"


@dataclass(frozen=True, slots=True)
class ArchiveLayout:
    """A local archive as it lies on disk, for whoever reads it: no lock is needed for that."""

    path: Path

    @property
    def warcs(self) -> Path:
        return self.path / "collections" / COLLECTION / "archive"

    @property
    def indexes(self) -> Path:
        return self.path / "collections" / COLLECTION / "indexes"

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    def exists(self) -> bool:
        """Whether there is an archive at all."""
        return self.warcs.is_dir()

    def create(self) -> None:
        """Make the folders. Raises OSError."""
        self.warcs.mkdir(parents=True, exist_ok=True)
        self.indexes.mkdir(parents=True, exist_ok=True)

    def warc_files(self) -> Sequence[Path]:
        """List the WARC files, the oldest first: their names begin with when they were begun."""
        return sorted(self.warcs.glob(f"*{WARC_SUFFIX}"))

    def index_path(self, warc: Path) -> Path:
        """Where the index of a WARC file lies."""
        return self.indexes / f"{warc.name.removesuffix(WARC_SUFFIX)}.cdxj"

    def find(self, url: str, timestamp: str) -> IndexEntry:
        """Look up the record of a URL captured at a moment (14 digits). Raises RecordDamaged where there is none."""
        for entry in self._since(url, timestamp):
            if entry.timestamp == timestamp:
                return entry
        raise RecordDamaged("not in the archive")

    def find_first_since(self, url: str, timestamp: str) -> IndexEntry:
        """Look up the oldest record of a URL captured at a moment or later. Raises RecordDamaged where there is none."""
        found = min(self._since(url, timestamp), key=lambda entry: entry.timestamp, default=None)
        if found is None:
            raise RecordDamaged("not in the archive")
        return found

    def read(
        self,
        entry: IndexEntry,
        *,
        unwritten: Mapping[tuple[str, str], IndexEntry] = MappingProxyType({}),
    ) -> WarcRecord:
        """Read a record back, its frame and digests checked; a revisit comes with the payload it refers to. Raises RecordDamaged.

        `unwritten` maps URLs and timestamps to entries that stand in no index yet.
        """
        try:
            with open_regular_file(self.warcs / entry.filename) as file:
                _, length, content = next(iter_members(file, entry.offset), (0, 0, b""))
        except OSError as error:
            raise RecordDamaged(f"{entry.filename} cannot be read ({error.strerror})") from error
        if length != entry.length:
            raise RecordDamaged("not where the index says")
        record = read_record(content)
        if record.url != entry.url or record.timestamp != entry.timestamp:
            raise RecordDamaged("not what the index says")
        return self._with_payload(record, unwritten) if entry.is_revisit else record

    def _since(self, url: str, timestamp: str) -> Iterator[IndexEntry]:
        """Give the records of a URL since a moment, those of the newest file first."""
        for index in sorted(self.indexes.glob("*.cdxj"), reverse=True):
            try:
                yield from find_entries(index, url, timestamp)
            except (OSError, ValueError, KeyError) as error:
                raise RecordDamaged(f"the index {index.name} cannot be read ({error})") from error
        key = surt_key(url)
        yield from (
            entry
            for entry in _unindexed(self, self._versions())
            if (entry.key, entry.url) == (key, url) and entry.timestamp >= timestamp
        )

    def _versions(self) -> tuple[tuple[str, int, int], ...]:
        """Tell the files apart from what they were before: names, sizes, and times of indexes."""
        files = []
        for warc in self.warc_files():
            index = self.index_path(warc)
            with suppress(FileNotFoundError):  # removed at this moment
                written = index.stat().st_mtime_ns if index.exists() else 0
                files.append((warc.name, warc.stat().st_size, written))
        return tuple(files)

    def _with_payload(
        self, revisit: WarcRecord, unwritten: Mapping[tuple[str, str], IndexEntry]
    ) -> WarcRecord:
        url = revisit.headers.get("warc-refers-to-target-uri", "")
        timestamp = "".join(filter(str.isdigit, revisit.headers.get("warc-refers-to-date", "")))[
            :14
        ]
        digest = revisit.headers.get("warc-payload-digest", "")
        first_kept = unwritten.get((url, timestamp))
        for entry in [first_kept] if first_kept else self._since(url, timestamp):
            if entry.digest == digest and not entry.is_revisit:
                first = self.read(entry)
                return WarcRecord(
                    kind=revisit.kind,
                    headers=revisit.headers,
                    head=revisit.head,
                    payload=first.payload,
                )
        raise RecordDamaged("what it refers to is not in the archive")


@lru_cache(maxsize=2)
def _unindexed(
    folder: ArchiveLayout, versions: tuple[tuple[str, int, int], ...]
) -> Sequence[IndexEntry]:
    """Read what stands in no index: a writer that was killed leaves it to the next one to index it."""
    found: list[IndexEntry] = []
    for name, _, _ in versions:
        warc = folder.warcs / name
        with suppress(OSError):
            found += unindexed_entries(warc, read_index(folder.index_path(warc)))
    return sorted(found)


def sync_folder(folder: Path) -> None:
    """Have the disk keep a folder's names. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
