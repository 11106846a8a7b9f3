"""Test that `run`, reports and `history` show pages whose content changed, but not a new frame."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import document
from crawler.demo.web import ANY
from tests.acceptance.folder import Folder, error_lines, rows
from tests.unit.crawler.page_text.rewritten import forum_thread, news_portal, table_layout
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.prose import paragraphs, title
from tests.web.texts import missing

CAPTURED = "20210301080000"
REFRAMED, CHANGED, OFF = (
    "http://paper.test/reframed",
    "http://paper.test/changed",
    "http://paper.test/board",
)
OLD, NEW = paragraphs(1, "zh"), paragraphs(2, "zh")
OLD_SENTENCE, NEW_SENTENCE = (text[0].partition("。")[0] for text in (OLD, NEW))


def page(html: str) -> bytes:
    return html.encode()


@pytest.fixture(scope="module")
def wiki(background: BackgroundLoop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    """Return a wiki that cites three pages with their mementos, after one run."""
    heading = title(1, "zh")
    served = {
        "/reframed": news_portal(heading, OLD, "zh"),
        "/changed": news_portal(heading, NEW, "zh"),
        "/board": forum_thread(heading, OLD, "zh"),
    }
    sites = {
        "paper.test": {
            **{path: document(page(html), "text/html") for path, html in served.items()},
            ANY: missing("zh-Hans"),
        }
    }
    internet, wayback = background.start(Internet(sites)), background.start(RunningWayback())
    for url in (REFRAMED, CHANGED, OFF):
        wayback.snapshots.append(
            StoredSnapshot(
                original=url, timestamp=CAPTURED, body=page(table_layout(heading, OLD, "zh"))
            )
        )
    folder = Folder(tmp_path_factory.mktemp("drift"))
    folder.configure(internet, wayback, more="\n[drift]\nper_run = 3\n")
    copy = f"https://web.archive.org/web/{CAPTURED}"
    folder.write(
        "wiki/a.md",
        "".join(
            f"- [甲]({url}) ([存档]({copy}/{url})), 访问于 2021-03-01\n"
            for url in (REFRAMED, CHANGED, OFF)
        ),
    )
    done = folder.holdfast("run", "wiki")
    error_lines(done)
    assert done.returncode == 0, done.stderr
    assert "1 page with changed content" in done.stderr
    yield folder
    folder.close()


def test_only_the_page_whose_text_changed_is_reported(wiki: Folder) -> None:
    shown = wiki.holdfast("report", "--format", "markdown", "--lang", "en").stdout
    _, _, part = shown.partition("## Content changed (1)")
    assert f"`wiki/a.md:2` “甲” <{CHANGED}>" in part
    assert re.search(
        rf"\b\d% of the text of <https://web\.archive\.org/web/{CAPTURED}/{CHANGED}> is still on the page",
        part,
    )  # the title stayed
    lines = {row["url"]: row for row in rows(wiki.holdfast("report", "--format", "jsonl").stdout)}
    assert [url for url, row in lines.items() if "content_changed" in row] == [CHANGED]


def test_changed_content_does_not_change_the_state(wiki: Folder) -> None:
    assert wiki.states() == dict.fromkeys((REFRAMED, CHANGED, OFF), "alive")
    assert wiki.holdfast("report", "--fail-on", "any").returncode == 0


def test_history_shows_removed_and_added_passages(wiki: Folder) -> None:
    shown = wiki.run_in_process("history", "--diff", CHANGED).stdout
    assert re.search(r": \d% of its text is still on the page", shown)
    assert f"  - {OLD_SENTENCE}" in shown
    assert f"  + {NEW_SENTENCE}" in shown
    assert f"  - {OLD_SENTENCE}" not in wiki.run_in_process("history", CHANGED).stdout
    assert (
        "100% of its text is still on the page" in wiki.run_in_process("history", REFRAMED).stdout
    )


def test_nothing_is_compared_if_disabled(wiki: Folder) -> None:
    configured = (wiki.path / "holdfast.toml").read_text(encoding="utf-8")
    wiki.write("holdfast.toml", configured.replace("per_run = 3", "per_run = 0"))
    wiki.execute("DELETE FROM comparison")
    assert wiki.holdfast("run", "wiki").returncode == 0
    assert wiki.count("comparison") == 0


def test_a_search_is_unknown_if_the_archive_does_not_respond(wiki: Folder) -> None:
    """The last test of this file: it removes the archive."""
    configured = (wiki.path / "holdfast.toml").read_text(encoding="utf-8")
    wiki.write(
        "holdfast.toml",
        re.sub(r'(?m)^endpoint = ".*"$', 'endpoint = "http://127.0.0.1:9"', configured),
    )
    wiki.execute("UPDATE link SET state = 'broken' WHERE url = ?", CHANGED)
    done = wiki.holdfast("archive", "--find-moved")
    error_lines(done)
    assert done.returncode == 0
    assert wiki.query("SELECT outcome FROM search") == [("unknown",)]
    assert "1 broken link searched for, 0 possibly moved" in done.stderr
