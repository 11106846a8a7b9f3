"""A page taken for the archive: asked for as a probe asks, judged as a probe is, with the images, style sheets and fonts it shows.

Every request keeps to what holds for probes: addresses that are safe to ask, one pace a host under its lease, what the configuration leaves
out, robots.txt where it is obeyed. What is sent is what anybody would send: headers and certificates set for a host stay at home.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic

from crawler.archives.link_identity import slot_of
from crawler.http.exchange import HttpExchange
from crawler.http.fetch import Fetch, FetchRequest, FetchResponse
from crawler.http.url_privacy import may_publish
from crawler.http.urls import request_url
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.jobs.redirect_policy import RedirectPolicy
from crawler.liveness import judge
from crawler.local_capture.captured_page import CapturedPage, ExchangeRecorder, requisites_of
from crawler.politeness.rate_limit import Postponed
from crawler.probing.prober import Prober, Target
from store.errors import LeaseLost
from store.vocabulary import Fault, Judgement, Role

_MEGABYTE = 1_000_000
_REQUESTS_WORTH_ROBOTS = 10  # from so many on a request for robots.txt costs little beside them
_TRIES = 3  # of a page; what a probe would try on for is due another night
_AT_ONCE = 4  # of one page's resources; hosts' own limits come on top
_DEPTH = 4  # what a page names, and style sheets after one another


@dataclass(frozen=True, slots=True)
class NotFetched:
    """Nothing was asked, and why. `again` tells whether it is worth trying another time."""

    reason: str
    retry: bool = True


class PageFetcher:
    """Takes pages for one job; `fetch` sends its requests."""

    def __init__(self, job: Job, fetch: Fetch) -> None:
        self._job = job
        self._fetch = fetch
        self._limits = job.config.archives.local
        self._boundaries = RedirectPolicy(job)
        self._plain = Prober(
            fetch,
            rate_limiters=job.rate_limiters,
            rules_for=job.rules_for,
            slot_of=slot_of,
            clock=job.clock,
            acquire=job.host_leases.request,
        )
        self._requests: Counter[str] = Counter()  # by party
        self._reading_rules: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # by party
        self._known: dict[
            str, Sequence[str]
        ] = {}  # resources asked for in this job, and what they name

    async def fetch_page(self, url: str) -> tuple[CapturedPage, Judgement] | NotFetched:
        """Ask for a page; the judgement says whether what came is the page that was cited."""
        if (remapped := self._job.url_filters.remap_url(url)) != url:
            return NotFetched(f"the configuration has {remapped} asked in its place", retry=False)
        if self._job.url_filters.excludes(url):
            return NotFetched("the configuration leaves it out", retry=False)
        return await self._ask(request_url(url), tries=_TRIES)

    async def fetch_requisites(self, page: CapturedPage) -> AsyncGenerator[Sequence[HttpExchange]]:
        """Ask for what a page shows, as far as the limits allow, and give each with the hops to it. What fails is left out."""
        until = monotonic() + self._limits.page_seconds
        left, size = self._limits.resources, page.size
        wanted = await self._named_by(page)
        for _ in range(_DEPTH):
            asked = [url for url in wanted if url not in self._known][:left]
            left -= len(asked)
            self._known.update(dict.fromkeys(asked, ()))
            async with aclosing(self._side_by_side(asked, until)) as found:
                async for taken in found:
                    size += taken.size
                    if size > self._limits.page_megabytes * _MEGABYTE:
                        return
                    self._known[taken.url] = (
                        await self._named_by(taken) if taken.is_style_sheet else ()
                    )
                    yield taken.exchanges
            wanted = list(
                dict.fromkeys(name for url in wanted for name in self._known.get(url, ()))
            )
            if not wanted or monotonic() > until:
                return

    async def _named_by(self, taken: CapturedPage) -> Sequence[str]:
        """List what a page or a style sheet shows; nothing where that meets an internal error: the page itself is kept all the same."""
        with self._job.isolated(Unit.COPY, taken.url):
            return await asyncio.to_thread(requisites_of, taken)
        return ()

    async def _side_by_side(
        self, urls: Sequence[str], until: float
    ) -> AsyncGenerator[CapturedPage]:
        """Ask for several, a few at a time; give those that are served, in the order they come."""
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one(url: str) -> tuple[CapturedPage, Judgement] | NotFetched:
            async with slots:
                with self._job.isolated(Unit.COPY, url):
                    return (
                        NotFetched("stopping") if self._job.stop else await self._ask(url, tries=1)
                    )
                return NotFetched("an internal error")

        tasks = [asyncio.create_task(one(url)) for url in urls]
        try:
            for task in asyncio.as_completed(tasks, timeout=max(0.0, until - monotonic())):
                answer = await task
                if (
                    isinstance(answer, tuple)
                    and answer[0].exchanges
                    and 200 <= answer[0].exchanges[-1].status < 300
                ):
                    yield answer[0]
        except TimeoutError:
            pass  # what is still under way is not waited for
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, url: str, *, tries: int) -> tuple[CapturedPage, Judgement] | NotFetched:
        slot, recorder = slot_of(url), ExchangeRecorder(self._send, self._job.clock)
        try:
            async with self._job.host_leases.lease(slot) as held:
                if held is None:
                    return NotFetched("another process asks its host")
                if 0 < self._job.rules_for(slot).per_run <= self._requests[slot]:
                    return NotFetched("its host has had its share of requests of this run")
                read = partial(self._plain.fetch, check_lease=held.check)
                beyond = partial(self._boundaries.refusal, read=read)
                async with self._reading_rules[slot]:  # once, however many wait for them
                    if refused := await beyond(url):
                        return NotFetched(refused.detail, retry=False)
                    if (
                        self._job.config.network.obey_robots
                        or self._requests[slot] >= _REQUESTS_WORTH_ROBOTS
                    ):
                        self._job.rate_limiters.get(slot).raise_interval(
                            (await self._boundaries.robots_for(url, read=read)).crawl_delay
                        )
                asking = self._plain.with_fetch(recorder)
                probe = (
                    await asking.read_page(
                        Target(url=url, role=Role.LINK),
                        check_lease=held.check,
                        refuse_redirect=beyond,
                        max_tries=tries,
                    )
                ).probe
        except Postponed as postponed:
            return NotFetched(str(postponed))
        except LeaseLost:
            return NotFetched("another process took over its host")
        return recorder.captured_page(url, probe), judge(probe)

    async def _send(self, ask: FetchRequest) -> FetchResponse:
        """Send what anybody would send, and nothing that must not be published."""
        self._requests[ask.slot] += 1
        if not may_publish(ask.url):
            return FetchResponse(
                fault=Fault.EXCLUDED,
                detail="not kept: it may hold a secret, or lead inside a network",
            )
        agent = {name: value for name, value in ask.headers.items() if name.lower() == "user-agent"}
        return await self._fetch(replace(ask, headers=agent, record_limit=self._limits.max_bytes))
