"""Test a job of probes while the network fails."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from time import monotonic

import pytest
from sqlalchemy import func, select

from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.items import ProbeItem
from crawler.jobs.job import Job
from crawler.jobs.probe_budget import ProbeBudget
from crawler.probing import connectivity_monitor, network_check
from crawler.probing.scheduler import probe_due
from crawler.scan.wiki_scan import register_urls
from store.schema.models import HostRow
from store.vocabulary import Fault, Reason
from store.work.frontier import DueFilter, due_hosts
from store.work.history import ProbeResult
from store.work.runs import RunOutcome
from tests.integration.crawler.conftest import Clock, OpenJob

PAGE = FetchResponse(
    status=200,
    headers={"content-type": "text/html"},
    body="<title>灯</title><p>港口的灯一盏一盏亮起来。".encode(),
)
HOSTS = 20


class Outage:
    """A web that serves `before` requests and then cannot be reached during `checks` network checks."""

    def __init__(self, before: int, checks: int) -> None:
        self._before, self._checks = before, checks
        self.reasons: dict[str, Reason] = {}

    @property
    def _is_away(self) -> bool:
        return self._before <= 0 < self._checks

    async def fetch(self, request: FetchRequest) -> FetchResponse:
        async with request.permit:
            await asyncio.sleep(0)
            self._before -= 1
            return FetchResponse(fault=Fault.NAME_NOT_FOUND) if self._is_away else PAGE

    async def reaches_any(self, places: Sequence[tuple[str, int]], _resolver: object) -> bool:
        assert len(places) > 1
        if self._is_away:
            self._checks -= 1
            return False
        return True

    def probe_all(self, job: Job) -> None:
        """Run a job until nothing is due."""

        async def emit(item: ProbeItem) -> None:
            self.reasons[item.link.url] = item.judgement.reason
            result = ProbeResult(
                link_id=item.link.id,
                run_id=job.run_id,
                lease=item.lease,
                probe=item.probe,
                judgement=item.judgement,
            )
            await job.writer.put(result)

        async def scenario() -> None:
            await probe_due(job, DueFilter(now=job.clock()), fetch=self.fetch, emit=emit)
            await job.writer.close()

        asyncio.run(scenario())


@pytest.fixture
def job(another_job: OpenJob, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.setattr(connectivity_monitor, "_WAITS_SECONDS", (0, 0, 0))
    monkeypatch.setattr(
        connectivity_monitor, "_RESPONSE_COUNTS_SECONDS", 0
    )  # the requests of a test take less than a second
    job = another_job(
        **{
            "hosts": {"*": {"interval": 0, "retry_wait": 0, "concurrency": 1}},
            "network.concurrency": 4,
        }
    )
    register_urls(
        job, [f"http://{number}.example/{path}" for number in range(HOSTS) for path in "ab"]
    )
    return job


def count_due_links(job: Job) -> int:
    with job.database.read() as connection:
        return sum(host.links for host in due_hosts(connection, DueFilter(now=job.clock())))


def check(job: Job, outage: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_check, "can_connect_to_any", outage.reaches_any)
    outage.probe_all(job)


def test_with_a_limit_of_probes_the_host_is_first_that_is_due_longest(
    another_job: OpenJob, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the largest hosts would use it up in each run."""
    job = another_job(**{"network.concurrency": 1})
    register_urls(job, ["http://small.example/a"])
    clock.pass_by(timedelta(hours=1))
    register_urls(job, [f"http://large.example/{path}" for path in "ab"])
    job.budget = ProbeBudget(1)
    outage = Outage(before=1000, checks=0)
    check(job, outage, monkeypatch)
    assert list(outage.reasons) == ["http://small.example/a"]


def test_with_a_deadline_no_host_takes_the_turn_of_the_others_in_each_run(
    another_job: OpenJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run ends at the first request to a large host, as if it took all the time."""
    requested: list[str] = []
    for _ in range(2):
        job = another_job(**{"network.concurrency": 1})
        register_urls(job, ["http://small.example/a"])
        register_urls(job, [f"http://large.example/{number}" for number in range(9)])
        outage = Outage(before=1000, checks=0)

        async def take_all_time(request: FetchRequest, job: Job = job) -> FetchResponse:
            requested.append(request.url)
            if "large" in request.url:
                job.stop_for_deadline()
            async with request.permit:
                return PAGE

        outage.fetch = take_all_time  # type: ignore[method-assign]
        job.stop.deadline = monotonic() + 3600
        check(job, outage, monkeypatch)
    assert requested[0].startswith("http://large.example/")
    assert requested[1] == "http://small.example/a"


def test_probes_wait_for_the_network_and_break_no_link(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    outage = Outage(before=7, checks=2)
    check(job, outage, monkeypatch)
    assert not job.stop
    assert len(outage.reasons) == 2 * HOSTS
    unsure_links = [url for url, reason in outage.reasons.items() if reason is Reason.NETWORK_DOWN]
    assert 1 <= len(unsure_links) <= 4  # active probes
    assert set(outage.reasons.values()) == {Reason.OK, Reason.NETWORK_DOWN}
    assert count_due_links(job) == len(unsure_links)


def test_a_network_that_stays_down_stops_the_job_and_links_stay_due(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    outage = Outage(before=7, checks=1000)
    check(job, outage, monkeypatch)
    assert job.stop.outcome is RunOutcome.NETWORK_DOWN
    assert set(outage.reasons.values()) == {Reason.OK, Reason.NETWORK_DOWN}
    alive = sum(reason is Reason.OK for reason in outage.reasons.values())
    assert 1 <= alive <= 7
    assert count_due_links(job) == 2 * HOSTS - alive


def test_failures_of_hosts_count_while_another_host_responds(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    outage = Outage(before=1000, checks=0)

    async def unknown_name(request: FetchRequest) -> FetchResponse:
        async with request.permit:
            is_alive = request.url.startswith("http://1.example/")
            return PAGE if is_alive else FetchResponse(fault=Fault.NAME_NOT_FOUND)

    outage.fetch = unknown_name  # type: ignore[method-assign]
    check(job, outage, monkeypatch)
    assert not job.stop
    assert set(outage.reasons.values()) == {Reason.OK, Reason.DOMAIN_NOT_FOUND}


def test_all_hosts_that_fail_alike_are_an_outage_though_the_archive_is_reached(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    outage = Outage(before=1000, checks=0)

    async def unknown_name(request: FetchRequest) -> FetchResponse:
        async with request.permit:
            return FetchResponse(fault=Fault.NAME_NOT_FOUND)

    outage.fetch = unknown_name  # type: ignore[method-assign]
    check(job, outage, monkeypatch)
    assert job.stop.outcome is RunOutcome.NETWORK_DOWN
    counts = Counter(outage.reasons.values())
    assert counts[Reason.DOMAIN_NOT_FOUND] < 2 * 10  # four hosts at a time: until ten have failed
    assert counts.keys() <= {Reason.NETWORK_DOWN, Reason.DOMAIN_NOT_FOUND}


def test_once_the_budget_is_spent_no_other_host_is_claimed(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    job.budget = ProbeBudget(4)
    outage = Outage(before=1000, checks=0)
    check(job, outage, monkeypatch)
    assert len(outage.reasons) == 4
    with job.database.read() as connection:
        claimed = connection.execute(
            select(func.count(HostRow.id)).where(HostRow.lease_token > 0)
        ).scalar_one()
    assert claimed <= 4  # hosts are worked on concurrently


@pytest.mark.parametrize("ignores_schedule", [False, True])
def test_a_host_leased_by_another_process_gets_a_second_try(
    job: Job, another_job: OpenJob, monkeypatch: pytest.MonkeyPatch, *, ignores_schedule: bool
) -> None:
    other, web = another_job(), Outage(before=1000, checks=0)
    monkeypatch.setattr(network_check, "can_connect_to_any", web.reaches_any)
    requests: Counter[str] = Counter()

    async def emit(item: ProbeItem) -> None:
        result = ProbeResult(
            link_id=item.link.id,
            run_id=job.run_id,
            lease=item.lease,
            probe=item.probe,
            judgement=item.judgement,
        )
        await job.writer.put(result)

    async def scenario() -> None:
        async with AsyncExitStack() as other_lease:
            await other_lease.enter_async_context(other.host_leases.lease("0.example"))

            async def fetch(request: FetchRequest) -> FetchResponse:
                requests[request.url] += 1
                if len(requests) == 2 * (HOSTS - 1):
                    await other_lease.aclose()
                return await web.fetch(request)

            await probe_due(
                job,
                DueFilter(now=job.clock(), ignore_schedule=ignores_schedule),
                fetch=fetch,
                emit=emit,
            )
        await job.writer.close()

    asyncio.run(scenario())
    assert len(requests) == 2 * HOSTS
    assert set(requests.values()) == {1}
    assert job.counts["host:held"] == 0
