"""One probe: ask for a URL until there is enough to judge it by, and record every request.

Nothing is judged here beyond what `crawler.liveness` says about going on: retries, redirects, whether HEAD was enough.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import random
from time import monotonic

from crawler.config.hosts import HostRules
from crawler.http import BODY_LIMIT, MAX_REDIRECTS, parse_set_cookie, truncate_header
from crawler.http.fetch import Fetch, FetchRequest, FetchResponse, RequestPermit
from crawler.http.urls import InvalidUrl, host_of, request_url
from crawler.jobs.clock import Clock
from crawler.liveness import needs_get, next_hop, read_body, retry_wait
from crawler.politeness.host_headers import host_headers
from crawler.politeness.rate_limit import (
    MAX_WAIT,
    LeaseHeldElsewhere,
    RateLimiters,
    rate_limit_reset,
)
from store.errors import LeaseLost
from store.vocabulary import Fault, PageEvidence, Probe, ProbeRequest, Reason, Role

MAX_TRIES = 10  # the rules of retrying end it sooner
_PATIENCE = 6  # requests' worth of time (`timeout`) that all hops and tries by one method may take together, waits apart
# What judging needs of an answer's headers. The rest is not kept.
_KEPT_HEADERS = frozenset(
    {
        *(
            "location",
            "content-type",
            "content-length",
            "content-location",
            "retry-after",
            "refresh",
            "server",
            "link",
            "x-robots-tag",
        ),
        *(
            "cf-mitigated",
            "cf-ray",
            "x-datadome",
            "x-amzn-waf-action",
            "x-sucuri-id",
            "x-iinfo",
            "x-px-block",
            "www-authenticate",
        ),
        *(
            "memento-datetime",
            "x-archive-orig-location",
            "x-archive-redirect-reason",
            "x-archive-wayback-runtime-error",
            "x-cache-key",
        ),
    }
)


# What stands for a request to where a redirect leads, if none may be made; see `crawler.jobs.redirect_policy`.
RefuseRedirect = Callable[[str], Awaitable[FetchResponse | None]]


async def allow_all_redirects(_url: str) -> None:
    """Let redirects lead anywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeTarget:
    """What to probe: the cited URL, and what to ask for it, which differs for mirrors."""

    url: str
    role: Role
    fetch_url: str | None = None
    get: bool = True  # GET at once; else HEAD first
    follow: bool = True
    max_bytes: int = BODY_LIMIT  # of a body, to be read
    is_judged: bool = True  # what its body shows is evidence; else nobody looks
    named_by_server: bool = False  # its address comes from a sitemap, an archive or the like, not from a page or the configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """A probe with the last answer it got, for those who want to read more of it than judging needs."""

    probe: Probe
    response: FetchResponse = field(default_factory=FetchResponse)

    @property
    def url(self) -> str:
        """Where the answer came from."""
        return self.probe.requests[-1].url if self.probe.requests else self.probe.url


class Prober:
    """Makes probes. `party_of` names whom a URL's host belongs to; `may_ask` raises when no request may leave any more.

    `remap` gives the address that is asked in place of one; where redirects lead is taken as it is. `request` gives the
    context in which one request to a party is sent (`HostLeases.request`); by default that of `paces`, without a lease.
    """

    def __init__(
        self,
        fetch: Fetch,
        *,
        rate_limiters: RateLimiters,
        rules_for: Callable[[str], HostRules],
        slot_of: Callable[[str], str],
        clock: Clock,
        remap: Callable[[str], str] = str,
        acquire: Callable[[str], AbstractAsyncContextManager[None]] | None = None,
    ) -> None:
        self._fetch = fetch
        self._request = acquire or rate_limiters.request
        self._paces = rate_limiters
        self._rules_for = rules_for
        self._slot_of = slot_of
        self._clock = clock
        self._remap = remap

    def with_fetch(self, fetch: Fetch) -> Prober:
        """Give a prober that is as this one, and sends its requests by `fetch`."""
        return Prober(
            fetch,
            rate_limiters=self._paces,
            rules_for=self._rules_for,
            slot_of=self._slot_of,
            clock=self._clock,
            remap=self._remap,
            acquire=self._request,
        )

    async def probe(
        self,
        target: ProbeTarget,
        *,
        check_lease: Callable[[], None],
        refuse_redirect: RefuseRedirect = allow_all_redirects,
    ) -> Probe:
        """Probe one target. What goes wrong on the wire is recorded, never raised; what `may_ask` raises comes through, and Postponed."""
        return (
            await self.read_page(target, check_lease=check_lease, refuse_redirect=refuse_redirect)
        ).probe

    async def read_page(
        self,
        target: ProbeTarget,
        *,
        check_lease: Callable[[], None],
        refuse_redirect: RefuseRedirect = allow_all_redirects,
        max_tries: int = MAX_TRIES,
    ) -> PageRead:
        """As `probe`, with the answer; `tries` is how often at most each hop is asked for."""
        started_at = self._clock()
        try:
            url = request_url(self._remap(target.fetch_url or target.url))
        except InvalidUrl:
            skipped = Reason.INVALID_URL
            return PageRead(
                probe=Probe(
                    url=target.url,
                    role=target.role,
                    started_at=started_at,
                    finished_at=started_at,
                    skipped=skipped,
                )
            )
        attempt, answer = _Attempt(target, url), FetchResponse()
        while True:
            refused = await self._refused(attempt, refuse_redirect) if attempt.hop else None
            if refused:
                attempt.record(refused, self._clock())
                break
            answer = await self._ask(attempt, check_lease, tries=max_tries)
            if not attempt.go_on(answer):
                break
        return PageRead(probe=attempt.probe(started_at, self._clock()), response=answer)

    async def fetch(self, url: str, *, check_lease: Callable[[], None]) -> FetchResponse:
        """Ask once for something to be read rather than judged, redirects followed, at the pace of probes; raises what `probe` raises."""
        attempt = _Attempt(
            ProbeTarget(url=url, role=Role.LINK, is_judged=False, named_by_server=True), url
        )
        while True:
            answer = await self._ask(attempt, check_lease, tries=1)
            if not attempt.go_on(answer):
                return answer

    async def _refused(self, attempt: _Attempt, beyond: RefuseRedirect) -> FetchResponse | None:
        """Why the next hop is not asked: no time is left for it, or it leads where we must not go."""
        if attempt.seconds > _PATIENCE * self._rules_for(self._slot_of(attempt.url)).timeout:
            return FetchResponse(
                fault=Fault.TIMEOUT,
                detail=f"the redirects took {attempt.seconds:.0f} seconds and went on",
            )
        return await beyond(attempt.url)

    async def _ask(
        self, attempt: _Attempt, may_ask: Callable[[], None], *, tries: int = MAX_TRIES
    ) -> FetchResponse:
        """Send a request, again if a second could clear what the first met; record each."""
        slot = self._slot_of(attempt.url)
        rules = self._rules_for(slot)
        for number in range(tries):
            asked_at, began = self._clock(), monotonic()
            turn = RequestPermit(partial(self._turn, slot, may_ask))
            ask = FetchRequest(
                method=attempt.method,
                url=attempt.url,
                slot=slot,
                timeout=rules.timeout,
                cookie=attempt.cookies_for(attempt.url),
                headers=host_headers(
                    rules, attempt.url, attempt.cited
                ),  # of the party asked: a redirect takes none along
                max_bytes=attempt.max_bytes,
                permit=turn,
            )
            answer = await self._fetch(ask)
            asked_at += timedelta(seconds=turn.waited)
            request = attempt.record(answer, asked_at, seconds=monotonic() - began - turn.waited)
            floor = self._apply_rate_limits(slot, answer)
            wait = retry_wait(request, number, random(), first_wait=rules.retry_wait)  # noqa: S311  no secret
            if wait is None or number + 1 == tries or attempt.seconds > _PATIENCE * rules.timeout:
                break
            wait = max(wait, floor)
            if request.headers.get("retry-after"):
                self._paces.get(slot).pause(wait)
            if wait > MAX_WAIT:
                break
            await asyncio.sleep(wait)
        return answer

    @asynccontextmanager
    async def _turn(self, slot: str, may_ask: Callable[[], None]) -> AsyncIterator[None]:
        """Wait until a request to a party may be sent, and send it within the block. Raises Postponed, and what `may_ask` raises."""
        try:
            async with self._request(slot):
                may_ask()
                yield
        except LeaseLost as lost:
            may_ask()  # raises the same if the lease lost is that of the work itself
            raise LeaseHeldElsewhere(slot) from lost

    def _apply_rate_limits(self, slot: str, answer: FetchResponse) -> float:
        """Let an answer slow its party down; give the seconds for which it will not hear of us."""
        if answer.status is None:
            return 0.0
        pace, floor = self._paces.get(slot), rate_limit_reset(answer.headers, self._clock())
        pace.record_status(answer.status)
        pace.pause(floor)
        return floor


class _Attempt:
    """The state of a probe on its way: where it is, by which method, with which cookies."""

    def __init__(self, target: ProbeTarget, url: str) -> None:
        self.requests: list[ProbeRequest] = []
        self.max_bytes = target.max_bytes
        self._target = target
        self._first_url = url
        self.cited = "" if target.named_by_server else url
        self._begin("GET" if target.get else "HEAD")
        self._evidence: PageEvidence | None = None
        self._jar: dict[str, dict[str, str]] = {}
        self._fresh_cookies = False

    def go_on(self, answer: FetchResponse) -> bool:
        """Take in an answer; tell whether there is another request to make."""
        last = self.requests[-1]
        self._keep_cookies(answer)
        self._evidence = None
        if (
            self._target.is_judged
            and self.method == "GET"
            and answer.status is not None
            and answer.body
        ):
            served = 200 <= answer.status < 300
            self._evidence = read_body(
                answer.body, answer.headers, self._with_fragment(self.url), served=served
            )
        if (
            self._target.follow
            and (following := next_hop(last, self._evidence))
            and self._follow(following)
        ):
            return True
        if self.method == "HEAD" and needs_get(self.probe(last.at, last.at)):
            self._begin("GET")  # from the cited address on: a HEAD may have been led astray
            return True
        return False

    def record(self, answer: FetchResponse, at: datetime, *, seconds: float = 0.0) -> ProbeRequest:
        """Record one request and its result."""
        request = ProbeRequest(
            method=self.method,
            url=self.url,
            at=at,
            elapsed_ms=round(seconds * 1000),
            status=answer.status,
            fault=answer.fault,
            detail=answer.detail,
            headers={
                name: truncate_header(name, value)
                for name, value in answer.headers.items()
                if name in _KEPT_HEADERS
            },
            peer=answer.peer,
            hop=self.hop,
        )
        self.requests.append(request)
        self.seconds += seconds
        return request

    def _begin(self, method: str) -> None:
        self.method = method
        self.seconds = 0.0  # of a HEAD that took long the GET is no worse off
        self.url = self._first_url
        self.hop = 0
        self._visited = {self.url}

    def probe(self, started_at: datetime, finished_at: datetime) -> Probe:
        return Probe(
            url=self._target.url,
            role=self._target.role,
            started_at=started_at,
            finished_at=finished_at,
            requests=tuple(self.requests),
            evidence=self._evidence,
        )

    def cookies_for(self, url: str) -> str:
        jar = self._jar.get(host_of(url)) if self._jar else None
        return "; ".join(f"{name}={value}" for name, value in jar.items()) if jar else ""

    def _follow(self, following: str) -> bool:
        url = following.partition("#")[0]
        # A page seen before may answer otherwise once it has set a cookie; without one it is a loop, and so is a third look.
        if self.hop >= MAX_REDIRECTS or (url in self._visited and not self._fresh_cookies):
            return False
        self._fresh_cookies = False
        self._visited.add(url)
        self.url = url
        self.hop += 1
        return True

    def _keep_cookies(self, answer: FetchResponse) -> None:
        """Keep cookies within this probe, for the host that set them: some sites lead nowhere without."""
        self._fresh_cookies = False
        if not answer.cookies:
            return
        jar = self._jar.setdefault(host_of(self.url), {})
        before = dict(jar)
        jar |= [cookie for header in answer.cookies[:20] if (cookie := parse_set_cookie(header))]
        self._fresh_cookies = jar != before

    def _with_fragment(self, url: str) -> str:
        _, mark, fragment = self._target.url.partition("#")
        return url + mark + fragment
