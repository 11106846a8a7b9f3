"""Whole pages read for a job: every host under its lease, at its pace, within the configuration's limits and a budget of requests."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from types import TracebackType
from typing import Self

from crawler.archives.link_identity import slot_of
from crawler.http.fetch import Fetch
from crawler.http.urls import InvalidUrl, request_url
from crawler.jobs.host_lease import HostLease
from crawler.jobs.job import Job
from crawler.jobs.probe_budget import ProbeBudget
from crawler.jobs.redirect_policy import RedirectPolicy
from crawler.page_text import PAGE_LIMIT
from crawler.politeness.rate_limit import Postponed
from crawler.politeness.robots import Robots
from crawler.probing.prober import PageRead, Prober, Target
from store.vocabulary import Fault, Role

_NOBODY_THERE = frozenset(
    {
        Fault.NAME_NOT_FOUND,
        Fault.NAME_UNKNOWN,
        Fault.REFUSED,
        Fault.CONNECT_TIMEOUT,
        Fault.UNREACHABLE,
        Fault.UNSAFE_ADDRESS,
    }
)


class HeldLeases:
    """The hosts one piece of work asks: each lease is acquired with the first request and kept to the end. Use it with `async with`."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._held: dict[str, HostLease | None] = {}
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    async def acquire(self, slot: str) -> HostLease | None:
        """Give the right to ask a party; None where another run has it."""
        if slot not in self._held:
            self._held[slot] = await self._open.enter_async_context(
                self._job.host_leases.lease(slot)
            )
            if self._held[slot] is None:
                self._job.counts["host:held"] += 1
        return self._held[slot]


class PoliteReader:
    """Reads pages of whatever host a piece of work comes by, at most `budget` requests; those to `free` parties cost nothing of it."""

    def __init__(
        self,
        job: Job,
        prober: Prober,
        boundaries: RedirectPolicy,
        slots: HeldLeases,
        *,
        budget: ProbeBudget,
        free: frozenset[str],
    ) -> None:
        self._job = job
        self._prober = prober
        self._boundaries = boundaries
        self._slots = slots
        self._budget = budget
        self._free = free
        self._nobody: set[str] = set()
        self.postponed_reason = ""  # why something was not asked that a later run may ask

    def is_dead(self, url: str) -> bool:
        """Whether nobody answered at the host of a URL when it was last asked."""
        return slot_of(url) in self._nobody

    async def read(self, target: Target) -> PageRead | None:
        """Read a page; None where it was not asked: no right, no budget, a pause, nobody there. Raises LeaseLost."""
        asked = target.fetch_url or target.url
        slot = slot_of(asked if target.role is Role.LINK else target.url)
        if self._job.stop or slot in self._nobody:
            return None
        if slot not in self._free and not self._budget.take():
            self.postponed_reason = "no more requests may be made to this site in one run"
            return None
        held = await self._slots.acquire(slot)
        if held is None:
            self.postponed_reason = f"another run is asking {slot}"
            return None
        beyond = partial(
            self._boundaries.refusal, read=partial(self._prober.fetch, check_lease=held.check)
        )
        try:
            if target.role is Role.LINK and await beyond(request_url(asked)):
                return None
            reading = await self._prober.read_page(target, check_lease=held.check, refuse_redirect=beyond)
        except Postponed as postponed:
            self.postponed_reason = str(postponed)
            return None
        except InvalidUrl:
            return None
        last = reading.probe.requests[-1] if reading.probe.requests else None
        if last and last.hop == 0 and last.fault in _NOBODY_THERE and slot not in self._free:
            self._nobody.add(slot)
        self._budget_for(slot, reading)
        return reading

    async def robots(self, url: str) -> Robots | None:
        """What the robots.txt of a URL's site says; None where it was not asked."""
        held = None if self.is_dead(url) else await self._slots.acquire(slot_of(url))
        if held is None or self._budget.is_spent or self._job.stop:
            return None
        try:
            return await self._boundaries.robots_for(
                url, read=partial(self._prober.fetch, check_lease=held.check)
            )
        except (Postponed, InvalidUrl):
            return None

    def _budget_for(self, slot: str, reading: PageRead) -> None:
        """Redirects and second tries cost as much as any other request."""
        if slot not in self._free:
            for _ in reading.probe.requests[1:]:
                self._budget.take()


def page_target(url: str, *, cited: bool) -> Target:
    """A page to be read whole. `cited`: a page of the wiki names it, and no server."""
    return Target(url=url, role=Role.LINK, max_bytes=PAGE_LIMIT, named_by_server=not cited)


def request_budget(job: Job, slot: str, most: int) -> ProbeBudget:
    """How many requests a piece of work may make to a party in one run: no more than the configuration allows probes."""
    per_run = job.rules_for(slot).per_run
    return ProbeBudget(min(most, per_run) if per_run else most)


def prober_of(job: Job, fetch: Fetch) -> Prober:
    """The prober of a job."""
    return Prober(
        fetch,
        rate_limiters=job.rate_limiters,
        rules_for=job.rules_for,
        slot_of=slot_of,
        clock=job.clock,
        remap=job.url_filters.remap_url,
        acquire=job.host_leases.request,
    )
