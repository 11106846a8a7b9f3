from __future__ import annotations

import hashlib
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path

import pytest

from crawler.pages import Dialect
from crawler.scan import process_pool, reader, worker_process
from crawler.scan.discovery import find_pages
from crawler.scan.page_source import PageSource
from crawler.scan.process_pool import UnchangedPage, scan_pages
from store.vocabulary import Page, PageWarning


def pages(count: int, size: int = 0) -> list[PageSource]:
    texts = [f"[{number}](https://a.example/{number})" + " " * size for number in range(count)]
    return [
        PageSource(path=f"{number:03}.md", size=len(text), data=text.encode())
        for number, text in enumerate(texts)
    ]


def files(folder: Path, count: int) -> list[PageSource]:
    """Write pages to files: workers get many of those at a time."""
    for source in pages(count):
        (folder / source.path).write_bytes(source.read())
    return [source for source in find_pages(["."], folder) if isinstance(source, PageSource)]


@pytest.mark.parametrize(("count", "processes"), [(0, 2), (3, 2), (80, 1), (400, 3)])
@pytest.mark.parametrize("written", [False, True])
def test_results_come_in_page_order(
    tmp_path: Path, count: int, processes: int, written: bool
) -> None:
    records = list(
        scan_pages(files(tmp_path, count) if written else pages(count), processes=processes)
    )
    assert [record.citations[0].url for record in records if isinstance(record, Page)] == [
        f"https://a.example/{number}" for number in range(count)
    ]


def test_warnings_are_yielded_in_the_order_of_the_pages(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\x00\x01\x02")
    (tmp_path / "b.md").write_text("https://b.example/")
    note = PageWarning(page="x", line=0, code="no-pages", message="")
    sources = [
        note,
        *find_pages(["."], tmp_path),
        PageSource(path="gone.md", size=1, file=tmp_path / "gone.md"),
    ]
    for padding in (0, 40):  # in this process, and in workers
        records = list(scan_pages([*sources, *pages(padding)], processes=2))[:4]
        assert [
            record.code if isinstance(record, PageWarning) else type(record).__name__
            for record in records
        ] == [
            "no-pages",
            "binary",
            "Page",
            "unreadable",
        ]


def test_an_unchanged_page_is_not_read_again() -> None:
    sources = pages(60)
    hashes = {
        record.path: record.sha256 for record in scan_pages(sources) if isinstance(record, Page)
    }
    sources[7] = PageSource(path="007.md", size=1, data=b"https://new.example/")
    again = list(scan_pages(sources, hashes=hashes))
    assert [record.path for record in again if isinstance(record, Page)] == ["007.md"]
    assert sum(isinstance(record, UnchangedPage) for record in again) == 59


def test_a_stored_page_that_cannot_be_read_is_a_warning(tmp_path: Path) -> None:
    gone = PageSource(path="gone.md", size=1, file=tmp_path / "gone.md")
    (record,) = scan_pages([gone], hashes={"gone.md": hashlib.sha256(b"").hexdigest()})
    assert isinstance(record, PageWarning)
    assert record.code == "unreadable"


def test_a_changed_page_after_many_unchanged_ones_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process_pool, "_MAX_PAGES_AHEAD", 16)
    data = b"<https://a.example/>"
    sources = [PageSource(path=f"{number}.md", size=len(data), data=data) for number in range(100)]
    digest = hashlib.sha256(data).hexdigest()
    hashes = {source.path: digest for source in sources[:-1]}
    found = list(scan_pages(sources, hashes=hashes, processes=2))
    assert [type(result) for result in found] == [UnchangedPage] * 99 + [Page]
    assert [result.path for result in found if isinstance(result, UnchangedPage | Page)] == [
        source.path for source in sources
    ]


def test_a_page_that_takes_too_long_is_read_by_the_fallback_and_others_normally() -> None:
    slow = "[" * 1_000_000 + " 见 https://a.example/b。"
    sources = [
        *pages(30),
        PageSource(path="slow.md", size=len(slow), data=slow.encode()),
        *pages(30),
    ]
    records = [
        record
        for record in scan_pages(sources, processes=2, time_limit=0.0)
        if isinstance(record, Page)
    ]
    assert [record.path for record in records] == [source.path for source in sources]
    record = records[30]
    assert [(citation.url, citation.salvaged) for citation in record.citations] == [
        ("https://a.example/b", True)
    ]
    assert [(warning.code, warning.line) for warning in record.warnings] == [("read-plainly", 0)]
    assert "took longer than 0 s" in record.warnings[0].message


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(),
    reason="a forked worker inherits the fault",
)
@pytest.mark.parametrize("how", ["crash", "panic", "hang"])
@pytest.mark.parametrize("written", [False, True])
def test_a_failing_parser_affects_one_page_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, how: str, written: bool
) -> None:
    read = reader.read_source

    class Panic(BaseException):
        pass

    def fail(source: PageSource, dialect: Dialect) -> Page | PageWarning:
        if source.path == "031.md":
            if how == "crash":
                os._exit(1)
            if how == "panic":
                raise Panic
            threading.Event().wait()
        return read(source, dialect)

    monkeypatch.setattr(reader, "read_source", fail)
    monkeypatch.setattr(
        process_pool, "process_context", lambda: multiprocessing.get_context("fork")
    )
    sources = files(tmp_path, 200) if written else pages(200)
    records = [
        record
        for record in scan_pages(sources, processes=2, time_limit=1.5 if how == "hang" else 5.0)
        if isinstance(record, Page)
    ]
    assert [record.path for record in records] == [f"{number:03}.md" for number in range(200)]
    assert [record.path for record in records if record.warnings] == ["031.md"]
    assert records[31].citations[0].url == "https://a.example/31"


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(),
    reason="a forked worker inherits the fault",
)
def test_a_page_that_vanishes_while_its_parser_fails_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(source: PageSource, dialect: Dialect) -> Page | PageWarning:
        raise ValueError

    monkeypatch.setattr(reader, "read_source", fail)
    monkeypatch.setattr(
        process_pool, "process_context", lambda: multiprocessing.get_context("fork")
    )
    gone = PageSource(path="gone.md", size=1, file=tmp_path / "gone.md")
    record = next(iter(scan_pages([gone, *pages(60)], processes=2)))
    assert isinstance(record, PageWarning)
    assert record.code == "unreadable"
    assert record.message == (
        "was skipped: the parser failed (ValueError), "
        "and the fallback failed too (FileNotFoundError)"
    )


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(),
    reason="a forked worker inherits the fault",
)
@pytest.mark.parametrize("how", ["crash", "hang"])
def test_a_page_that_the_fallback_cannot_read_either_is_skipped(
    monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    def fail(*_: object, **named: object) -> Page:
        if how == "crash":
            os._exit(1)
        threading.Event().wait()
        raise AssertionError

    read = reader.read_source

    def fail_for_one(source: PageSource, dialect: Dialect) -> Page | PageWarning:
        return fail() if source.path == "031.md" else read(source, dialect)

    monkeypatch.setattr(reader, "read_source", fail_for_one)
    monkeypatch.setattr(reader, "find_urls_by_regex", fail)
    monkeypatch.setattr(process_pool, "_FALLBACK_SECONDS", 1.0)
    monkeypatch.setattr(
        process_pool, "process_context", lambda: multiprocessing.get_context("fork")
    )
    records = list(scan_pages(pages(200), processes=2, time_limit=2.0))
    assert [each.path for each in records if isinstance(each, Page)] == [
        f"{number:03}.md" for number in range(200) if number != 31
    ]
    skipped = records[31]
    assert isinstance(skipped, PageWarning)
    problem = {
        "crash": "the parser crashed, and the fallback crashed",
        "hang": "the parser took longer than 2 s, and the fallback took longer than 1 s",
    }
    assert (skipped.code, skipped.message) == ("unreadable", f"was skipped: {problem[how]}")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems limit no memory")
def test_a_page_whose_parser_takes_too_much_memory_is_read_by_the_fallback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = reader.read_source

    def fill(source: PageSource, dialect: Dialect) -> Page | PageWarning:
        if source.path == "031.md":
            assert bytearray(2 * worker_process.MAX_WORKER_BYTES)
        return read(source, dialect)

    monkeypatch.setattr(reader, "read_source", fill)
    monkeypatch.setattr(
        process_pool, "process_context", lambda: multiprocessing.get_context("fork")
    )
    records = [each for each in scan_pages(pages(60), processes=2) if isinstance(each, Page)]
    assert [each.path for each in records if each.warnings] == ["031.md"]
    assert "the parser failed (MemoryError)" in records[31].warnings[0].message


def test_the_number_of_citations_that_wait_for_an_earlier_page_is_limited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process_pool, "_MAX_CITATIONS_AHEAD", 1)
    records = [each for each in scan_pages(pages(100), processes=3) if isinstance(each, Page)]
    assert [each.path for each in records] == [f"{number:03}.md" for number in range(100)]


def set_title(page: Page) -> Page:
    return replace(page, title="finished")


@pytest.mark.parametrize("count", [3, 60])
def test_every_record_is_passed_to_the_finisher(tmp_path: Path, count: int) -> None:
    slow = "[" * 1_000_000 + " https://a.example/b"
    sources = [
        *files(tmp_path, count),
        PageSource(path="slow.md", size=len(slow), data=slow.encode()),
    ]
    records = list(scan_pages(sources, finish=set_title, time_limit=0.5))
    assert [record.title for record in records if isinstance(record, Page)] == ["finished"] * (
        count + 1
    )


def test_a_worker_that_ended_before_its_next_batch_ends_no_scan(tmp_path: Path) -> None:
    sources = files(tmp_path, 60)

    def iterate() -> Iterator[PageSource]:
        for number, source in enumerate(sources):
            if number == 30:  # the worker has the first batch, and the next is not complete
                wait([worker.sentinel for worker in multiprocessing.active_children()], 30)
            yield source

    items = list(scan_pages(iterate(), processes=1, finish=end_at_first_page))
    assert [item.path for item in items if isinstance(item, Page)] == [
        source.path for source in sources[1:]
    ]
    assert [item.page for item in items if isinstance(item, PageWarning)] == ["000.md"]


def end_at_first_page(page: Page) -> Page:
    if page.path == "000.md":
        os._exit(1)
    return page


def test_data_larger_than_a_pipe_is_sent_in_both_directions() -> None:
    """While a worker sends results it must still receive, or it and its caller block each other."""
    long = "x" * 20_000
    sources = [PageSource(path=f"{number} {long}", size=9, data=None) for number in range(160)]
    assert [page.path for page in scan_pages(sources, processes=2) if isinstance(page, Page)] == [
        source.path for source in sources
    ]


def test_a_file_name_that_is_not_utf_8_is_kept(tmp_path: Path) -> None:
    path = "\udcff.md"
    sources = [*files(tmp_path, 30), PageSource(path=path, size=1, data=b"<https://a.example/>")]
    *_, record = scan_pages(sources, processes=1)
    assert isinstance(record, Page)
    assert (record.path, record.citations[0].page) == (path, path)


def test_pages_are_taken_from_the_iterator_when_needed() -> None:
    taken = 0

    def sources() -> Iterator[PageSource]:
        nonlocal taken
        for source in pages(3000):
            taken += 1
            yield source

    records = scan_pages(sources(), processes=2)
    next(records)
    assert taken < 3000
    records.close()  # type: ignore[attr-defined]


def test_a_spawned_process_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    forked = list(scan_pages(pages(40), processes=1))
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert list(scan_pages(pages(40), processes=1)) == forked


_KILLED = """
import os, signal, sys
from crawler.scan.process_pool import scan_pages
from crawler.scan.page_source import PageSource
pages = [PageSource(path=f"{number}.md", size=3, data=b"a b") for number in range(99)]
items = scan_pages(pages, processes=2)
next(items)
print(*open(f"/proc/self/task/{os.getpid()}/children").read().split(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="lists processes in /proc")
def test_workers_end_with_a_process_that_is_killed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _KILLED], stdout=subprocess.PIPE, text=True, check=False
    )
    workers = [Path("/proc", number) for number in done.stdout.split()]
    give_up = time.monotonic() + 60
    while any(worker.exists() for worker in workers):
        assert time.monotonic() < give_up, "a worker is left behind"
        time.sleep(0.05)
    assert len(workers) == 2


# Ctrl-C reaches a new process before it runs its first line; its parent has a process group of its own.
INTERRUPT_FORKS = """
import os, signal, sys, threading
from pathlib import Path
from crawler.scan.discovery import find_pages
from crawler.scan.process_pool import scan_pages
if __name__ == "__main__":
    if sys.argv[1] == "forkserver":
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        os.environ["INTERRUPTED"] = "1"
    else:
        os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), signal.SIGINT))
    print(len(list(scan_pages(find_pages(["."], Path.cwd()), processes=2))))
"""
INTERRUPT_FORK_SERVER = """
import os, signal, sys
if "INTERRUPTED" in os.environ:
    os.kill(os.getpid(), signal.SIGINT)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems fork no workers")
@pytest.mark.parametrize("method", ["fork", "forkserver"])
def test_ctrl_c_while_a_worker_starts_is_left_to_its_parent(tmp_path: Path, method: str) -> None:
    files(tmp_path, 60)
    (tmp_path / "sitecustomize.py").write_text(INTERRUPT_FORK_SERVER)
    (tmp_path / "program.py").write_text(INTERRUPT_FORKS)
    path = os.pathsep.join((str(tmp_path), *sys.path))
    process = subprocess.run(
        [sys.executable, "program.py", method],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert (process.returncode, process.stdout, process.stderr) == (0, "60\n", "")
