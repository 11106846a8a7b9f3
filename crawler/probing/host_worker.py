"""The work on one host: its due links, probed one after another under a lease, within the host's limits.

The same coroutine serves a single process and a fleet. What it finds goes to the pipelines; it gives the lease back only when that is
written. A link that was not reached stays due.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from time import monotonic

from crawler.archives.link_identity import WAYBACK_SLOT, slot_of
from crawler.http.connectivity import ConnectivityMonitor
from crawler.http.urls import InvalidUrl, host_of, request_url
from crawler.items import Emit, ProbeItem
from crawler.jobs.batching import Batcher
from crawler.jobs.host_lease import HostLease
from crawler.jobs.isolation import InternalError, Unit, is_unexpected
from crawler.jobs.job import ProbeBudget, Job
from crawler.jobs.redirect_policy import RedirectPolicy
from crawler.liveness import CircuitBreaker, judge, judge_mirror, make_judgement
from crawler.politeness.rate_limit import LeaseHeldElsewhere, Postponed
from crawler.politeness.robots import Robots
from crawler.probing.probe_targets import probe_target
from crawler.probing.prober import ProbeCaptureHook, Prober, RefuseRedirect, Target
from crawler.probing.site_knowledge import SiteState
from store.errors import LeaseLost
from store.vocabulary import Judgement, Probe, Reason, Role
from store.work.frontier import (
    DueFilter,
    DueHost,
    DueLink,
    due_links,
    due_links_by_host,
    probes_since,
)
from store.work.host_knowledge import HostKnowledge, host_knowledge, record_sibling

_PAGE_LINKS = 200
NIGHT = timedelta(hours=20)  # less than a day: the next one may begin a little earlier
_ENOUGH_PUT_OFF = (
    3  # links in a row that led to a host another process holds: the others would lead there, too
)
_LINKS_WORTH_ROBOTS = 10  # from so many on a request for robots.txt costs little beside them

Feed = Callable[
    [DueLink], ProbeCaptureHook | None
]  # who has a use for what the probe of a link brings
HostStart = tuple[
    HostKnowledge, Sequence[DueLink]
]  # what is known of a host when the work on it begins, and the first of its due links
HostStarts = Batcher[tuple[DueHost, DueFilter], HostStart]


def batch_host_starts(job: Job) -> HostStarts:
    """Read the beginnings of many hosts' work together."""
    return Batcher(partial(_read_beginnings, job))


class HostWorker:
    """Probes what is due at one host. `emit` takes each item through the pipelines and returns when that is done; `watch` watches the network.

    `feed` says whose use a probe may be beside the verdict; `patience` is how long, in seconds, a host is waited for that another process holds.
    """

    def __init__(
        self,
        job: Job,
        host: DueHost,
        wanted: DueFilter,
        *,
        prober: Prober,
        emit: Emit,
        watch: ConnectivityMonitor | None = None,
        boundaries: RedirectPolicy | None = None,
        beginnings: HostStarts | None = None,
        feed: Feed | None = None,
        patience: float = 0.0,
    ) -> None:
        self._job = job
        self._host = host
        self._wanted = wanted
        self._prober = prober
        self._emit = emit
        self._watch = watch
        self._boundaries = boundaries or RedirectPolicy(job)
        self._beginnings = beginnings or batch_host_starts(job)
        self._feed = feed
        self._patience = patience
        self._rules = job.rules_for(host.name)
        self._budget = ProbeBudget(self._rules.per_run or None)
        self._breaker = CircuitBreaker()
        self._robots = Robots()
        self._turned_away = False
        self._put_off = 0  # links whose redirects led to hosts that another process holds: in all, and one after another
        self._put_off_in_a_row = 0

    async def run(self) -> bool:
        """Claim the host, probe, give it back. A host somebody else holds is left to them.

        Tells whether it was ours to the end, with all that its links lead to. Raises what nobody expects, where that is about more than one
        probe, once the other lanes are through.
        """
        async with self._job.host_leases.lease(
            self._host.name, host_id=self._host.id, wait_seconds=self._patience
        ) as held:
            if held is None:
                self._job.counts["host:held"] += 1
                return False
            known, first = await self._beginnings.submit((self._host, self._wanted))
            self._standing, self._site = (
                known.tracked_state,
                SiteState(known, self._job.clock(), self._job.url_filters.accepted_statuses),
            )
            links, turn, lost, failures = (
                self._links(first),
                asyncio.Lock(),
                False,
                list[BaseException](),
            )
            if self._rules.per_day:
                self._budget = ProbeBudget(await asyncio.to_thread(self._left_of_night))
            try:
                await self._read_robots(held, first)
                async with asyncio.TaskGroup() as lanes:
                    for _ in range(min(self._rules.concurrency, self._host.links)):
                        lanes.create_task(_apart(self._lane(held, links, turn), failures))
                if judgement := self._breaker.host_judgement():
                    held.judgement = judgement
            except* LeaseLost:
                lost = True  # what was not written is the next holder's
            if failures:
                raise BaseExceptionGroup("the work on a host", failures)
            if self._put_off:
                self._job.counts["host:held"] += 1
            return not (lost or self._put_off)

    def _left_of_night(self) -> int:
        """How many probes the host has not had yet of those it may have in a night, and at most in this run."""
        with self._job.database.read() as connection:
            had = probes_since(connection, self._host.id, self._job.clock() - NIGHT)
        left = max(0, self._rules.per_day - had)
        return min(left, self._rules.per_run) if self._rules.per_run else left

    async def _lane(
        self, held: HostLease, links: AsyncIterator[DueLink], turn: asyncio.Lock
    ) -> None:
        while not self._turned_away and not self._job.stop:
            if self._watch:
                await self._watch.wait()
            async with turn:  # an async generator serves one at a time
                link = await anext(links, None)
            if link is None:
                return
            with self._job.isolated(Unit.PROBE, link.url) as attempt:
                if reason := self._spared(link):
                    await self._spare(held, link, reason)
                elif self._budget.take() and self._job.budget.take():
                    await self._probe(held, link)
                else:
                    return
            if attempt.error:
                await self._emit_failed(held, link, attempt.error)

    def _spared(self, link: DueLink) -> Reason | None:
        """Why a link is not to be asked, whatever its host would answer."""
        if self._rules.skip or self._job.excludes(link):
            return Reason.EXCLUDED
        return Reason.ROBOTS if link.role is Role.LINK and not self._allows(link.url) else None

    def _allows(self, url: str) -> bool:
        return not self._job.config.network.obey_robots or self._robots.allows(
            self._job.url_filters.remap_url(url)
        )

    async def _read_robots(self, held: HostLease, links: Sequence[DueLink]) -> None:
        """Take in what the site's robots.txt says, where that is worth a request. Archives have paces of their own."""
        first = next(
            (link for link in links if link.role is Role.LINK and not self._spared(link)), None
        )
        if (
            first is None
            or self._job.budget.is_spent
            or not (self._job.config.network.obey_robots or self._host.links >= _LINKS_WORTH_ROBOTS)
        ):
            return
        with (
            self._job.isolated(Unit.SITE, self._host.name) as reading,
            suppress(Postponed, InvalidUrl),
        ):
            url = request_url(self._job.url_filters.remap_url(first.url))
            self._robots = await self._boundaries.robots_for(
                url, read=partial(self._prober.read, may_ask=held.check)
            )
            self._job.rate_limiters.get(self._host.name).raise_interval(self._robots.crawl_delay)
        if reading.error and self._job.config.network.obey_robots:
            self._turned_away = True  # what may be asked is not known: all of it stays due

    async def _spare(self, held: HostLease, link: DueLink, reason: Reason) -> None:
        self._job.counts[f"spared:{reason}"] += 1
        probe = self._unasked(link, reason)
        await self._emit(
            ProbeItem(
                link=link,
                host=self._host.name,
                probe=probe,
                judgement=judge(probe),
                lease=held.lease,
            )
        )

    def _unasked(self, link: DueLink, reason: Reason) -> Probe:
        now = self._job.clock()
        return Probe(url=link.url, role=link.role, started_at=now, finished_at=now, skipped=reason)

    async def _emit_failed(
        self, held: HostLease, link: DueLink, error: InternalError, probe: Probe | None = None
    ) -> None:
        """Have it recorded that a probe came to an internal error; with the probe where it was made and could not be judged."""
        probe = probe or self._unasked(link, Reason.INTERNAL_ERROR)
        judgement = make_judgement(Reason.INTERNAL_ERROR, str(error))
        await self._emit(
            ProbeItem(
                link=link, host=self._host.name, probe=probe, judgement=judgement, lease=held.lease
            )
        )

    def _offer_for(self, link: DueLink) -> ProbeCaptureHook | None:
        """Return who has a use for what a link's probe brings, if anybody has."""
        if self._feed is None or link.role is not Role.LINK:
            return None
        with self._job.isolated(Unit.COPY, link.url):
            return self._feed(link)
        return None

    async def _probe(self, held: HostLease, link: DueLink) -> None:
        target = probe_target(
            link, self._job.config.archives.wayback, get=self._rules.method == "get"
        )
        offer = self._offer_for(link)
        if reason := self._breaker.skip_reason(
            self._standing, host_of(target.asked_url or target.url)
        ):
            probe = self._unasked(link, reason)
        else:
            try:
                probe = await self._ask(
                    held, link, target, self._prober.with_fetch(offer) if offer else self._prober
                )
            except Postponed as postponed:  # the link stays due
                self._take_in(postponed)
                return
            self._put_off_in_a_row = 0
        with self._job.isolated(Unit.PROBE, link.url) as judging:
            if link.role is Role.MIRROR and link.address:
                judgement = judge_mirror(probe, link.address)
            else:
                judgement = await self._judge(held, link, probe)
        if judging.error:
            await self._emit_failed(held, link, judging.error, probe)
            return
        if probe.requests and slot_of(probe.requests[-1].url) == self._host.name:
            self._breaker = self._breaker.after_judgement(judgement, host_of(probe.requests[-1].url))
        await self._emit(
            ProbeItem(
                link=link, host=self._host.name, probe=probe, judgement=judgement, lease=held.lease
            )
        )
        if offer:
            with self._job.isolated(Unit.COPY, link.url):
                await offer.settle(probe, judgement)
        if self._is_wall(link, judgement):
            self._turned_away = True  # the rest stays due: asking on would only harden the wall

    def _take_in(self, postponed: Postponed) -> None:
        """See whether it is worth going on after a link was put off."""
        if isinstance(postponed, LeaseHeldElsewhere):
            self._put_off += 1
            self._put_off_in_a_row += 1
        away = postponed.slot == self._job.rate_limiters.get(self._host.name).slot
        self._turned_away |= away or self._put_off_in_a_row >= _ENOUGH_PUT_OFF

    async def _ask(self, held: HostLease, link: DueLink, target: Target, prober: Prober) -> Probe:
        """Probe, and take nothing from a probe that met our own network being away."""
        began = monotonic()
        probe = await prober.probe(target, may_ask=held.check, beyond=self._beyond(held))
        if (
            not self._watch
            or not probe.requests
            or await self._watch.was_there(began, probe.requests[-1].fault)
        ):
            return probe
        return self._unasked(link, Reason.NETWORK_DOWN)

    def _beyond(self, held: HostLease) -> RefuseRedirect:
        return partial(
            self._boundaries.refusal, read=partial(self._prober.read, may_ask=held.check)
        )

    async def _judge(self, held: HostLease, link: DueLink, probe: Probe) -> Judgement:
        """Judge a link by its probe and by what is known of its site, which may be asked how it answers nonsense."""
        with self._job.isolated(Unit.SITE, self._host.name), suppress(Postponed):
            if (target := self._site.sibling_for(link.id, probe)) and self._allows(target.url):
                sibling = await self._prober.probe(
                    target, may_ask=held.check, beyond=self._beyond(held)
                )
                if self._site.accept_sibling(sibling):
                    await asyncio.to_thread(self._record_sibling, held, sibling)
        judgement = judge(probe, self._site.knowledge(link.id, probe))
        with self._job.isolated(Unit.SITE, self._host.name):
            self._site.learn(link.id, probe)
        return judgement

    def _record_sibling(self, held: HostLease, sibling: Probe) -> None:
        with self._job.database.write() as connection:
            record_sibling(connection, held.lease, sibling)

    def _is_wall(self, link: DueLink, judgement: Judgement) -> bool:
        return (
            link.role is Role.MIRROR
            and self._host.name != WAYBACK_SLOT
            and judgement.reason in (Reason.CHALLENGE, Reason.RATE_LIMITED)
        )

    async def _links(self, page: Sequence[DueLink]) -> AsyncIterator[DueLink]:
        while page:
            for link in page:
                yield link
            if len(page) < _PAGE_LINKS:
                return
            page = await asyncio.to_thread(self._page, page[-1].id)

    def _page(self, after: int) -> Sequence[DueLink]:
        with self._job.database.read() as connection:
            return due_links(
                connection, self._host.id, self._wanted, after=after, limit=_PAGE_LINKS
            )


async def _apart(lane: Awaitable[None], failures: list[BaseException]) -> None:
    """Keep what nobody expects for later: raised at once, it would cancel the other lanes."""
    try:
        await lane
    except BaseException as error:
        if not is_unexpected(error):
            raise
        failures.append(error)


def _read_beginnings(job: Job, asked: Sequence[tuple[DueHost, DueFilter]]) -> Sequence[HostStart]:
    links: dict[int, Sequence[DueLink]] = {}
    with job.database.read() as connection:
        for wanted in {wanted for _, wanted in asked}:
            hosts = [host for host, other in asked if other == wanted]
            short = [host.id for host in hosts if host.links <= _PAGE_LINKS]
            links |= (
                due_links_by_host(connection, short, wanted, limit=_PAGE_LINKS * len(short))
                if short
                else {}
            )
            links |= {
                host.id: due_links(connection, host.id, wanted, limit=_PAGE_LINKS)
                for host in hosts
                if host.links > _PAGE_LINKS
            }
        known = host_knowledge(connection, [host.id for host, _ in asked])
    return [(known[host.id], links[host.id]) for host, _ in asked]
