"""Make one probe: request a URL until there is enough to judge it by, and record every request.

Nothing is judged here. The rules of `crawler.liveness` decide on retries, redirects and whether a
HEAD was enough.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from random import random
from time import monotonic
from typing import Final

from crawler.config.hosts import HostRules
from crawler.http.fetch import BODY_LIMIT, Fetch, FetchRequest, FetchResponse, RequestPermit
from crawler.http.urls import InvalidUrl, request_url
from crawler.jobs.clock import Clock
from crawler.liveness import longest_pause, requested_pause, retry_wait
from crawler.politeness.host_headers import host_headers
from crawler.politeness.long_pauses import warn_of_long_pause
from crawler.politeness.rate_limit import (
    MAX_WAIT,
    LeaseHeldElsewhere,
)
from crawler.politeness.rate_limit_headers import rate_limit_reset
from crawler.politeness.rate_limiter_registry import RateLimiterRegistry
from crawler.probing.request_chain import RequestChain
from crawler.probing.target import PageRead, ProbeTarget
from store.errors import LeaseLost
from store.vocabulary import Fault, Probe, ProbeRequest, Reason, Role

MAX_TRIES: Final = 10  # requests per hop; `retry_wait` ends the retries sooner
# Maximum duration of all requests by one method, in timeouts of the host; waits are not included.
_MAX_TIMEOUTS: Final = 6

RefuseRedirect = Callable[[str], Awaitable[FetchResponse | None]]
"""Returns the response that replaces a request that is not allowed; None if it is allowed."""


async def allow_all_redirects(_url: str) -> None:
    """Return None: every redirect may be followed."""


class Prober:
    """Makes probes.

    Args:
        fetch: Sends a single request.
        rate_limiters: The rate limiters of all slots.
        rules_for: Returns the configured rules of a slot.
        slot_of: Returns the slot of a URL.
        clock: Returns the current time.
        remap: Returns the URL to request for the URL of a target (setting `remap`).
        acquire: Returns the context in which one request to a slot is sent
            (`HostLeases.request`); by default that of the rate limiter, without a lease.
    """

    def __init__(
        self,
        fetch: Fetch,
        *,
        rate_limiters: RateLimiterRegistry,
        rules_for: Callable[[str], HostRules],
        slot_of: Callable[[str], str],
        clock: Clock,
        remap: Callable[[str], str] = str,
        acquire: Callable[[str], AbstractAsyncContextManager[None]] | None = None,
    ) -> None:
        self._fetch = fetch
        self._acquire = acquire or rate_limiters.request
        self._rate_limiters = rate_limiters
        self._rules_for = rules_for
        self._slot_of = slot_of
        self._clock = clock
        self._remap = remap

    def with_fetch(self, fetch: Fetch) -> Prober:
        """Return a copy that sends its requests by `fetch`."""
        return Prober(
            fetch,
            rate_limiters=self._rate_limiters,
            rules_for=self._rules_for,
            slot_of=self._slot_of,
            clock=self._clock,
            remap=self._remap,
            acquire=self._acquire,
        )

    async def probe(
        self,
        target: ProbeTarget,
        *,
        check_lease: Callable[[], None],
        refuse_redirect: RefuseRedirect = allow_all_redirects,
    ) -> Probe:
        """Return the probe of a target; see `read_page`."""
        page = await self.read_page(
            target, check_lease=check_lease, refuse_redirect=refuse_redirect
        )
        return page.probe

    async def read_page(
        self,
        target: ProbeTarget,
        *,
        check_lease: Callable[[], None],
        refuse_redirect: RefuseRedirect = allow_all_redirects,
        max_tries: int = MAX_TRIES,
    ) -> PageRead:
        """Return the probe of a target with its last response.

        Network faults are recorded, not raised. `Postponed` passes through (a request may not be
        sent now), and what `check_lease` and `refuse_redirect` raise.

        Args:
            target: What to request.
            check_lease: Raises LeaseLost if no request may be sent any more.
            refuse_redirect: Returns a response in place of a redirect that is not allowed.
            max_tries: Maximum number of requests per hop.
        """
        started_at = self._clock()
        try:
            url = request_url(self._remap(target.fetch_url or target.url))
        except InvalidUrl:
            return PageRead(probe=_invalid_url_probe(target, started_at))
        chain, response = RequestChain(target, url), FetchResponse()
        while True:
            refused = await self._refusal(chain, refuse_redirect) if chain.hop else None
            if refused:
                chain.record(refused, self._clock())
                break
            response = await self._request(chain, check_lease, max_tries=max_tries)
            if not chain.advance(response):
                break
        return PageRead(probe=chain.to_probe(started_at, self._clock()), response=response)

    async def fetch(
        self, url: str, *, check_lease: Callable[[], None], max_bytes: int = BODY_LIMIT
    ) -> FetchResponse:
        """Return the response for a URL that is read, not judged, such as robots.txt.

        It is requested once, at the rate of probes, and redirects are followed. It raises what
        `read_page` raises.

        Args:
            url: The URL.
            check_lease: Raises LeaseLost if no request may be sent any more.
            max_bytes: Bytes of the body to read.
        """
        target = ProbeTarget(
            url=url,
            role=Role.LINK,
            is_judged=False,
            named_by_server=True,
            max_bytes=max_bytes,
        )
        chain = RequestChain(target, url)
        while True:
            response = await self._request(chain, check_lease, max_tries=1)
            if not chain.advance(response):
                return response

    async def _refusal(
        self, chain: RequestChain, refuse_redirect: RefuseRedirect
    ) -> FetchResponse | None:
        """Return a response in place of the next hop if it may not be requested, else None."""
        rules = self._rules_for(self._slot_of(chain.url))
        if chain.seconds > _MAX_TIMEOUTS * rules.timeout:
            detail = f"the redirects took {chain.seconds:.0f} seconds and went on"
            return FetchResponse(fault=Fault.TIMEOUT, detail=detail)
        return await refuse_redirect(chain.url)

    async def _request(
        self, chain: RequestChain, check_lease: Callable[[], None], *, max_tries: int
    ) -> FetchResponse:
        """Send the chain's next request, again while a retry may clear the fault; record each."""
        slot = self._slot_of(chain.url)
        rules = self._rules_for(slot)
        for number in range(max_tries):
            response, request = await self._send(chain, slot, rules, check_lease)
            reset = self._apply_rate_limits(slot, response)
            jitter = random()  # noqa: S311  no secret
            wait = retry_wait(request, number, jitter, first_wait=rules.retry_wait, role=chain.role)
            # Also after the last try: the slot's other links must wait, too.
            if pause := requested_pause(request, chain.role):
                longest = longest_pause(chain.role)
                if pause >= longest.total_seconds():
                    warn_of_long_pause(slot, longest)
                self._rate_limiters.limiter_for(slot).pause(max(pause, wait or 0.0))
            if wait is None or number + 1 == max_tries:
                break
            if chain.seconds > _MAX_TIMEOUTS * rules.timeout:
                break
            wait = max(wait, reset)
            if wait > MAX_WAIT:
                break
            await asyncio.sleep(wait)
        return response

    async def _send(
        self,
        chain: RequestChain,
        slot: str,
        rules: HostRules,
        check_lease: Callable[[], None],
    ) -> tuple[FetchResponse, ProbeRequest]:
        """Send the chain's next request once and record it."""
        sent_at, began = self._clock(), monotonic()
        permit = RequestPermit(
            partial(self._permit, slot, check_lease),
            on_sent=partial(self._record_sent, slot),
        )
        fetch_request = FetchRequest(
            method=chain.method,
            url=chain.url,
            slot=slot,
            timeout=rules.timeout,
            cookie=chain.cookies_for(chain.url),
            # Configured headers of the requested host: a redirect carries none to another host.
            headers={
                **host_headers(rules, chain.url, chain.cited_url),
                **chain.condition_headers(),
            },
            max_bytes=chain.max_bytes,
            permit=permit,
        )
        response = await self._fetch(fetch_request)
        sent_at += timedelta(seconds=permit.waited_seconds)
        seconds = monotonic() - began - permit.waited_seconds
        return response, chain.record(response, sent_at, seconds=seconds)

    def _record_sent(self, slot: str) -> None:
        self._rate_limiters.limiter_for(slot).record_sent()

    @asynccontextmanager
    async def _permit(self, slot: str, check_lease: Callable[[], None]) -> AsyncIterator[None]:
        """Wait until a request to a slot may be sent, and hold that permission during the block.

        Raises:
            LeaseHeldElsewhere: The lease on another slot, that of a redirect's target, was lost.
            LeaseLost: The lease on the slot that is worked on was lost (`check_lease`).
        """
        try:
            async with self._acquire(slot):
                check_lease()
                yield
        except LeaseLost as lost:
            check_lease()
            raise LeaseHeldElsewhere(slot) from lost

    def _apply_rate_limits(self, slot: str, response: FetchResponse) -> float:
        """Apply a response's status and rate-limit headers to the slot.

        Returns:
            Seconds to wait before the next request.
        """
        if response.status is None:
            return 0.0
        rate_limiter = self._rate_limiters.limiter_for(slot)
        reset = rate_limit_reset(response.headers, self._clock())
        rate_limiter.record_status(response.status)
        rate_limiter.pause(reset)
        return reset


def _invalid_url_probe(target: ProbeTarget, at: datetime) -> Probe:
    return Probe(
        url=target.url,
        role=target.role,
        started_at=at,
        finished_at=at,
        skipped=Reason.INVALID_URL,
    )
