"""Test the work on one host with a store and a fake web: requests made, avoided, and the end."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.items import ProbeItem
from crawler.jobs import lease_pool
from crawler.jobs.job import Job
from crawler.jobs.probe_budget import ProbeBudget
from crawler.probing.connectivity_monitor import ConnectivityMonitor
from crawler.probing.host_start import batch_host_starts
from crawler.probing.host_worker import HostWorker
from crawler.probing.link_prober import EmitProbe
from crawler.probing.session import PoliteSession
from crawler.scan.wiki_scan import register_urls
from store.errors import LeaseLost
from store.vocabulary import Fault, MirrorAddress, MirrorOrigin, Reason, State
from store.work.frontier import DueFilter, DueHost, due_hosts
from store.work.history import ProbeResult
from store.work.links import MirrorRecord
from store.work.runs import RunOutcome
from store.work.tracked_states import host_tracked_states
from tests.integration.crawler.conftest import Clock, OpenJob

PAGE = FetchResponse(
    status=200,
    headers={"content-type": "text/html"},
    body="<title>灯</title><p>港口的灯一盏一盏亮起来。".encode(),
)


async def is_up() -> bool:
    return True


def host_worker(
    job: Job, host: DueHost, due_filter: DueFilter, session: PoliteSession, emit: EmitProbe
) -> HostWorker:
    """Return a worker for which our network is always up."""
    return HostWorker(
        job,
        host,
        due_filter,
        session=session,
        emit=emit,
        connectivity=ConnectivityMonitor(is_up, job.stop),
        host_starts=batch_host_starts(job),
    )


class FinishedWork:
    """The finished work on the only host with due links: requested URLs and robots.txt files, reasons by link."""

    def __init__(
        self,
        job: Job,
        response: Callable[[FetchRequest], FetchResponse] | FetchResponse,
        *,
        after: Callable[[], None] = lambda: None,
        robots: FetchResponse = FetchResponse(status=404),  # noqa: B008  frozen
        is_stored: bool = False,
    ) -> None:
        self.requested: list[str] = []
        self.requested_robots: list[str] = []
        self._robots = robots
        self.active = self.most_active = 0
        self.reasons: dict[str, Reason] = {}
        self._job, self._response, self._after, self._is_stored = job, response, after, is_stored
        asyncio.run(self._work())

    async def _work(self) -> None:
        job, due_filter = self._job, DueFilter(now=self._job.clock())
        with job.database.read() as connection:
            (host,) = due_hosts(connection, due_filter)
        session = PoliteSession(job, self._fetch)
        await host_worker(job, host, due_filter, session, self._emit).run()

    async def _fetch(self, request: FetchRequest) -> FetchResponse:
        async with request.permit:
            return await self._respond(request)

    async def _respond(self, request: FetchRequest) -> FetchResponse:
        if request.url.endswith("/robots.txt"):
            self.requested_robots.append(request.url)
            return replace(self._robots, body=self._robots.body[: request.max_bytes])
        self.requested.append(request.url)
        self.active += 1
        self.most_active = max(self.most_active, self.active)
        for _ in range(10):  # long enough for the other workers to start a request
            await asyncio.sleep(0)
        self.active -= 1
        self._after()
        return self._response(request) if callable(self._response) else self._response

    async def _emit(self, item: ProbeItem) -> None:
        assert item.lease is not None
        if self._is_stored:
            await self._job.writer.put(
                ProbeResult(
                    link_id=item.link.id,
                    run_id=self._job.run_id,
                    lease=item.lease,
                    probe=item.probe,
                    judgement=item.judgement,
                )
            )
        self.reasons[item.link.url] = item.judgement.reason


def links(job: Job, count: int, host: str = "a.example") -> Sequence[str]:
    urls = [f"http://{host}/{number}" for number in range(count)]
    register_urls(job, urls)
    return urls


def mirrors(job: Job, urls: Mapping[str, MirrorAddress]) -> None:
    with job.database.write() as connection:
        known = [
            MirrorRecord(url=url, address=address, original_id=None, origin=MirrorOrigin.CITED)
            for url, address in urls.items()
        ]
        job.link_registry(connection).mirror_ids(known)


def state_of_host(job: Job) -> State:
    with job.database.read() as connection:
        (host,) = due_hosts(connection, DueFilter(now=job.clock()))
        return host_tracked_states(connection, [host.id])[host.id].state


def test_each_due_link_is_probed_once_within_the_hosts_concurrency(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0, "concurrency": 3}})
    urls = links(job, 450)  # more than one page of the queue
    work = FinishedWork(job, PAGE)
    assert Counter(work.requested) == Counter(urls)
    assert work.reasons == dict.fromkeys(urls, Reason.OK)
    assert work.most_active == 3


def test_the_limit_of_a_job_applies_to_all_hosts(job: Job) -> None:
    links(job, 10)
    job.budget = ProbeBudget(4)
    assert len(FinishedWork(job, PAGE).requested) == 4
    assert not job.budget.take()


def test_per_run_limits_the_probes_of_a_host(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0}, "a.example": {"per_run": 3}})
    links(job, 10)
    assert len(FinishedWork(job, PAGE).requested) == 3


def test_per_run_limits_all_work_of_a_run_on_a_host(another_job: OpenJob) -> None:
    """A host is worked on again after a pause, or if another process held its lease."""
    job = another_job(hosts={"*": {"interval": 0}, "a.example": {"per_run": 3}})
    links(job, 10)
    job.budget = ProbeBudget(2)
    assert len(FinishedWork(job, PAGE, is_stored=True).requested) == 2
    job.budget.remaining = None
    job.budget.pause()
    assert len(FinishedWork(job, PAGE, is_stored=True).requested) == 0
    job.budget.resume()
    assert len(FinishedWork(job, PAGE, is_stored=True).requested) == 1


def test_per_day_limits_the_probes_of_all_runs_of_a_day(another_job: OpenJob, clock: Clock) -> None:
    rules = {"*": {"interval": 0}, "a.example": {"per_day": 5}}
    job = another_job(hosts=rules)
    links(job, 12)
    job.budget = ProbeBudget(3)
    assert len(FinishedWork(job, PAGE, is_stored=True).requested) == 3
    assert len(FinishedWork(another_job(hosts=rules), PAGE, is_stored=True).requested) == 2
    assert len(FinishedWork(another_job(hosts=rules), PAGE, is_stored=True).requested) == 0
    clock.pass_by(timedelta(hours=21))
    assert (
        len(
            FinishedWork(
                another_job(hosts=rules | {"a.example": {"per_day": 5, "per_run": 4}}),
                PAGE,
                is_stored=True,
            ).requested
        )
        == 4
    )


def test_skipped_links_do_not_count_as_requested(another_job: OpenJob) -> None:
    rules = {"*": {"interval": 0}, "a.example": {"per_day": 2}}
    links(job := another_job(hosts=rules, exclude=["http://a.example/[0-5]$"]), 8)
    assert len(FinishedWork(job, PAGE, is_stored=True).requested) == 2
    assert job.counts["skipped:excluded"] == 6


def test_a_skipped_host_gets_no_request_and_uses_no_budget(
    another_job: OpenJob,
) -> None:
    job = another_job(hosts={"*.example": {"skip": True}})
    urls = links(job, 5)
    job.budget = ProbeBudget(2)
    work = FinishedWork(job, PAGE)
    assert work.requested == []
    assert work.reasons == dict.fromkeys(urls, Reason.EXCLUDED)
    assert job.counts["skipped:excluded"] == 5
    assert job.budget.remaining == 2


def test_an_excluded_link_is_not_requested(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0}}, exclude=["http://a.example/[0-3]$"])
    urls = links(job, 6)
    work = FinishedWork(job, PAGE)
    assert set(work.requested) == set(urls[4:])
    assert [work.reasons[url] for url in urls] == [Reason.EXCLUDED] * 4 + [Reason.OK] * 2


def test_a_status_accepted_for_a_link_is_alive(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0}}, accept={"http://a.example/0": [403]})
    urls = links(job, 2)
    work = FinishedWork(job, FetchResponse(status=403))
    assert [work.reasons[url] for url in urls] == [Reason.OK, Reason.FORBIDDEN]


def robots(text: str) -> FetchResponse:
    return FetchResponse(status=200, headers={"content-type": "text/plain"}, body=text.encode())


@pytest.mark.parametrize(("count", "requested"), [(9, []), (10, ["http://a.example/robots.txt"])])
def test_robots_txt_is_requested_once_for_many_links(
    another_job: OpenJob, count: int, requested: list[str]
) -> None:
    job = another_job(hosts={"*": {"interval": 0}})
    urls = links(job, count)
    work = FinishedWork(job, PAGE)
    assert work.requested_robots == requested
    assert Counter(work.requested) == Counter(urls)


def test_a_rule_at_the_end_of_a_long_robots_txt_is_obeyed(another_job: OpenJob) -> None:
    job = another_job(**{"network.obey_robots": True, "hosts": {"*": {"interval": 0}}})
    urls = links(job, 1)
    comments = f"# {'about robots ' * 10}\n" * 3_000
    work = FinishedWork(job, PAGE, robots=robots(f"{comments}User-agent: *\nDisallow: /0\n"))
    assert work.reasons == {urls[0]: Reason.ROBOTS}


def test_an_unavailable_robots_txt_allows_all_and_is_not_requested_again(
    another_job: OpenJob,
) -> None:
    job = another_job(hosts={"*": {"interval": 0, "retry_wait": 0}})
    urls = links(job, 10)
    work = FinishedWork(job, PAGE, robots=FetchResponse(fault=Fault.RESET))
    assert work.requested_robots == ["http://a.example/robots.txt"]
    assert work.reasons == dict.fromkeys(urls, Reason.OK)


def test_robots_txt_is_not_requested_if_no_link_is(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0}})
    links(job, 10)
    job.budget = ProbeBudget(0)
    work = FinishedWork(job, PAGE)
    assert not work.requested_robots
    assert not work.requested


def test_a_crawl_delay_slows_its_host_down(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0}})
    links(job, 10)
    job.budget = ProbeBudget(1)
    FinishedWork(job, PAGE, robots=robots("User-agent: *\nCrawl-delay: 30"))
    assert job.rate_limiters.limiter_for("a.example").interval == 30
    assert job.rate_limiters.limiter_for("b.example").interval == 0


def test_the_observed_interval_of_a_host_is_stored_for_the_next_run(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0.001}})
    links(job, 12)
    job.budget = ProbeBudget(8)

    def observed_interval_of_host() -> float:
        with job.database.read() as connection:
            (host,) = due_hosts(connection, DueFilter(now=job.clock(), ignore_schedule=True))
        return host.observed_interval

    FinishedWork(job, PAGE)
    assert observed_interval_of_host() <= 0.001  # on a busy machine the interval is waited for
    job.budget = ProbeBudget(8)
    quota = {"content-type": "text/html", "ratelimit-remaining": "0", "ratelimit-reset": "0.1"}
    FinishedWork(job, FetchResponse(status=200, headers=quota, body=PAGE.body))
    assert 0.05 < observed_interval_of_host() <= 0.2
    job.budget = ProbeBudget(1)
    FinishedWork(job, PAGE)  # too few requests to observe another interval
    assert 0.05 < observed_interval_of_host() <= 0.2
    job.budget = ProbeBudget(8)
    FinishedWork(job, PAGE)
    assert observed_interval_of_host() <= 0.001  # the configured interval


@pytest.mark.parametrize("obey", [True, False])
def test_links_that_robots_txt_disallows_are_skipped_if_it_is_obeyed(
    another_job: OpenJob, obey: bool
) -> None:
    job = another_job(**{"network.obey_robots": obey, "hosts": {"*": {"interval": 0}}})
    urls = links(job, 4)
    work = FinishedWork(
        job, PAGE, robots=robots("User-agent: *\nDisallow: /2\nUser-agent: other\nDisallow: /")
    )
    assert work.requested_robots == (["http://a.example/robots.txt"] if obey else [])
    assert work.reasons == {
        **dict.fromkeys(urls, Reason.OK),
        urls[2]: Reason.ROBOTS if obey else Reason.OK,
    }
    assert job.counts["skipped:robots"] == obey


def redirecting_to(target: str) -> Callable[[FetchRequest], FetchResponse]:
    """Return a web in which every cited link redirects to this URL."""
    return lambda request: (
        PAGE if request.url == target else FetchResponse(status=301, headers={"location": target})
    )


@pytest.mark.parametrize(
    ("settings", "target", "reason"),
    [
        ({"hosts": {"b.example": {"skip": True}}}, "http://b.example/x", Reason.EXCLUDED),
        ({"exclude": ["http://a.example/private/"]}, "http://a.example/private/x", Reason.EXCLUDED),
        ({"include": ["http://a.example/"]}, "http://b.example/x", Reason.MOVED_PERMANENTLY),
        ({"network.obey_robots": True}, "http://b.example/private", Reason.ROBOTS),
        ({"network.obey_robots": True}, "http://b.example/x", Reason.MOVED_PERMANENTLY),
        ({"network.obey_robots": False}, "http://b.example/private", Reason.MOVED_PERMANENTLY),
    ],
)
def test_redirects_to_excluded_or_disallowed_urls_are_not_followed(
    another_job: OpenJob, settings: dict[str, object], target: str, reason: Reason
) -> None:
    settings["hosts"] = {"*": {"interval": 0}} | dict(settings.get("hosts", {}))  # type: ignore[call-overload]
    job = another_job(**settings)
    urls = links(job, 3)
    work = FinishedWork(
        job, redirecting_to(target), robots=robots("User-agent: *\nDisallow: /private")
    )
    assert work.reasons == dict.fromkeys(urls, reason)
    assert (target in work.requested) is (reason is Reason.MOVED_PERMANENTLY)
    assert set(work.requested) >= set(urls)
    obeyed = ["http://a.example/robots.txt", "http://b.example/robots.txt"]
    assert sorted(set(work.requested_robots)) == (
        obeyed if settings.get("network.obey_robots") else []
    )


def test_a_link_is_requested_at_its_remapped_url(another_job: OpenJob) -> None:
    remap = {"http://a.example/": "http://staging.example/"}
    job = another_job(
        **{"remap": remap, "network.obey_robots": True, "hosts": {"*": {"interval": 0}}}
    )
    links(job, 3)
    work = FinishedWork(job, PAGE, robots=robots("User-agent: *\nDisallow: /1"))
    assert work.requested_robots == ["http://staging.example/robots.txt"]
    assert sorted(work.requested) == ["http://staging.example/0", "http://staging.example/2"]
    assert work.reasons == {
        "http://a.example/0": Reason.OK,
        "http://a.example/1": Reason.ROBOTS,
        "http://a.example/2": Reason.OK,
    }


def test_the_robots_txt_of_an_archive_is_not_requested(another_job: OpenJob) -> None:
    job = another_job(hosts={"archive.today": {"interval": 0}})
    urls = [f"https://archive.ph/aBcD{number}" for number in range(12)]
    mirrors(
        job, {url: MirrorAddress(service="archive.today", snapshot_id=url[-5:]) for url in urls}
    )
    work = FinishedWork(job, PAGE)
    assert not work.requested_robots
    assert len(work.requested) == 12


def test_a_host_that_refuses_three_times_gets_no_more_requests_in_this_run(
    another_job: OpenJob,
) -> None:
    job = another_job(hosts={"*": {"interval": 0, "concurrency": 1, "retry_wait": 0}})
    urls = links(job, 8)
    work = FinishedWork(job, FetchResponse(fault=Fault.REFUSED))
    assert set(work.requested) == set(urls[:3])
    assert work.reasons == {
        **dict.fromkeys(urls[:3], Reason.CONNECTION_REFUSED),
        **dict.fromkeys(urls[3:], Reason.HOST_PAUSED),
    }
    assert state_of_host(job) is State.SUSPECT


def test_one_unknown_host_name_judges_all_links_of_the_name(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0, "concurrency": 1, "retry_wait": 0}})
    urls = links(job, 5)
    work = FinishedWork(job, FetchResponse(fault=Fault.NAME_NOT_FOUND))
    assert set(work.requested) == {urls[0]}
    assert set(work.reasons.values()) == {Reason.DOMAIN_NOT_FOUND}
    assert len(work.reasons) == 5


def test_an_unresolved_host_of_an_archive_does_not_affect_its_others(another_job: OpenJob) -> None:
    """All host names of archive.today share one slot."""
    job = another_job(
        hosts={
            "*": {"interval": 0},
            "archive.today": {"interval": 0, "concurrency": 1},
            "archive.*": {"retry_wait": 0},
        }
    )
    names = ["archive.vn", "archive.vn", "archive.ph"]
    urls = [f"https://{name}/aBcD{number}" for number, name in enumerate(names)]
    mirrors(
        job, {url: MirrorAddress(service="archive.today", snapshot_id=url[-5:]) for url in urls}
    )
    work = FinishedWork(
        job,
        lambda request: (
            FetchResponse(fault=Fault.NAME_NOT_FOUND) if "archive.vn" in request.url else PAGE
        ),
    )
    assert set(work.requested) == {urls[0], urls[2]}
    assert work.reasons[urls[2]] is Reason.OK


def test_an_archive_that_shows_a_captcha_gets_no_more_requests_in_this_run(
    another_job: OpenJob,
) -> None:
    job = another_job(hosts={"archive.today": {"interval": 0, "retry_wait": 0, "concurrency": 1}})
    urls = [f"https://archive.ph/aBcD{number}" for number in range(6)]
    mirrors(
        job, {url: MirrorAddress(service="archive.today", snapshot_id=url[-5:]) for url in urls}
    )
    work = FinishedWork(job, FetchResponse(status=429))
    assert set(work.requested) == {urls[0]}
    assert work.reasons == {urls[0]: Reason.RATE_LIMITED}


def test_links_of_a_host_that_requests_a_long_pause_stay_due(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0, "concurrency": 1}})
    urls = links(job, 5)
    work = FinishedWork(job, FetchResponse(status=503, headers={"retry-after": "7200"}))
    assert work.requested == urls[:1]
    assert set(work.reasons) == {urls[0]}


@pytest.mark.parametrize("status", [429, 503])
def test_a_link_that_paused_its_host_is_probed_after_the_others_at_the_next_run(
    another_job: OpenJob, clock: Clock, status: int
) -> None:
    def response(request: FetchRequest) -> FetchResponse:
        paused = FetchResponse(status=status, headers={"retry-after": "7200"})
        return paused if request.url == urls[0] else PAGE

    hosts = {"*": {"interval": 0, "concurrency": 2, "retry_wait": 0}}
    job = another_job(hosts=hosts)
    urls = links(job, 5)
    first = FinishedWork(job, response, is_stored=True)
    asyncio.run(job.writer.flush())
    assert len(first.reasons) < len(urls)
    clock.pass_by(timedelta(days=2))
    second = FinishedWork(another_job(hosts=hosts), response)
    assert set(first.reasons) | set(second.reasons) == set(urls)
    assert second.requested[-1] == urls[0]


def test_a_lost_lease_ends_the_work_without_an_error(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    links(job, 10)
    checks: list[int] = []

    def check(_held: object) -> None:
        checks.append(1)
        if len(checks) > 8:  # two checks a request: by the pool and by the work
            raise LeaseLost("gone")

    monkeypatch.setattr("crawler.jobs.host_lease.HostLease.check", check)
    work = FinishedWork(job, PAGE)
    assert len(work.requested_robots + work.requested) == 4
    assert len(work.reasons) <= 4


def test_after_a_stop_request_no_other_link_is_probed(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0, "concurrency": 2}})
    links(job, 50)
    work = FinishedWork(job, PAGE, after=lambda: job.stop.request(RunOutcome.INTERRUPTED))
    assert 1 <= len(work.requested) <= 2
    assert len(work.reasons) == len(work.requested)  # active probes are finished


def test_a_host_leased_by_another_job_is_not_probed(job: Job, another_job: OpenJob) -> None:
    from crawler.jobs.host_lease import lease_host  # noqa: PLC0415  nothing else here needs it

    links(job, 3)
    other = another_job()
    with job.database.read() as connection:
        (host,) = due_hosts(connection, DueFilter(now=job.clock()))

    async def scenario() -> None:
        async with lease_host(other, host.id, host.name):
            due_filter = DueFilter(now=job.clock())

            async def refuse(_: object) -> FetchResponse:
                raise AssertionError("requested")

            session = PoliteSession(job, refuse)
            await host_worker(job, host, due_filter, session, refuse).run()  # type: ignore[arg-type]

    asyncio.run(scenario())
    assert job.counts["host:held"] == 1


@pytest.mark.parametrize(
    ("paths", "requested"),
    [("mmmmm", "mmm"), ("msmsmsms", "msmsmsms")],
    ids=["in a row", "with others between"],
)
def test_a_redirect_to_a_host_another_process_holds_leaves_the_link_due(
    another_job: OpenJob, monkeypatch: pytest.MonkeyPatch, paths: str, requested: str
) -> None:
    monkeypatch.setattr(lease_pool, "_WAIT_SECONDS", 0.0)
    job, other = another_job(hosts={"*": {"interval": 0, "concurrency": 1}}), another_job()
    register_urls(job, [f"http://a.example/{number}/{path}" for number, path in enumerate(paths)])
    with job.database.read() as connection:
        (host,) = due_hosts(connection, DueFilter(now=job.clock()))
    seen: list[str] = []
    reasons: dict[str, Reason] = {}

    async def fetch(request: FetchRequest) -> FetchResponse:
        async with request.permit:
            seen.append(request.url)
            return (
                PAGE
                if request.url.endswith("s")
                else FetchResponse(status=301, headers={"location": "http://held.example/"})
            )

    async def emit(item: ProbeItem) -> None:
        reasons[item.link.url] = item.judgement.reason

    async def scenario() -> None:
        session = PoliteSession(job, fetch)
        async with other.host_leases.lease("held.example"):
            assert not await host_worker(job, host, DueFilter(now=job.clock()), session, emit).run()

    asyncio.run(scenario())
    assert "".join(url[-1] for url in seen) == requested
    assert reasons == {url: Reason.OK for url in seen if url.endswith("s")}
    assert job.counts["host:held"] == 1


@pytest.mark.parametrize("obey", [True, False])
def test_no_link_is_requested_while_an_obeyed_robots_txt_may_not_be(
    another_job: OpenJob, monkeypatch: pytest.MonkeyPatch, obey: bool
) -> None:
    monkeypatch.setattr(lease_pool, "_WAIT_SECONDS", 0.0)
    settings = {"network.obey_robots": obey, "hosts": {"*": {"interval": 0}}}
    job, other = another_job(**settings), another_job()
    urls = links(job, 12)
    with job.database.read() as connection:
        (host,) = due_hosts(connection, DueFilter(now=job.clock()))
    requested: list[str] = []

    async def fetch(request: FetchRequest) -> FetchResponse:
        async with request.permit:
            requested.append(request.url)
            if request.url.endswith("/robots.txt"):
                target = "http://held.example/robots.txt"
                return FetchResponse(status=301, headers={"location": target})
            return PAGE

    async def emit(item: ProbeItem) -> None:
        assert item.judgement.reason is Reason.OK

    async def scenario() -> bool:
        session = PoliteSession(job, fetch)
        async with other.host_leases.lease("held.example"):
            due_filter = DueFilter(now=job.clock())
            return await host_worker(job, host, due_filter, session, emit).run()

    assert asyncio.run(scenario()) is not obey
    robots_txt = "http://a.example/robots.txt"
    assert sorted(requested) == sorted([robots_txt] if obey else [robots_txt, *urls])
    assert job.links_awaiting == ({"a.example": {"held.example": 12}} if obey else {})


@pytest.mark.parametrize("pattern", ["http://a.example/$", "http://a.example/news/2024/[a-z]{9}"])
def test_excluded_urls_of_a_site_are_not_requested_for_comparison(
    another_job: OpenJob, pattern: str
) -> None:
    hosts = {"*": {"interval": 0, "sibling_days": 90}}
    cited = "http://a.example/news/2024/lamp"
    requested = []
    for exclude in ([pattern], []):  # what the second requests is stored for later runs
        job = another_job(hosts=hosts, exclude=exclude)
        register_urls(job, [cited])  # not stored: it is due for each
        requested.append(FinishedWork(job, PAGE).requested)
    restricted, unrestricted = requested
    assert any(re.match(pattern, url) for url in unrestricted)
    assert not any(re.match(pattern, url) for url in restricted)
    assert cited in restricted
