"""Write the local archive: in one process at a time, each record completely or not at all.

A record survives a crash once `sync` has returned.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from crawler.http.exchange import HttpExchange
from crawler.local_archive.cdxj import entry_of_exchange, read_index, write_index
from crawler.local_archive.known_payloads import KnownPayloads, RecordName
from crawler.local_archive.layout import WARC_SUFFIX, ArchiveLayout, sync_folder
from crawler.local_archive.lock import lock_archive
from crawler.local_archive.model import (
    ArchiveLocked,
    IndexEntry,
    LocalArchiveError,
    RecordDamaged,
)
from crawler.local_archive.recovery import RecoveredFile, recover_file, was_interrupted
from crawler.local_archive.warc import (
    exchange_record,
    payload_digest,
    replayable_form,
    request_record,
    warcinfo_record,
)
from crawler.local_archive.warc_reader import WarcRecord
from crawler.process.version import holdfast_version
from store.vocabulary import format_timestamp

FILE_BYTES = 1_000_000_000  # the size at which the WARC standard advises to begin a new file


class LocalArchiveWriter:
    """An archive opened for writing by `open_archive_writer`.

    Args:
        layout: The archive's files, locked by the caller.
        file_bytes: The size in bytes at which a new WARC file is begun.
        clock: Returns the current time, for the names of new files.

    Attributes:
        layout: The archive's files.
        recovery_notes: Messages about the repairs made when the archive was opened.
    """

    def __init__(
        self, layout: ArchiveLayout, *, file_bytes: int, clock: Callable[[], datetime]
    ) -> None:
        self.layout = layout
        self.recovery_notes: list[str] = []
        self._file_bytes = file_bytes
        self._clock = clock
        self._known_payloads = KnownPayloads()
        # The file being written, its size in bytes, and its entries.
        self._warc: Path | None = None
        self._file: BinaryIO | None = None
        self._size = 0
        self._entries: list[IndexEntry] = []
        self._pending: dict[RecordName, IndexEntry] = {}  # entries that are in no index yet
        self._is_unusable = False  # after an error that may have left part of a record
        self._recover()

    def write(self, exchange: HttpExchange) -> IndexEntry:
        """Append an exchange: a response record and a request record.

        If the archive has the same body already, a revisit record refers to it.

        Returns:
            The index entry of the response.

        Raises:
            LocalArchiveError: It cannot be written; the archive is unchanged.
        """
        head, body = replayable_form(exchange)
        digest = payload_digest(body)
        same_payload = self._record_with_payload(digest) if body else None
        if same_payload == (exchange.url, format_timestamp(exchange.at)):
            # An earlier run wrote this exchange, and was killed before it stored the result.
            return self._find_entry(same_payload)
        record_id = f"<urn:uuid:{uuid4()}>"
        response = exchange_record(
            exchange, head, body, record_id=record_id, digest=digest, refers_to=same_payload
        )
        request = request_record(exchange.url, exchange.at, exchange.request, response_id=record_id)
        filename, offset = self._append(response + request)
        entry = entry_of_exchange(
            exchange,
            digest=digest,
            is_revisit=same_payload is not None,
            filename=filename,
            offset=offset,
            length=len(response),
        )
        self._entries.append(entry)
        self._pending[entry.url, entry.timestamp] = entry
        self._known_payloads.add(entry)
        return entry

    def read(self, entry: IndexEntry) -> WarcRecord:
        """Return a record of the archive, read from the file and checked.

        Raises:
            RecordDamaged: The record is missing or damaged.
        """
        return self.layout.read(entry, pending=self._pending)

    def sync(self) -> None:
        """Return once everything written so far is on the disk.

        Raises:
            LocalArchiveError: The disk reports an error.
        """
        if self._file is not None:
            try:
                os.fsync(self._file.fileno())
            except OSError as error:
                self._is_unusable = True
                raise self._write_error(error) from error

    def close(self) -> None:
        """Write the index of the current file and close it.

        Raises:
            LocalArchiveError: The index cannot be written. The records are saved; they are
                indexed when the archive is opened again.
        """
        if self._file is None or self._warc is None:
            return
        file, self._file = self._file, None
        try:
            os.fsync(file.fileno())
            if self._pending:
                write_index(self.layout.index_path(self._warc), self._entries)
        except OSError as error:
            raise self._write_error(error) from error
        finally:
            file.close()
        self._pending.clear()

    # --- files

    def _recover(self) -> None:
        """Repair every file and its index, and reopen the last file if it has space left."""
        last: tuple[Path, RecoveredFile] | None = None
        for warc in self.layout.warc_files():
            index = self.layout.index_path(warc)
            indexed = read_index(index)
            recovered = recover_file(warc, indexed)
            if recovered.note:
                self.recovery_notes.append(recovered.note)
            if indexed is None or list(recovered.entries) != list(indexed):
                write_index(index, recovered.entries)
            for entry in sorted(recovered.entries, key=lambda entry: entry.offset):
                self._known_payloads.add(entry)
            last = (warc, recovered) if recovered.is_appendable else None
        if last is not None:
            self._reopen_file(*last)

    def _reopen_file(self, warc: Path, recovered: RecoveredFile) -> None:
        """Continue a file, unless it has its full size."""
        size = warc.stat().st_size
        if size >= self._file_bytes:
            return
        self._warc, self._entries, self._size = warc, list(recovered.entries), size
        self._file = warc.open("ab", buffering=0)
        if not size:  # its writer was killed before it wrote the warcinfo record
            self._append_warcinfo(warc, self._clock())

    def _append(self, data: bytes) -> tuple[str, int]:
        """Append records to the current file, all of them or nothing.

        Returns:
            The file's name, and the position of the first record.

        Raises:
            LocalArchiveError: The file cannot be written, or was not usable before.
        """
        if self._is_unusable:
            raise LocalArchiveError(
                "the archive cannot be written after an earlier error: run again, which repairs it"
            )
        if self._file is not None and self._entries and self._size + len(data) > self._file_bytes:
            self.close()
        if self._file is None:
            self._begin_file()
        file, warc, offset = self._file, self._warc, self._size
        if file is None or warc is None:
            raise LocalArchiveError("the archive is closed: open it again")
        try:
            rest = memoryview(data)
            while rest:
                written = file.write(rest)  # it may write a part only
                rest = rest[written:]
        except OSError as error:
            try:
                file.truncate(offset)
                file.seek(offset)  # a new file is not open for appending
            except OSError:
                self._is_unusable = True
            raise self._write_error(error) from error
        self._size += len(data)
        return warc.name, offset

    def _begin_file(self) -> None:
        """Create the next WARC file and write its warcinfo record."""
        now = self._clock()
        number = len(self.layout.warc_files()) + 1
        warc = self.layout.warcs / f"holdfast-{format_timestamp(now)}-{number:05}{WARC_SUFFIX}"
        self._warc, self._entries, self._size = warc, [], 0
        try:
            self._file = warc.open("xb", buffering=0)
            sync_folder(self.layout.warcs)
            self._append_warcinfo(warc, now)
        except OSError as error:
            self._remove_file(warc)  # a file without warcinfo must not stay
            raise self._write_error(error) from error
        except LocalArchiveError:
            self._remove_file(warc)
            raise

    def _append_warcinfo(self, warc: Path, at: datetime) -> None:
        """Append the record with which a file begins."""
        software = f"Holdfast/{holdfast_version()}"
        self._append(warcinfo_record(warc.name, software=software, at=at))

    def _remove_file(self, warc: Path) -> None:
        """Close and remove the file just created, if it was created."""
        file, self._file = self._file, None
        if file is not None:
            file.close()
            with suppress(OSError):
                warc.unlink()

    def _write_error(self, error: OSError) -> LocalArchiveError:
        """Return the error to raise if the system cannot write the file."""
        where = self._warc.name if self._warc else self.layout.path
        return LocalArchiveError(
            f"{where} cannot be written ({error.strerror}): "
            "check disk space and permissions, then run again; saved records are not affected"
        )

    # --- known payloads

    def _find_entry(self, name: RecordName) -> IndexEntry:
        """Return the entry of a record; raise RecordDamaged if there is none."""
        return self._pending.get(name) or self.layout.find(*name)

    def _record_with_payload(self, digest: str) -> RecordName | None:
        """Return the record that has the payload with a digest, after reading it; None without any.

        A reference to a record that is damaged by now would lose the new response's body.
        """
        name = self._known_payloads.record_with(digest)
        if name is None:
            return None
        try:
            self.read(self._find_entry(name))
        except RecordDamaged:
            self._known_payloads.remove(digest)
            return None
        return name


@contextmanager
def open_archive_writer(
    layout: ArchiveLayout,
    *,
    file_bytes: int = FILE_BYTES,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[LocalArchiveWriter]:
    """Open an archive for writing, creating it if there is none, and finish its files at the end.

    Args:
        layout: The archive.
        file_bytes: The size in bytes at which a new WARC file is begun.
        clock: Returns the current time, for the names of new files.

    Yields:
        The writer.

    Raises:
        LocalArchiveError: Another process writes to it, or it cannot be opened or written.
    """
    with lock_archive(layout):
        try:
            writer = LocalArchiveWriter(layout, file_bytes=file_bytes, clock=clock)
        except OSError as error:
            raise LocalArchiveError(
                f"the archive in {layout.path} cannot be read ({error.strerror}): "
                "check its permissions and the disk"
            ) from error
        try:
            yield writer
        except BaseException:
            with suppress(LocalArchiveError):  # the first error is the one to report
                writer.close()
            raise
        writer.close()


def finish_interrupted_write(layout: ArchiveLayout) -> Sequence[str]:
    """Repair and index what an interrupted writer left, without writing anything new.

    Only the newest file is read, as a writer begins a new one after it has indexed the last.

    Args:
        layout: The archive. Nothing is done while another process writes to it.

    Returns:
        Messages about the repairs.

    Raises:
        LocalArchiveError: The archive cannot be read or written.
    """
    files = layout.warc_files()
    try:
        is_complete = all(layout.index_path(warc).exists() for warc in files) and not (
            files and was_interrupted(files[-1], read_index(layout.index_path(files[-1])))
        )
    except OSError:
        is_complete = False  # the writer reports what cannot be read
    if is_complete:
        return ()
    try:
        with open_archive_writer(layout) as writer:
            return writer.recovery_notes
    except ArchiveLocked:
        return ()
