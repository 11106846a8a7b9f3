"""Test that scans store new, changed and removed pages and citations."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from crawler.jobs.job import Job
from crawler.pages.html import extract_html
from crawler.scan import page_recorder
from crawler.scan.discovery import page_sources
from crawler.scan.page_recorder import PageRecorder
from crawler.scan.wiki_scan import ScanResult, register_urls, scan_wiki
from store.schema.models import CitationRow, PageRow
from store.vocabulary import Page
from store.work.archives.lookups import links_to_look_up
from tests.integration.crawler.conftest import OpenJob
from tests.repository import Repository


@pytest.fixture
def wiki(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with two pages, which is also the working folder."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "docs/a.md", "[一](https://a.example/1) [二](https://a.example/2)")
    write(tmp_path, "docs/b.md", "[三](https://b.example/3)")
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def scan(job: Job, *arguments: str) -> ScanResult:
    seen: list[str] = []
    result = scan_wiki(
        job,
        job.loaded,
        list(page_sources(job.loaded, arguments)),
        is_complete=not arguments,
        on_page=seen.append,
    )
    assert len(seen) == result.totals.pages + result.unchanged
    return result


def counts(result: ScanResult) -> tuple[int, int, int, int]:
    return (
        result.totals.pages,
        result.unchanged,
        result.totals.citations_new,
        result.totals.citations_removed,
    )


def present(job: Job) -> Sequence[str]:
    """Return the URLs that are cited now."""
    with job.database.read() as connection:
        return sorted(
            connection.scalars(select(CitationRow.url).where(CitationRow.gone_run_id.is_(None)))
        )


def pages(job: Job) -> dict[str, bool]:
    """Return each stored page, with whether it still exists."""
    with job.database.read() as connection:
        return {
            row.path: row.gone_run_id is None
            for row in connection.execute(select(PageRow.path, PageRow.gone_run_id))
        }


def test_a_second_scan_finds_all_pages_unchanged(job: Job, wiki: Path) -> None:
    assert counts(scan(job)) == (2, 0, 3, 0)
    assert counts(scan(job)) == (0, 2, 0, 0)


def test_a_deleted_page_is_removed_with_its_citations(job: Job, wiki: Path) -> None:
    scan(job)
    (wiki / "docs/b.md").unlink()
    assert counts(scan(job)) == (0, 1, 0, 1)
    assert pages(job) == {"docs/a.md": True, "docs/b.md": False}
    assert present(job) == ["https://a.example/1", "https://a.example/2"]


def test_a_restored_page_is_no_longer_removed(job: Job, wiki: Path) -> None:
    scan(job)
    text = (wiki / "docs/b.md").read_text(encoding="utf-8")
    (wiki / "docs/b.md").unlink()
    scan(job)
    write(wiki, "docs/b.md", text)
    assert counts(scan(job)) == (1, 1, 1, 0)
    assert pages(job) == {"docs/a.md": True, "docs/b.md": True}


def test_a_scan_of_some_pages_does_not_remove_the_others(job: Job, wiki: Path) -> None:
    scan(job)
    assert counts(scan(job, "docs/a.md")) == (0, 1, 0, 0)
    assert pages(job) == {"docs/a.md": True, "docs/b.md": True}
    (wiki / "docs/b.md").unlink()
    assert counts(scan(job, "docs/a.md")) == (
        0,
        1,
        0,
        1,
    )  # but a file that is not there is gone, whatever was named


def test_a_scan_that_finds_no_page_removes_none(job: Job, wiki: Path) -> None:
    """This happens, for example, if a disk is not mounted."""
    scan(job)
    (wiki / "docs").rename(wiki / ".hidden")
    (wiki / "docs").mkdir()
    result = scan(job)
    assert counts(result) == (0, 0, 0, 0)
    assert pages(job) == {"docs/a.md": True, "docs/b.md": True}
    assert [warning.code for warning in result.warnings] == ["no-pages"]


def test_a_page_that_cannot_be_read_once_is_not_removed(job: Job, wiki: Path) -> None:
    scan(job)
    (wiki / "docs/b.md").write_bytes(bytes(range(256)) * 20)
    result = scan(job)
    assert counts(result) == (0, 1, 0, 0)
    assert [warning.code for warning in result.warnings] == ["binary"]
    assert pages(job) == {"docs/a.md": True, "docs/b.md": True}


def test_pages_of_a_folder_that_cannot_be_read_once_are_not_removed(
    job: Job, wiki: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("deep/c.md", "deep/er/d.md", "deep/gone.md"):
        write(wiki, f"docs/{name}", "Text.")
    scan(job)
    scandir = os.scandir

    def fail(path: Path) -> Iterator[os.DirEntry[str]]:
        if Path(path).name == "deep":
            raise OSError(errno.EIO, "Input/output error")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", fail)
    (wiki / "docs/deep/gone.md").unlink()
    assert [warning.code for warning in scan(job).warnings] == ["unreadable"]
    assert [path for path, is_present in pages(job).items() if not is_present] == [
        "docs/deep/gone.md"
    ]


@pytest.mark.parametrize("arguments", [(), ("docs/a.md",)])
def test_a_page_that_may_not_be_looked_at_once_is_not_removed(
    job: Job, wiki: Path, monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str]
) -> None:
    scan(job)
    stat = Path.stat

    def fail(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.name == "b.md":
            raise PermissionError(errno.EACCES, "Permission denied")
        return stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", fail)
    assert counts(scan(job, *arguments)) == (0, 1, 0, 0)
    assert pages(job) == {"docs/a.md": True, "docs/b.md": True}


@pytest.mark.parametrize(("sites", "is_kept"), [(("https://wiki.example/",), True), ((), False)])
def test_a_scan_of_files_keeps_the_pages_of_a_published_site(
    another_job: OpenJob, wiki: Path, sites: Sequence[str], is_kept: bool
) -> None:
    job = another_job(wiki="one", pages=["docs", *sites])
    url = "https://wiki.example/page"
    recorder = PageRecorder(job, job.loaded)
    recorder.add(extract_html(b"<a href='https://c.example/4'>c</a>", url=url))
    recorder.flush()
    scan(job, "docs/a.md")
    assert pages(job)[url]
    scan(job)
    assert pages(job)[url] == is_kept
    assert ("https://c.example/4" in present(job)) == is_kept


def test_two_wikis_in_one_database_are_independent(another_job: OpenJob, wiki: Path) -> None:
    one, other = another_job(wiki="one", pages=["docs"]), another_job(wiki="other", pages=["other"])
    write(wiki, "other/c.md", "[四](https://c.example/4)")
    assert counts(scan(one)) == (2, 0, 3, 0)
    assert counts(scan(other)) == (1, 0, 1, 0)
    assert pages(one) == {"docs/a.md": True, "docs/b.md": True, "other/c.md": True}


def test_many_pages_are_written_in_batches_and_none_is_lost(job: Job, wiki: Path) -> None:
    for number in range(230):
        write(wiki, f"docs/{number}.md", f"<https://many.example/{number}>")
    assert counts(scan(job)) == (232, 0, 233, 0)
    assert len(present(job)) == 233


def test_urls_that_no_page_cites_are_stored_once(job: Job) -> None:
    urls = ["https://a.example/1", "https://a.example/2", "https://a.example/1#part"]
    first = register_urls(job, urls)
    assert len(first) == 2
    assert register_urls(job, [urls[1]]) == [first[1]]
    assert register_urls(job, []) == ()


def added(job: Job) -> dict[str, str | None]:
    with job.database.read() as connection:
        rows = connection.execute(
            select(CitationRow.url, CitationRow.added).where(CitationRow.gone_run_id.is_(None))
        )
        return {row.url: row.added and row.added.isoformat() for row in rows}


def test_new_citations_on_undated_pages_get_the_date_of_their_commit(
    another_job: OpenJob, wiki: Path
) -> None:
    repository = Repository(wiki)
    write(wiki, "docs/dated.md", "---\ndate: 2020-05-05\n---\n[四](https://c.example/4)")
    write(wiki, "docs/read.md", "x[^1]\n\n[^1]: [五](https://c.example/5). 访问于 2021-08-05.\n")
    repository.commit("2019-03-01")
    first = another_job()
    scan(first)
    by_git = {
        f"https://{host}.example/{number}": "2019-03-01"
        for host, number in (("a", 1), ("a", 2), ("b", 3))
    }
    assert added(first) == {**by_git, "https://c.example/4": None, "https://c.example/5": None}

    write(
        wiki,
        "docs/a.md",
        "[二](https://a.example/2), [一](https://a.example/1), [六](https://a.example/6)",
    )
    repository.commit("2026-05-05")
    write(
        wiki, "docs/b.md", "[三](https://b.example/3) [七](https://b.example/7)"
    )  # not committed yet
    second = another_job()
    scan(second)
    assert added(second) == {
        **by_git,
        "https://c.example/4": None,
        "https://c.example/5": None,
        "https://a.example/6": "2026-05-05",
        "https://b.example/7": None,
    }
    with second.database.read() as connection:
        wanted = {
            task.url: task.target_time.date().isoformat()
            for task in links_to_look_up(connection, "wayback", now=second.clock(), limit=99)
        }
    today = second.clock().date().isoformat()
    found = {
        "https://c.example/4": "2020-05-05",
        "https://c.example/5": "2021-08-05",
        "https://a.example/6": "2026-05-05",
    }
    assert wanted == {**by_git, **found, "https://b.example/7": today}


def test_pages_with_many_citations_are_stored_without_waiting_for_more(
    job: Job, wiki: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_recorder, "_BATCH_CITATIONS", 2)
    stored: list[int] = []
    write = PageRecorder._write

    def count(recorder: PageRecorder, pages: Sequence[Page]) -> None:
        stored.append(len(pages))
        write(recorder, pages)

    monkeypatch.setattr(PageRecorder, "_write", count)
    scan(job)
    assert stored == [1, 1]
