"""Test several wikis in one configuration: they share links, but not citations and reports."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page, status
from crawler.demo.web import ANY
from tests.acceptance.folder import Folder, configuration, error_lines, one_line, rows
from tests.acceptance.test_scrapy import scrapy
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

SHARED, OWN, OTHER = "http://shared.example/a", "http://own.example/b", "http://other.example/c"
WIKIS = """
[wikis.book]
pages = ["book/docs"]
source_url = "https://git.example/book/{path}"

[wikis."夜渡"]
pages = ["ferry"]
ignore = ["ferry/drafts"]
output = "out"
"""


@pytest.fixture(scope="module")
def own_internet(background: BackgroundLoop) -> Internet:
    alive = {ANY: page("Ferry", markup="<p>The night ferry runs until two.</p>")}
    return background.start(
        Internet(
            {"shared.example": {ANY: status(404)}, "own.example": alive, "other.example": alive}
        )
    )


@pytest.fixture
def wikis(folder: Folder, own_internet: Internet, wayback: RunningWayback) -> Folder:
    """Return two wikis that both cite one missing page, and a living one each."""
    own_internet.reset()
    folder.write(
        "holdfast.toml",
        WIKIS + configuration(own_internet.connect_to(wildcard=True), wayback.endpoint),
    )
    folder.write("book/docs/a.md", f"[x]({SHARED}) [y]({OWN})\n")
    folder.write("ferry/b.md", f"Line one\n\n[x]({SHARED}) [z]({OTHER})\n")
    folder.write("ferry/drafts/c.md", "<http://never.example/>\n")
    return folder


def asked(internet: Internet) -> list[str]:
    return sorted(visit.url for visit in internet.visits if visit.url in {SHARED, OWN, OTHER})


def reported(file: Path) -> dict[str, list[str]]:
    found = rows(file.read_text(encoding="utf-8"))
    assert {row["wiki"] for row in found} <= {"book", "夜渡"}
    return {
        row["url"]: [place["page"] for place in row["citations"]]
        for row in found
        if row["role"] == "link"
    }


def test_a_link_of_two_wikis_is_probed_once_and_each_report_shows_its_own(
    wikis: Folder, own_internet: Internet
) -> None:
    done = wikis.holdfast("run")
    assert done.returncode == 0, done.stderr
    error_lines(done)
    assert set(asked(own_internet)) == {SHARED, OWN, OTHER}
    assert wikis.query("SELECT url, probes FROM link ORDER BY url") == [
        (OTHER, 1),
        (OWN, 1),
        (SHARED, 1),
    ]
    book, ferry = (
        wikis.path / ".holdfast" / "book" / "report.jsonl",
        wikis.path / "out" / "report.jsonl",
    )
    assert reported(book) == {SHARED: ["book/docs/a.md"], OWN: ["book/docs/a.md"]}
    assert reported(ferry) == {SHARED: ["ferry/b.md"], OTHER: ["ferry/b.md"]}
    assert [line for line in done.stderr.splitlines() if line in {"book", "夜渡"}] == [
        "book",
        "夜渡",
    ]
    assert "# Links of 夜渡" in (wikis.path / "out" / "report.md").read_text(encoding="utf-8")

    named = wikis.run_in_process("report", "--format", "jsonl", "--wiki", "book")
    assert {row["url"] for row in rows(named.stdout)} == {SHARED, OWN}
    both = wikis.run_in_process("report", "--format", "jsonl")
    assert sorted({(row["wiki"], row["url"]) for row in rows(both.stdout)}) == [
        *(("book", OWN), ("book", SHARED), ("夜渡", OTHER), ("夜渡", SHARED))
    ]
    assert "use --output FOLDER" in one_line(wikis.run_in_process("report", "--format", "html"), 3)
    assert (
        wikis.run_in_process("report", "--format", "csv,junit", "--output", "both").returncode == 0
    )
    assert sorted(
        path.relative_to(wikis.path / "both").as_posix()
        for path in (wikis.path / "both").rglob("*.*")
    ) == [*("book/report.csv", "book/report.junit.xml", "夜渡/report.csv", "夜渡/report.junit.xml")]
    shown = wikis.run_in_process("status").stdout
    assert [line.split() for line in shown.splitlines() if line.startswith(("book", "夜渡"))] == [
        ["book", "2", "1", "0"],
        ["夜渡", "2", "1", "0"],
    ]
    assert "2 probes" not in wikis.run_in_process("status", "--wiki", "book").stdout
    written = wikis.run_in_process("history", SHARED).stdout
    assert "cited at book/docs/a.md:1" in written
    assert "cited at ferry/b.md:3" in written


def test_a_run_of_one_wiki_does_not_change_what_is_new_for_the_other(
    wikis: Folder, own_internet: Internet
) -> None:
    assert wikis.holdfast("run", "--wiki", "book").returncode == 0
    assert set(asked(own_internet)) == {SHARED, OWN}
    assert wikis.query("SELECT DISTINCT wiki FROM page") == [("book",)]
    assert wikis.run_in_process("scan").returncode == 0
    for days in (4, 7):  # confirmed in runs about one of them
        wikis.age_history(timedelta(days=days))
        done = wikis.holdfast("check", "--wiki", "book", "--fail-on", "new-broken")
    assert done.returncode == 2, done.stderr
    assert wikis.states()[SHARED] == "broken"
    assert wikis.states()[OTHER] == "unchecked"
    assert wikis.run_in_process("report", "--wiki", "book").returncode == 2
    assert (
        wikis.run_in_process("report", "--wiki", "夜渡").returncode == 2
    )  # no run was about it before: all of it is new
    assert wikis.holdfast("check", "--wiki", "夜渡").returncode == 2
    assert (
        wikis.run_in_process("report", "--wiki", "book").returncode == 2
    )  # the run about the other is none about this one
    assert wikis.holdfast("check").returncode == 0


def test_fix_changes_all_wikis_or_the_one_named(wikis: Folder, wayback: RunningWayback) -> None:
    wikis.run_in_process("scan")
    for path in ("book/docs/a.md", "ferry/b.md"):
        file = wikis.path / path
        file.write_text(file.read_text(encoding="utf-8").replace("x](", "甲]("), encoding="utf-8")
    assert (
        "has changed since it was scanned"
        not in wikis.run_in_process("fix", "--wiki", "book").stderr
    )
    done = wikis.run_in_process("fix")
    assert done.returncode == 0
    assert [line for line in error_lines(done) if line.endswith(":")] == ["book:", "夜渡:"]


@pytest.mark.parametrize("command", ["run", "scan", "check", "report", "fix", "status", "archive"])
def test_an_unknown_wiki_is_one_clear_line(wikis: Folder, command: str) -> None:
    assert (
        one_line(wikis.run_in_process(command, "--wiki", "boook"), 3)
        == "holdfast: no wiki 'boook' is configured; did you mean 'book'?"
    )
    assert not (wikis.path / ".holdfast").exists()


def test_named_pages_need_a_named_wiki(wikis: Folder) -> None:
    assert (
        one_line(wikis.run_in_process("run", "book/docs/a.md"), 3)
        == "holdfast: PAGES must belong to one wiki: choose it with --wiki (book, 夜渡)"
    )
    done = wikis.run_in_process("scan", "--format", "jsonl", "--wiki", "book", "book/docs/a.md")
    assert [row["url"] for row in rows(done.stdout)] == [SHARED, OWN]


def test_a_page_is_read_again_when_its_wiki_has_another_renderer(folder: Folder) -> None:
    folder.write("holdfast.toml", '[wikis.book]\npages = ["book"]\n')
    folder.write("book/a.md", "!!! note\n\n    <http://own.example/b>\n")
    assert folder.run_in_process("scan").returncode == 0
    assert folder.count("citation", "gone_run_id IS NULL") == 1
    folder.write("holdfast.toml", '[wikis.book]\npages = ["book"]\ndialect = "commonmark"\n')
    assert "1 read, 0 unchanged" in folder.run_in_process("scan").stderr
    assert folder.count("citation", "gone_run_id IS NULL") == 0
    assert "0 read, 1 unchanged" in folder.run_in_process("scan").stderr


def test_the_citations_spider_reads_all_wikis_or_the_named_one(wikis: Folder) -> None:
    config = str(wikis.path / "holdfast.toml")
    done = scrapy("crawl", "citations", "-a", "wiki=夜渡", config=config)
    assert (done.returncode, done.stderr) == (0, "citations: 1 done\n")
    assert wikis.query("SELECT wiki, path FROM page") == [("夜渡", "ferry/b.md")]
    done = scrapy("crawl", "citations", config=config)
    assert (done.returncode, done.stderr) == (0, "citations: 2 done\n")
    assert wikis.query("SELECT wiki, path FROM page ORDER BY wiki") == [
        ("book", "book/docs/a.md"),
        ("夜渡", "ferry/b.md"),
    ]
    done = scrapy("crawl", "citations", "-a", "pages=book", config=config)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(
        "pages and site must belong to one wiki: choose it with -a wiki=NAME"
    )
    assert [outcome for (outcome,) in wikis.query("SELECT outcome FROM run")] == [
        "finished",
        "finished",
        "finished",
    ]
