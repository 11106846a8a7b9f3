"""Probe the due links of one host while its lease is held, within the host's limits.

The same code runs in a single process and in a fleet worker. Results go to `emit`; the lease is
released only after they are written. A link that was not requested stays due.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import timedelta
from typing import Final

from crawler.jobs.isolation import Unit, is_unexpected
from crawler.jobs.job import Job
from crawler.probing.archive_robots import read_archive_robots
from crawler.probing.capture_hook import CaptureHookFor
from crawler.probing.connectivity_monitor import ConnectivityMonitor
from crawler.probing.host_start import HostStart, HostStartBatcher, iterate_due_links
from crawler.probing.link_prober import EmitProbe, LinkProber
from crawler.probing.session import HostSession, PoliteSession
from store.errors import LeaseLost
from store.work.frontier import DueFilter, DueHost, DueLink
from store.work.hosts import probes_since
from store.work.runs import HELD_HOSTS

# The window of `per_day`. Less than a day, as a daily run may begin a little earlier than the last.
LIMITED_DAY: Final = timedelta(hours=20)


class HostWorker:
    """Probes what is due at one host.

    Args:
        job: The job.
        host: The host.
        due_filter: Which links are due.
        session: Sends the requests.
        emit: Takes each item through the pipelines and returns when that is done.
        connectivity: Checks whether our own network was up when a probe failed.
        host_starts: Reads the stored knowledge and the first due links of a host.
        capture_hook_for: Returns the hook that records a link's probe if a local capture is wanted.
        wait_seconds: How long to wait for the host's lease if another process holds it.
    """

    def __init__(
        self,
        job: Job,
        host: DueHost,
        due_filter: DueFilter,
        *,
        session: PoliteSession,
        emit: EmitProbe,
        connectivity: ConnectivityMonitor,
        host_starts: HostStartBatcher,
        capture_hook_for: CaptureHookFor | None = None,
        wait_seconds: float = 0.0,
    ) -> None:
        self._job = job
        self._host = host
        self._due_filter = due_filter
        self._session = session
        self._emit = emit
        self._connectivity = connectivity
        self._host_starts = host_starts
        self._capture_hook_for = capture_hook_for
        self._wait_seconds = wait_seconds
        self._rules = job.rules_for(host.name)
        self._budget = job.host_budget(host.name)

    async def run(self) -> bool:
        """Acquire the host's lease, probe its due links, and release the lease.

        Returns:
            True if the lease was held to the end and no redirect led to a host that another
            process holds; False if the host should be tried again.
        """
        leased = self._session.lease_host(
            self._host.name, host_id=self._host.id, wait_seconds=self._wait_seconds
        )
        async with leased as host_session:
            if host_session is None:
                self._job.counts[HELD_HOSTS] += 1
                return False
            start = await self._host_starts.submit((self._host, self._due_filter))
            if self._rules.per_day:
                self._budget.limit_to(await self._remaining_probes_of_day())
            prober = LinkProber(
                self._job,
                self._host,
                host_session,
                start.knowledge,
                emit=self._emit,
                connectivity=self._connectivity,
                budget=self._budget,
                capture_hook_for=self._capture_hook_for,
            )
            with self._connectivity.track_host(self._host.name):
                was_held = await self._probe_links(prober, host_session, start)
            # Links that redirect to a host which may not be requested now stay due. Another process
            # may hold the lease of that host (`links_awaiting_lease`), or the host asked for a
            # pause.
            self._job.links_awaiting.pop(self._host.name, None)  # of an earlier try
            if prober.links_awaiting:
                self._job.links_awaiting[self._host.name] = prober.links_awaiting
            if prober.links_awaiting_lease:
                self._job.counts[HELD_HOSTS] += 1
            return was_held and not prober.links_awaiting_lease

    async def _probe_links(
        self, prober: LinkProber, session: HostSession, start: HostStart
    ) -> bool:
        """Probe the due links; those that may pause the host are probed after all others.

        Probed first, they would pause it in each run, and the others would never be checked.

        Returns:
            False if the lease was lost; what was not written belongs to its next holder.

        Raises:
            BaseExceptionGroup: Unexpected exceptions, after all workers have ended.
        """
        links = iterate_due_links(self._job, self._host, self._due_filter, start.links)
        failures: list[BaseException] = []
        may_pause_host: list[DueLink] = []
        was_held = True
        try:
            await prober.read_robots(start.links)
            await self._probe_at_once(
                prober, _without_pausing_links(links, may_pause_host), failures
            )
            await self._probe_at_once(prober, _iterate(may_pause_host), failures)
            await prober.judge_deferred()
            robots = await read_archive_robots(self._job, session, prober.archive_robots_need)
            session.lease.archive_robots = robots
            await prober.read_site_listing()
            if judgement := prober.host_judgement:
                session.lease.judgement = judgement
        except* LeaseLost:
            was_held = False
        if failures:
            raise BaseExceptionGroup("the work on a host", failures)
        return was_held

    async def _probe_at_once(
        self, prober: LinkProber, links: AsyncIterator[DueLink], failures: list[BaseException]
    ) -> None:
        """Probe links, as many at a time as the host's rules allow.

        Args:
            prober: Probes single links.
            links: The links.
            failures: Receives unexpected exceptions.
        """
        lock = asyncio.Lock()
        async with asyncio.TaskGroup() as workers:
            for _ in range(min(self._rules.concurrency, self._host.links)):
                work = self._probe_one_by_one(prober, links, lock)
                workers.create_task(_collect_failures(work, failures))

    async def _remaining_probes_of_day(self) -> int:
        """Return how many probes `per_day` still allows."""
        now = self._job.clock()
        made = await self._job.read(probes_since, self._host.id, now - LIMITED_DAY, until=now)
        return max(0, self._rules.per_day - made)

    async def _probe_one_by_one(
        self, prober: LinkProber, links: AsyncIterator[DueLink], lock: asyncio.Lock
    ) -> None:
        """Probe links one after another until there is none, or no more may be probed.

        Args:
            prober: Probes single links.
            links: The links, shared with the other workers on this host.
            lock: Guards `links`: an async generator serves one caller at a time.
        """
        while not prober.is_stopped and not self._job.stop:
            await self._connectivity.wait_until_up()
            async with lock:
                link = await anext(links, None)
            if link is None or not await self._probe(prober, link):
                return

    async def _probe(self, prober: LinkProber, link: DueLink) -> bool:
        """Probe or skip a link; return False if a budget is spent and the link stays due."""
        with self._job.isolated(Unit.PROBE, link.url) as attempt:
            if reason := prober.skip_reason(link):
                await prober.skip(link, reason)
            elif not self._budget.is_spent and self._job.budget.take():
                self._budget.take()
                await prober.probe(link)
            else:
                return False
        if attempt.error:
            await prober.record_failure(link, attempt.error)
        return True


async def _without_pausing_links(
    links: AsyncIterator[DueLink], removed: list[DueLink]
) -> AsyncIterator[DueLink]:
    """Yield the links that cannot pause the host, and add the others to the list `removed`."""
    async for link in links:
        if link.may_pause_host:
            removed.append(link)
        else:
            yield link


async def _iterate(links: Sequence[DueLink]) -> AsyncIterator[DueLink]:
    for link in links:
        yield link


async def _collect_failures(work: Awaitable[None], failures: list[BaseException]) -> None:
    """Put unexpected exceptions into a list, as raising them would cancel the other workers."""
    try:
        await work
    except BaseException as error:
        if not is_unexpected(error):
            raise
        failures.append(error)
