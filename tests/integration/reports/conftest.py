"""Provide a wiki with a week of history in which every section of a report has findings."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from crawler.archives import parse_mirror
from crawler.liveness import make_judgement
from reports.report_scope import ReportScope
from store.schema.engine import Database, open_database
from store.vocabulary import (
    CaptureResult,
    CaptureStatus,
    InternalLink,
    Judgement,
    LookupOutcome,
    LookupResult,
    Page,
    PageWarning,
    Reason,
    RetryWhen,
    Snapshot,
)
from store.work.archives.capture_results import record_capture
from store.work.archives.captures import due_captures, mark_requested, queue_captures
from store.work.archives.lookups import LookupTask, record_lookup
from tests.chromium import binary, running_chromium
from tests.integration.store.stored_history import DAY, HOUR, START, StoredHistory
from tests.time_zones import time_zone

WAYBACK = "https://web.archive.org/web"

FERRY = """---
title: 夜间轮渡
date: 2021-09-01
---
# 夜间轮渡

见[*旧* 报道](http://gone.example/ferry "标题")与[航线表](http://moved.example/table)，另见 <http://wall.example/board>。

轮渡停运[^1]，后又恢复[^2]。

[^1]: [停运公告](http://lost.example/stop). 访问于 2021-08-03.
[^2]: [恢复](http://back.example/again). [存档](https://web.archive.org/web/20190101000000/http://paused.example/z).
"""
LAMP = """# Lamp

[Lamp](http://lamp.example/) by [copy](https://web.archive.org/web/20210805110426/http://covered.example/lamp).
A [new](http://failing.example/new) page, and the [ferry](http://gone.example/ferry) again.
"""

GONE = "http://gone.example/ferry"
COVERED = "http://covered.example/lamp"
COVERED_COPY = f"{WAYBACK}/20210805110426/{COVERED}"
BAD_COPY = f"{WAYBACK}/20190101000000/http://paused.example/z"
# Links of which the archive said that it has no copy.
WITHOUT_COPIES = (
    "http://moved.example/table",
    "http://wall.example/board",
    "http://lost.example/stop",
    "http://back.example/again",
    "http://paused.example/z",
    "http://failing.example/new",
)
NOT_FOUND = make_judgement(Reason.NOT_FOUND, "404")

# What each address answers on every day, and from which day on it answers otherwise.
ALWAYS: dict[str, Reason | Judgement] = {
    GONE: NOT_FOUND,
    COVERED: make_judgement(Reason.DOMAIN_NOT_FOUND),
    COVERED_COPY: Reason.OK,
    BAD_COPY: NOT_FOUND,
    "http://lost.example/stop": make_judgement(Reason.GONE, "410"),
    "http://moved.example/table": make_judgement(
        Reason.MOVED_PERMANENTLY, target="http://moved.example/2026/table"
    ),
    "http://wall.example/board": Reason.CHALLENGE,
    "http://paused.example/z": Reason.HOST_PAUSED,
    "http://lamp.example/": Reason.OK,
    "http://failing.example/new": Reason.OK,
    "http://back.example/again": make_judgement(Reason.SERVER_ERROR, "503"),
}
LATER: dict[str, Reason | Judgement] = {
    "http://failing.example/new": make_judgement(Reason.TIMEOUT, "read timed out"),
    "http://back.example/again": Reason.OK,
}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url, durable=False)
    yield opened
    opened.close()


@pytest.fixture(scope="module", autouse=True)
def utc() -> Iterator[None]:
    """Set the time zone of the machine to UTC, because reports show times in it."""
    with time_zone("UTC"):
        yield


@pytest.fixture
def shanghai() -> Iterator[None]:
    """Set the time zone of the machine to that of Shanghai."""
    with time_zone("<+08>-8"):
        yield


@pytest.fixture
def week(database: Database) -> StoredHistory:
    """Store four runs over a week. `lost` was confirmed in the last but one, all else in the last."""
    stored_history = StoredHistory(database, "notes")
    run = stored_history.run(
        START - DAY,
        pages={"city/夜间轮渡.md": FERRY, "lamp_post.md": LAMP},
        answers={"http://lost.example/stop": NOT_FOUND},
    )
    stored_history.run(START, answers=ALWAYS)
    stored_history.run(START + 3 * DAY, answers=ALWAYS)
    stored_history.run(
        START + 6 * DAY, answers={"http://lost.example/stop": ALWAYS["http://lost.example/stop"]}
    )
    last = stored_history.begin(START + 7 * DAY)
    stored_history.probe(last, START + 7 * DAY, {**ALWAYS, **LATER})
    _archives(stored_history, run)
    stored_history.store(run, START, [_page_of_warnings()])
    stored_history.end(last, START + 7 * DAY + HOUR)
    return stored_history


@pytest.fixture
def scope(shanghai: None) -> ReportScope:
    return ReportScope(wiki="notes", now=START + 8 * DAY)


def _archives(stored_history: StoredHistory, run: int) -> None:
    """Store two found copies, one alive; a failed lookup; a capture, and a refused one."""
    at = START + 7 * DAY
    copies = [f"{WAYBACK}/{stamp}/{GONE}" for stamp in ("20210910000000", "20150101000000")]
    with stored_history.database.write() as connection:
        for service, url, answer in (
            (
                "wayback",
                GONE,
                LookupResult(outcome=LookupOutcome.FOUND, snapshot=_snapshot(copies[0], GONE)),
            ),
            (
                "arquivo.pt",
                GONE,
                LookupResult(outcome=LookupOutcome.FOUND, snapshot=_snapshot(copies[1], GONE)),
            ),
            (
                "wayback",
                "http://lamp.example/",
                LookupResult(outcome=LookupOutcome.UNKNOWN, detail="504 <busy>"),
            ),
            *(("wayback", url, LookupResult(outcome=LookupOutcome.NONE)) for url in WITHOUT_COPIES),
        ):
            task = LookupTask(link_id=stored_history.link_id(url), url=url, target_time=START)
            record_lookup(
                connection,
                stored_history.link_registry(connection, run, at),
                task,
                answer,
                service=service,
                run_id=run,
                at=at,
                next_lookup_at=at + DAY,
            )
    stored_history.probe(run, at, dict.fromkeys(copies, Reason.OK))
    wanted = ("http://lamp.example/", "http://moved.example/table")
    with stored_history.database.write() as connection:
        queue_captures(
            connection,
            [stored_history.link_id(url) for url in wanted],
            service="wayback",
            run_id=run,
            at=at,
        )
        for capture in due_captures(connection, "wayback", now=at, limit=9):
            made = capture.url == wanted[0]
            answer_to_capture = (
                CaptureResult(
                    status=CaptureStatus.CAPTURED,
                    snapshot=_snapshot(f"{WAYBACK}/20260309030000/{wanted[0]}", wanted[0]),
                )
                if made
                else CaptureResult(
                    status=CaptureStatus.FAILED,
                    code="error:blocked-url",
                    detail="not *allowed*",
                    retry=RetryWhen.NEVER,
                )
            )
            mark_requested(connection, capture.capture_id, at=at)
            record_capture(
                connection,
                stored_history.link_registry(connection, run, at),
                capture,
                answer_to_capture,
                at=at,
                next_try_at=None,
            )


def _snapshot(url: str, original: str) -> Snapshot:
    address = parse_mirror(url)
    assert address
    assert address.captured_at
    return Snapshot(
        service="wayback", url=url, original=original, captured_at=address.captured_at, status=200
    )


def _page_of_warnings() -> Page:
    path = "old.md"
    return Page(
        path=path,
        sha256="0",
        internal_links=(
            InternalLink(
                page=path,
                line=7,
                column=1,
                start=0,
                end=1,
                target="no_where.md",
                broken="missing-page",
            ),
        ),
        warnings=(PageWarning(page=path, line=0, code="not-utf-8", message="read as *gb18030*"),),
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run a Chromium for one module: Playwright's event loop runs in this thread meanwhile."""
    path = binary()
    if path is None:
        missing = "this system has no Chromium (.ci/system-packages installs one on Debian)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with running_chromium(path) as chromium:
        yield chromium
