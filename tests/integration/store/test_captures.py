"""Test lookups and captures: which are due, and what is stored for each result."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from store.schema.engine import Database
from store.schema.models import CaptureRow, LinkRow, LookupRow, MirrorRow
from store.vocabulary import (
    CaptureResult,
    CaptureStatus,
    FailureScope,
    LookupOutcome,
    LookupResult,
    MirrorOrigin,
    Reason,
    RetryWhen,
    Role,
    Snapshot,
    State,
)
from store.work.archives.capture_candidates import capture_candidates, wanted_local_copies
from store.work.archives.capture_results import record_capture
from store.work.archives.captures import (
    begin_local_captures,
    count_requested_since,
    due_captures,
    mark_requested,
    pending_captures,
    queue_captures,
    unanswered_captures,
    withdraw_captures,
)
from store.work.archives.lookups import LookupTask, links_to_look_up, record_lookup
from store.work.scope import Scope
from tests.integration.store.stored_history import DAY, HOUR, START, StoredHistory

URL = "http://x.example/a"
OTHER = "http://x.example/b"
MIRROR = f"https://web.archive.org/web/20210805110426/{URL}"


def to_look_up(database: Database, at: datetime = START) -> list[str]:
    with database.read() as connection:
        return [task.url for task in links_to_look_up(connection, "wayback", now=at, limit=100)]


def to_capture(database: Database, at: datetime = START) -> list[str]:
    with database.read() as connection:
        return [
            found.url
            for found in capture_candidates(connection, "wayback", now=at)
            if not found.is_queued
        ]


def store_lookup(
    stored_history: StoredHistory,
    outcome: LookupOutcome,
    snapshot: Snapshot | None = None,
    *,
    url: str = URL,
    at: datetime = START,
) -> None:
    with stored_history.database.write() as connection:
        task = LookupTask(link_id=stored_history.link_id(url), url=url, target_time=at)
        response = LookupResult(outcome=outcome, snapshot=snapshot, detail="as said")
        record_lookup(
            connection,
            stored_history.link_registry(connection, 1, at),
            task,
            response,
            service="wayback",
            run_id=1,
            at=at,
            next_lookup_at=at + 30 * DAY,
        )


def snapshot(stamp: str = "20210805110426") -> Snapshot:
    at = datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return Snapshot(
        service="wayback",
        url=f"https://web.archive.org/web/{stamp}/{URL}",
        original=URL,
        captured_at=at,
        status=200,
    )


def only_row(database: Database, model: Any) -> Any:
    with database.read() as connection:
        return connection.execute(select(*model.__table__.columns)).one()


def store_capture_result(
    stored_history: StoredHistory,
    response: CaptureResult,
    *,
    at: datetime = START,
    next_try_at: datetime | None = None,
) -> None:
    """Mark the due capture as requested, and store its result."""
    with stored_history.database.write() as connection:
        (task,) = due_captures(connection, "wayback", now=at, limit=10)
        mark_requested(connection, task.capture_id, at=at)
        record_capture(
            connection,
            stored_history.link_registry(connection, 1, at),
            task,
            response,
            at=at,
            next_try_at=next_try_at,
        )


@pytest.fixture
def link_without_copy(stored_history: StoredHistory) -> StoredHistory:
    """Store a living link of which the archive has no copy."""
    stored_history.run(START, pages={"a.md": f"[x]({URL})"}, answers={URL: Reason.OK})
    store_lookup(stored_history, LookupOutcome.NONE)
    return stored_history


@pytest.fixture
def queued(link_without_copy: StoredHistory) -> StoredHistory:
    """Store a living link without a copy whose capture is queued."""
    with link_without_copy.database.write() as connection:
        queue_captures(
            connection, [link_without_copy.link_id(URL)], service="wayback", run_id=1, at=START
        )
    return link_without_copy


# --- lookups ---


def test_links_without_a_living_mirror_are_looked_up_the_failing_first(
    stored_history: StoredHistory,
) -> None:
    page = f"[a]({URL}) [copy]({MIRROR}) [b]({OTHER}) [c](http://y.example/) [d](http://private.example/)"
    reasons = {
        URL: Reason.GONE,
        MIRROR: Reason.OK,
        OTHER: Reason.OK,
        "http://y.example/": Reason.GONE,
        "http://private.example/": Reason.EXCLUDED,
    }
    run = stored_history.run(START, pages={"a.md": page})
    assert to_look_up(stored_history.database) == [
        OTHER,
        "http://y.example/",
        "http://private.example/",
    ]  # its mirror was not probed and may be alive
    stored_history.probe(run, START, reasons)
    assert to_look_up(stored_history.database) == ["http://y.example/", OTHER]
    stored_history.probe(run, START + HOUR, {MIRROR: Reason.NOT_FOUND})
    assert to_look_up(stored_history.database) == [URL, "http://y.example/", OTHER]


def test_links_whose_only_copy_is_on_a_doubted_service_are_looked_up_last(
    stored_history: StoredHistory,
) -> None:
    copy = f"https://archive.ph/20210805110426/{URL}"
    stored_history.run(
        START,
        pages={"a.md": f"[a]({URL}) [copy]({copy}) [b]({OTHER})"},
        answers={URL: Reason.GONE, copy: Reason.OK},
    )
    assert to_look_up(stored_history.database) == [OTHER]
    with stored_history.database.read() as connection:
        found = links_to_look_up(
            connection, "wayback", now=START, limit=9, less_trusted=("archive.today",)
        )
        again = links_to_look_up(
            connection, "other", now=START, limit=9, looked_up_at_service="wayback"
        )
    assert [task.url for task in found] == [OTHER, URL]
    assert again == []  # the link was not looked up at the first service yet


def test_a_lookup_counts_until_the_next_one_is_due_and_for_its_service_only(
    link_without_copy: StoredHistory,
) -> None:
    assert to_look_up(link_without_copy.database, START + 29 * DAY) == []
    assert to_look_up(link_without_copy.database, START + 30 * DAY) == [URL]
    with link_without_copy.database.read() as connection:
        assert [task.url for task in links_to_look_up(connection, "other", now=START, limit=9)] == [
            URL
        ]


def test_a_link_that_is_no_longer_cited_is_not_looked_up(stored_history: StoredHistory) -> None:
    stored_history.run(START, pages={"a.md": f"[x]({URL})"})
    stored_history.run(START + DAY, pages={"a.md": "nothing"})
    assert to_look_up(stored_history.database) == []


@pytest.mark.parametrize(
    ("pages", "target_time"),
    [
        (
            {"a.md": f"文[^1]。\n\n[^1]: [x]({URL}). 访问于 2021-08-05.\n"},
            datetime(2021, 8, 5, 23, 59, 59, tzinfo=UTC),
        ),
        (
            {"a.md": f"---\ndate: 2020-02-03\n---\n[x]({URL})\n"},
            datetime(2020, 2, 3, 23, 59, 59, tzinfo=UTC),
        ),
        ({"a.md": f"[x]({URL})"}, START),
        (
            {
                "a.md": f"---\ndate: 2020-02-03\n---\n[x]({URL})\n",
                "b.md": f"文[^1]。\n\n[^1]: [x]({URL}). 访问于 2021-08-05.\n",
            },
            datetime(2021, 8, 5, 23, 59, 59, tzinfo=UTC),
        ),
    ],
    ids=["access date", "page's date", "first seen", "access date first"],
)
def test_the_target_time_of_a_lookup_is_when_the_author_read_the_page(
    stored_history: StoredHistory, pages: dict[str, str], target_time: datetime
) -> None:
    stored_history.run(START, pages=pages)
    with stored_history.database.read() as connection:
        (task,) = links_to_look_up(connection, "wayback", now=START, limit=9)
    assert task.target_time == target_time


def test_found_snapshot_becomes_a_mirror_that_is_due(link_without_copy: StoredHistory) -> None:
    store_lookup(link_without_copy, LookupOutcome.FOUND, snapshot(), at=START + DAY)
    row = only_row(link_without_copy.database, LookupRow)
    assert (row.outcome, row.requested_at, row.next_lookup_at, row.detail) == (
        LookupOutcome.FOUND,
        START + DAY,
        START + 31 * DAY,
        "as said",
    )
    mirror = only_row(link_without_copy.database, MirrorRow)
    assert (mirror.id, mirror.original_id, mirror.origin) == (
        row.mirror_id,
        link_without_copy.link_id(URL),
        MirrorOrigin.FOUND,
    )
    assert (mirror.captured_at, mirror.status_at_capture) == (snapshot().captured_at, 200)
    with link_without_copy.database.read() as connection:
        address = connection.execute(
            select(LinkRow.role, LinkRow.next_probe_at).where(LinkRow.id == mirror.link_id)
        ).one()
    assert tuple(address) == (Role.MIRROR, START + DAY)
    assert to_look_up(link_without_copy.database, START + DAY) == []


def test_found_snapshot_that_a_page_cites_stays_a_cited_mirror(
    stored_history: StoredHistory,
) -> None:
    stored_history.run(START, pages={"a.md": f"[x]({URL}) [copy]({MIRROR})"})
    store_lookup(stored_history, LookupOutcome.FOUND, snapshot())
    mirror = only_row(stored_history.database, MirrorRow)
    assert (mirror.origin, mirror.timestamp) == (MirrorOrigin.CITED, "20210805110426")


def test_a_found_snapshot_sets_the_status_at_capture_of_a_cited_mirror(
    stored_history: StoredHistory,
) -> None:
    stored_history.run(START, pages={"a.md": f"[x]({URL}) [copy]({MIRROR})"})
    store_lookup(stored_history, LookupOutcome.FOUND, snapshot())
    assert only_row(stored_history.database, MirrorRow).status_at_capture == 200


# --- captures ---


def test_living_links_without_any_copy_are_captured_once(link_without_copy: StoredHistory) -> None:
    database = link_without_copy.database
    assert to_capture(database) == [URL]
    with database.write() as connection:
        queue_captures(
            connection, [link_without_copy.link_id(URL)], service="wayback", run_id=1, at=START
        )
        queue_captures(connection, [], service="wayback", run_id=1, at=START)
    assert to_capture(database) == []


@pytest.mark.parametrize(
    "reason", [Reason.NOT_FOUND, Reason.FORBIDDEN, Reason.DNS_FAILURE, Reason.EXCLUDED]
)
def test_links_that_are_not_alive_are_not_captured(
    link_without_copy: StoredHistory, reason: Reason
) -> None:
    link_without_copy.run(START + HOUR, answers={URL: reason})
    # A DNS failure says nothing about the link: it still counts as alive.
    assert to_capture(link_without_copy.database) == ([URL] if reason is Reason.DNS_FAILURE else [])


@pytest.mark.parametrize("outcome", [LookupOutcome.UNKNOWN, LookupOutcome.EXCLUDED])
def test_a_link_without_a_conclusive_lookup_is_not_captured(
    link_without_copy: StoredHistory, outcome: LookupOutcome
) -> None:
    store_lookup(link_without_copy, outcome, at=START + HOUR)
    assert to_capture(link_without_copy.database) == []


def test_a_finished_capture_is_a_mirror_that_is_probed_later(queued: StoredHistory) -> None:
    made, look_at = snapshot("20260302040000"), START + 2 * HOUR
    store_capture_result(
        queued,
        CaptureResult(status=CaptureStatus.CAPTURED, snapshot=made, job_id="spn2-1"),
        at=START + HOUR,
        next_try_at=look_at,
    )
    row = only_row(queued.database, CaptureRow)
    assert (row.status, row.requested_at, row.tries, row.job_id, row.retry) == (
        CaptureStatus.CAPTURED,
        START + HOUR,
        1,
        "spn2-1",
        None,
    )
    mirror = only_row(queued.database, MirrorRow)
    assert (row.mirror_id, mirror.origin, mirror.original_id) == (
        mirror.id,
        MirrorOrigin.CAPTURED,
        queued.link_id(URL),
    )
    with queued.database.read() as connection:
        assert (
            connection.execute(
                select(LinkRow.next_probe_at).where(LinkRow.id == mirror.link_id)
            ).scalar_one()
            == look_at
        )
    assert to_capture(queued.database, START + 90 * DAY) == []


def test_failure_that_is_to_be_retried_soon_stays_queued(queued: StoredHistory) -> None:
    failed = CaptureResult(
        status=CaptureStatus.FAILED,
        code="error:too-many-requests",
        detail="wait",
        retry=RetryWhen.SOON,
    )
    store_capture_result(queued, failed, next_try_at=START + HOUR)
    row = only_row(queued.database, CaptureRow)
    assert (row.status, row.finished_at, row.code) == (
        CaptureStatus.QUEUED,
        None,
        "error:too-many-requests",
    )
    with queued.database.read() as connection:
        assert due_captures(connection, "wayback", now=START, limit=9) == []
        (task,) = due_captures(connection, "wayback", now=START + HOUR, limit=9)
    assert (task.url, task.tries, task.requested_at) == (URL, 1, START)


@pytest.mark.parametrize(
    ("retry", "again"),
    [(RetryWhen.LATER, True), (RetryWhen.TOMORROW, True), (RetryWhen.NEVER, False)],
)
def test_a_failed_capture_is_a_candidate_again_at_its_next_try(
    queued: StoredHistory, retry: RetryWhen, again: bool
) -> None:
    failed = CaptureResult(status=CaptureStatus.FAILED, code="error:no-access", retry=retry)
    store_capture_result(queued, failed, next_try_at=START + DAY if again else None)
    row = only_row(queued.database, CaptureRow)
    assert (row.status, row.retry, row.finished_at) == (CaptureStatus.FAILED, retry, START)
    assert to_capture(queued.database, START + HOUR) == []
    assert to_capture(queued.database, START + 2 * DAY) == ([URL] if again else [])


def test_a_capture_interrupted_while_requested_is_looked_up_and_not_requested_again(
    queued: StoredHistory,
) -> None:
    with queued.database.write() as connection:
        (task,) = due_captures(connection, "wayback", now=START, limit=9)
        assert (task.tries, task.requested_at) == (0, None)
        mark_requested(connection, task.capture_id, at=START, check_at=START + HOUR)
    # The process dies here.
    with queued.database.read() as connection:
        assert due_captures(connection, "wayback", now=START + 2 * HOUR, limit=9) == []
        assert unanswered_captures(connection, "wayback", now=START) == []
        (task,) = unanswered_captures(connection, "wayback", now=START + HOUR)
        assert unanswered_captures(connection, "other", now=START + HOUR) == []
    assert (task.tries, task.requested_at) == (1, START)
    assert to_capture(queued.database) == []


def test_capture_under_way_is_known_by_its_job_id_after_a_crash(queued: StoredHistory) -> None:
    store_capture_result(
        queued,
        CaptureResult(status=CaptureStatus.PENDING, job_id="spn2-1"),
        at=START,
        next_try_at=START,
    )
    # The process dies here.
    with queued.database.read() as connection:
        (task,) = pending_captures(connection, "wayback")
        assert due_captures(connection, "wayback", now=START + DAY, limit=9) == []
    assert (task.job_id, task.requested_at) == ("spn2-1", START)
    with queued.database.write() as connection:  # given up: the row keeps the job id
        record_capture(
            connection,
            queued.link_registry(connection, 1, START),
            task,
            CaptureResult(status=CaptureStatus.REQUESTED, code="no-result"),
            at=START,
            next_try_at=START + HOUR,
        )
    row = only_row(queued.database, CaptureRow)
    assert (row.status, row.job_id, row.finished_at, row.next_try_at) == (
        CaptureStatus.REQUESTED,
        "spn2-1",
        None,
        START + HOUR,
    )


@pytest.mark.parametrize("reason", [Reason.NOT_FOUND, Reason.FORBIDDEN])
def test_captures_of_links_that_broke_meanwhile_are_withdrawn(
    queued: StoredHistory, reason: Reason
) -> None:
    queued.run(START + HOUR, answers={URL: reason})
    with queued.database.write() as connection:
        assert due_captures(connection, "wayback", now=START + DAY, limit=9) == []
        withdraw_captures(connection, "wayback")
        assert connection.execute(select(CaptureRow.id)).all() == []


def test_captures_are_withdrawn_for_a_new_mirror_unless_its_service_is_less_trusted(
    queued: StoredHistory,
) -> None:
    store_lookup(queued, LookupOutcome.FOUND, snapshot())
    with queued.database.write() as connection:
        withdraw_captures(connection, "wayback", less_trusted=("wayback",))
        assert len(connection.execute(select(CaptureRow.id)).all()) == 1
        withdraw_captures(connection, "wayback")
        assert connection.execute(select(CaptureRow.id)).all() == []


THIRD = "http://y.example/c"


@pytest.mark.parametrize(
    ("extent", "waiting"),
    [
        (FailureScope.LINK, set()),
        (FailureScope.HOST, {OTHER}),
        (FailureScope.SERVICE, {OTHER, THIRD}),
    ],
    ids=["link", "host", "service"],
)
def test_a_refusal_delays_the_captures_of_its_failure_scope(
    stored_history: StoredHistory, extent: FailureScope, waiting: set[str]
) -> None:
    urls = (URL, OTHER, THIRD)
    stored_history.run(
        START,
        pages={"a.md": "".join(f"[x]({url}) " for url in urls)},
        answers=dict.fromkeys(urls, Reason.OK),
    )
    with stored_history.database.write() as connection:
        queue_captures(
            connection,
            [stored_history.link_id(url) for url in urls],
            service="wayback",
            run_id=1,
            at=START,
        )
        task, *_ = due_captures(connection, "wayback", now=START, limit=9)
        mark_requested(connection, task.capture_id, at=START)
        refused = CaptureResult(
            status=CaptureStatus.FAILED, code="x", retry=RetryWhen.TOMORROW, failure_scope=extent
        )
        record_capture(
            connection,
            stored_history.link_registry(connection, 1, START),
            task,
            refused,
            at=START,
            next_try_at=START + DAY,
        )
        row = connection.execute(
            select(CaptureRow.status, CaptureRow.tries).where(CaptureRow.id == task.capture_id)
        ).one()
        due = {task.url for task in due_captures(connection, "wayback", now=START, limit=9)}
        tomorrow = {
            task.url for task in due_captures(connection, "wayback", now=START + DAY, limit=9)
        }
    assert due == {OTHER, THIRD} - waiting
    assert tomorrow == {OTHER, THIRD} | ({URL} if extent is FailureScope.SERVICE else set())
    # a failure of the service is not one of the link
    assert tuple(row) == (
        (CaptureStatus.QUEUED, 0) if extent is FailureScope.SERVICE else (CaptureStatus.FAILED, 1)
    )


def test_candidates_have_the_numbers_that_make_them_urgent(stored_history: StoredHistory) -> None:
    dead = "http://x.example/dead"
    page = f"---\ndate: 2020-02-03\n---\n[x]({URL}) [y]({dead}) [z]({THIRD}) [copy](https://archive.ph/20210101000000/{THIRD})\n"
    run = stored_history.run(
        START, pages={"a.md": page}, answers={URL: Reason.OK, dead: Reason.GONE, THIRD: Reason.OK}
    )
    for days in (1, 3, 7):
        stored_history.probe(
            run,
            START + days * DAY,
            {dead: Reason.GONE, f"https://archive.ph/20210101000000/{THIRD}": Reason.OK},
        )
    for url in (URL, dead, THIRD):
        store_lookup(stored_history, LookupOutcome.NONE, url=url)
    with stored_history.database.read() as connection:
        trusting = capture_candidates(connection, "wayback", now=START)
        found = capture_candidates(
            connection, "wayback", now=START, less_trusted=("archive.today",)
        )
    assert [candidate.url for candidate in trusting] == [URL]
    first, second = found
    assert (
        first.url,
        first.host,
        first.moved,
        first.host_links,
        first.host_broken,
        first.mirror_service,
    ) == (URL, "x.example", False, 2, 1, None)
    assert first.read_at == datetime(2020, 2, 3, 23, 59, 59, tzinfo=UTC)
    assert (second.url, second.mirror_service, second.is_queued) == (THIRD, "archive.today", False)


def test_candidates_have_the_number_of_requested_captures_of_their_host(
    queued: StoredHistory,
) -> None:
    def of_host() -> set[int]:
        with queued.database.read() as connection:
            return {
                candidate.host_captures
                for candidate in capture_candidates(connection, "wayback", now=START)
            }

    before = of_host()
    store_capture_result(
        queued,
        CaptureResult(status=CaptureStatus.FAILED, retry=RetryWhen.SOON),
        at=START + HOUR,
        next_try_at=START + DAY,
    )
    assert (before, of_host()) == ({0}, {1})


def test_requested_captures_count_against_the_quota_of_the_day(queued: StoredHistory) -> None:
    store_capture_result(
        queued, CaptureResult(status=CaptureStatus.FAILED, retry=RetryWhen.NEVER), at=START + HOUR
    )
    with queued.database.read() as connection:
        counts = [
            count_requested_since(connection, service, START + timedelta(hours=hours))
            for service, hours in (("wayback", 0), ("wayback", 2), ("x", 0))
        ]
    assert counts == [1, 0, 0]


# --- the local archive ---


def begin(stored_history: StoredHistory, *urls: str, at: datetime = START) -> dict[str, int]:
    """Store that the capture of these links begins, and return the captures."""
    ids = {stored_history.link_id(url): url for url in urls}
    with stored_history.database.write() as connection:
        begun = begin_local_captures(
            connection, list(ids), service="local", run_id=1, at=at, check_at=at + HOUR
        )
    return {ids[link_id]: task.capture_id for link_id, task in begun.items()}


def end(
    stored_history: StoredHistory,
    capture_id: int,
    response: CaptureResult,
    *,
    next_try_at: datetime | None = None,
) -> None:
    with stored_history.database.write() as connection:
        (task,) = [
            task
            for task in unanswered_captures(connection, "local", now=START + DAY)
            if task.capture_id == capture_id
        ]
        record_capture(
            connection,
            stored_history.link_registry(connection, 1, START),
            task,
            response,
            at=START,
            next_try_at=next_try_at,
        )


def wanted_copies(
    stored_history: StoredHistory, *states: State, at: datetime = START, **about: Scope
) -> list[str]:
    with stored_history.database.read() as connection:
        ids = wanted_local_copies(connection, states or tuple(State), now=at, **about)
    return [url for url in (URL, OTHER) if stored_history.link_id(url) in ids]


@pytest.fixture
def two_links(stored_history: StoredHistory) -> StoredHistory:
    """Return a history with two links: one is alive, a mirror of the other is cited."""
    stored_history.run(
        START,
        pages={"a.md": f"[x]({URL}) [copy]({MIRROR}) [y]({OTHER})"},
        answers={OTHER: Reason.OK},
    )
    return stored_history


def test_a_local_copy_is_wanted_of_every_cited_link_whatever_other_archives_have(
    two_links: StoredHistory,
) -> None:
    assert wanted_copies(two_links) == [URL, OTHER]
    assert wanted_copies(two_links, State.ALIVE) == [OTHER]
    assert wanted_copies(two_links, scope=Scope(wikis=("another",))) == []
    two_links.run(START + DAY, pages={"a.md": f"[x]({URL})"})
    assert wanted_copies(two_links) == [URL], "nobody cites the other any more"


def test_local_captures_begin_together_and_use_queued_ones(
    two_links: StoredHistory,
) -> None:
    with two_links.database.write() as connection:
        queue_captures(connection, [two_links.link_id(URL)], service="local", run_id=1, at=START)
        queue_captures(
            connection, [two_links.link_id(OTHER)], service="wayback", run_id=1, at=START
        )
    with two_links.database.read() as connection:
        assert not due_captures(connection, "local", now=START, limit=9), (
            "its link is not known to live"
        )
    first = begin(two_links, URL, OTHER, URL)
    assert begin(two_links, OTHER) == {OTHER: first[OTHER]}
    with two_links.database.read() as connection:
        rows = connection.execute(
            select(CaptureRow.service, CaptureRow.status, CaptureRow.tries).order_by(
                CaptureRow.service, CaptureRow.link_id
            )
        ).all()
    assert sorted(map(tuple, rows)) == [
        ("local", CaptureStatus.REQUESTED, 1),
        ("local", CaptureStatus.REQUESTED, 2),
        ("wayback", CaptureStatus.QUEUED, 0),
    ]


def test_pending_and_recently_failed_captures_are_not_wanted_again(
    two_links: StoredHistory,
) -> None:
    begun = begin(two_links, URL, OTHER)
    assert wanted_copies(two_links) == [URL, OTHER], (
        "a process that is gone had begun them, for all we know"
    )
    end(
        two_links,
        begun[URL],
        CaptureResult(status=CaptureStatus.PENDING, job_id="20260504120000"),
        next_try_at=START,
    )
    end(
        two_links,
        begun[OTHER],
        CaptureResult(status=CaptureStatus.FAILED, code="not-whole", retry=RetryWhen.LATER),
        next_try_at=START + DAY,
    )
    assert wanted_copies(two_links) == []
    assert wanted_copies(two_links, at=START + 2 * DAY) == [OTHER]
    with two_links.database.read() as connection:
        assert [(task.url, task.job_id) for task in pending_captures(connection, "local")] == [
            (URL, "20260504120000")
        ]
