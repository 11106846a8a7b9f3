"""Test internal errors within one job: what is recorded, and what goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.items import ProbeItem
from crawler.jobs.job import Job
from crawler.politeness.robots import Robots
from crawler.probing import network_check
from crawler.probing.connectivity_monitor import ConnectivityMonitor
from crawler.probing.host_worker import HostWorker
from crawler.probing.scheduler import probe_due
from crawler.scan.wiki_scan import register_urls
from store.errors import DatabaseUnavailable
from store.schema.models import HostRow, LinkRow
from store.vocabulary import Reason
from store.work.frontier import DueFilter
from store.work.history import ProbeResult, _ProbeBatch
from store.work.host_knowledge import host_knowledge
from store.work.leases import Release, release_leases
from store.work.runs import RunOutcome
from tests.integration.crawler.conftest import OpenJob

PAGE = FetchResponse(
    status=200,
    headers={"content-type": "text/html"},
    body="<title>灯</title><p>港口的灯一盏一盏亮起来。".encode(),
)
HOSTS, PATHS = 12, 3


class Unexpected(Exception):
    """An exception that no code handles."""


@pytest.fixture
def job(another_job: OpenJob, monkeypatch: pytest.MonkeyPatch) -> Job:
    async def reaches(*_: object) -> bool:
        return True

    monkeypatch.setattr(network_check, "can_connect_to_any", reaches)
    job = another_job(
        **{
            "hosts": {"*": {"interval": 0, "retry_wait": 0, "concurrency": 2}},
            "network.concurrency": 3,
            "db_wait": 1,
        }
    )
    register_urls(
        job, [f"http://{number}.example/{path}" for number in range(HOSTS) for path in range(PATHS)]
    )
    return job


async def fetch(_: FetchRequest) -> FetchResponse:
    await asyncio.sleep(0)
    return PAGE


def check(job: Job, *, fetch: Any = fetch) -> dict[str, tuple[str, Reason | None]]:
    """Run a job until nothing is due, and return the state and reason of each link."""

    async def emit(item: ProbeItem) -> None:
        result = ProbeResult(
            link_id=item.link.id,
            run_id=job.run_id,
            lease=item.lease,
            probe=item.probe,
            judgement=item.judgement,
        )
        await job.writer.put(result)

    async def probe_and_close() -> None:
        await probe_due(job, DueFilter(now=job.clock()), fetch=fetch, emit=emit)
        await job.writer.close()

    asyncio.run(probe_and_close())
    with job.database.read() as connection:
        assert not connection.scalars(
            select(HostRow.name).where(HostRow.lease_until.is_not(None))
        ).all()  # all leases were released
        return {
            row.url: (row.state, row.reason)
            for row in connection.execute(select(LinkRow.url, LinkRow.state, LinkRow.reason))
        }


def test_more_failing_hosts_than_workers_do_not_affect_the_others(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = HostWorker.run

    async def run(self: HostWorker) -> bool:
        if self._host.id <= 5:  # more than are worked on at once
            raise Unexpected
        return await original(self)

    monkeypatch.setattr(HostWorker, "run", run)
    found = check(job)
    assert sum(state == "alive" for state, _ in found.values()) == (HOSTS - 5) * PATHS
    assert job.counts["internal-error:host"] == 5
    assert not job.stop


def test_a_failing_query_for_many_hosts_affects_one_host_only(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query for many hosts is repeated for each host if it fails."""

    def known(connection: Any, host_ids: Sequence[int]) -> Any:
        if 3 in host_ids:
            raise Unexpected
        return host_knowledge(connection, host_ids)

    monkeypatch.setattr("crawler.probing.host_start.host_knowledge", known)
    found = check(job)
    assert sum(state == "alive" for state, _ in found.values()) == (HOSTS - 1) * PATHS
    assert job.counts["internal-error:host"] == 1


def test_after_one_of_two_workers_of_a_host_failed_the_other_probes_all_links(job: Job) -> None:
    class Watch(ConnectivityMonitor):
        failed = False

        async def wait_until_up(self) -> None:
            if not Watch.failed:
                Watch.failed = True
                raise Unexpected

    async def reachable() -> bool:
        return True

    original = HostWorker.__init__

    def init(self: HostWorker, *arguments: Any, **named: Any) -> None:
        original(self, *arguments, **named | {"connectivity": Watch(reachable, job.stop)})

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(HostWorker, "__init__", init)
        found = check(job)
    assert {state for state, _ in found.values()} == {"alive"}
    assert job.counts["internal-error:host"] == 1


def test_a_probe_that_cannot_be_written_does_not_affect_its_batch(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = _ProbeBatch.add_probe

    def add_probe(self: _ProbeBatch, result: ProbeResult) -> None:
        if result.probe.requests and result.probe.url == "http://3.example/1":
            raise Unexpected
        original(self, result)

    monkeypatch.setattr(_ProbeBatch, "add_probe", add_probe)
    found = check(job)
    assert found.pop("http://3.example/1") == ("unsure", Reason.INTERNAL_ERROR)
    assert {state for state, _ in found.values()} == {"alive"}
    assert job.counts["internal-error:item"] == 1


def test_a_lease_that_cannot_be_released_expires_by_itself(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def release(connection: Any, releases: Sequence[Release]) -> None:
        if any(release.lease.host_id == 3 for release in releases):
            raise Unexpected
        release_leases(connection, releases)

    monkeypatch.setattr("store.work.history.release_leases", release)
    with pytest.raises(AssertionError):  # it is still leased
        check(job)
    assert job.counts["internal-error:item"] == 1
    assert not job.stop


def test_a_store_error_ends_the_job(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def known(*_: object) -> Any:
        raise DatabaseUnavailable("no room left")

    monkeypatch.setattr("crawler.probing.host_start.host_knowledge", known)
    with pytest.raises(DatabaseUnavailable):
        check(job)
    assert not [name for name in job.counts if name.startswith("internal-error")]
    job.stop.request(RunOutcome.FAILED)


def test_after_an_internal_error_in_robots_txt_the_site_is_not_requested(
    another_job: OpenJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def reaches(*_: object) -> bool:
        return True

    monkeypatch.setattr(network_check, "can_connect_to_any", reaches)
    job = another_job(
        **{"hosts": {"*": {"interval": 0, "retry_wait": 0}}, "network.obey_robots": True}
    )
    register_urls(job, ["http://a.example/1", "http://b.example/1"])

    async def robots_of(_self: object, url: str, **_: object) -> Any:
        if "a.example" in url:
            raise Unexpected
        return Robots()

    monkeypatch.setattr("crawler.jobs.redirect_filter.RedirectFilter.robots_for", robots_of)
    found = check(job)
    assert {url: state for url, (state, _) in found.items()} == {
        "http://a.example/1": "unchecked",
        "http://b.example/1": "alive",
    }
    assert job.counts["internal-error:site"] == 1
