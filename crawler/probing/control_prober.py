"""Probe random URLs of a site, and its home page, where a link's page is compared with them.

A sibling is the first random URL of a folder or script, and controls are further ones. The rules of
`crawler.liveness` decide which are needed; `crawler.probing.site_knowledge` keeps the responses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from crawler.jobs.job import Job
from crawler.jobs.probe_budget import ProbeBudget
from crawler.liveness import can_be_compared, mark_varying_page, needs_second_reading
from crawler.probing.session import HostSession
from crawler.probing.site_knowledge import SiteState
from crawler.probing.target import ProbeTarget
from store.vocabulary import FAILING_STATES, Probe, Role, State
from store.work.frontier import DueLink

# What is requested, in this order, for a page whose text may change at each request.
_PAGE: Final = "the page again"
_RANDOM: Final = "another random URL"
_REREADING_STEPS: Final = (_PAGE, _RANDOM, _PAGE, _RANDOM, _PAGE)
_MAX_REREADINGS: Final = 40  # requests for pages of one host in a run


class ControlProber:
    """Probes the random URLs and the home page of one leased host, and stores the responses.

    Args:
        job: The job.
        session: The session of the host.
        site: The knowledge of the site; the responses are added to it.
        budget: The probes that may still be made at the host.
        is_allowed: Returns whether the configuration and robots.txt allow a URL.
    """

    def __init__(
        self,
        job: Job,
        session: HostSession,
        site: SiteState,
        budget: ProbeBudget,
        is_allowed: Callable[[str], bool],
    ) -> None:
        self._job = job
        self._session = session
        self._site = site
        self._budget = budget
        self._is_allowed = is_allowed
        self._lock = asyncio.Lock()
        self._rereadings = 0

    async def probe_controls(self, link: DueLink, probe: Probe) -> Probe:
        """Probe random URLs, and the home page, if a link's page must be compared with them.

        Each counts as a probe of the host (`per_run`, `per_day`) and is requested once, without
        retries. A failed request decides nothing, and costs no more than one timeout.

        Args:
            link: The link.
            probe: Its probe.

        Returns:
            The probe, with the marker `VARIES` if its page has no text that stays the same.

        Raises:
            Postponed: No request may be sent now.
            LeaseLost: The lease is over.
        """
        if link.role is not Role.LINK or not can_be_compared(probe):
            return probe
        async with self._lock:  # other links of the host use the same responses
            return await self._probe_controls(link, probe)

    async def record(self, probe: Probe) -> None:
        """Store a probe that is evidence for other links of the site.

        Raises:
            LeaseLost: Another process has the host.
        """
        lost = await self._job.sibling_batcher.submit((self._session.lease.lease, probe))
        if lost is not None:
            raise lost

    async def _probe_controls(self, link: DueLink, probe: Probe) -> Probe:
        site, page = self._site, (link.id, probe, link.archived_page)
        is_failing = link.state in FAILING_STATES
        control_for = partial(site.control_for, *page, is_failing=is_failing)
        query_for = partial(site.query_sibling_for, *page, link.cited_as)
        await self._add_control(site.sibling_for(*page, is_failing=is_failing))
        if not site.may_repeat_page(probe.url):
            return probe
        # Each returns what to request next, or None. It is called again after a response, which may
        # show that one more is needed.
        choices = (
            control_for,
            control_for,
            partial(site.home_page_for, *page),
            control_for,  # the home page may be the one at random URLs
            query_for,
            query_for,
            partial(site.own_sibling_for, *page, link.cited_as),
            control_for,
            control_for,
        )
        for choose in choices:
            await self._add_control(choose())
        return await self._reread(link, probe)

    async def _probe_once(self, target: ProbeTarget | None) -> Probe | None:
        """Probe a URL without retries; None if it is not allowed, or no request was sent."""
        if target is None or not self._is_allowed(target.url) or not self._budget.take():
            return None
        page = await self._session.read_page(target, max_tries=1)
        return page.probe if page.probe.requests else None

    async def _reread(self, link: DueLink, probe: Probe) -> Probe:
        """Request a page again, and further random URLs, to see whether it varies as they do.

        A link that was never probed before is left to the next run: by then a memento may decide.

        Returns:
            The probe, with the marker `VARIES` if its page has no text that stays the same.
        """
        is_failing = link.state in FAILING_STATES
        readings: list[Probe] = []
        for step in _REREADING_STEPS:
            knowledge = self._site.knowledge(link.id, probe, link.archived_page, link.cited_as)
            if not needs_second_reading(probe, knowledge):
                return probe
            if link.state is State.UNCHECKED:
                self._job.links_to_reprobe.add(link.id)
                return probe
            marked = mark_varying_page(probe, readings, knowledge, is_failing=is_failing)
            if marked is not probe:
                return marked
            if step == _RANDOM:
                await self._add_control(self._site.another_control_for(probe, knowledge))
            elif self._rereadings < _MAX_REREADINGS:
                self._rereadings += 1
                again = await self._probe_once(ProbeTarget(url=probe.url, role=Role.LINK))
                readings += [again] if again is not None else []
        knowledge = self._site.knowledge(link.id, probe, link.archived_page, link.cited_as)
        return mark_varying_page(probe, readings, knowledge, is_failing=is_failing)

    async def _add_control(self, target: ProbeTarget | None) -> None:
        """Probe a random URL, or the home page, and store the probe for other links of the site.

        It may show that a page that was probed before is the neighbour, which is stored as well.
        """
        control = await self._probe_once(target)
        if control is None:
            return
        self._site.accept_sibling(control)
        neighbour = self._site.choose_neighbour()
        await self.record(control)
        if neighbour is not None:
            await self.record(neighbour)
