"""Test the work on one host with a store and a web of tables: requests made, avoided, and the end."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
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
from crawler.scan.ingest import register_urls
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
    """Return a worker whose own network is always up."""
    return HostWorker(
        job,
        host,
        due_filter,
        session=session,
        emit=emit,
        connectivity=ConnectivityMonitor(is_up, job.stop),
        host_starts=batch_host_starts(job),
    )


class Worked:
    """The finished work on the only host with due links: requested URLs, robots.txt requests, reasons by link."""

    def __init__(
        self,
        job: Job,
        answer: Callable[[FetchRequest], FetchResponse] | FetchResponse,
        *,
        after: Callable[[], None] = lambda: None,
        robots: FetchResponse = FetchResponse(status=404),  # noqa: B008  frozen
        keep: bool = False,
    ) -> None:
        self.asked: list[str] = []
        self.robots_asked: list[str] = []
        self._robots = robots
        self.at_once = self.most_at_once = 0
        self.reasons: dict[str, Reason] = {}
        self._job, self._answer, self._after, self._keep = job, answer, after, keep
        asyncio.run(self._work())

    async def _work(self) -> None:
        job, wanted = self._job, DueFilter(now=self._job.clock())
        with job.database.read() as connection:
            (host,) = due_hosts(connection, wanted)
        session = PoliteSession(job, self._fetch)
        await host_worker(job, host, wanted, session, self._emit).run()

    async def _fetch(self, ask: FetchRequest) -> FetchResponse:
        async with ask.permit:
            return await self._answered(ask)

    async def _answered(self, ask: FetchRequest) -> FetchResponse:
        if ask.url.endswith("/robots.txt"):
            self.robots_asked.append(ask.url)
            return self._robots
        self.asked.append(ask.url)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        for _ in range(10):  # long enough for the other lanes to catch up
            await asyncio.sleep(0)
        self.at_once -= 1
        self._after()
        return self._answer(ask) if callable(self._answer) else self._answer

    async def _emit(self, item: ProbeItem) -> None:
        assert item.lease is not None
        if self._keep:
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


def standing_of_host(job: Job) -> State:
    with job.database.read() as connection:
        (host,) = due_hosts(connection, DueFilter(now=job.clock()))
        return host_tracked_states(connection, [host.id])[host.id].state


def test_each_due_link_is_probed_once_within_the_hosts_concurrency(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0, "concurrency": 3}})
    urls = links(job, 450)  # more than one page of the queue
    worked = Worked(job, PAGE)
    assert Counter(worked.asked) == Counter(urls)
    assert worked.reasons == dict.fromkeys(urls, Reason.OK)
    assert worked.most_at_once == 3


def test_a_budget_is_for_the_whole_job(job: Job) -> None:
    links(job, 10)
    job.budget = ProbeBudget(4)
    assert len(Worked(job, PAGE).asked) == 4
    assert not job.budget.take()


def test_a_host_may_have_a_budget_of_its_own(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0}, "a.example": {"per_run": 3}})
    links(job, 10)
    assert len(Worked(job, PAGE).asked) == 3


def test_a_nights_budget_is_for_all_its_runs(another_job: OpenJob, clock: Clock) -> None:
    rules = {"*": {"interval": 0}, "a.example": {"per_day": 5}}
    job = another_job(hosts=rules)
    links(job, 12)
    job.budget = ProbeBudget(3)
    assert len(Worked(job, PAGE, keep=True).asked) == 3
    assert len(Worked(another_job(hosts=rules), PAGE, keep=True).asked) == 2
    assert len(Worked(another_job(hosts=rules), PAGE, keep=True).asked) == 0
    clock.pass_by(timedelta(hours=21))
    assert (
        len(
            Worked(
                another_job(hosts=rules | {"a.example": {"per_day": 5, "per_run": 4}}),
                PAGE,
                keep=True,
            ).asked
        )
        == 4
    )


def test_skipped_links_do_not_count_as_requested(another_job: OpenJob) -> None:
    rules = {"*": {"interval": 0}, "a.example": {"per_day": 2}}
    links(job := another_job(hosts=rules, exclude=["http://a.example/[0-5]$"]), 8)
    assert len(Worked(job, PAGE, keep=True).asked) == 2
    assert job.counts["skipped:excluded"] == 6


def test_a_skipped_host_gets_no_request_and_takes_nothing_from_the_budget(
    another_job: OpenJob,
) -> None:
    job = another_job(hosts={"*.example": {"skip": True}})
    urls = links(job, 5)
    job.budget = ProbeBudget(2)
    worked = Worked(job, PAGE)
    assert worked.asked == []
    assert worked.reasons == dict.fromkeys(urls, Reason.EXCLUDED)
    assert job.counts["skipped:excluded"] == 5
    assert job.budget.left == 2


def test_an_excluded_link_is_not_requested(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0}}, exclude=["http://a.example/[0-3]$"])
    urls = links(job, 6)
    worked = Worked(job, PAGE)
    assert set(worked.asked) == set(urls[4:])
    assert [worked.reasons[url] for url in urls] == [Reason.EXCLUDED] * 4 + [Reason.OK] * 2


def test_a_status_accepted_for_a_link_is_an_answer(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0}}, accept={"http://a.example/0": [403]})
    urls = links(job, 2)
    worked = Worked(job, FetchResponse(status=403))
    assert [worked.reasons[url] for url in urls] == [Reason.OK, Reason.FORBIDDEN]


def robots(text: str) -> FetchResponse:
    return FetchResponse(status=200, headers={"content-type": "text/plain"}, body=text.encode())


@pytest.mark.parametrize(("count", "asked"), [(9, []), (10, ["http://a.example/robots.txt"])])
def test_robots_txt_is_requested_once_for_many_links(
    another_job: OpenJob, count: int, asked: list[str]
) -> None:
    job = another_job(hosts={"*": {"interval": 0}})
    urls = links(job, count)
    worked = Worked(job, PAGE)
    assert worked.robots_asked == asked
    assert Counter(worked.asked) == Counter(urls)


def test_an_unavailable_robots_txt_changes_nothing_and_is_not_requested_again(
    another_job: OpenJob,
) -> None:
    job = another_job(hosts={"*": {"interval": 0, "retry_wait": 0}})
    urls = links(job, 10)
    worked = Worked(job, PAGE, robots=FetchResponse(fault=Fault.RESET))
    assert worked.robots_asked == ["http://a.example/robots.txt"]
    assert worked.reasons == dict.fromkeys(urls, Reason.OK)


def test_robots_txt_is_not_requested_if_no_link_is(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0}})
    links(job, 10)
    job.budget = ProbeBudget(0)
    worked = Worked(job, PAGE)
    assert not worked.robots_asked
    assert not worked.asked


def test_a_crawl_delay_slows_its_host_down(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0}})
    links(job, 10)
    job.budget = ProbeBudget(1)
    Worked(job, PAGE, robots=robots("User-agent: *\nCrawl-delay: 30"))
    assert job.rate_limiters.limiter_for("a.example").interval == 30
    assert job.rate_limiters.limiter_for("b.example").interval == 0


def test_a_host_that_slowed_us_down_is_expected_to_do_so_again(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0.001}})
    links(job, 12)
    job.budget = ProbeBudget(8)

    def kept() -> float:
        with job.database.read() as connection:
            (host,) = due_hosts(connection, DueFilter(now=job.clock(), ignore_schedule=True))
        return host.observed_interval

    Worked(job, PAGE)
    assert kept() <= 0.001  # on a busy machine the interval is waited for
    job.budget = ProbeBudget(8)
    quota = {"content-type": "text/html", "ratelimit-remaining": "0", "ratelimit-reset": "0.1"}
    Worked(job, FetchResponse(status=200, headers=quota, body=PAGE.body))
    assert 0.05 < kept() <= 0.2
    job.budget = ProbeBudget(1)
    Worked(job, PAGE)  # too few to tell otherwise
    assert 0.05 < kept() <= 0.2
    job.budget = ProbeBudget(8)
    Worked(job, PAGE)
    assert kept() <= 0.001  # no more than the configuration says


@pytest.mark.parametrize("obey", [True, False])
def test_links_that_robots_txt_disallows_are_skipped_if_it_is_obeyed(
    another_job: OpenJob, obey: bool
) -> None:
    job = another_job(**{"network.obey_robots": obey, "hosts": {"*": {"interval": 0}}})
    urls = links(job, 4)
    worked = Worked(
        job, PAGE, robots=robots("User-agent: *\nDisallow: /2\nUser-agent: other\nDisallow: /")
    )
    assert worked.robots_asked == (["http://a.example/robots.txt"] if obey else [])
    assert worked.reasons == {
        **dict.fromkeys(urls, Reason.OK),
        urls[2]: Reason.ROBOTS if obey else Reason.OK,
    }
    assert job.counts["skipped:robots"] == obey


def leading_to(target: str) -> Callable[[FetchRequest], FetchResponse]:
    """Return a web in which every cited link redirects to this URL."""
    return lambda ask: (
        PAGE if ask.url == target else FetchResponse(status=301, headers={"location": target})
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
def test_a_redirect_is_not_followed_where_we_must_not_go(
    another_job: OpenJob, settings: dict[str, object], target: str, reason: Reason
) -> None:
    settings["hosts"] = {"*": {"interval": 0}} | dict(settings.get("hosts", {}))  # type: ignore[call-overload]
    job = another_job(**settings)
    urls = links(job, 3)
    worked = Worked(job, leading_to(target), robots=robots("User-agent: *\nDisallow: /private"))
    assert worked.reasons == dict.fromkeys(urls, reason)
    assert (target in worked.asked) is (reason is Reason.MOVED_PERMANENTLY)
    assert set(worked.asked) >= set(urls)
    obeyed = ["http://a.example/robots.txt", "http://b.example/robots.txt"]
    assert sorted(set(worked.robots_asked)) == (
        obeyed if settings.get("network.obey_robots") else []
    )


def test_a_link_is_requested_at_its_remapped_url(another_job: OpenJob) -> None:
    remap = {"http://a.example/": "http://staging.example/"}
    job = another_job(
        **{"remap": remap, "network.obey_robots": True, "hosts": {"*": {"interval": 0}}}
    )
    links(job, 3)
    worked = Worked(job, PAGE, robots=robots("User-agent: *\nDisallow: /1"))
    assert worked.robots_asked == ["http://staging.example/robots.txt"]
    assert sorted(worked.asked) == ["http://staging.example/0", "http://staging.example/2"]
    assert worked.reasons == {
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
    worked = Worked(job, PAGE)
    assert not worked.robots_asked
    assert len(worked.asked) == 12


def test_a_host_that_refuses_three_times_gets_no_more_requests_in_this_run(
    another_job: OpenJob,
) -> None:
    job = another_job(hosts={"*": {"interval": 0, "concurrency": 1, "retry_wait": 0}})
    urls = links(job, 8)
    worked = Worked(job, FetchResponse(fault=Fault.REFUSED))
    assert set(worked.asked) == set(urls[:3])
    assert worked.reasons == {
        **dict.fromkeys(urls[:3], Reason.CONNECTION_REFUSED),
        **dict.fromkeys(urls[3:], Reason.HOST_PAUSED),
    }
    assert standing_of_host(job) is State.SUSPECT


def test_one_name_that_does_not_exist_judges_all_its_links(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0, "concurrency": 1, "retry_wait": 0}})
    urls = links(job, 5)
    worked = Worked(job, FetchResponse(fault=Fault.NAME_NOT_FOUND))
    assert set(worked.asked) == {urls[0]}
    assert set(worked.reasons.values()) == {Reason.DOMAIN_NOT_FOUND}
    assert len(worked.reasons) == 5


def test_an_unresolved_host_of_an_archive_does_not_affect_its_others(another_job: OpenJob) -> None:
    """All names of archive.today are one party to be polite to."""
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
    worked = Worked(
        job,
        lambda ask: FetchResponse(fault=Fault.NAME_NOT_FOUND) if "archive.vn" in ask.url else PAGE,
    )
    assert set(worked.asked) == {urls[0], urls[2]}
    assert worked.reasons[urls[2]] is Reason.OK


def test_an_archive_that_shows_a_wall_is_left_alone_for_this_run(another_job: OpenJob) -> None:
    job = another_job(hosts={"archive.today": {"interval": 0, "retry_wait": 0, "concurrency": 1}})
    urls = [f"https://archive.ph/aBcD{number}" for number in range(6)]
    mirrors(
        job, {url: MirrorAddress(service="archive.today", snapshot_id=url[-5:]) for url in urls}
    )
    worked = Worked(job, FetchResponse(status=429))
    assert set(worked.asked) == {urls[0]}
    assert worked.reasons == {urls[0]: Reason.RATE_LIMITED}


def test_links_of_a_host_that_requests_a_long_pause_stay_due(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0, "concurrency": 1}})
    urls = links(job, 5)
    worked = Worked(job, FetchResponse(status=503, headers={"retry-after": "7200"}))
    assert worked.asked == urls[:1]
    assert set(worked.reasons) == {urls[0]}


@pytest.mark.parametrize("status", [429, 503])
def test_a_link_that_paused_its_host_is_probed_after_the_others_at_the_next_run(
    another_job: OpenJob, clock: Clock, status: int
) -> None:
    def answer(request: FetchRequest) -> FetchResponse:
        paused = FetchResponse(status=status, headers={"retry-after": "7200"})
        return paused if request.url == urls[0] else PAGE

    hosts = {"*": {"interval": 0, "concurrency": 2, "retry_wait": 0}}
    job = another_job(hosts=hosts)
    urls = links(job, 5)
    first = Worked(job, answer, keep=True)
    asyncio.run(job.writer.flush())
    assert len(first.reasons) < len(urls)
    clock.pass_by(timedelta(days=2))
    second = Worked(another_job(hosts=hosts), answer)
    assert set(first.reasons) | set(second.reasons) == set(urls)
    assert second.asked[-1] == urls[0]


def test_a_lost_lease_ends_the_work_quietly(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    links(job, 10)
    worked: list[int] = []

    def check(_held: object) -> None:
        worked.append(1)
        if len(worked) > 8:  # two checks a request: by the pool and by the work
            raise LeaseLost("gone")

    monkeypatch.setattr("crawler.jobs.host_lease.HostLease.check", check)
    done = Worked(job, PAGE)
    assert len(done.robots_asked + done.asked) == 4
    assert len(done.reasons) <= 4


def test_ordered_to_stop_it_begins_no_other_link(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0, "concurrency": 2}})
    links(job, 50)
    worked = Worked(job, PAGE, after=lambda: job.stop.request(RunOutcome.INTERRUPTED))
    assert 1 <= len(worked.asked) <= 2
    assert len(worked.reasons) == len(worked.asked)  # what was under way is kept


def test_a_host_leased_by_another_job_is_left_to_it(job: Job, another_job: OpenJob) -> None:
    from crawler.jobs.host_lease import lease_host  # noqa: PLC0415  nothing else here needs it

    links(job, 3)
    other = another_job()
    with job.database.read() as connection:
        (host,) = due_hosts(connection, DueFilter(now=job.clock()))

    async def scenario() -> None:
        async with lease_host(other, host.id, host.name):
            wanted = DueFilter(now=job.clock())

            async def refuse(_: object) -> FetchResponse:
                raise AssertionError("asked")

            session = PoliteSession(job, refuse)
            await host_worker(job, host, wanted, session, refuse).run()  # type: ignore[arg-type]

    asyncio.run(scenario())
    assert job.counts["host:held"] == 1


@pytest.mark.parametrize(
    ("paths", "asked"),
    [("mmmmm", "mmm"), ("msmsmsms", "msmsmsms")],
    ids=["in a row", "with others between"],
)
def test_a_redirect_to_a_host_another_process_holds_leaves_the_link_due(
    another_job: OpenJob, monkeypatch: pytest.MonkeyPatch, paths: str, asked: str
) -> None:
    monkeypatch.setattr(lease_pool, "_WAIT_SECONDS", 0.0)
    job, other = another_job(hosts={"*": {"interval": 0, "concurrency": 1}}), another_job()
    register_urls(job, [f"http://a.example/{number}/{path}" for number, path in enumerate(paths)])
    with job.database.read() as connection:
        (host,) = due_hosts(connection, DueFilter(now=job.clock()))
    seen: list[str] = []
    reasons: dict[str, Reason] = {}

    async def fetch(ask: FetchRequest) -> FetchResponse:
        async with ask.permit:
            seen.append(ask.url)
            return (
                PAGE
                if ask.url.endswith("s")
                else FetchResponse(status=301, headers={"location": "http://held.example/"})
            )

    async def emit(item: ProbeItem) -> None:
        reasons[item.link.url] = item.judgement.reason

    async def scenario() -> None:
        session = PoliteSession(job, fetch)
        async with other.host_leases.lease("held.example"):
            assert not await host_worker(job, host, DueFilter(now=job.clock()), session, emit).run()

    asyncio.run(scenario())
    assert "".join(url[-1] for url in seen) == asked
    assert reasons == {url: Reason.OK for url in seen if url.endswith("s")}
    assert job.counts["host:held"] == 1
