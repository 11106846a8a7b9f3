"""Read whole pages of any host within the job's rules and a budget of requests.

All requests go through `crawler.probing.session`, which holds the rules for leases, rate limits,
robots.txt and redirects.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from crawler.archives.link_identity import slot_of
from crawler.http.urls import InvalidUrl, request_url
from crawler.jobs.job import Job
from crawler.jobs.probe_budget import ProbeBudget
from crawler.page_text.main_text import PAGE_LIMIT
from crawler.politeness.rate_limit import Postponed
from crawler.politeness.robots import Robots
from crawler.probing.session import HostSession, PoliteSession
from crawler.probing.target import PageRead, ProbeTarget
from store.vocabulary import Fault, Role
from store.work.runs import HELD_HOSTS

# Faults after which no other request to the host can succeed in the same run.
_UNREACHABLE_FAULTS = frozenset(
    {
        Fault.NAME_NOT_FOUND,
        Fault.NAME_UNKNOWN,
        Fault.REFUSED,
        Fault.CONNECT_TIMEOUT,
        Fault.UNREACHABLE,
        Fault.HOST_UNREACHABLE,
        Fault.PROXY_FAILED,
        Fault.UNSAFE_ADDRESS,
    }
)


class HostSessions:
    """The host sessions of one piece of work.

    Each host is leased at the first request to it and stays leased until the end of the block.
    Use it with `async with`.
    """

    def __init__(self, job: Job, session: PoliteSession) -> None:
        self._job = job
        self._session = session
        self._sessions: dict[str, HostSession | None] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def open(self, slot: str) -> HostSession | None:
        """Return the session for a slot; None if another process holds its lease."""
        if slot not in self._sessions:
            leasing = self._session.lease_host(slot)
            self._sessions[slot] = await self._stack.enter_async_context(leasing)
            if self._sessions[slot] is None:
                self._job.counts[HELD_HOSTS] += 1
        return self._sessions[slot]


class PoliteReader:
    """Reads pages of any host.

    Args:
        job: The job; nothing is read once it must stop.
        sessions: The sessions through which requests are sent.
        budget: The number of requests that may be made.
        unlimited_slots: The slots whose requests do not count (archives). They are not recorded as
            unreachable either, and are requested again.

    Attributes:
        postponed_reason: Why the last page was not read in this run; "" if it was read, or cannot
            be read at all.
    """

    def __init__(
        self,
        job: Job,
        sessions: HostSessions,
        *,
        budget: ProbeBudget,
        unlimited_slots: frozenset[str],
    ) -> None:
        self._job = job
        self._sessions = sessions
        self._budget = budget
        self._unlimited_slots = unlimited_slots
        self._unreachable: set[str] = set()
        self.postponed_reason = ""

    def is_unreachable(self, url: str) -> bool:
        """Return whether a request found that a URL's host cannot be reached."""
        return slot_of(url) in self._unreachable

    async def read(self, target: ProbeTarget) -> PageRead | None:
        """Return a page.

        Args:
            target: What to request.

        Returns:
            The page; None if nothing was requested, because the rules, the budget, a pause or
            another process forbid it, or because the host cannot be reached.

        Raises:
            LeaseLost: Another process took the host's lease over.
        """
        self.postponed_reason = ""
        url = target.fetch_url or target.url
        # A mirror has the slot of its archive, at whatever endpoint it is requested.
        slot = slot_of(url if target.role is Role.LINK else target.url)
        if self._job.stop or slot in self._unreachable:
            return None
        if slot not in self._unlimited_slots and not self._budget.take():
            self.postponed_reason = "no more requests may be made to this site in one run"
            return None
        session = await self._sessions.open(slot)
        if session is None:
            self.postponed_reason = f"another run is requesting pages of {slot}"
            return None
        try:
            if target.role is Role.LINK and await session.refusal(request_url(url)):
                return None
            read = await session.read_page(target)
        except Postponed as postponed:
            self.postponed_reason = str(postponed)
            return None
        except InvalidUrl:
            return None
        if slot not in self._unlimited_slots:
            self._charge_and_check(slot, read)
        return read

    async def robots(self, url: str) -> Robots | None:
        """Return the robots.txt rules of a URL's site; None if they were not requested.

        Raises:
            LeaseLost: Another process took the host's lease over.
        """
        if self.is_unreachable(url):
            return None
        session = await self._sessions.open(slot_of(url))
        if session is None or self._budget.is_spent or self._job.stop:
            return None
        try:
            return await session.robots(url)
        except (Postponed, InvalidUrl):
            return None

    def _charge_and_check(self, slot: str, read: PageRead) -> None:
        """Charge redirects and retries to the budget, and record the slot if it is unreachable."""
        requests = read.probe.requests
        last = requests[-1] if requests else None
        if last and last.hop == 0 and last.fault in _UNREACHABLE_FAULTS:
            self._unreachable.add(slot)
        for _ in requests[1:]:
            self._budget.take()


def page_target(url: str, *, is_cited: bool) -> ProbeTarget:
    """Return the target for reading a whole page.

    Args:
        url: The page's URL.
        is_cited: Whether a page of the wiki cites the URL; else it is from a server's response.
    """
    return ProbeTarget(url=url, role=Role.LINK, max_bytes=PAGE_LIMIT, named_by_server=not is_cited)


def request_budget(job: Job, slot: str, limit: int) -> ProbeBudget:
    """Return the budget for one slot in one run: `limit`, or `per_run` if that is smaller."""
    per_run = job.rules_for(slot).per_run
    return ProbeBudget(min(limit, per_run) if per_run else limit)
