"""Send polite requests for a job: leases, rate limits, robots.txt and redirects in one place.

A `PoliteSession` belongs to a job. For each host it returns a `HostSession`, which exists while the
job holds the host's lease and through which all requests of that work are sent:

- each request waits for the rate limiter and its slot's concurrency limit (`HostLeases.request`);
- each request is refused once the lease of the work is over;
- each redirect is checked against the configuration and robots.txt (`RedirectFilter`);
- an archive is requested only while the proxy for archives, if there is one, responds;
- the client below refuses addresses that are not public (`crawler.http.safe_resolver`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from crawler.archives.link_identity import slot_of
from crawler.http.fetch import Fetch, FetchResponse
from crawler.jobs.archive_proxy import ArchiveProxyUnreachable
from crawler.jobs.clock import system_clock
from crawler.jobs.host_lease import HostLease
from crawler.jobs.job import Job
from crawler.jobs.redirect_filter import RedirectFilter
from crawler.politeness.robots import ROBOTS_LIMIT, Robots
from crawler.probing.clock_monitor import ClockMonitor
from crawler.probing.prober import MAX_TRIES, Prober
from crawler.probing.target import UNCONNECTED_FAULTS, PageRead, ProbeTarget
from store.vocabulary import Probe

MIN_REQUESTS_FOR_ROBOTS = 10  # for fewer, robots.txt would be one request more


class PoliteSession:
    """Sends the requests of one job. Share it, as robots.txt is stored per session.

    Args:
        job: The job; its configuration, leases and rate limiters apply.
        fetch: Sends a single request.
        remap_urls: Apply the configuration's `remap` to the URLs of targets. False for local
            captures: a record's URL must be the one that was requested.
    """

    def __init__(self, job: Job, fetch: Fetch, *, remap_urls: bool = True) -> None:
        self._job = job
        self._redirect_filter = RedirectFilter(job)
        is_own_clock = job.clock is system_clock
        self._prober = Prober(
            ClockMonitor().watch(fetch) if is_own_clock else fetch,
            rate_limiters=job.rate_limiters,
            rules_for=job.rules_for,
            slot_of=slot_of,
            clock=job.clock,
            remap=job.url_filters.remap_url if remap_urls else str,
            acquire=job.host_leases.request,
        )

    @asynccontextmanager
    async def lease_host(
        self, slot: str, *, host_id: int | None = None, wait_seconds: float = 0.0
    ) -> AsyncIterator[HostSession | None]:
        """Yield a session for a slot, whose lease is held during the block.

        Args:
            slot: The slot to be leased.
            host_id: The slot's id in the database; None looks it up.
            wait_seconds: How long to wait if another process holds the lease.

        Yields:
            The session; None if another process holds the lease.
        """
        leased = self._job.host_leases.lease(slot, host_id=host_id, wait_seconds=wait_seconds)
        async with leased as lease:
            if lease is None:
                yield None
            else:
                yield HostSession(self._job, slot, lease, self._prober, self._redirect_filter)


class HostSession:
    """Sends requests while a host's lease is held; made by `PoliteSession.lease_host`.

    Attributes:
        slot: The leased slot.
        lease: The lease; needed to write results.
    """

    def __init__(
        self,
        job: Job,
        slot: str,
        lease: HostLease,
        prober: Prober,
        redirect_filter: RedirectFilter,
    ) -> None:
        self.slot = slot
        self.lease = lease
        self._job = job
        self._prober = prober
        self._redirect_filter = redirect_filter

    async def probe(self, target: ProbeTarget, *, fetch: Fetch | None = None) -> Probe:
        """Probe a target: requests, retries and redirects until there is enough to judge it by.

        Args:
            target: What to request.
            fetch: The transport of this probe's requests, if it is not the session's.

        Returns:
            The probe; network faults and refused redirects are part of it.

        Raises:
            Postponed: No request may be sent now; the target stays due.
            LeaseLost: The lease is over.
        """
        return (await self.read_page(target, fetch=fetch)).probe

    async def read_page(
        self, target: ProbeTarget, *, max_tries: int = MAX_TRIES, fetch: Fetch | None = None
    ) -> PageRead:
        """Return the probe of a target with its last response.

        Args:
            target: What to request.
            max_tries: Maximum number of requests per hop.
            fetch: The transport of this probe's requests, for example one that records them. The
                robots.txt of redirect targets is still fetched by the session's own. None: the
                session's own is used for all requests.

        Raises:
            ArchiveProxyUnreachable: The proxy for archives does not respond; it is a `Postponed`.
            Postponed: No request may be sent now.
            LeaseLost: The lease is over.
        """
        proxy = self._job.archive_proxy
        if not await proxy.responds(target.fetch_url or target.url):
            raise ArchiveProxyUnreachable(self.slot)
        prober = self._prober.with_fetch(fetch) if fetch else self._prober
        page = await prober.read_page(
            target,
            check_lease=self.lease.check,
            refuse_redirect=self.refusal,
            max_tries=max_tries,
        )
        last = page.probe.requests[-1] if page.probe.requests else None
        has_failed = last and last.fault and last.fault not in UNCONNECTED_FAULTS
        if last and has_failed and not await proxy.responds(last.url, has_failed=True):
            raise ArchiveProxyUnreachable(slot_of(last.url))
        return page

    async def refusal(self, url: str) -> FetchResponse | None:
        """Return the response that replaces a request that is not allowed; None if it is allowed.

        Checks the configuration's exclusions and, if `network.obey_robots` is set, robots.txt.

        Raises:
            Postponed: robots.txt is needed and may not be requested now.
            LeaseLost: The lease is over.
        """
        return await self._redirect_filter.refusal(url, fetch_robots=self._fetch_robots)

    async def robots(self, url: str) -> Robots:
        """Return the robots.txt rules of a URL's site, fetched at most twice a day.

        Raises:
            Postponed: It may not be requested now.
            LeaseLost: The lease is over.
        """
        return await self._redirect_filter.robots_for(url, fetch_robots=self._fetch_robots)

    async def apply_crawl_delay(self, url: str) -> Robots:
        """Slow the slot's rate limiter down to the Crawl-delay of a URL's site.

        Returns:
            The robots.txt rules.

        Raises:
            Postponed: robots.txt may not be requested now.
            LeaseLost: The lease is over.
        """
        robots = await self.robots(url)
        self._job.rate_limiters.limiter_for(self.slot).extend_interval(robots.crawl_delay)
        return robots

    async def _fetch_robots(self, url: str) -> FetchResponse:
        return await self._prober.fetch(url, check_lease=self.lease.check, max_bytes=ROBOTS_LIMIT)
