"""Test what is looked up and captured each day, and when it is repeated."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from crawler.http.urls import host_of
from crawler.items import CaptureItem, LookupItem
from crawler.jobs.job import Job
from crawler.preservation.archive_session import WAYBACK
from crawler.preservation.capture_queue import (
    begin_capture,
    next_captures,
    plan_captures,
    store_capture,
    wanted_captures,
)
from crawler.preservation.due_lookups import lookups_due
from crawler.preservation.lookups import store_lookup
from crawler.scan.page_recorder import PageRecorder
from crawler.scan.reader import read_page
from store.schema.models import CitationRow, LinkRow, LookupRow, PageRow
from store.vocabulary import (
    CaptureResult,
    CaptureStatus,
    CitationKind,
    LookupOutcome,
    LookupResult,
    RetryWhen,
    Role,
    Snapshot,
    State,
)
from store.work.archives.distrusted_copy_lookups import distrusted_copies_found_elsewhere
from store.work.archives.lookups import LookupTask
from tests.integration.crawler.conftest import Clock, OpenJob

DAY = timedelta(days=1)


def cite(job: Job, *urls: str, state: State = State.ALIVE, accessed: str = "") -> None:
    """Store a page with a footnote for each URL, and set the state of every link."""
    text = "".join(
        f"x[^{n}]\n\n[^{n}]: 《[题]({url})》. {accessed and f'(参照 {accessed}).'}\n\n"
        for n, url in enumerate(urls)
    )
    recorder = PageRecorder(job, job.loaded)
    recorder.add(read_page(text.encode(), "page.md"))
    recorder.flush()
    with job.database.write() as connection:
        connection.execute(update(LinkRow).values(state=state))


def cite_many(job: Job, urls: Sequence[str]) -> None:
    """Store tens of thousands of living links of which the archive has no copy."""
    now = job.clock()
    with job.database.write() as connection:
        links = job.link_registry(connection).link_ids(urls, Role.LINK)
        connection.execute(update(LinkRow).values(state=State.ALIVE))
        page = {
            "path": "page.md",
            "sha256": "",
            "encoding": "utf-8",
            "title": "",
            "anchors": [],
            "skipped": {},
        }
        connection.execute(
            insert(PageRow).values(**page, first_run_id=job.run_id, last_run_id=job.run_id)
        )
        page_id = connection.execute(select(PageRow.id)).scalar_one()
        position = {
            "line": 1,
            "column": 1,
            "start": 0,
            "end": 0,
            "text": "",
            "kind": CitationKind.BARE,
            "section": [],
            "quoted": False,
            "block": 0,
        }
        citations = [
            {
                **position,
                "url": url,
                "salvaged": False,
                "page_id": page_id,
                "link_id": links[url],
                "first_run_id": job.run_id,
            }
            for url in urls
        ]
        connection.execute(insert(CitationRow), citations)
        lookup = {
            "service": WAYBACK,
            "run_id": job.run_id,
            "requested_at": now,
            "outcome": LookupOutcome.NONE,
            "detail": "",
            "next_lookup_at": now + 90 * DAY,
        }
        connection.execute(insert(LookupRow), [{"link_id": links[url], **lookup} for url in urls])


def look_up(job: Job, outcome: LookupOutcome, *, snapshot: Snapshot | None = None) -> Sequence[str]:
    """Store this result for every lookup that is due, and return the URLs."""
    tasks = lookups_due(job, WAYBACK, limit=100)
    for task in tasks:
        store_lookup(
            job,
            LookupItem(
                service=WAYBACK, task=task, result=LookupResult(outcome=outcome, snapshot=snapshot)
            ),
        )
    return [task.url for task in tasks]


def capture(job: Job, status: CaptureStatus, retry: RetryWhen = RetryWhen.NEVER) -> Sequence[str]:
    """Store this result for every capture that is due, and return the URLs."""
    asyncio.run(plan_captures(job, WAYBACK, limit=1000))
    tasks = asyncio.run(next_captures(job, WAYBACK, limit=1000))
    for task in tasks:
        asyncio.run(begin_capture(job, task))
        store_capture(
            job,
            CaptureItem(
                service=WAYBACK, task=task, result=CaptureResult(status=status, retry=retry)
            ),
        )
    return [task.url for task in tasks]


def wanted_urls(job: Job) -> Sequence[str]:
    return [choice.url for choice in wanted_captures(job, WAYBACK)]


def test_the_copy_nearest_to_the_access_date_is_looked_up(job: Job) -> None:
    cite(job, "https://a.example/1", accessed="2022-02-25")
    (task,) = lookups_due(job, WAYBACK, limit=10)
    assert (task.url, task.target_time) == (
        "https://a.example/1",
        datetime(2022, 2, 25, 23, 59, 59, tzinfo=UTC),
    )


def test_failing_links_are_looked_up_first_up_to_the_limit(job: Job) -> None:
    cite(job, *(f"https://a.example/{number}" for number in range(5)))
    with job.database.write() as connection:
        connection.execute(
            update(LinkRow).where(LinkRow.url == "https://a.example/3").values(state=State.BROKEN)
        )
    assert [task.url for task in lookups_due(job, WAYBACK, limit=2)] == [
        "https://a.example/3",
        "https://a.example/0",
    ]


def test_lookups_that_are_repeated_each_day_do_not_displace_others(job: Job, clock: Clock) -> None:
    urls = [f"https://a.example/{number}" for number in range(5)]
    cite(job, *urls)
    looked_up: list[str] = []
    for _ in range(4):
        for task in lookups_due(job, WAYBACK, limit=2):
            looked_up.append(task.url)
            unknown = LookupResult(outcome=LookupOutcome.UNKNOWN)
            store_lookup(job, LookupItem(service=WAYBACK, task=task, result=unknown))
        clock.pass_by(DAY)
    assert looked_up == [*urls, *urls[:3]]


@pytest.mark.parametrize(
    ("outcome", "repeated_after"),
    [
        (LookupOutcome.FOUND, timedelta(days=90)),
        (LookupOutcome.NONE, timedelta(days=30)),
        (LookupOutcome.EXCLUDED, timedelta(days=180)),
        (LookupOutcome.UNKNOWN, timedelta(hours=12)),
    ],
)
def test_a_lookup_is_repeated_after_a_time_that_depends_on_its_outcome(
    job: Job, clock: Clock, outcome: LookupOutcome, repeated_after: timedelta
) -> None:
    cite(job, "https://a.example/1")
    assert look_up(job, outcome) == ["https://a.example/1"]
    clock.pass_by(repeated_after - timedelta(minutes=1))
    assert look_up(job, outcome) == []
    clock.pass_by(timedelta(minutes=2))
    assert look_up(job, outcome) == ["https://a.example/1"]


def test_a_living_mirror_ends_the_lookups(job: Job, clock: Clock) -> None:
    cite(job, "https://a.example/1")
    url = "https://web.archive.org/web/20220101000000/https://a.example/1"
    snapshot = Snapshot(
        service=WAYBACK,
        url=url,
        original="https://a.example/1",
        captured_at=datetime(2022, 1, 1, tzinfo=UTC),
        status=200,
    )
    look_up(job, LookupOutcome.FOUND, snapshot=snapshot)
    with job.database.write() as connection:
        connection.execute(update(LinkRow).where(LinkRow.url == url).values(state=State.ALIVE))
    clock.pass_by(400 * DAY)
    assert look_up(job, LookupOutcome.NONE) == []


def test_an_internal_error_delays_the_next_lookup_for_a_further_copy(
    job: Job, clock: Clock
) -> None:
    original = "https://a.example/1"
    cite(job, f"https://archive.ph/20210805110426/{original}")
    with job.database.read() as connection:
        link_id = connection.execute(select(LinkRow.id).where(LinkRow.url == original)).scalar_one()
    snapshot = Snapshot(
        service=WAYBACK,
        url=f"https://web.archive.org/web/20220101000000/{original}",
        original=original,
        captured_at=datetime(2022, 1, 1, tzinfo=UTC),
        status=200,
    )

    def store(result: LookupResult, *, is_further: bool) -> None:
        task = LookupTask(
            link_id=link_id, url=original, target_time=job.clock(), is_further=is_further
        )
        store_lookup(job, LookupItem(service=WAYBACK, task=task, result=result))

    def due_links() -> Sequence[str]:
        with job.database.read() as connection:
            copies = distrusted_copies_found_elsewhere(
                connection, WAYBACK, {"archive.today"}, now=job.clock()
            )
        return [copy.url for copy in copies]

    store(LookupResult(outcome=LookupOutcome.FOUND, snapshot=snapshot), is_further=False)
    assert due_links() == [original]
    store(LookupResult(outcome=LookupOutcome.UNKNOWN, detail="no response"), is_further=True)
    assert due_links() == [original]
    for wait in (timedelta(hours=12), timedelta(hours=24)):
        failed = LookupResult(outcome=LookupOutcome.UNKNOWN, detail="internal-error: KeyError")
        store(failed, is_further=True)
        clock.pass_by(wait - timedelta(minutes=1))
        assert due_links() == []
        clock.pass_by(timedelta(minutes=2))
        assert due_links() == [original]


def test_only_living_links_that_no_archive_has_are_captured(job: Job) -> None:
    cite(job, "https://a.example/1", "https://a.example/2?token=x", "http://wiki.internal/3")
    assert wanted_urls(job) == []  # no archive was asked yet
    look_up(job, LookupOutcome.NONE)
    assert wanted_urls(job) == ["https://a.example/1"]
    with job.database.write() as connection:
        connection.execute(update(LinkRow).values(state=State.SUSPECT))
    assert wanted_urls(job) == []


def test_links_that_must_not_be_published_do_not_displace_others(job: Job) -> None:
    cite(
        job,
        *(f"https://a.example/{number}?token=x" for number in range(20)),
        "https://a.example/free",
    )
    look_up(job, LookupOutcome.NONE)
    assert wanted_urls(job) == ["https://a.example/free"]


def test_the_daily_quota_is_renewed_with_the_utc_day(another_job: OpenJob, clock: Clock) -> None:
    job = another_job(**{"archives.wayback.captures_per_day": 2})
    urls = [f"https://a.example/{number}" for number in range(5)]
    cite(job, *urls)
    look_up(job, LookupOutcome.NONE)
    assert capture(job, CaptureStatus.CAPTURED) == urls[:2]
    assert capture(job, CaptureStatus.CAPTURED) == []
    clock.now = clock.now.replace(hour=23, minute=59)
    assert capture(job, CaptureStatus.CAPTURED) == []
    clock.pass_by(timedelta(minutes=2))
    assert capture(job, CaptureStatus.CAPTURED) == urls[2:4]


def test_hosts_take_turns_over_days_among_fifty_thousand_links(
    another_job: OpenJob, clock: Clock
) -> None:
    """No host fills the queue, and each day continues where the day before stopped."""
    job = another_job(**{"archives.wayback.captures_per_day": 200})
    one_host, hosts = 20_000, 300
    urls = [f"https://crowd.example/{number}" for number in range(one_host)]
    urls += [
        f"https://host{number % hosts}.example/{number}" for number in range(50_000 - one_host)
    ]
    cite_many(job, urls)
    days = []
    for _ in range(2):
        requested = capture(job, CaptureStatus.CAPTURED)
        assert capture(job, CaptureStatus.CAPTURED) == []
        days.append(Counter(host_of(url) for url in requested))
        clock.pass_by(DAY)
    assert [day.total() for day in days] == [200] * 2
    both_days = days[0] + days[1]
    assert len(both_days) == 1 + hosts
    assert set(both_days.values()) == {1, 2}  # 400 captures, 301 hosts
    assert len(wanted_urls(job)) == 50_000 - 400


def test_an_internal_error_of_one_candidate_does_not_affect_others(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    cite(job, "https://a.example/bad", "https://a.example/good")
    look_up(job, LookupOutcome.NONE)

    def may_publish(url: str) -> bool:
        if url.endswith("/bad"):
            raise RuntimeError(url)
        return True

    monkeypatch.setattr("crawler.preservation.capture_ranking.may_publish", may_publish)
    assert capture(job, CaptureStatus.CAPTURED) == ["https://a.example/good"]
    assert job.counts["internal-error:capture"] >= 1


def test_captured_links_are_not_captured_again(job: Job, clock: Clock) -> None:
    cite(job, "https://a.example/1")
    look_up(job, LookupOutcome.NONE)
    assert capture(job, CaptureStatus.CAPTURED) == ["https://a.example/1"]
    clock.pass_by(DAY)
    assert capture(job, CaptureStatus.CAPTURED) == []


@pytest.mark.parametrize(
    ("retry", "wait"),
    [
        (RetryWhen.SOON, timedelta(minutes=5)),
        (RetryWhen.LATER, timedelta(hours=12)),
        (RetryWhen.TOMORROW, DAY),
    ],
)
def test_failed_captures_are_retried_a_limited_number_of_times(
    job: Job, clock: Clock, retry: RetryWhen, wait: timedelta
) -> None:
    cite(job, "https://a.example/1")
    look_up(job, LookupOutcome.NONE)
    assert capture(job, CaptureStatus.FAILED, retry) == ["https://a.example/1"]
    clock.pass_by(timedelta(minutes=1))
    assert capture(job, CaptureStatus.FAILED, retry) == []
    requested = 1
    for _ in range(20):
        clock.pass_by(wait)
        requested += len(capture(job, CaptureStatus.FAILED, retry))
    assert requested == 5


def test_permanent_refusals_are_not_retried(job: Job, clock: Clock) -> None:
    cite(job, "https://a.example/1")
    look_up(job, LookupOutcome.NONE)
    assert capture(job, CaptureStatus.FAILED, RetryWhen.NEVER) == ["https://a.example/1"]
    clock.pass_by(400 * DAY)
    assert capture(job, CaptureStatus.FAILED, RetryWhen.NEVER) == []


def test_an_interrupted_capture_request_is_not_repeated(job: Job, clock: Clock) -> None:
    cite(job, "https://a.example/1")
    look_up(job, LookupOutcome.NONE)
    asyncio.run(plan_captures(job, WAYBACK, limit=10))
    (task,) = asyncio.run(next_captures(job, WAYBACK, limit=10))
    asyncio.run(begin_capture(job, task))
    clock.pass_by(30 * DAY)
    assert capture(job, CaptureStatus.CAPTURED) == []


def test_no_captures_are_queued_beyond_the_quota_of_the_day(
    another_job: OpenJob, clock: Clock
) -> None:
    job = another_job(**{"archives.wayback.captures_per_day": 2})
    urls = [f"https://a.example/{number}" for number in range(5)]
    cite(job, *urls)
    look_up(job, LookupOutcome.NONE)
    asyncio.run(plan_captures(job, WAYBACK, limit=100))
    assert [choice.url for choice in wanted_captures(job, WAYBACK) if choice.is_queued] == urls[:2]
    with job.database.write() as connection:  # by tomorrow one has died, another has moved
        connection.execute(
            update(LinkRow).where(LinkRow.url == urls[0]).values(state=State.SUSPECT)
        )
        connection.execute(update(LinkRow).where(LinkRow.url == urls[4]).values(state=State.MOVED))
    clock.pass_by(DAY)
    assert capture(job, CaptureStatus.CAPTURED) == [urls[1], urls[4]]


def test_captures_that_wait_for_a_retry_do_not_displace_others(job: Job) -> None:
    urls = [f"https://a.example/{number}" for number in range(6)]
    cite(job, *urls)
    look_up(job, LookupOutcome.NONE)
    requested: list[str] = []
    for _ in range(3):
        asyncio.run(plan_captures(job, WAYBACK, limit=2))
        for task in asyncio.run(next_captures(job, WAYBACK, limit=2)):
            requested.append(task.url)
            asyncio.run(begin_capture(job, task))
            busy = CaptureResult(status=CaptureStatus.FAILED, retry=RetryWhen.SOON)
            store_capture(job, CaptureItem(service=WAYBACK, task=task, result=busy))
    assert requested == urls


def test_a_skipped_capture_does_not_use_up_the_rest_of_the_quota(another_job: OpenJob) -> None:
    job = another_job(**{"archives.wayback.captures_per_day": 3})
    urls = [f"https://a.example/{number}" for number in range(2)]
    cite(job, *urls)
    look_up(job, LookupOutcome.NONE)
    asyncio.run(plan_captures(job, WAYBACK, limit=2))
    skipped, other = asyncio.run(next_captures(job, WAYBACK, limit=2))
    for task in (skipped, other):
        asyncio.run(begin_capture(job, task))
        result = CaptureResult(
            status=CaptureStatus.FAILED, retry=RetryWhen.SOON, retry_after=0, is_pause_stated=True
        )
        store_capture(job, CaptureItem(service=WAYBACK, task=task, result=result))
    found = asyncio.run(next_captures(job, WAYBACK, limit=1, skipped={skipped.capture_id}))
    assert [task.capture_id for task in found] == [other.capture_id]
