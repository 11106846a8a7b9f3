"""Where a redirect must not lead us: what the configuration leaves out, and what robots.txt disallows where that is obeyed.

Such a hop is recorded as a request that was not made; `crawler.liveness` judges it like any other, so that it can be judged again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic

from crawler.archives.link_identity import slot_of
from crawler.http.fetch import FetchResponse
from crawler.http.urls import split_url
from crawler.jobs.job import Job
from crawler.politeness.robots import Robots, parse_robots, robots_url
from store.vocabulary import Fault

Read = Callable[[str], Awaitable[FetchResponse]]

_KEPT_ROBOTS = 1000  # sites; the oldest are forgotten first
_ROBOTS_COUNT_SECONDS = 12 * 3600.0  # RFC 9309, 2.4: a day at most


class RedirectPolicy:
    """The limits of one job, for redirects of every host. What sites' robots.txt say is kept for all of them."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._robots: dict[str, tuple[float, Robots]] = {}

    async def refusal(self, url: str, *, read: Read) -> FetchResponse | None:
        """Give what stands for a request to this address if none may be made; `read` asks for a robots.txt. None: it may be made."""
        if self._job.rules_for(slot_of(url)).skip or self._job.url_filters.forbids(url):
            return FetchResponse(
                fault=Fault.EXCLUDED, detail="not followed: the configuration leaves it out"
            )
        if self._job.config.network.obey_robots and not (
            await self.robots_for(url, read=read)
        ).allows(url):
            return FetchResponse(
                fault=Fault.ROBOTS, detail="not followed: its robots.txt disallows it"
            )
        return None

    async def robots_for(self, url: str, *, read: Read) -> Robots:
        """What a URL's site says to us, asked twice a day at most. Raises what `read` raises."""
        site = "{0.scheme}://{0.netloc}".format(split_url(url))
        read_at, robots = self._robots.get(site, (0.0, None))
        if robots is None or monotonic() - read_at > _ROBOTS_COUNT_SECONDS:
            robots = parse_robots(
                await read(robots_url(url)), self._job.rules_for(slot_of(url)).user_agent
            )
            self._robots.pop(site, None)
            if len(self._robots) >= _KEPT_ROBOTS:
                del self._robots[next(iter(self._robots))]
            self._robots[site] = monotonic(), robots
        return robots
