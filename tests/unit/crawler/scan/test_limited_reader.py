"""Test reading pages again for a patch: within a time limit, and never by the fallback."""

from __future__ import annotations

import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

import pytest

from crawler.archives import pair_page
from crawler.pages import Dialect, NotText
from crawler.scan import limited_worker, worker_process
from crawler.scan.limited_reader import LimitedReader
from crawler.scan.limited_worker import ReadingStopped
from crawler.scan.page_source import PageSource
from crawler.scan.reader import SourceReader

# At the top of the module, so that a process can be started with them in any way.
RUN_WORKER = worker_process._run_worker


def read_after_the_first(connection: Connection, reader: SourceReader) -> None:
    connection.send(reader.read_batch(connection.recv()))
    time.sleep(60)


def start_slowly(connection: Connection, reader: SourceReader) -> None:
    time.sleep(1.5)
    RUN_WORKER(connection, reader)


LINK = b"[a](https://a.example/)\n\n"
LARGE = LINK + b"word " * 40_000


def source(data: bytes, page_format: str = "markdown") -> PageSource:
    return PageSource(path="a.md", size=len(data), data=data, format=page_format)


@pytest.fixture
def reader() -> Iterator[LimitedReader]:
    with LimitedReader(Dialect.MKDOCS, "") as reader:
        yield reader


@pytest.mark.parametrize("data", [LINK, LARGE], ids=["small", "large"])
def test_a_page_is_read_as_by_a_scan(reader: LimitedReader, data: bytes) -> None:
    expected = SourceReader(Dialect.MKDOCS, pair_page).read(source(data))
    assert reader.read(source(data)) == expected


@pytest.mark.parametrize("data", [b"\0" * 99, b"\0" * 99_999], ids=["small", "large"])
def test_binary_files_are_refused_and_the_next_page_is_read(
    reader: LimitedReader, data: bytes
) -> None:
    with pytest.raises(NotText, match=r"^the file is binary"):
        reader.read(source(data))
    assert len(reader.read(source(LARGE)).citations) == 1


def test_a_page_that_takes_too_long_raises_and_the_next_one_is_read() -> None:
    with LimitedReader(Dialect.MKDOCS, "", time_limit=3.0) as reader:
        with pytest.raises(ReadingStopped, match=r"^the parser took longer than 3 s"):
            reader.read(source(LINK * 700_000))
        assert len(reader.read(source(LARGE)).citations) == 1


def test_a_process_that_uses_much_memory_can_read_pages(
    reader: LimitedReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forked worker begins with the memory of its parent; only what it adds is limited."""
    monkeypatch.setattr(worker_process, "MAX_WORKER_BYTES", 256 * 1024 * 1024)
    own = bytearray(512 * 1024 * 1024)
    assert len(reader.read(source(LARGE)).citations) == 1
    assert own


def test_sending_to_a_worker_that_does_not_read_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_process, "_run_worker", read_after_the_first)
    with (
        LimitedReader(Dialect.MKDOCS, "", time_limit=0.5) as reader,
        pytest.raises(ReadingStopped, match=r"^the parser took longer than 0\.5 s"),
    ):
        reader.read(source(LINK * 100_000))


def test_the_first_result_of_a_worker_that_starts_too_late_is_not_that_of_a_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The worker reads an empty page first, whose record would be taken for the page's."""
    monkeypatch.setattr(worker_process, "_run_worker", start_slowly)
    monkeypatch.setattr(limited_worker, "_START_SECONDS", 0.5)
    with LimitedReader(Dialect.MKDOCS, "") as reader:
        with pytest.raises(ReadingStopped, match=r"^the parser did not start within 0\.5 s"):
            reader.read(source(LARGE))
        monkeypatch.setattr(limited_worker, "_START_SECONDS", 60)
        assert len(reader.read(source(LARGE)).citations) == 1


def test_the_start_of_a_worker_does_not_count_towards_the_time_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_process, "_run_worker", start_slowly)
    with LimitedReader(Dialect.MKDOCS, "", time_limit=1) as reader:
        assert len(reader.read(source(LARGE)).citations) == 1
