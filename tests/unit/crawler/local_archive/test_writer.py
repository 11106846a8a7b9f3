"""Test the archive writer: full disks, killed processes, and two writers at once."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.local_archive.cdxj import read_index, write_index
from crawler.local_archive.fsck import check_archive
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import LocalArchiveError, RecordDamaged
from crawler.local_archive.writer import open_archive_writer
from tests.unit.crawler.local_archive.exchanges import (
    exchange,
    readable_urls,
    warc_files,
    write_pages,
)

LIBRARY = Path(__file__).parents[4]


def test_exchanges_are_stored_byte_for_byte(tmp_path: Path) -> None:
    sent = exchange("http://a.example/1", bytes(range(256)), headers="X-Bytes: \xe4\xf6\r\n")
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        record = archive.read(archive.write(sent))
    assert (record.head, record.payload) == (sent.head, sent.body)
    whole = Path(warc_files(tmp_path)[0]).read_bytes()
    with warc_files(tmp_path)[0].open("rb") as stream:
        records = [
            (one.rec_type, one.content_stream().read(), one.rec_headers)
            for one in ArchiveIterator(stream, check_digests="raise")
        ]
    assert [kind for kind, _, _ in records] == ["warcinfo", "response", "request"]
    headers = records[1][2]
    assert headers.get_header("WARC-Target-URI") == "http://a.example/1"
    assert headers.get_header("WARC-IP-Address") == "192.0.2.7"
    assert headers.get_header("WARC-Date") == "2026-05-04T12:00:00Z"
    assert records[2][2].get_header("WARC-Concurrent-To") == headers.get_header("WARC-Record-ID")
    assert whole.startswith(b"\x1f\x8b")


def test_an_equal_payload_is_stored_as_a_revisit(tmp_path: Path) -> None:
    body = random.Random(1).randbytes(20_000)
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        first = archive.write(exchange("http://a.example/1", body))
        again = archive.write(exchange("http://b.example/2", body, after=5))
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        later = archive.write(exchange("http://c.example/3", body, after=9))
        assert archive.read(later).payload == body
    assert (first.is_revisit, again.is_revisit, later.is_revisit) == (False, True, True)
    assert again.length + later.length < 2_000
    assert ArchiveLayout(tmp_path).read(again).payload == body
    assert list(check_archive(ArchiveLayout(tmp_path))) == []


def test_an_exchange_that_was_written_before_is_not_written_again(tmp_path: Path) -> None:
    sent = exchange("http://a.example/1", random.Random(1).randbytes(2_000))
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        first = archive.write(sent)
        assert archive.write(sent) == first
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        assert archive.write(sent) == first
    assert readable_urls(tmp_path) == ["http://a.example/1"]


def test_responses_without_a_body_are_no_revisits(tmp_path: Path) -> None:
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        written = [
            archive.write(exchange(f"http://a.example/{number}", b"", status=301, after=number))
            for number in range(2)
        ]
        assert [archive.read(entry).http_status for entry in written] == [301, 301]
    assert not any(entry.is_revisit for entry in written)


def test_a_new_file_begins_when_one_is_full(tmp_path: Path) -> None:
    with open_archive_writer(ArchiveLayout(tmp_path), file_bytes=2_000) as archive:
        written = write_pages(archive, 20)
        archive.write(
            exchange("http://a.example/large", random.Random(1).randbytes(5_000), after=99)
        )
    sizes = [file.stat().st_size for file in warc_files(tmp_path)]
    assert len(sizes) > 3
    assert all(size <= 2_000 for size in sizes[:-1])
    assert len(readable_urls(tmp_path)) == 21
    assert ArchiveLayout(tmp_path).find(written[0].url, written[0].timestamp) == written[0]
    assert list(check_archive(ArchiveLayout(tmp_path))) == []


def test_the_next_process_continues_the_same_file(tmp_path: Path) -> None:
    for turn in range(3):
        with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
            write_pages(archive, 2, start=turn * 2)
    assert len(warc_files(tmp_path)) == 1
    assert len(readable_urls(tmp_path)) == 6


def test_without_a_record_no_file_is_created(tmp_path: Path) -> None:
    with open_archive_writer(ArchiveLayout(tmp_path)):
        pass
    assert warc_files(tmp_path) == []


def test_one_process_writes_at_a_time(tmp_path: Path) -> None:
    with (
        open_archive_writer(ArchiveLayout(tmp_path)),
        pytest.raises(LocalArchiveError, match="another process writes"),
        open_archive_writer(ArchiveLayout(tmp_path)),
    ):
        pass


@pytest.fixture(scope="module")
def interrupted_archive(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, int]:
    """Make an archive with two indexed pages and a third that a crash left unindexed.

    Returns:
        The folder, and the positions at which the third record begins and ends.
    """
    folder = tmp_path_factory.mktemp("sessions")
    with open_archive_writer(ArchiveLayout(folder)) as archive:
        write_pages(archive, 2)
    index = ArchiveLayout(folder).index_path(warc_files(folder)[0])
    before, start = index.read_bytes(), warc_files(folder)[0].stat().st_size
    with open_archive_writer(ArchiveLayout(folder)) as archive:
        write_pages(archive, 1, start=2)
    index.write_bytes(before)
    return folder, start, warc_files(folder)[0].stat().st_size


def test_a_file_cut_off_anywhere_is_recovered_to_its_last_complete_record(
    interrupted_archive: tuple[Path, int, int], tmp_path: Path
) -> None:
    folder, start, end = interrupted_archive
    warc, index = warc_files(folder)[0], ArchiveLayout(folder).index_path(warc_files(folder)[0])
    whole = warc.read_bytes()
    with open_archive_writer(ArchiveLayout(folder)) as archive:
        pass
    page_end = ArchiveLayout(folder).find("http://a.example/2", "20260504120002").end
    lines = index.read_text()
    for cut in sorted(
        {
            *range(start, end, 3),
            *range(start, start + 12),
            *range(page_end - 9, page_end + 10),
            *range(end - 9, end + 1),
        }
    ):
        copy = ArchiveLayout(tmp_path / str(cut))
        copy.create()
        (copy.warcs / warc.name).write_bytes(whole[:cut])
        copy.index_path(warc).write_text(
            "".join(
                line for line in lines.splitlines(keepends=True) if "/2" not in line.split(" ")[0]
            )
        )
        with open_archive_writer(copy) as archive:
            written = archive.write(exchange("http://a.example/new", after=9))
        boundary = cut in (start, page_end, end)
        assert bool(archive.recovery_notes) == (not boundary), cut
        assert readable_urls(copy.path) == [
            f"http://a.example/{name}"
            for name in ("0", "1", *(["2"] if cut >= page_end else []), "new")
        ], cut
        assert list(check_archive(copy)) == [], cut
        assert written.offset == (start if cut < page_end else page_end if cut < end else end), cut


def test_a_lost_or_damaged_index_is_rebuilt(tmp_path: Path) -> None:
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        write_pages(archive, 5)
    index = ArchiveLayout(tmp_path).index_path(warc_files(tmp_path)[0])
    before = index.read_text()
    for damage in (None, "", before[:-40], before.replace("{", "[")):
        index.unlink() if damage is None else index.write_text(damage)
        with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
            assert archive.recovery_notes == []
        assert index.read_text() == before


def test_damage_before_complete_records_is_not_changed(tmp_path: Path) -> None:
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        written = write_pages(archive, 5)
    warc = warc_files(tmp_path)[0]
    ArchiveLayout(tmp_path).index_path(warc).unlink()
    whole = bytearray(warc.read_bytes())
    whole[written[2].offset + 30] ^= 0xFF
    warc.write_bytes(whole)
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        assert f"byte {written[2].offset} is damaged" in archive.recovery_notes[0]
        write_pages(archive, 1, start=9)
    assert warc.read_bytes() == bytes(whole)
    assert len(warc_files(tmp_path)) == 2, "nothing is added to a damaged file"
    assert readable_urls(tmp_path) == [f"http://a.example/{number}" for number in (0, 1, 3, 4, 9)]
    assert [fault.offset for fault in check_archive(ArchiveLayout(tmp_path))] == [written[2].offset]


class LimitedFile:
    """A file on a disk that has space for a number of bytes."""

    def __init__(self, file: Any, left: int) -> None:
        self._file, self._left = file, left

    def write(self, data: bytes) -> int:
        if not self._left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written: int = self._file.write(data[: self._left])
        self._left -= written
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class FailingFile(LimitedFile):
    """A file on a full disk whose given methods fail, too."""

    def __init__(self, file: Any, *fails: str) -> None:
        super().__init__(file, 100)
        self._fails = fails

    def truncate(self, size: int) -> int:
        self._fail("truncate")
        return int(self._file.truncate(size))

    def fileno(self) -> int:
        self._fail("fileno")
        return int(self._file.fileno())

    def _fail(self, what: str) -> None:
        if what in self._fails:
            raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.mark.parametrize("left", [0, 1, 10, 100, 300, 500])
def test_a_full_disk_leaves_complete_records_and_is_reported(tmp_path: Path, left: int) -> None:
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        write_pages(archive, 3)
        size = warc_files(tmp_path)[0].stat().st_size
        archive._file = LimitedFile(archive._file, left)  # type: ignore[assignment]
        with pytest.raises(
            LocalArchiveError,
            match=r"cannot be written \(No space left on device\): check disk space",
        ) as full:
            write_pages(archive, 2, start=3)
        assert "\n" not in str(full.value)
        assert warc_files(tmp_path)[0].stat().st_size == size
    assert len(readable_urls(tmp_path)) == 3
    assert list(check_archive(ArchiveLayout(tmp_path))) == []


@pytest.mark.parametrize("is_new", [True, False])
def test_records_after_a_full_disk_follow_the_last_complete_one(
    tmp_path: Path, *, is_new: bool
) -> None:
    if not is_new:
        with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
            write_pages(archive, 1, start=9)
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        write_pages(archive, 2)
        whole = archive._file
        archive._file = LimitedFile(whole, 100)  # type: ignore[assignment]
        with pytest.raises(LocalArchiveError, match="No space left"):
            write_pages(archive, 1, start=2)
        archive._file = whole  # somebody made space, or the next record is smaller
        (entry,) = write_pages(archive, 1, start=3)
        assert archive.read(entry).url == "http://a.example/3"
    assert list(check_archive(ArchiveLayout(tmp_path))) == []


def test_a_file_without_a_record_gets_its_warcinfo_record(tmp_path: Path) -> None:
    layout = ArchiveLayout(tmp_path)
    layout.create()
    (layout.warcs / "holdfast-20260504120000-00001.warc.gz").touch()  # its writer was killed
    with open_archive_writer(layout) as archive:
        write_pages(archive, 1)
    assert len(warc_files(tmp_path)) == 1
    with warc_files(tmp_path)[0].open("rb") as stream:
        kinds = [one.rec_type for one in ArchiveIterator(stream, check_digests="raise")]
    assert kinds == ["warcinfo", "response", "request"]
    assert list(check_archive(layout)) == []


def test_after_a_failed_truncation_nothing_is_written_until_reopening(
    tmp_path: Path,
) -> None:
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        write_pages(archive, 3)
        whole = archive._file
        archive._file = FailingFile(whole, "truncate")  # type: ignore[assignment]
        with pytest.raises(LocalArchiveError, match="No space left"):
            write_pages(archive, 1, start=3)
        archive._file = whole
        with pytest.raises(
            LocalArchiveError,
            match="cannot be written after an earlier error: run again, which repairs it",
        ):
            write_pages(archive, 1, start=4)
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        assert (
            "removed 100 bytes after the last complete record, left by a crash"
            in archive.recovery_notes[0]
        )
        write_pages(archive, 1, start=5)
    assert readable_urls(tmp_path) == [f"http://a.example/{number}" for number in (0, 1, 2, 5)]
    assert list(check_archive(ArchiveLayout(tmp_path))) == []


def test_after_a_failed_sync_nothing_is_written_until_reopening(tmp_path: Path) -> None:
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        write_pages(archive, 1)
        whole = archive._file
        archive._file = FailingFile(whole, "fileno")  # type: ignore[assignment]
        with pytest.raises(LocalArchiveError, match=r"cannot be written \(Input/output error\)"):
            archive.sync()
        archive._file = whole
        with pytest.raises(LocalArchiveError, match="cannot be written after an earlier error"):
            write_pages(archive, 1, start=1)
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        archive.sync()
        write_pages(archive, 1, start=1)
        archive.sync()
    assert len(readable_urls(tmp_path)) == 2


def write_without_index(folder: Path, *, and_fail: bool = False) -> None:
    with open_archive_writer(ArchiveLayout(folder)) as archive:
        write_pages(archive, 2)
        ArchiveLayout(folder).index_path(warc_files(folder)[0]).mkdir(exist_ok=True)
        if and_fail:
            raise ZeroDivisionError


def test_an_index_that_cannot_be_written_raises_and_is_rebuilt_later(
    tmp_path: Path,
) -> None:
    with pytest.raises(LocalArchiveError, match="cannot be written"):
        write_without_index(tmp_path)
    ArchiveLayout(tmp_path).index_path(warc_files(tmp_path)[0]).rmdir()
    assert [fault.detail for fault in check_archive(ArchiveLayout(tmp_path))] == [
        "the index is missing: the next holdfast archive --to local rebuilds it"
    ]
    with open_archive_writer(ArchiveLayout(tmp_path)):
        pass
    assert len(readable_urls(tmp_path)) == 2


def test_the_error_of_the_block_hides_an_error_of_closing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        write_without_index(tmp_path, and_fail=True)
    ArchiveLayout(tmp_path).index_path(warc_files(tmp_path)[0]).rmdir()
    with open_archive_writer(ArchiveLayout(tmp_path)):
        pass
    assert len(readable_urls(tmp_path)) == 2, "the records written before the error are readable"


def test_a_new_file_is_removed_if_its_folder_cannot_be_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        with monkeypatch.context() as full:
            full.setattr("crawler.local_archive.writer.sync_folder", fail)
            for _ in range(2):
                with pytest.raises(LocalArchiveError, match="No space left"):
                    write_pages(archive, 1)
                assert warc_files(tmp_path) == []
        write_pages(archive, 1)
    with warc_files(tmp_path)[0].open("rb") as stream:
        assert [one.rec_type for one in ArchiveIterator(stream)] == [
            "warcinfo",
            "response",
            "request",
        ]


def test_a_new_file_without_warcinfo_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def on_full_disk(file: Path, mode: str = "r", *options: Any, **more: Any) -> Any:
        stream = opened(file, mode, *options, **more)
        return LimitedFile(stream, 50) if mode == "xb" else stream

    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        with monkeypatch.context() as full:
            full.setattr(Path, "open", on_full_disk)
            with pytest.raises(LocalArchiveError, match="No space left"):
                write_pages(archive, 1)
        assert warc_files(tmp_path) == []
        write_pages(archive, 2)
    assert len(readable_urls(tmp_path)) == 2
    assert list(check_archive(ArchiveLayout(tmp_path))) == []


def test_an_unreadable_file_raises_a_message_of_one_line(tmp_path: Path) -> None:
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        write_pages(archive, 1)
    (warc,) = warc_files(tmp_path)
    warc.rename(warc.with_suffix(".aside"))
    warc.mkdir()
    ArchiveLayout(tmp_path).index_path(warc).unlink()
    with (
        pytest.raises(
            LocalArchiveError, match=r"the archive in .* cannot be read \(Is a directory\)"
        ),
        open_archive_writer(ArchiveLayout(tmp_path)),
    ):
        pass


def test_no_archive_is_opened_without_file_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with (
        pytest.raises(
            LocalArchiveError, match="needs file locks of the system: use it on Linux or macOS"
        ),
        open_archive_writer(ArchiveLayout(tmp_path)),
    ):
        pass


def test_a_payload_whose_only_record_is_damaged_is_stored_again(tmp_path: Path) -> None:
    body = random.Random(1).randbytes(2_000)
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        first = archive.write(exchange("http://a.example/1", body))
        warc = warc_files(tmp_path)[0]
        whole = bytearray(warc.read_bytes())
        whole[first.offset + first.length // 2] ^= 0xFF
        with warc.open("r+b") as file:
            file.write(whole)
        again = archive.write(exchange("http://b.example/2", body, after=5))
        assert not again.is_revisit
        assert archive.write(exchange("http://c.example/3", body, after=6)).is_revisit
        assert archive.read(again).payload == body


def test_the_oldest_payloads_are_forgotten_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.local_archive.known_payloads._MAX_PAYLOADS", 3)
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        write_pages(archive, 5)
        again = [
            archive.write(
                exchange(f"http://b.example/{number}", b"page %d " % number * 20, after=9)
            )
            for number in (4, 0)
        ]
    assert [entry.is_revisit for entry in again] == [True, False]
    assert list(check_archive(ArchiveLayout(tmp_path))) == []


def run_script(
    script: str, folder: Path, *, until: Callable[[list[str]], bool] | None = None
) -> tuple[list[str], int]:
    """Run Python code that writes to an archive; kill it as soon as its lines satisfy `until`."""
    head = """
        import resource, sys
        from pathlib import Path
        from crawler.local_archive.writer import open_archive_writer
        from crawler.local_archive.layout import ArchiveLayout
        from tests.unit.crawler.local_archive.exchanges import exchange
        folder = ArchiveLayout(Path(sys.argv[1]))
    """
    code = textwrap.dedent(head) + textwrap.dedent(script)
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True, cwd=LIBRARY
    )
    lines: list[str] = []
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            lines.append(line.strip())
            if until and until(lines):
                process.send_signal(signal.SIGKILL)
                break
        lines += [line.strip() for line in process.stdout]
    return lines, process.wait()


@pytest.mark.parametrize("after", [1, 7, 20])
def test_a_killed_writer_loses_no_synced_record(tmp_path: Path, after: int) -> None:
    script = """
        import random
        with open_archive_writer(folder, file_bytes=200_000) as archive:
            for number in range(10_000):
                for part in range(4):
                    archive.write(exchange(f"http://a.example/{number}/{part}", random.randbytes(9_000), after=number))
                archive.sync()
                print(number, flush=True)
    """
    lines, code = run_script(script, tmp_path, until=lambda lines: len(lines) > after)
    assert code == -signal.SIGKILL
    with open_archive_writer(ArchiveLayout(tmp_path)):
        pass
    found = readable_urls(tmp_path)
    assert {f"http://a.example/{number}/{part}" for number in lines for part in range(4)} <= set(
        found
    )
    assert list(check_archive(ArchiveLayout(tmp_path))) == []


def test_a_file_size_limit_is_handled_like_a_full_disk(tmp_path: Path) -> None:
    script = """
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        import random
        from crawler.local_archive.model import LocalArchiveError
        try:
            with open_archive_writer(folder) as archive:
                for number in range(100):
                    archive.write(exchange(f"http://a.example/{number}", random.randbytes(9_000), after=number))
                    archive.sync()
                    print(number, flush=True)
        except LocalArchiveError as error:
            print(error, flush=True)
    """
    lines, code = run_script(script, tmp_path)
    assert code == 0
    assert "cannot be written" in lines[-1]
    assert readable_urls(tmp_path) == sorted(f"http://a.example/{number}" for number in lines[:-1])


def test_a_folder_that_cannot_be_created_raises_a_message_of_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(LocalArchiveError, match="cannot be opened"),
        open_archive_writer(ArchiveLayout(tmp_path / "file" / "archive")),
    ):
        pass


def test_a_missing_record_is_reported(tmp_path: Path) -> None:
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        written = write_pages(archive, 1)[0]
    for url, timestamp in (
        (written.url, "20260504120001"),
        ("http://a.example/0/", written.timestamp),
        ("http://A.example/0", written.timestamp),
    ):
        with pytest.raises(RecordDamaged, match="not in the archive"):
            ArchiveLayout(tmp_path).find(url, timestamp)
    assert ArchiveLayout(tmp_path).find_first_since(written.url, "20260504110000") == written


@pytest.mark.parametrize("indexed", [None, 0, 3])
def test_records_in_no_index_are_found(tmp_path: Path, indexed: int | None) -> None:
    """A killed process leaves a file without an index, or with an older one."""
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        write_pages(archive, 6)
        archive.write(exchange("http://b.example/same", b"page 5 " * 20, after=9))
    folder = ArchiveLayout(tmp_path)
    (warc,) = folder.warc_files()
    entries = sorted(read_index(folder.index_path(warc)) or (), key=lambda entry: entry.offset)
    if indexed is None:
        folder.index_path(warc).unlink()
    else:
        write_index(folder.index_path(warc), entries[:indexed])
    with warc.open("ab") as file:
        file.write(b"\x1f\x8b\x08 the beginning of a record")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for entry in entries:
        assert folder.find(entry.url, entry.timestamp) == entry
        assert folder.find_first_since(entry.url, "2000") == entry
        assert folder.read(entry).url == entry.url
    with pytest.raises(RecordDamaged, match="not in the archive"):
        folder.find("http://a.example/never", entries[0].timestamp)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert all(fault.is_repairable for fault in check_archive(folder))
    with open_archive_writer(folder) as archive:
        again = archive.write(exchange("http://c.example/", b"more", after=11))
    assert folder.find("http://c.example/", again.timestamp) == again
    assert list(check_archive(folder)) == []
