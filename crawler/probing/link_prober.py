"""Probe and judge the links of one host, one by one, while the host's lease is held.

`crawler.probing.host_worker` decides which links are probed, and how many at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

from crawler.archives.link_identity import WAYBACK_SLOT, slot_of
from crawler.http.urls import host_of
from crawler.items import ProbeItem
from crawler.jobs.isolation import InternalError, Unit
from crawler.jobs.job import Job
from crawler.jobs.probe_budget import ProbeBudget
from crawler.liveness import (
    CircuitBreaker,
    judge,
    judge_mirror,
    make_judgement,
    needs_other_pages,
)
from crawler.politeness.rate_limit import LeaseHeldElsewhere, Postponed
from crawler.probing.archive_robots import ArchiveRobotsNeed
from crawler.probing.capture_hook import CaptureHookFor, ProbeCaptureHook
from crawler.probing.confirmed_probe import confirmed_probe
from crawler.probing.connectivity_monitor import ConnectivityMonitor
from crawler.probing.control_prober import ControlProber
from crawler.probing.host_permission import HostPermission
from crawler.probing.probe_targets import probe_target
from crawler.probing.session import MIN_REQUESTS_FOR_ROBOTS, HostSession
from crawler.probing.site_knowledge import SiteState
from crawler.probing.sitemap_search import find_in_sitemaps
from crawler.probing.target import ProbeTarget
from store.vocabulary import SERVED_VERDICTS, Judgement, Probe, Reason, Role, State, Verdict
from store.work.frontier import DueHost, DueLink
from store.work.host_knowledge import HostKnowledge
from store.work.site_listings import blocked_links_to_find, record_site_listing

# After this many links in a row that redirect to a host leased elsewhere, the rest probably do.
_MAX_POSTPONED_IN_A_ROW: Final = 3
_MAX_DEFERRED: Final = 100  # probes that are judged after all others of the host
_ARCHIVE_BLOCKS: Final = (Reason.CHALLENGE, Reason.RATE_LIMITED)

EmitProbe = Callable[[ProbeItem], Awaitable[None]]


class LinkProber:
    """Probes and judges links of a leased host and emits the results.

    Attributes:
        is_stopped: No further link of the host should be requested in this run.
        archive_robots_need: Whether the host's robots.txt is to be read for archives.
        links_awaiting: Numbers of links that stay due because the host that their redirects lead to
            may not be requested now, by that host.
        links_awaiting_lease: Number of those that wait for a host whose lease another process
            holds.
    """

    def __init__(
        self,
        job: Job,
        host: DueHost,
        session: HostSession,
        stored: HostKnowledge,
        *,
        emit: EmitProbe,
        connectivity: ConnectivityMonitor,
        budget: ProbeBudget,
        capture_hook_for: CaptureHookFor | None = None,
    ) -> None:
        self.is_stopped = False
        self.archive_robots_need = ArchiveRobotsNeed(stored.robots_read_at)
        self.links_awaiting = Counter[str]()
        self.links_awaiting_lease = 0
        self._has_link_still_blocked = False
        self._job = job
        self._host = host
        self._rules = job.rules_for(host.name)
        self._session = session
        self._emit = emit
        self._connectivity = connectivity
        self._capture_hook_for = capture_hook_for
        self._tracked_state = stored.tracked_state
        self._site = SiteState(
            stored,
            job.clock(),
            job.url_filters.accepted_statuses,
            sibling_days=self._rules.sibling_days,
        )
        self._permission = HostPermission(job, host.name, session)
        self._controls = ControlProber(
            job, session, self._site, budget, self._permission.allows_uncited
        )
        self._budget = budget
        # Probes that are judged after all others, each with its link and capture hook.
        self._deferred: list[tuple[DueLink, Probe, ProbeCaptureHook | None]] = []
        self._breaker = CircuitBreaker()
        self._postponed_in_a_row = 0

    @property
    def host_judgement(self) -> Judgement | None:
        """The judgement of the host as a whole; None if its links gave no reason for one."""
        return self._breaker.host_judgement()

    async def read_robots(self, links: Sequence[DueLink]) -> None:
        """Fetch and apply the site's robots.txt if it must be obeyed or many links are due.

        Archives are left out: their own documentation sets their rate limits.

        Args:
            links: The first due links of the host.
        """
        is_obeyed = self._permission.is_robots_obeyed
        if not is_obeyed and self._host.links < MIN_REQUESTS_FOR_ROBOTS:
            return
        if self._job.budget.is_spent:
            return
        requested = (
            link for link in links if link.role is Role.LINK and not self.skip_reason(link)
        )
        first = next(requested, None)
        if first is None:
            return
        robots = await self._permission.read_robots(first.url)
        if not is_obeyed:
            return
        if robots.postponed is not None:
            self._count_postponed(robots.postponed, links=self._host.links)
        if not robots.is_known:
            self.is_stopped = True  # what may be requested is unknown: all links stay due

    def skip_reason(self, link: DueLink) -> Reason | None:
        """Return why a link is not requested by configuration or robots.txt; None if it may be."""
        return self._permission.skip_reason(link)

    async def skip(self, link: DueLink, reason: Reason) -> None:
        """Record that a link was not requested, and why."""
        self._job.counts[f"skipped:{reason}"] += 1
        probe = self._skipped_probe(link, reason)
        await self._emit_probe(link, probe, judge(probe))

    async def record_failure(
        self, link: DueLink, error: InternalError, probe: Probe | None = None
    ) -> None:
        """Record that probing or judging a link met an internal error.

        Args:
            link: The link.
            error: What happened.
            probe: The probe, if it was made and could not be judged.
        """
        probe = probe or self._skipped_probe(link, Reason.INTERNAL_ERROR)
        await self._emit_probe(link, probe, make_judgement(Reason.INTERNAL_ERROR, str(error)))

    async def probe(self, link: DueLink) -> None:
        """Probe a link, judge it and emit the result; a postponed link stays due."""
        wayback = self._job.config.archives.wayback
        hook = self._capture_hook(link)
        # The response to a conditional request may have no body to be saved.
        target = probe_target(
            link,
            wayback,
            only_get=self._rules.method == "get",
            needs_body=hook is not None,
        )
        hostname = host_of(target.fetch_url or target.url)
        if reason := self._breaker.skip_reason(self._tracked_state, hostname):
            probe = self._skipped_probe(link, reason)
        else:
            try:
                probe = await self._request(link, target, hook)
            except Postponed as postponed:
                self._count_postponed(postponed)
                return
            self._postponed_in_a_row = 0
        with self._job.isolated(Unit.SITE, self._host.name), suppress(Postponed):
            probe = await self._controls.probe_controls(link, probe)
        with self._job.isolated(Unit.PROBE, link.url) as isolation:
            judgement = await self._judge_probe(link, probe)
        if isolation.error:
            await self.record_failure(link, isolation.error, probe)
            return
        if judgement is None:
            self._deferred.append((link, probe, hook))
            return
        await self._handle_judgement(link, probe, judgement, hook)
        if self._is_blocked_by_archive(link, judgement):
            self.is_stopped = True  # further requests would extend the block

    async def judge_deferred(self) -> None:
        """Judge and emit the probes that had to wait for those of the host's other links."""
        deferred, self._deferred = self._deferred, []
        for link, probe, hook in deferred:
            with self._job.isolated(Unit.PROBE, link.url) as isolation:
                knowledge = self._site.knowledge(link.id, probe, link.archived_page, link.cited_as)
                judgement = judge(probe, knowledge)
                if link.state is State.UNCHECKED and needs_other_pages(probe, knowledge):
                    # The mementos of other links may decide, once they are read.
                    self._job.links_to_reprobe.add(link.id)
            if isolation.error:
                await self.record_failure(link, isolation.error, probe)
                continue
            await self._handle_judgement(link, probe, judgement, hook)

    async def read_site_listing(self) -> None:
        """Look for links that stay blocked in the sitemaps and feeds of their site."""
        is_ending = self.is_stopped or self._job.stop or self._job.budget.is_spent
        if not self._has_link_still_blocked or is_ending:
            return
        with self._job.isolated(Unit.SITE, self._host.name):
            now = self._job.clock()
            links = await self._job.read(blocked_links_to_find, self._host.id, now=now)
            if not links:
                return
            listed_at = await find_in_sitemaps(self._session, links, may_request=self._budget.take)
            if listed_at is not None:
                lease = self._session.lease.lease
                await self._job.write(record_site_listing, lease, listed_at, at=now)

    async def _handle_judgement(
        self, link: DueLink, probe: Probe, judgement: Judgement, hook: ProbeCaptureHook | None
    ) -> None:
        """Emit a judged probe and store the copy that was recorded with it."""
        self._update_breaker(probe, judgement)
        if link.role is Role.LINK and link.state is State.BLOCKED:
            is_blocked = judgement.verdict is Verdict.BLOCKED
            is_still_blocked = is_blocked and judgement.reason is not Reason.RATE_LIMITED
            self._has_link_still_blocked |= is_still_blocked
        await self._emit_probe(link, probe, judgement)
        if link.role is Role.LINK and judgement.verdict in SERVED_VERDICTS:
            self.archive_robots_need.add(link)
        if hook:
            with self._job.isolated(Unit.COPY, link.url):
                await hook.handle_judgement(probe, judgement)

    def _skipped_probe(self, link: DueLink, reason: Reason) -> Probe:
        now = self._job.clock()
        return Probe(url=link.url, role=link.role, started_at=now, finished_at=now, skipped=reason)

    async def _emit_probe(self, link: DueLink, probe: Probe, judgement: Judgement) -> None:
        item = ProbeItem(
            link=link,
            host=self._host.name,
            probe=probe,
            judgement=judgement,
            lease=self._session.lease.lease,
        )
        await self._emit(item)

    def _capture_hook(self, link: DueLink) -> ProbeCaptureHook | None:
        """Return the hook that records a link's probe; None if no copy of the link is wanted."""
        if self._capture_hook_for is None or link.role is not Role.LINK:
            return None
        with self._job.isolated(Unit.COPY, link.url):
            return self._capture_hook_for(link)
        return None  # an internal error: the probe does without a copy

    async def _request(
        self, link: DueLink, target: ProbeTarget, hook: ProbeCaptureHook | None
    ) -> Probe:
        """Return the probe of a target, or a skipped one if our own network was down meanwhile."""
        probe = await confirmed_probe(
            self._job, self._session, self._connectivity, link, target, hook=hook
        )
        return probe or self._skipped_probe(link, Reason.NETWORK_DOWN)

    def _count_postponed(self, postponed: Postponed, *, links: int = 1) -> None:
        """Stop the work on the host if it is its own pause, or if too many links are postponed."""
        own_slot = self._job.rate_limiters.limiter_for(self._host.name).slot
        if isinstance(postponed, LeaseHeldElsewhere):
            self.links_awaiting_lease += links
            self._postponed_in_a_row += links
        if postponed.slot != own_slot:
            self.links_awaiting[postponed.slot] += links
        if postponed.slot == own_slot or self._postponed_in_a_row >= _MAX_POSTPONED_IN_A_ROW:
            self.is_stopped = True

    async def _judge_probe(self, link: DueLink, probe: Probe) -> Judgement | None:
        """Judge a probe, that of a link also by the knowledge of its site, to which it is added.

        Returns:
            None if the probe is to be judged after the others of the host.
        """
        if link.role is Role.MIRROR and link.address:
            return judge_mirror(probe, link.address)
        knowledge = self._site.knowledge(link.id, probe, link.archived_page, link.cited_as)
        judgement = judge(probe, knowledge)
        if needs_other_pages(probe, knowledge) and len(self._deferred) < _MAX_DEFERRED:
            return None
        with self._job.isolated(Unit.SITE, self._host.name):
            self._site.record_redirect(link.id, probe)
            for page in self._site.new_evidence(probe, knowledge):
                await self._controls.record(page)
        return judgement

    def _update_breaker(self, probe: Probe, judgement: Judgement) -> None:
        if not probe.requests:
            return
        last_url = probe.requests[-1].url
        if slot_of(last_url) == self._host.name:
            self._breaker = self._breaker.after_judgement(judgement, host_of(last_url))

    def _is_blocked_by_archive(self, link: DueLink, judgement: Judgement) -> bool:
        """Return whether an archive other than the Wayback Machine blocks us."""
        is_mirror = link.role is Role.MIRROR and self._host.name != WAYBACK_SLOT
        return is_mirror and judgement.reason in _ARCHIVE_BLOCKS
