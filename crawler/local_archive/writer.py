"""The writer of the local archive: one process at a time, records whole or not at all, nothing acknowledged before the disk has it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from crawler.http.exchange import HttpExchange
from crawler.local_archive.cdxj import media_type, read_index, write_index
from crawler.local_archive.layout import WARC_SUFFIX, ArchiveLayout, sync_folder
from crawler.local_archive.model import REVISIT, IndexEntry, LocalArchiveError, RecordDamaged
from crawler.local_archive.recovery import recover_file
from crawler.local_archive.surt import surt_key
from crawler.local_archive.warc import (
    WarcRecord,
    payload_digest,
    replayable_form,
    request_record,
    response_record,
    revisit_record,
    warcinfo_record,
)
from store.vocabulary import format_timestamp

FILE_BYTES = 1_000_000_000  # what the WARC standard advises as the size to begin a new file at
_REMEMBERED = 200_000  # payloads known to be kept, the newest; some 70 MB


class LocalArchiveWriter:
    """An archive opened for writing, by `open_archive`. `notes` tells what was found amiss, and mended, at opening."""

    def __init__(
        self, folder: ArchiveLayout, *, file_bytes: int, clock: Callable[[], datetime]
    ) -> None:
        self.layout = folder
        self.recovery_notes: list[str] = []
        self._file_bytes = file_bytes
        self._clock = clock
        self._kept: dict[
            str, tuple[str, str]
        ] = {}  # digest of a payload -> URL and timestamp of its record
        self._warc: Path | None = None
        self._file: BinaryIO | None = None
        self._size = 0
        self._entries: list[IndexEntry] = []  # of the file that is written
        self._unwritten: dict[tuple[str, str], IndexEntry] = {}  # those that stand in no index yet
        self._broken = False
        self._take_up()

    def write(self, exchange: HttpExchange) -> IndexEntry:
        """Append an exchange: the answer, or that it brought the same as one kept before, and the request.

        It is kept for good once `sync` has returned. Raises LocalArchiveError, the archive being as it was.
        """
        head, body = replayable_form(exchange)
        digest = payload_digest(body)
        record_id = f"<urn:uuid:{uuid4()}>"
        same_as = self._readable(digest) if body else None
        if same_as == (
            exchange.url,
            format_timestamp(exchange.at),
        ):  # a run that was killed had kept it a moment ago
            return self._entry_of(same_as)
        if same_as:
            answer = revisit_record(
                exchange.url,
                exchange.at,
                head,
                record_id=record_id,
                digest=digest,
                refers_to=same_as,
                peer=exchange.peer,
            )
        else:
            answer = response_record(
                exchange.url,
                exchange.at,
                head,
                body,
                record_id=record_id,
                digest=digest,
                peer=exchange.peer,
            )
        request = request_record(exchange.url, exchange.at, exchange.request, response_id=record_id)
        name, offset = self._append(answer + request)
        entry = IndexEntry(
            key=surt_key(exchange.url),
            timestamp=format_timestamp(exchange.at),
            url=exchange.url,
            mime=REVISIT if same_as else media_type(exchange.headers.get("content-type", "")),
            status=exchange.status,
            digest=digest,
            length=len(answer),
            offset=offset,
            filename=name,
        )
        self._entries.append(entry)
        self._unwritten[entry.url, entry.timestamp] = entry
        self._remember(entry)
        return entry

    def read(self, entry: IndexEntry) -> WarcRecord:
        """Read a record back as a reader would get it. Raises RecordDamaged."""
        return self.layout.read(entry, unwritten=self._unwritten)

    def sync(self) -> None:
        """Return when the disk has everything kept so far. Raises LocalArchiveError."""
        if self._file is not None:
            try:
                os.fsync(self._file.fileno())
            except OSError as error:
                self._broken = True
                raise self._unwritable(error) from error

    def close(self) -> None:
        """Finish the file's index. Raises LocalArchiveError; what is kept stays kept, and is indexed at the next opening."""
        if self._file is None or self._warc is None:
            return
        file, self._file = self._file, None
        try:
            os.fsync(file.fileno())
            if self._unwritten:
                write_index(self.layout.index_path(self._warc), self._entries)
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            file.close()
        self._unwritten.clear()

    # --- files

    def _take_up(self) -> None:
        """Bring every file and its index to agree, and go on with the last one if there is room in it."""
        last: tuple[Path, Sequence[IndexEntry]] | None = None
        for warc in self.layout.warc_files():
            index = self.layout.index_path(warc)
            known = read_index(index)
            found = recover_file(warc, known)
            if found.note:
                self.recovery_notes.append(found.note)
            if known is None or list(found.entries) != list(known):
                write_index(index, found.entries)
            for entry in sorted(found.entries, key=lambda entry: entry.offset):
                self._remember(entry)
            last = (warc, found.entries) if found.appendable else None
        if last and last[0].stat().st_size < self._file_bytes:
            self._warc, self._entries = last[0], list(last[1])
            self._file = self._warc.open("ab", buffering=0)
            self._size = self._warc.stat().st_size

    def _append(self, data: bytes) -> tuple[str, int]:
        """Write records at the end of the file, all of them or nothing; tell where."""
        if self._broken:
            raise LocalArchiveError(
                "the archive could not be written to before: it is mended when it is opened again"
            )
        if self._file is not None and self._entries and self._size + len(data) > self._file_bytes:
            self.close()
        if self._file is None:
            self._begin_file()
        file, warc, offset = self._file, self._warc, self._size
        if file is None or warc is None:
            raise LocalArchiveError("the archive is closed")
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
        except OSError as error:
            try:
                file.truncate(offset)
            except OSError:
                self._broken = True
            raise self._unwritable(error) from error
        self._size += len(data)
        return warc.name, offset

    def _begin_file(self) -> None:
        now = self._clock()
        number = len(self.layout.warc_files()) + 1
        warc = self.layout.warcs / f"holdfast-{format_timestamp(now)}-{number:05}{WARC_SUFFIX}"
        self._warc, self._entries, self._size = warc, [], 0
        try:
            self._file = warc.open("xb", buffering=0)
            sync_folder(self.layout.warcs)
            self._append(
                warcinfo_record(warc.name, software=f"Holdfast/{version('holdfast')}", at=now)
            )
        except (OSError, LocalArchiveError) as error:
            self._take_back(warc)  # a file begins with what it is, or is not begun
            raise self._unwritable(error) if isinstance(error, OSError) else error from error

    def _take_back(self, warc: Path) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()
            with suppress(OSError):
                warc.unlink()

    def _unwritable(self, error: OSError) -> LocalArchiveError:
        where = self._warc.name if self._warc else self.layout.path
        return LocalArchiveError(
            f"{where} cannot be written ({error.strerror}): it is whole up to its last record; free some space and run again"
        )

    def _entry_of(self, place: tuple[str, str]) -> IndexEntry:
        return self._unwritten.get(place) or self.layout.find(*place)

    def _readable(self, digest: str) -> tuple[str, str] | None:
        """Give the record that has this payload, if it still has: to refer to one that is damaged would lose what we have in hand."""
        found = self._kept.get(digest)
        if found is None:
            return None
        try:
            self.read(self._entry_of(found))
        except RecordDamaged:
            del self._kept[digest]
            return None
        return found

    def _remember(self, entry: IndexEntry) -> None:
        if not entry.is_revisit:
            self._kept.setdefault(entry.digest, (entry.url, entry.timestamp))
            if len(self._kept) > _REMEMBERED:
                del self._kept[next(iter(self._kept))]


@contextmanager
def open_archive_writer(
    layout: ArchiveLayout,
    *,
    file_bytes: int = FILE_BYTES,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[LocalArchiveWriter]:
    """Open an archive for writing, making it if there is none; its files are finished at the end. Raises LocalArchiveError."""
    with _writing_alone(layout):
        try:
            archive = LocalArchiveWriter(layout, file_bytes=file_bytes, clock=clock)
        except OSError as error:
            raise LocalArchiveError(
                f"the archive in {layout.path} cannot be read ({error.strerror})"
            ) from error
        try:
            yield archive
        except BaseException:
            with suppress(LocalArchiveError):  # what it failed with counts
                archive.close()
            raise
        archive.close()


@contextmanager
def _writing_alone(folder: ArchiveLayout) -> Iterator[None]:
    """Hold the archive's lock. It goes with the process, however that ends."""
    try:
        import fcntl  # noqa: PLC0415  there is none on Windows
    except ImportError as error:
        raise LocalArchiveError(
            "a local archive needs a system with file locks of its own (Linux, macOS)"
        ) from error
    try:
        folder.create()
        lock = folder.lock.open("wb")
    except OSError as error:
        raise LocalArchiveError(
            f"the archive in {folder.path} cannot be opened ({error.strerror})"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LocalArchiveError(
                f"another process writes to the archive in {folder.path}: try again when it has ended"
            ) from error
        yield
