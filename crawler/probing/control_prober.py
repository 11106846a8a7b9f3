"""Probe random URLs of a site, and its home page, where they decide what a link's page is.

The rules of `crawler.liveness` decide whether they do; `crawler.probing.site_knowledge` remembers
the responses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from crawler.jobs.job import Job
from crawler.jobs.probe_budget import ProbeBudget
from crawler.liveness import after_second_reading, can_be_compared, needs_second_reading
from crawler.probing.session import HostSession
from crawler.probing.site_knowledge import SiteState
from crawler.probing.target import ProbeTarget
from store.vocabulary import Probe, Role, State
from store.work.frontier import DueLink

# Pages that may vary by themselves are read again, in turn with further random URLs.
_READ_IN_TURN: Final = (True, False, True, False, True)
_MAX_READINGS: Final = 40  # of pages of one host in a run


class ControlProber:
    """Probes the random URLs and the home page of one leased host, and stores the responses.

    Args:
        job: The job.
        session: The session of the host.
        site: What is known of the site; the responses are added to it.
        budget: The probes that may still be made at the host.
        is_allowed: Returns whether robots.txt allows a URL.
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
        self._readings = 0

    async def probe_controls(self, link: DueLink, probe: Probe) -> Probe:
        """Probe random URLs, and the home page, where they decide about a link's page.

        Each counts as a probe of the host (`per_run`, `per_day`) and is requested once: a response
        that does not come is unknown, and costs no more than one timeout.

        Args:
            link: The link.
            probe: Its probe.

        Returns:
            The probe, marked if the page was another one when it was read again.

        Raises:
            Postponed: No request may be sent now.
            LeaseLost: The lease is over.
        """
        if link.role is not Role.LINK or not can_be_compared(probe):
            return probe
        async with self._lock:  # other links of the host wait for the same response
            return await self._probe_controls(link, probe)

    async def record(self, probe: Probe) -> None:
        """Store the probe of a page that says something about others of the site.

        Raises:
            LeaseLost: Another process has the host.
        """
        lost = await self._job.siblings.submit((self._session.lease.lease, probe))
        if lost is not None:
            raise lost

    async def _probe_controls(self, link: DueLink, probe: Probe) -> Probe:
        site, page = self._site, (link.id, probe, link.archived_page)
        is_failing = link.state in (State.SUSPECT, State.BROKEN)
        control_for = partial(site.control_for, *page, is_failing=is_failing)
        query_for = partial(site.query_sibling_for, *page, link.cited_as)
        await self._add_control(site.sibling_for(*page))
        if not site.may_repeat_page(probe.url):
            return probe
        choices = (
            control_for,
            control_for,
            partial(site.home_page_for, *page),
            control_for,  # the home page may be the one at random URLs
            query_for,
            query_for,
        )
        for choose in choices:
            await self._add_control(choose())
        return await self._read_again(link, probe)

    async def _read_control(self, target: ProbeTarget | None) -> Probe | None:
        """Return the probe of a URL that is not cited; None if it may not be, or was not, made."""
        if target is None or not self._is_allowed(target.url) or not self._budget.take():
            return None
        page = await self._session.read_page(target, max_tries=1)
        return page.probe if page.probe.requests else None

    async def _read_again(self, link: DueLink, probe: Probe) -> Probe:
        """Return a probe, marked if its page is another one each time that it is read.

        A link that was never probed is read again in the next run: by then a memento may decide.
        Further random URLs are requested in turn, since they serve all pages of the folder.
        """
        is_failing = link.state in (State.SUSPECT, State.BROKEN)
        readings: list[Probe] = []
        for is_reading in _READ_IN_TURN:
            known = self._site.knowledge(link.id, probe, link.archived_page, link.cited_as)
            if not needs_second_reading(probe, known):
                return probe
            if link.state is State.UNCHECKED:
                self._job.unsettled.add(link.id)
                return probe
            marked = after_second_reading(probe, readings, known, is_failing=is_failing)
            if marked is not probe:
                return marked
            if not is_reading:
                await self._add_control(self._site.another_control_for(probe, known))
            elif self._readings < _MAX_READINGS:
                self._readings += 1
                again = await self._read_control(ProbeTarget(url=probe.url, role=Role.LINK))
                readings += [again] if again is not None else []
        known = self._site.knowledge(link.id, probe, link.archived_page, link.cited_as)
        return after_second_reading(probe, readings, known, is_failing=is_failing)

    async def _add_control(self, target: ProbeTarget | None) -> None:
        """Probe a random URL, or the home page, and store it with what is known of the site."""
        found = await self._read_control(target)
        if found is not None:
            self._site.accept_sibling(found)
            late = self._site.late_neighbour()
            for probe in (found, late) if late is not None else (found,):
                await self.record(probe)
