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
from itertools import zip_longest
from time import monotonic

from w3lib.encoding import html_to_unicode

from crawler.archives.local.embeds import css_embeds, page_embeds
from crawler.archives.local.index import mime_of
from crawler.archives.local.records import Exchange
from crawler.identity import party_of
from crawler.job import Job
from crawler.liveness.evidence import decode_text
from crawler.pace import LongPause
from crawler.preservation.local.parties import Parties
from crawler.preservation.policy import may_publish
from crawler.probing.boundaries import Boundaries
from crawler.probing.prober import Answer, Ask, Fetch, Prober, Reading, Target
from crawler.urls import request_url
from store.errors import LeaseLost
from store.vocabulary import Fault, Probe, Role

_MEGABYTE = 1_000_000
_REQUESTS_WORTH_ROBOTS = 10  # from so many on a request for robots.txt costs little beside them
_TRIES = 3  # of a page; what a probe would try on for is due another night
_AT_ONCE = 4  # of one page's resources; hosts' own limits come on top
_DEPTH = 4  # what a page names, and style sheets after one another
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_STYLES = frozenset({"text/css"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What asking for `url` came to. `exchanges` are the hops that led on and what came last; none where that did not come whole."""

    url: str
    probe: Probe
    exchanges: Sequence[Exchange] = ()
    body: bytes = b""  # of the last, its codings undone
    lacks: str = ""  # why it did not come whole

    @property
    def first(self) -> Exchange:
        """What `url` itself answered."""
        return next(exchange for exchange in self.exchanges if exchange.url == self.url)

    @property
    def mime(self) -> str:
        return mime_of(self.exchanges[-1].headers.get("content-type", "")) if self.exchanges else ""


@dataclass(frozen=True, slots=True)
class NotAsked:
    """Nothing was asked, and why. `again` tells whether it is worth trying another time."""

    why: str
    again: bool = True


class Taker:
    """Takes pages for one job; `fetch` sends its requests."""

    def __init__(self, job: Job, fetch: Fetch) -> None:
        self._job = job
        self._fetch = fetch
        self._limits = job.config.archives.local
        self._parties = Parties(job)
        self._boundaries = Boundaries(job)
        self._plain = self._prober(fetch)
        self._requests: Counter[str] = Counter()  # by party
        self._reading_rules: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # by party
        self._known: dict[str, Sequence[str]] = {}  # resources asked for in this job, and what they name

    async def take(self, url: str) -> Taken | NotAsked:
        """Ask for a page. Whether what came is the page that was cited is for `judge` to say."""
        if (remapped := self._job.selection.remapped(url)) != url:
            return NotAsked(f"the configuration has {remapped} asked in its place", again=False)
        if self._job.selection.excludes(url):
            return NotAsked("the configuration leaves it out", again=False)
        return await self._ask(request_url(url), tries=_TRIES)

    async def resources(self, page: Taken) -> AsyncGenerator[Sequence[Exchange]]:
        """Ask for what a page shows, as far as the limits allow, and give each with the hops to it. What fails is left out."""
        until = monotonic() + self._limits.page_seconds
        left, size = self._limits.resources, sum(len(exchange.body) for exchange in page.exchanges)
        wanted = await asyncio.to_thread(named_by, page)
        for _ in range(_DEPTH):
            asked = [url for url in wanted if url not in self._known][:left]
            left -= len(asked)
            self._known.update(dict.fromkeys(asked, ()))
            async with aclosing(self._side_by_side(asked, until)) as found:
                async for taken in found:
                    size += sum(len(exchange.body) for exchange in taken.exchanges)
                    if size > self._limits.page_megabytes * _MEGABYTE:
                        return
                    self._known[taken.url] = await asyncio.to_thread(named_by, taken) if taken.mime in _STYLES else ()
                    yield taken.exchanges
            wanted = list(dict.fromkeys(name for url in wanted for name in self._known.get(url, ())))
            if not wanted or monotonic() > until:
                return

    async def _side_by_side(self, urls: Sequence[str], until: float) -> AsyncGenerator[Taken]:
        """Ask for several, a few at a time; give those that are served, in the order they come."""
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one(url: str) -> Taken | NotAsked:
            async with slots:
                return NotAsked("stopping") if self._job.stop else await self._ask(url, tries=1)

        tasks = [asyncio.create_task(one(url)) for url in urls]
        try:
            for task in asyncio.as_completed(tasks, timeout=max(0.0, until - monotonic())):
                taken = await task
                if isinstance(taken, Taken) and taken.exchanges and 200 <= taken.exchanges[-1].status < 300:
                    yield taken
        except TimeoutError:
            pass  # what is still under way is not waited for
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, url: str, *, tries: int) -> Taken | NotAsked:
        recorded: list[Exchange | None] = []
        party = party_of(url)

        async def record(ask: Ask) -> Answer:
            self._requests[ask.party] += 1
            if not may_publish(ask.url):
                recorded.append(None)
                return Answer(fault=Fault.EXCLUDED, detail="not kept: it may hold a secret, or lead inside a network")
            at, agent = self._job.clock(), {name: value for name, value in ask.headers.items() if name.lower() == "user-agent"}
            answer = await self._fetch(replace(ask, headers=agent, record=True, max_bytes=self._most))
            recorded.append(replace(answer.exchange, at=at) if answer.exchange else None)
            return answer

        try:
            async with self._parties.asked(party) as held:
                if held is None:
                    return NotAsked("another process asks its host")
                if 0 < self._job.rules_for(party).per_run <= self._requests[party]:
                    return NotAsked("its host has had its share of requests of this run")
                read = partial(self._plain.read, may_ask=held.check)
                beyond = partial(self._boundaries.beyond, read=read)
                async with self._reading_rules[party]:  # once, however many wait for them
                    if refused := await beyond(url):
                        return NotAsked(refused.detail, again=False)
                    if self._job.config.network.obey_robots or self._requests[party] >= _REQUESTS_WORTH_ROBOTS:
                        self._job.paces.of(party).slow_to((await self._boundaries.robots_of(url, read=read)).delay)
                reading = await self._prober(record).read_whole(
                    Target(url=url, role=Role.LINK, max_bytes=self._most), may_ask=held.check, beyond=beyond, tries=tries
                )
        except LongPause as pause:
            return NotAsked(str(pause))
        except LeaseLost:
            return NotAsked("another process took over its host")
        return _taken(url, reading, recorded)

    def _prober(self, fetch: Fetch) -> Prober:
        return Prober(fetch, paces=self._job.paces, rules_for=self._job.rules_for, party_of=party_of, clock=self._job.clock)

    @property
    def _most(self) -> int:
        return round(self._limits.resource_megabytes * _MEGABYTE)


def named_by(taken: Taken) -> Sequence[str]:
    """List what a page or a style sheet shows."""
    last = taken.exchanges[-1]
    if taken.mime in _STYLES:
        return css_embeds(decode_text(taken.body, last.headers), last.url)
    if taken.mime in _PAGES:
        encoding, text = html_to_unicode(last.headers.get("content-type"), taken.body, default_encoding="utf-8")
        return page_embeds(text, last.url, encoding=encoding)
    return ()


def _taken(url: str, reading: Reading, recorded: Sequence[Exchange | None]) -> Taken:
    """Put together what a probe's requests brought: of each hop what its last try did."""
    hops = {request.hop: exchange for request, exchange in zip_longest(reading.probe.requests, recorded)}
    whole = bool(hops) and all(hops.values())
    # where a site leads back to an address it was asked for before, once a cookie is set, only what came last can be replayed
    last_of_each = {exchange.url: exchange for exchange in hops.values() if exchange}
    exchanges = tuple(exchange for exchange in hops.values() if exchange and last_of_each[exchange.url] is exchange)
    return Taken(
        url=url,
        probe=reading.probe,
        exchanges=exchanges if whole else (),
        body=reading.answer.body,
        lacks="" if whole else reading.answer.detail or str(reading.answer.fault or "no answer"),
    )
