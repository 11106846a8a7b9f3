"""Test copies in the local archive: which are wanted, their states and names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from msgspec import structs
from sqlalchemy import select, update

from store.schema.engine import Database
from store.schema.models import LinkRow, MirrorRow
from store.vocabulary import (
    CaptureResult,
    CaptureStatus,
    MirrorQuality,
    PageEvidence,
    Reason,
    RetryWhen,
    Snapshot,
)
from store.work.archives.capture_candidates import local_capture_candidates
from store.work.archives.capture_results import record_capture
from store.work.archives.captures import (
    due_captures,
    mark_requested,
    queue_captures,
    requeue_captures,
)
from store.work.archives.local_mirrors import local_mirrors, local_pages, stale_urls, update_urls
from store.work.frontier import DueFilter, due_hosts, due_links
from store.work.history import record_results
from tests.integration.store.stored_history import DAY, START, StoredHistory, decide

URL, OTHER, DEAD = "http://x.example/a", "http://x.example/b", "http://x.example/c"
WAYBACK = f"https://web.archive.org/web/20210805110426/{URL}"
KEY = f"local:20260302030000/{URL}"


@pytest.fixture
def cited(stored_history: StoredHistory) -> StoredHistory:
    """Return a history with two living links, one with a copy elsewhere, and a dead one."""
    page = f"[a]({URL}) [copy]({WAYBACK}) [b]({OTHER}) [c]({DEAD})"
    stored_history.run(
        START,
        pages={"a.md": page},
        answers={URL: Reason.OK, WAYBACK: Reason.OK, OTHER: Reason.OK, DEAD: Reason.GONE},
    )
    return stored_history


def candidates(database: Database, at: datetime = START) -> Sequence[tuple[str, bool, int]]:
    with database.read() as connection:
        return [
            (found.url, found.is_queued, found.service_count)
            for found in local_capture_candidates(connection, now=at)
        ]


def capture(
    stored_history: StoredHistory,
    answer: CaptureResult,
    *,
    at: datetime = START,
    next_try_at: datetime | None = None,
) -> None:
    """Store a capture of one link with this result."""
    with stored_history.database.write() as connection:
        queue_captures(connection, [stored_history.link_id(URL)], service="local", run_id=1, at=at)
    with stored_history.database.write() as connection:
        (task,) = due_captures(connection, "local", now=at, limit=1)
        mark_requested(connection, task.capture_id, at=at)
        record_capture(
            connection,
            stored_history.link_registry(connection, 1, at),
            task,
            answer,
            at=at,
            next_try_at=next_try_at,
        )


def store_local_copy(stored_history: StoredHistory) -> None:
    made = Snapshot(service="local", url=KEY, original=URL, captured_at=START, status=200)
    capture(stored_history, CaptureResult(status=CaptureStatus.CAPTURED, snapshot=made))


def probe_local_copy(stored_history: StoredHistory, at: datetime) -> None:
    """Store the probe of a local copy that shows a page with a title."""
    with stored_history.database.write() as connection:
        result = stored_history.result(connection, 1, at, KEY, Reason.OK)
        shown = replace(result, probe=replace(result.probe, evidence=PageEvidence(title="A page")))
        record_results(
            connection, [shown], lambda *given: structs.replace(decide(*given), next_probe_at=None)
        )


def test_every_living_link_is_wanted_whatever_others_have(cited: StoredHistory) -> None:
    assert candidates(cited.database) == [(URL, False, 1), (OTHER, False, 0)]


def test_queued_and_begun_captures_stay_wanted(cited: StoredHistory) -> None:
    with cited.database.write() as connection:
        queue_captures(connection, [cited.link_id(URL)], service="local", run_id=1, at=START)
    assert candidates(cited.database)[0] == (URL, True, 1)
    with cited.database.write() as connection:
        (task,) = due_captures(connection, "local", now=START, limit=1)
        mark_requested(connection, task.capture_id, at=START)
    assert candidates(cited.database)[0] == (URL, True, 1)
    with cited.database.write() as connection:
        assert due_captures(connection, "local", now=START, limit=1) == []
        requeue_captures(connection, "local", at=START)
        assert [task.url for task in due_captures(connection, "local", now=START, limit=1)] == [URL]


def test_existing_copies_are_not_wanted_unless_they_are_unusable(cited: StoredHistory) -> None:
    store_local_copy(cited)
    assert candidates(cited.database) == [(OTHER, False, 0)]
    with cited.database.write() as connection:
        connection.execute(
            update(MirrorRow)
            .where(MirrorRow.service == "local")
            .values(quality=MirrorQuality.UNUSABLE)
        )
    assert candidates(cited.database) == [(URL, False, 1), (OTHER, False, 0)]


def test_failed_captures_are_wanted_again_when_due(cited: StoredHistory) -> None:
    capture(
        cited,
        CaptureResult(status=CaptureStatus.FAILED, code="not-whole", retry=RetryWhen.LATER),
        next_try_at=START + DAY,
    )
    assert candidates(cited.database) == [(OTHER, False, 0)]
    assert [url for url, _, _ in candidates(cited.database, START + DAY)] == [URL, OTHER]


def test_a_local_mirror_is_never_due_for_requests_but_for_verification(
    cited: StoredHistory,
) -> None:
    store_local_copy(cited)
    with cited.database.read() as connection:
        row = connection.execute(
            select(LinkRow.key, LinkRow.url, LinkRow.next_probe_at).where(LinkRow.key == KEY)
        ).one()
        assert tuple(row) == (KEY, KEY, None)
        assert [
            mirror.key for mirror in local_mirrors(connection, "local", checked_before=START)
        ] == [KEY]
    probe_local_copy(cited, START)
    with cited.database.read() as connection:
        assert local_mirrors(connection, "local", checked_before=START) == []
        assert [
            mirror.key for mirror in local_mirrors(connection, "local", checked_before=START + DAY)
        ] == [KEY]
        assert (
            connection.execute(select(LinkRow.next_probe_at).where(LinkRow.key == KEY)).scalar_one()
            is None
        )
        assert local_mirrors(connection, "wayback") == []


def test_a_local_mirror_gets_a_new_url_and_keeps_its_key(
    cited: StoredHistory,
) -> None:
    store_local_copy(cited)
    for base in ("https://a.example/", "https://b.example/"):
        with cited.database.write() as connection:
            update_urls(connection, stale_urls(connection, "local", base.__add__))
        with cited.database.read() as connection:
            (mirror,) = local_mirrors(connection, "local")
            assert stale_urls(connection, "local", base.__add__) == {}
        assert (mirror.key, mirror.url) == (KEY, base + KEY)


def test_local_pages_are_listed_with_their_titles(cited: StoredHistory) -> None:
    store_local_copy(cited)
    with cited.database.read() as connection:
        assert [
            (page.key, page.original, page.title) for page in local_pages(connection, "local")
        ] == [(KEY, URL, "")]
    probe_local_copy(cited, START)
    with cited.database.read() as connection:
        assert [page.title for page in local_pages(connection, "local")] == ["A page"]
    with cited.database.write() as connection:
        connection.execute(
            update(MirrorRow)
            .where(MirrorRow.service == "local")
            .values(quality=MirrorQuality.UNUSABLE)
        )
    with cited.database.read() as connection:
        assert list(local_pages(connection, "local")) == []


def test_check_all_requests_no_local_copies(cited: StoredHistory) -> None:
    store_local_copy(cited)
    everything = DueFilter(now=START, ignore_schedule=True)
    with cited.database.read() as connection:
        due_urls = [
            link.url
            for host in due_hosts(connection, everything)
            for link in due_links(connection, host.id, everything)
        ]
    assert sorted(due_urls) == [URL, OTHER, DEAD, WAYBACK]
