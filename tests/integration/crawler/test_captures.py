"""Test captures in a job with the fake archive: each is requested once, polled, and resumed after a kill."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from crawler.archives.interface import CaptureProgress
from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.archive_faults import CUT_SHORT, SimulatedFault, rate_limited
from crawler.demo.background import run_in_thread
from crawler.items import CaptureItem, LookupItem
from crawler.jobs.capture_wait import CaptureWait
from crawler.jobs.host_lease import HostLease
from crawler.jobs.job import Job
from crawler.preservation.archive_session import (
    WAYBACK,
    open_wayback,
    service_slot,
    with_service_lease,
)
from crawler.preservation.archive_step import run_archive_step
from crawler.preservation.capture_queue import store_capture
from crawler.preservation.lookups import store_lookup
from crawler.preservation.pending_captures import PendingCaptures
from crawler.scan.page_recorder import PageRecorder
from crawler.scan.reader import read_page
from store.errors import LeaseLost, StoreError
from store.schema.models import CaptureRow, LinkRow, MirrorRow
from store.vocabulary import CaptureResult, CaptureStatus, State
from store.work.archives.captures import CaptureTask
from store.work.runs import RunOutcome
from tests.integration.crawler.conftest import Clock, OpenJob
from tests.web.archive import RunningWayback

BAD_GATEWAY = SimulatedFault(status=502, body="<html><title>502 Bad Gateway</title>")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
KEYS = {"archives.wayback.key": "AKEY", "archives.wayback.secret": "SSECRET"}
PAGES = [f"https://{host}.example/{number}" for number in range(2) for host in ("a", "b")]


class Killed(StoreError):
    """Raised where the process would be killed; no error handling of the step catches it."""


async def fetch(url: str) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "text/html"}, f"<title>{url}</title><p>A page.".encode()


@pytest.fixture
def archive(clock: Clock) -> Iterator[RunningWayback]:
    with run_in_thread(RunningWayback(fetch=fetch, now=clock)) as archive:
        archive.captures.keys = {"AKEY:SSECRET"}
        yield archive


@pytest.fixture
def open_job(another_job: OpenJob, archive: RunningWayback) -> OpenJob:
    """Return a function that opens jobs which use the fake archive with keys."""

    def open_with_archive(**settings: Any) -> Job:
        wayback = {
            "endpoint": archive.endpoint,
            "availability_endpoint": f"{archive.endpoint}/wayback/available",
            "poll_wait": 0.01,
        }
        rates = dict.fromkeys(("lookups_per_minute", "captures_per_minute"), 600_000)
        return another_job(
            **{
                **{
                    f"archives.wayback.{name}": value
                    for name, value in {**wayback, **rates}.items()
                },
                **KEYS,
                **settings,
            }
        )

    return open_with_archive


def minute_clock(clock: Clock) -> Callable[[], datetime]:
    """Return a clock that is a minute later at each call."""

    def tick() -> datetime:
        clock.pass_by(MINUTE)
        return clock.now

    return tick


def cite(job: Job, *urls: str) -> None:
    """Store a page that cites living links."""
    recorder = PageRecorder(job, job.loaded)
    recorder.add(read_page("\n\n".join(f"<{url}>" for url in urls).encode(), "page.md"))
    recorder.flush()
    with job.database.write() as connection:
        connection.execute(update(LinkRow).values(state=State.ALIVE))


def storing_emit(
    job: Job, *, kill_before: Callable[[CaptureItem], bool] = lambda _: False
) -> Callable[[object], Any]:
    """Store items as the pipelines do, and kill the process before the first that meets a condition."""

    async def emit(item: object) -> None:
        if isinstance(item, LookupItem):
            store_lookup(job, item)
        elif isinstance(item, CaptureItem):
            if kill_before(item):
                raise Killed
            store_capture(job, item)

    return emit


def run_step(
    job: Job, *, kill_before: Callable[[CaptureItem], bool] = lambda _: False, limit: int = 100
) -> None:
    try:
        asyncio.run(
            run_archive_step(job, emit=storing_emit(job, kill_before=kill_before), limit=limit)
        )
    except* Killed:
        pass


def job_after_lookups(open_job: OpenJob) -> Job:
    """Return a job whose lookups have found no copy, so that all captures are queued at once."""
    lookup_job = open_job(**{"archives.capture": False})
    cite(lookup_job, *PAGES)
    run_step(lookup_job)
    return open_job()


def captures(job: Job) -> Mapping[str, Any]:
    with job.database.read() as connection:
        columns = (
            CaptureRow.status,
            CaptureRow.code,
            CaptureRow.job_id,
            CaptureRow.mirror_id,
            CaptureRow.observed_reason,
            CaptureRow.next_try_at,
            CaptureRow.tries,
        )
        rows = connection.execute(
            select(LinkRow.url, *columns)
            .join(LinkRow, LinkRow.id == CaptureRow.link_id)
            .order_by(CaptureRow.id)
        )
        return {row.url: row for row in rows}


def statuses(job: Job) -> dict[str, str]:
    return {url: row.status.value for url, row in captures(job).items()}


def test_each_link_is_captured_once_within_the_sessions_of_the_service(
    open_job: OpenJob, archive: RunningWayback
) -> None:
    archive.captures.max_concurrent = 2
    job = open_job()
    cite(job, *PAGES)
    run_step(job)
    assert statuses(job) == dict.fromkeys(PAGES, "captured")
    assert sorted(archive.captures.submitted_urls) == sorted(PAGES)
    assert archive.captures.peak_concurrent == 2
    run_step(open_job())
    assert len(archive.captures.submitted_urls) == len(PAGES)


def test_captures_and_lookups_run_concurrently_within_their_limits(
    open_job: OpenJob, archive: RunningWayback
) -> None:
    archive.captures.status_requests_needed = 0
    pages = [f"https://{number % 7}.example/{number}" for number in range(25)]
    job = open_job(
        **{
            "archives.wayback.lookups_per_minute": 60 * 40,
            "archives.wayback.captures_per_minute": 60 * 20,
        }
    )
    cite(job, *pages)
    run_step(job)
    assert statuses(job) == dict.fromkeys(pages, "captured")
    kinds = [request.kind for request in archive.requests]
    assert kinds.index("save") < len(kinds) - 1 - kinds[::-1].index("cdx")
    for kind, limit in (("cdx", 50), ("save", 25)):  # a second; the job keeps to four fifths of it
        assert archive.peak_requests(kind, 1.0) <= limit


@pytest.mark.parametrize("state", [CaptureStatus.PENDING, CaptureStatus.CAPTURED])
def test_a_kill_before_a_result_is_written_causes_no_second_request(
    open_job: OpenJob, archive: RunningWayback, clock: Clock, state: CaptureStatus
) -> None:
    """If `pending` was not stored, only the request is known; if `captured` was not, its job id, too."""
    job = open_job()
    cite(job, PAGES[0])
    run_step(job, kill_before=lambda item: item.result.status is state)
    assert statuses(job) == {PAGES[0]: "requested" if state is CaptureStatus.PENDING else "pending"}
    if state is CaptureStatus.PENDING:  # the archive made the capture after the kill
        archive.snapshots.append(
            StoredSnapshot(original=PAGES[0], timestamp=f"{clock.now:%Y%m%d%H%M%S}")
        )
    clock.pass_by(11 * MINUTE)
    run_step(open_job())
    assert statuses(job) == {PAGES[0]: "captured"}
    assert archive.captures.submitted_urls == [PAGES[0]]


def test_captures_queued_before_a_kill_are_requested_later(
    open_job: OpenJob, archive: RunningWayback
) -> None:
    job = job_after_lookups(open_job)
    seen: list[str] = []

    def second(item: CaptureItem) -> bool:
        seen.append(item.task.url)
        return len(set(seen)) == 2

    run_step(job, kill_before=second)
    assert "queued" in statuses(job).values()
    run_step(open_job())
    assert set(archive.captures.submitted_urls) == set(PAGES)
    assert len(archive.captures.submitted_urls) == len(PAGES)


def test_a_capture_request_without_a_response_is_repeated_only_if_none_is_in_the_index_after_a_day(
    open_job: OpenJob, archive: RunningWayback, clock: Clock
) -> None:
    archive.faults["save"] = CUT_SHORT  # the service may or may not have understood
    job = open_job()
    cite(job, PAGES[0])
    run_step(job)
    assert statuses(job) == {PAGES[0]: "requested"}
    del archive.faults["save"]
    for pause in (MINUTE, 10 * MINUTE, 12 * 60 * MINUTE):
        clock.pass_by(pause)
        run_step(open_job())
        assert statuses(job) == {PAGES[0]: "requested"}
    assert len(archive.requests_of("save")) == 1
    clock.pass_by(DAY)
    run_step(open_job())  # the index has no capture, so the request is given up
    run_step(open_job())
    assert statuses(job) == {PAGES[0]: "captured"}
    assert len(archive.requests_of("save")) == 2


def test_a_lost_capture_is_not_repeated_while_the_index_does_not_respond(
    open_job: OpenJob, archive: RunningWayback, clock: Clock
) -> None:
    archive.faults["save"] = CUT_SHORT
    job = open_job()
    cite(job, PAGES[0])
    run_step(job)
    archive.faults["cdx"] = CUT_SHORT
    for _ in range(3):
        clock.pass_by(2 * DAY)
        run_step(open_job())
    assert (statuses(job), len(archive.requests_of("save"))) == ({PAGES[0]: "requested"}, 1)


def test_a_capture_job_without_a_result_is_looked_up_after_ten_minutes(
    open_job: OpenJob, archive: RunningWayback, clock: Clock
) -> None:
    archive.captures.stuck_urls = {PAGES[0]}
    job = open_job()
    cite(job, PAGES[0])
    job.clock = minute_clock(clock)
    run_step(job)
    row = captures(job)[PAGES[0]]
    assert (row.status, row.code) == (CaptureStatus.REQUESTED, "no-result")
    archive.snapshots.append(
        StoredSnapshot(original=PAGES[0], timestamp=f"{clock.now:%Y%m%d%H%M%S}")
    )
    clock.pass_by(11 * MINUTE)
    run_step(open_job())
    assert statuses(job) == {PAGES[0]: "captured"}
    assert archive.captures.submitted_urls == [PAGES[0]]


def test_a_capture_that_never_has_a_result_is_requested_a_limited_number_of_times(
    open_job: OpenJob, archive: RunningWayback, clock: Clock
) -> None:
    archive.captures.stuck_urls = {PAGES[0]}
    cite(open_job(), PAGES[0])
    for _ in range(16):
        job = open_job()
        job.clock = minute_clock(clock)
        run_step(job)
        clock.pass_by(DAY)
    assert archive.captures.submitted_urls == [PAGES[0]] * 5
    assert statuses(job) == {PAGES[0]: "failed"}


def test_pending_captures_are_looked_up_after_the_keys_were_removed(
    open_job: OpenJob, archive: RunningWayback, clock: Clock
) -> None:
    job = open_job()
    cite(job, PAGES[0])
    run_step(job, kill_before=lambda item: item.result.status is CaptureStatus.CAPTURED)
    clock.pass_by(11 * MINUTE)
    keyless = {"archives.wayback.key": "", "archives.wayback.secret": "", "archives.capture": True}
    run_step(open_job(**keyless))
    clock.pass_by(11 * MINUTE)
    run_step(open_job(**keyless))
    assert statuses(job) == {PAGES[0]: "captured"}
    assert len(archive.requests_of("save")) == 1


def test_nothing_is_captured_without_keys_or_permission(
    open_job: OpenJob, archive: RunningWayback
) -> None:
    for settings in (
        {"archives.capture": False},
        {"archives.wayback.key": "", "archives.wayback.secret": ""},
    ):
        job = open_job(**settings)
        cite(job, *PAGES)
        run_step(job)
    assert archive.requests_of("save") == archive.requests_of("status") == []
    assert statuses(job) == {}


def test_rejected_keys_are_logged_once_and_nothing_is_captured(
    open_job: OpenJob, archive: RunningWayback, caplog: pytest.LogCaptureFixture
) -> None:
    archive.captures.keys = {"AKEY:OTHER"}
    job = open_job()
    cite(job, *PAGES)
    with caplog.at_level(logging.WARNING):
        run_step(job)
    (line,) = [record.getMessage() for record in caplog.records]
    assert "HOLDFAST_WAYBACK_KEY" in line
    assert "SSECRET" not in line
    assert len(archive.requests_of("status")) == 1
    assert archive.requests_of("save") == []
    assert len(archive.requests_of("cdx")) == 2 * len(PAGES)  # lookups need no keys


def test_keys_that_are_rejected_in_a_run_end_its_captures(
    open_job: OpenJob, archive: RunningWayback, caplog: pytest.LogCaptureFixture
) -> None:
    job = open_job()
    cite(job, *PAGES)
    archive.faults["save"] = SimulatedFault(
        status=401, mimetype="application/json", body='{"message": "You need to be logged in"}'
    )
    run_step(job)
    assert len(archive.requests_of("save")) == 1
    assert [
        record.levelname for record in caplog.records if record.name == "holdfast.preservation"
    ] == ["WARNING"]
    assert {(row.status, row.tries) for row in captures(job).values()} == {
        (CaptureStatus.QUEUED, 0)
    }  # no failure of the link


def test_the_daily_limit_of_the_service_is_kept(
    open_job: OpenJob, archive: RunningWayback, clock: Clock
) -> None:
    archive.captures.daily_limit = 3
    job = open_job()
    cite(job, *PAGES)
    run_step(job)
    assert len(archive.captures.submitted_urls) == 3
    run_step(open_job())
    assert len(archive.captures.submitted_urls) == 3
    clock.now = (clock.now + DAY).replace(hour=0, minute=10)
    run_step(open_job())
    assert sorted(archive.captures.submitted_urls) == sorted(PAGES)
    assert statuses(job) == dict.fromkeys(PAGES, "captured")


def test_the_quota_is_read_on_each_day(
    open_job: OpenJob, archive: RunningWayback, clock: Clock
) -> None:
    job = job_after_lookups(open_job)
    totals = []
    for limit in (2, 0, 1, 30_000):
        archive.captures.daily_limit = limit
        run_step(open_job())
        totals.append(len(archive.captures.submitted_urls))
        clock.now = (clock.now + DAY).replace(hour=0, minute=10)
    assert totals == [2, 2, 3, 4]
    assert sorted(archive.captures.submitted_urls) == sorted(PAGES)
    assert statuses(job) == dict.fromkeys(PAGES, "captured")


def test_polling_ends_if_it_is_closed_just_before_a_wait(open_job: OpenJob) -> None:
    job = open_job()

    archive = open_wayback(job)

    async def close_before_the_wait(lease: HostLease) -> None:
        pending = PendingCaptures(job, archive, WAYBACK, storing_emit(job), lease)
        polling = asyncio.create_task(pending.poll_until_closed())
        await asyncio.sleep(0)  # it has looked, and is about to wait
        pending.close()
        await asyncio.wait_for(polling, 5)

    assert asyncio.run(with_service_lease(job, WAYBACK, archive, close_before_the_wait))


def test_a_new_capture_is_polled_in_time_while_an_older_one_waits(open_job: OpenJob) -> None:
    """A poll of the older one is due in an hour; neither the new one nor the end waits for it."""
    job = open_job(**{"archives.wayback.poll_wait": 3600})
    archive = open_wayback(job)
    polled: list[str] = []

    async def record_poll(job_ids: Sequence[str]) -> CaptureProgress:
        polled.extend(job_ids)
        failed = CaptureResult(status=CaptureStatus.FAILED, code="no-access", detail="")
        return CaptureProgress(results=dict.fromkeys(job_ids, failed))

    async def add_and_close(lease: HostLease) -> None:
        archive.poll = record_poll  # type: ignore[method-assign]
        has_result = asyncio.Event()

        async def emit(_item: object) -> None:
            has_result.set()

        pending = PendingCaptures(job, archive, WAYBACK, emit, lease)
        old, new = (
            CaptureTask(
                capture_id=number, link_id=number, url=PAGES[number], tries=0, requested_at=None
            )
            for number in (0, 1)
        )
        pending.add("old", old, job.clock())
        polling = asyncio.create_task(pending.poll_until_closed())
        await asyncio.sleep(0.01)  # it waits for the poll of the older one
        job.capture_wait = CaptureWait(per_capture=0.0, until=0.0)
        pending.add("new", new, job.clock())
        await has_result.wait()
        polling.cancel()

    async def within_limit(lease: HostLease) -> None:
        await asyncio.wait_for(add_and_close(lease), 5)

    assert asyncio.run(with_service_lease(job, WAYBACK, archive, within_limit))
    assert polled == ["new"]


def test_two_captures_with_one_job_id_both_get_its_result(open_job: OpenJob) -> None:
    """The service has one job for several spellings of a page."""
    job = open_job()
    archive = open_wayback(job)
    polled: list[Sequence[str]] = []
    emitted: list[tuple[int, str]] = []

    async def poll(job_ids: Sequence[str]) -> CaptureProgress:
        polled.append(job_ids)
        failed = CaptureResult(status=CaptureStatus.FAILED, code="no-access", detail="")
        return CaptureProgress(results=dict.fromkeys(job_ids, failed))

    async def emit(item: object) -> None:
        assert isinstance(item, CaptureItem)
        emitted.append((item.task.capture_id, item.result.code))

    async def add_both(lease: HostLease) -> None:
        archive.poll = poll  # type: ignore[method-assign]
        pending = PendingCaptures(job, archive, WAYBACK, emit, lease)
        for number in (1, 2):
            task = CaptureTask(
                capture_id=number, link_id=number, url=PAGES[0], tries=0, requested_at=None
            )
            pending.add("spn2-1", task, job.clock())
        assert pending.count == 2
        pending.close()
        await asyncio.wait_for(pending.poll_until_closed(), 5)

    assert asyncio.run(with_service_lease(job, WAYBACK, archive, add_both))
    assert emitted == [(1, "no-access"), (2, "no-access")]
    assert polled == [["spn2-1"]]


def test_lost_captures_are_not_looked_up_at_an_archive_that_does_not_respond(
    open_job: OpenJob, archive: RunningWayback, clock: Clock
) -> None:
    """Lookups end after five failures in a row, also those of captures without a response."""
    urls = [f"https://{number}.example/" for number in range(9)]
    cite(open_job(), *urls)
    archive.faults["save"] = CUT_SHORT
    run_step(open_job())
    assert set(statuses(open_job()).values()) == {"requested"}
    clock.pass_by(11 * MINUTE)
    archive.faults = dict.fromkeys(("cdx", "available", "status", "save"), BAD_GATEWAY)
    asked = len(archive.requests)
    run_step(open_job())
    looked_up = {
        parse_qs(urlsplit(request.target).query)["url"][0]
        for request in archive.requests[asked:]
        if "/cdx" in request.target
    }
    assert len(looked_up) == 5


def test_after_an_outage_of_the_archive_everything_is_captured(
    open_job: OpenJob, archive: RunningWayback, clock: Clock
) -> None:
    down = ("cdx", "available", "status", "save")
    archive.faults = dict.fromkeys(down, BAD_GATEWAY)
    job = open_job()
    cite(job, *PAGES)
    for _ in range(2):
        run_step(open_job())
        clock.pass_by(13 * 60 * MINUTE)
    assert statuses(job) == {}
    assert archive.captures.submitted_urls == []
    archive.faults.clear()
    run_step(open_job())
    assert statuses(job) == dict.fromkeys(PAGES, "captured")
    assert sorted(archive.captures.submitted_urls) == sorted(PAGES)


def test_queued_captures_are_requested_once_the_archive_responds_again(
    open_job: OpenJob, archive: RunningWayback, clock: Clock
) -> None:
    job = job_after_lookups(open_job)
    archive.faults["save"] = BAD_GATEWAY
    run_step(open_job())
    assert set(statuses(job).values()) == {"queued"}
    assert {row.tries for row in captures(job).values()} == {0}  # no failure of the links
    archive.faults.clear()
    clock.pass_by(DAY)
    run_step(open_job())
    assert statuses(job) == dict.fromkeys(PAGES, "captured")


@pytest.mark.parametrize("ahead", [-4 * MINUTE, 4 * MINUTE])
def test_a_lost_capture_is_found_if_the_clock_of_the_archive_differs(
    open_job: OpenJob, archive: RunningWayback, clock: Clock, ahead: timedelta
) -> None:
    archive._now = lambda: clock.now + ahead
    archive.captures._now = archive._now
    job = open_job()
    cite(job, PAGES[0])
    run_step(job, kill_before=lambda item: item.result.status is CaptureStatus.PENDING)
    archive.snapshots.append(
        StoredSnapshot(original=PAGES[0], timestamp=f"{clock.now + ahead:%Y%m%d%H%M%S}")
    )
    clock.pass_by(11 * MINUTE)
    run_step(open_job())
    assert statuses(job) == {PAGES[0]: "captured"}
    assert archive.captures.submitted_urls == [PAGES[0]]


def test_a_daily_limit_postpones_all_captures_without_counting_a_try(
    open_job: OpenJob, archive: RunningWayback, clock: Clock
) -> None:
    archive.captures.submit_errors["*"] = "You cannot make more than 1 captures per day."
    job = open_job()
    cite(job, *PAGES)
    run_step(job)
    assert len(archive.captures.submitted_urls) == 1
    tomorrow = (clock.now + DAY).replace(hour=0, minute=5)
    assert {(row.status, row.tries, row.next_try_at) for row in captures(job).values()} == {
        (CaptureStatus.QUEUED, 0, tomorrow)
    }


def test_a_failure_of_the_service_plans_no_further_captures(
    open_job: OpenJob, archive: RunningWayback
) -> None:
    archive.faults["save"] = BAD_GATEWAY
    lookup_job = open_job(**{"archives.capture": False})
    cite(lookup_job, *(f"https://a.example/{number}" for number in range(60)))
    run_step(lookup_job)
    job = open_job()
    run_step(job)
    assert len(archive.requests_of("save")) == 1
    assert set(statuses(job).values()) == {"queued"}


def test_a_limit_of_one_host_does_not_delay_other_hosts(
    open_job: OpenJob, archive: RunningWayback, clock: Clock
) -> None:
    archive.captures.status_requests_needed, archive.captures.max_concurrent = 0, 1
    archive.captures.job_failures = {
        url: "error:max-daily-bandwidth-host" for url in PAGES if "//a." in url
    }
    job = job_after_lookups(open_job)
    run_step(job)
    assert {url: status for url, status in statuses(job).items() if "//b." in url} == dict.fromkeys(
        PAGES[1::2], "captured"
    )
    assert [url for url in archive.captures.submitted_urls if "//a." in url] == [PAGES[0]]


def test_a_long_pause_applies_to_the_next_run_too(
    open_job: OpenJob, archive: RunningWayback, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    archive.faults["cdx"] = rate_limited(3600)
    job = open_job()
    cite(job, *PAGES)
    run_step(job)
    assert len(archive.requests_of("cdx")) == 1
    archive.faults.clear()
    run_step(open_job())
    assert len(archive.requests) <= 2 + len(archive.requests_of("status"))
    request = len(archive.requests)
    clock.pass_by(timedelta(hours=2))
    run_step(open_job())
    assert len(archive.requests) > request
    assert any("requested a pause" in record.getMessage() for record in caplog.records)


def test_the_failure_that_the_archive_observed_is_stored(
    open_job: OpenJob, archive: RunningWayback
) -> None:
    archive.captures.job_failures[PAGES[0]] = "error:invalid-host-resolution"
    job = open_job()
    cite(job, PAGES[0])
    run_step(job)
    row = captures(job)[PAGES[0]]
    assert (row.status, row.code, row.observed_reason) == (
        CaptureStatus.FAILED,
        "invalid-host-resolution",
        "domain-not-found",
    )


def test_after_a_stop_the_next_run_continues_the_captures(
    open_job: OpenJob, archive: RunningWayback
) -> None:
    job = open_job()
    cite(job, *PAGES)

    def stop(item: CaptureItem) -> bool:
        job.stop.request(RunOutcome.INTERRUPTED)
        return False

    run_step(job, kill_before=stop)
    assert len(archive.captures.submitted_urls) < len(PAGES)
    run_step(open_job())
    assert statuses(job) == dict.fromkeys(PAGES, "captured")
    assert len(archive.captures.submitted_urls) == len(PAGES)


def test_a_capture_becomes_a_mirror_that_is_probed_an_hour_later(
    open_job: OpenJob, clock: Clock
) -> None:
    job = open_job()
    cite(job, PAGES[0])
    run_step(job)
    with job.database.read() as connection:
        row = connection.execute(
            select(
                MirrorRow.service, MirrorRow.captured_at, LinkRow.url, LinkRow.next_probe_at
            ).join(LinkRow, LinkRow.id == MirrorRow.link_id)
        ).one()
    captured_at = clock.now.replace(microsecond=0)
    assert (row.service, row.captured_at, row.next_probe_at) == (
        WAYBACK,
        captured_at,
        clock.now + timedelta(hours=1),
    )
    assert row.url == f"https://web.archive.org/web/{captured_at:%Y%m%d%H%M%S}/{PAGES[0]}"
    assert captured_at == datetime(2026, 5, 4, 12, tzinfo=UTC)


def test_links_unknown_to_the_first_archive_are_looked_up_at_another(
    open_job: OpenJob, archive: RunningWayback
) -> None:
    with run_in_thread(RunningWayback()) as other:
        found_url = PAGES[1]
        archive.snapshots.append(StoredSnapshot(original=PAGES[0], timestamp="20200101000000"))
        other.snapshots.append(StoredSnapshot(original=found_url, timestamp="20210101000000"))
        memento = {
            "arquivo.pt": {
                "timegate": f"{other.endpoint}/web/timegate/",
                "lookups_per_minute": 600_000,
            }
        }
        job = open_job(**{"archives.memento": memento, "archives.capture": False})
        cite(job, *PAGES)
        run_step(job)
        assert {request.target.partition("/web/timegate/")[2] for request in other.requests} == set(
            PAGES[1:]
        )
        with job.database.read() as connection:
            mirrors = {
                row.service: row.url
                for row in connection.execute(
                    select(MirrorRow.service, LinkRow.url).join(
                        LinkRow, LinkRow.id == MirrorRow.link_id
                    )
                )
            }
    assert mirrors == {
        "wayback": f"https://web.archive.org/web/20200101000000/{PAGES[0]}",
        "arquivo.pt": f"{other.endpoint}/web/20210101000000/{found_url}",
    }


def test_other_archives_leave_the_rest_to_the_process_that_took_the_lease(
    open_job: OpenJob, archive: RunningWayback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what was looked up at the Wayback Machine before is looked up at another archive."""
    with run_in_thread(RunningWayback()) as other:
        memento = {
            "arquivo.pt": {
                "timegate": f"{other.endpoint}/web/timegate/",
                "lookups_per_minute": 600_000,
            }
        }
        job = open_job(**{"archives.memento": memento, "archives.capture": False})
        cite(job, *PAGES)
        checks = iter([True])
        check = HostLease.check

        def lose_lease(lease: HostLease) -> None:
            if lease._slot == service_slot(WAYBACK) and not next(checks, False):
                raise LeaseLost("lost")
            check(lease)

        monkeypatch.setattr(HostLease, "check", lose_lease)
        run_step(job)
        asked = {request.target.partition("/web/timegate/")[2] for request in other.requests}
    assert len(asked) == 1
