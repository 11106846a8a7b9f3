"""Test that work which a clock ten years ahead postponed is due when the clock is right again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from store.schema.models import HostRow, LinkRow, MirrorRow, RunRow
from store.vocabulary import (
    CaptureResult,
    CaptureStatus,
    DriftOutcome,
    FailureScope,
    LookupOutcome,
    LookupResult,
    Reason,
    RetryWhen,
    SearchOutcome,
    State,
)
from store.work.archives.capture_results import record_capture
from store.work.archives.captures import (
    count_requested_since,
    due_captures,
    mark_requested,
    queue_captures,
)
from store.work.archives.lookups import LookupTask, record_lookup
from store.work.archives.mirror_reviews import mirrors_to_review
from store.work.archives.unconfirmed_lookups import links_to_confirm
from store.work.comparisons import links_to_compare, record_comparison
from store.work.frontier import DueFilter, due_hosts
from store.work.hosts import probes_since
from store.work.page_parts import (
    ArchivedPart,
    copies_to_check,
    record_part_counts,
    record_parts,
    requests_since,
    schedule_part_checks,
)
from store.work.searches import links_to_search, record_search
from store.work.site_listings import blocked_links_to_find, record_site_listing
from tests.integration.store.leasing import acquire_lease
from tests.integration.store.stored_history import DAY, HOUR, START, StoredHistory

AHEAD = START + 3650 * DAY
NOW = START + 10 * DAY
URL, OTHER = "http://x.example/a", "http://x.example/b"
COPY = f"https://web.archive.org/web/20210805110426/{URL}"


def set_values(stored_history: StoredHistory, table: Any, **values: object) -> None:
    with stored_history.database.write() as connection:
        connection.execute(update(table).values(values))


def set_state(stored_history: StoredHistory, state: State, **values: object) -> None:
    with stored_history.database.write() as connection:
        of_url = LinkRow.id == stored_history.link_id(URL)
        connection.execute(update(LinkRow).where(of_url).values(state=state, **values))


def state_of(stored_history: StoredHistory, url: str) -> State:
    with stored_history.database.read() as connection:
        of_url = LinkRow.id == stored_history.link_id(url)
        state: State = connection.execute(select(LinkRow.state).where(of_url)).scalar_one()
    return state


@pytest.fixture
def cited(stored_history: StoredHistory) -> StoredHistory:
    """Store a living page and a living copy of it."""
    stored_history.run(
        START,
        pages={"a.md": f"[x]({URL}) [copy]({COPY})"},
        answers={URL: Reason.OK, COPY: Reason.OK},
    )
    return stored_history


def test_a_link_found_while_the_clock_was_ahead_is_due(stored_history: StoredHistory) -> None:
    stored_history.run(AHEAD, pages={"a.md": f"<{URL}>"})
    stored_history.begin(NOW)
    with stored_history.database.read() as connection:
        assert len(due_hosts(connection, DueFilter(now=NOW))) == 1


def test_a_link_that_is_never_probed_again_does_not_become_due(cited: StoredHistory) -> None:
    cited.run(AHEAD, answers={URL: Reason.OK, COPY: Reason.OK})
    set_values(cited, LinkRow, next_probe_at=None)
    cited.begin(NOW)
    with cited.database.read() as connection:
        assert due_hosts(connection, DueFilter(now=NOW)) == []


def test_a_link_confirmed_while_the_clock_was_ahead_is_suspect_again(cited: StoredHistory) -> None:
    set_state(cited, State.BROKEN, state_since=AHEAD, checked_at=AHEAD, next_probe_at=AHEAD + DAY)
    cited.run(AHEAD)
    cited.begin(NOW)
    assert state_of(cited, URL) is State.SUSPECT
    assert state_of(cited, COPY) is State.ALIVE


def test_a_link_confirmed_before_the_clock_was_ahead_stays_broken(cited: StoredHistory) -> None:
    set_state(cited, State.BROKEN, state_since=NOW - DAY)
    cited.run(AHEAD)
    cited.begin(NOW)
    assert state_of(cited, URL) is State.BROKEN


@pytest.mark.parametrize("scope", [FailureScope.LINK, FailureScope.HOST, FailureScope.SERVICE])
def test_captures_tried_while_the_clock_was_ahead_are_due_once(
    stored_history: StoredHistory, scope: FailureScope
) -> None:
    urls = (URL, OTHER)
    pages = {"a.md": " ".join(f"[x]({url})" for url in urls)}
    stored_history.run(START, pages=pages, answers=dict.fromkeys(urls, Reason.OK))
    with stored_history.database.write() as connection:
        ids = [stored_history.link_id(url) for url in urls]
        queue_captures(connection, ids, service="wayback", run_id=1, at=START)
    stored_history.run(AHEAD)
    fail_capture(stored_history, scope, at=AHEAD)
    stored_history.begin(NOW)
    assert due_urls(stored_history, NOW) == set(urls)
    with stored_history.database.read() as connection:
        assert count_requested_since(connection, "wayback", NOW + DAY) == 0
    fail_capture(stored_history, scope, at=NOW)
    stored_history.begin(NOW + HOUR)
    waiting = {URL} if scope is FailureScope.LINK else set(urls)
    assert due_urls(stored_history, NOW + HOUR) == set(urls) - waiting


def fail_capture(stored_history: StoredHistory, scope: FailureScope, *, at: datetime) -> None:
    with stored_history.database.write() as connection:
        task, *_ = due_captures(connection, "wayback", now=at, limit=10)
        mark_requested(connection, task.capture_id, at=at)
        result = CaptureResult(
            status=CaptureStatus.FAILED, code="x", retry=RetryWhen.SOON, failure_scope=scope
        )
        registry = stored_history.link_registry(connection, 1, at)
        record_capture(connection, registry, task, result, at=at, next_try_at=at + DAY)


def due_urls(stored_history: StoredHistory, at: datetime) -> set[str]:
    with stored_history.database.read() as connection:
        return {task.url for task in due_captures(connection, "wayback", now=at, limit=10)}


def test_a_failing_link_is_confirmed_by_archives_again(cited: StoredHistory) -> None:
    set_state(cited, State.SUSPECT, reason=Reason.TIMEOUT)
    run = cited.run(AHEAD)
    task = LookupTask(link_id=cited.link_id(URL), url=URL, target_time=AHEAD)
    with cited.database.write() as connection:
        record_lookup(
            connection,
            cited.link_registry(connection, run, AHEAD),
            task,
            LookupResult(outcome=LookupOutcome.NONE),
            service="wayback",
            run_id=run,
            at=AHEAD,
            next_lookup_at=AHEAD + 7 * DAY,
        )
    cited.begin(NOW)
    with cited.database.read() as connection:
        tasks = links_to_confirm(connection, "wayback", [Reason.TIMEOUT], now=NOW + DAY, limit=9)
    assert [found.url for found in tasks] == [URL]


def test_a_search_is_due(cited: StoredHistory) -> None:
    set_state(cited, State.BROKEN)
    run = cited.run(AHEAD)
    with cited.database.write() as connection:
        record_search(
            connection,
            cited.link_id(URL),
            SearchOutcome.NONE,
            (),
            detail="",
            run_id=run,
            at=AHEAD,
            next_search_at=AHEAD + 45 * DAY,
        )
    cited.begin(NOW)
    with cited.database.read() as connection:
        tasks = links_to_search(connection, services=["wayback"], now=NOW, limit=9, max_per_host=9)
    assert [task.url for task in tasks] == [URL]


def test_a_comparison_is_due(cited: StoredHistory) -> None:
    run = cited.run(AHEAD)
    with cited.database.write() as connection:
        (task,) = links_to_compare(connection, services=["wayback"], now=AHEAD, limit=9)
        record_comparison(
            connection,
            task,
            DriftOutcome.CHANGED,
            remaining_share=0.5,
            detail="",
            passages=(),
            run_id=run,
            at=AHEAD,
            next_comparison_at=AHEAD + 45 * DAY,
        )
    cited.begin(NOW)
    with cited.database.read() as connection:
        tasks = links_to_compare(connection, services=["wayback"], now=NOW, limit=9)
    assert [task.url for task in tasks] == [URL]


def test_the_parts_of_a_copy_are_due_and_old_requests_do_not_count(cited: StoredHistory) -> None:
    cited.run(AHEAD)
    part = ArchivedPart(
        url=f"{URL}.png", is_there=True, captured_at=None, target_time=START, checked_at=AHEAD
    )
    with cited.database.write() as connection:
        mirror_id = connection.execute(select(MirrorRow.id)).scalar_one()
        record_parts(connection, "wayback", [part])
        record_part_counts(connection, mirror_id, checked=1, missing=0, at=AHEAD)
        schedule_part_checks(connection, [mirror_id], at=AHEAD + 180 * DAY)
    cited.begin(NOW)
    with cited.database.write() as connection:
        (task,) = copies_to_check(connection, services=["wayback"], now=NOW)
        assert task.mirror_id == mirror_id
        host, since = "web.archive.org", NOW + DAY
        assert requests_since(connection, host, "wayback", since, until=since + DAY) == 0
        schedule_part_checks(connection, [mirror_id], at=NOW + 7 * DAY)
    cited.begin(NOW + HOUR)
    with cited.database.read() as connection:
        assert copies_to_check(connection, services=["wayback"], now=NOW + HOUR) == []


def test_probes_made_while_the_clock_was_ahead_use_up_no_limit(cited: StoredHistory) -> None:
    cited.run(AHEAD, answers={URL: Reason.OK})
    cited.run(NOW, answers={URL: Reason.OK})
    with cited.database.read() as connection:
        host_id = connection.execute(select(LinkRow.host_id).where(LinkRow.url == URL)).scalar_one()
        assert probes_since(connection, host_id, NOW - DAY / 2, until=NOW) == 1


def test_a_copy_is_reviewed_after_its_next_probe(cited: StoredHistory) -> None:
    cited.run(AHEAD)
    set_values(cited, MirrorRow, reviewed_at=AHEAD)
    cited.run(NOW, answers={COPY: Reason.NOT_FOUND})
    with cited.database.read() as connection:
        assert len(mirrors_to_review(connection)) == 1


def test_sitemaps_and_robots_are_read_again(cited: StoredHistory) -> None:
    set_state(cited, State.BLOCKED, state_since=START)
    cited.run(AHEAD)
    with cited.database.write() as connection:
        host_id = connection.execute(select(LinkRow.host_id).where(LinkRow.url == URL)).scalar_one()
        lease = acquire_lease(connection, host_id, owner="a", now=AHEAD, length=HOUR)
        assert lease
        record_site_listing(connection, lease, {}, at=AHEAD)
        connection.execute(update(HostRow).values(robots_read_at=AHEAD))
    cited.begin(NOW)
    with cited.database.read() as connection:
        assert list(blocked_links_to_find(connection, host_id, now=NOW).values()) == [URL]
        assert set(connection.scalars(select(HostRow.robots_read_at))) == {NOW}


def test_a_clock_that_went_ahead_during_a_run_is_noticed(cited: StoredHistory) -> None:
    set_state(cited, State.BROKEN, state_since=AHEAD, checked_at=AHEAD, next_probe_at=AHEAD + DAY)
    set_values(cited, RunRow, finished_at=AHEAD)
    cited.begin(NOW)
    assert state_of(cited, URL) is State.SUSPECT
