"""Fetch pages for the archive, with their page requisites: images, style sheets and fonts.

Pages are requested and judged as by a probe, through `crawler.probing.session`. Headers and
certificates that the configuration sets for a host are not sent, so that only public content is
archived.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from time import monotonic

from crawler.archives.link_identity import slot_of
from crawler.http.exchange import HttpExchange
from crawler.http.fetch import Fetch, FetchRequest, FetchResponse
from crawler.http.url_privacy import may_publish
from crawler.http.urls import request_url
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.liveness import judge
from crawler.local_capture.captured_page import CapturedPage, ExchangeRecorder, requisites_of
from crawler.politeness.rate_limit import Postponed
from crawler.probing.session import MIN_REQUESTS_FOR_ROBOTS, HostSession, PoliteSession
from crawler.probing.target import ProbeTarget
from store.errors import LeaseLost
from store.vocabulary import Fault, Judgement, Role

_MEGABYTE = 1_000_000
_MAX_TRIES = 3  # of a page; then it is due again in a later run
_MAX_REQUISITES_AT_ONCE = 4  # of one page, in addition to the limits of their hosts
_MAX_DEPTH = 4  # the page's own requisites, and those of nested style sheets


@dataclass(frozen=True, slots=True)
class NotFetched:
    """A page that was not requested.

    Attributes:
        reason: Why not.
        may_retry: Whether a later run may request it.
    """

    reason: str
    may_retry: bool = True


_Fetched = tuple[CapturedPage, Judgement]
"""The recorded page, and the judgement of the probe that requested it."""


class PageFetcher:
    """Fetches pages for one job.

    Args:
        job: The job.
        fetch: Sends a single request, and records its exchange.
    """

    def __init__(self, job: Job, fetch: Fetch) -> None:
        self._job = job
        self._fetch = fetch
        self._limits = job.config.archives.local
        self._session = PoliteSession(job, fetch, remap_urls=False)
        self._request_counts: Counter[str] = Counter()  # by slot
        self._robots_locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # by slot
        # The requisites that this job has requested, or is requesting: by their URLs, the URLs
        # that each refers to.
        self._known_requisites: dict[str, Sequence[str]] = {}
        self._requested: set[str] = set()  # URLs for which a request was sent

    async def fetch_page(self, url: str) -> _Fetched | NotFetched:
        """Fetch a page.

        Args:
            url: The URL as it is cited.

        Returns:
            The recorded page and the judgement of the probe, or why nothing was requested.

        Raises:
            InvalidUrl: The URL cannot be requested.
        """
        remapped = self._job.url_filters.remap_url(url)
        if remapped != url:
            return NotFetched(f"the configuration maps it to {remapped}", may_retry=False)
        if self._job.url_filters.excludes(url):
            return NotFetched("the configuration excludes it", may_retry=False)
        return await self._fetch_recorded(request_url(url), max_tries=_MAX_TRIES)

    async def fetch_requisites(self, page: CapturedPage) -> AsyncGenerator[Sequence[HttpExchange]]:
        """Fetch the requisites of a page within the configured limits.

        Args:
            page: The page.

        Yields:
            The exchanges of each requisite, its redirects first. Requisites that fail are left
            out, and those that were requested for another page of this job. Those that only this
            page's limits exclude may be requested for other pages.
        """
        deadline = monotonic() + self._limits.page_seconds
        remaining, size = self._limits.resources, page.size
        max_size = self._limits.page_megabytes * _MEGABYTE
        wanted = await self._requisites_if_possible(page)
        for _ in range(_MAX_DEPTH):
            urls = [url for url in wanted if url not in self._known_requisites][:remaining]
            remaining -= len(urls)
            self._known_requisites.update(dict.fromkeys(urls, ()))
            async with aclosing(self._fetch_concurrently(urls, deadline)) as fetched:
                async for requisite in fetched:
                    size += requisite.size
                    if size > max_size:
                        # Alone it may fit into another page.
                        if page.size + requisite.size <= max_size:
                            self._known_requisites.pop(requisite.url, None)
                        return
                    if requisite.is_style_sheet:
                        nested = await self._requisites_if_possible(requisite)
                        self._known_requisites[requisite.url] = nested
                    yield requisite.exchanges
            nested_urls: dict[str, None] = {}
            for url in wanted:
                nested_urls |= dict.fromkeys(self._known_requisites.get(url, ()))
            wanted = list(nested_urls)
            if not wanted or monotonic() > deadline:
                return

    async def _requisites_if_possible(self, page: CapturedPage) -> Sequence[str]:
        """Return the requisites of a page; none after an internal error, as the page is saved."""
        with self._job.isolated(Unit.COPY, page.url):
            return await asyncio.to_thread(requisites_of, page)
        return ()  # reached after an internal error, which `isolated` has logged

    async def _fetch_concurrently(
        self, urls: Sequence[str], deadline: float
    ) -> AsyncGenerator[CapturedPage]:
        """Fetch requisites, a few at a time.

        When this generator is closed or the deadline passes, other pages may request those that
        were not fetched, except those that were requested and did not respond by the deadline.

        Yields:
            The requisites that are served, as they arrive.
        """
        concurrency = asyncio.Semaphore(_MAX_REQUISITES_AT_ONCE)

        async def fetch_one(url: str) -> _Fetched | NotFetched:
            async with concurrency:
                if self._job.stop:
                    return NotFetched("the job stops")
                with self._job.isolated(Unit.COPY, url):
                    return await self._fetch_recorded(url, max_tries=1)
                return NotFetched("an internal error")

        tasks = [asyncio.create_task(fetch_one(url)) for url in urls]
        finished: set[str] = set()  # URLs that other pages do not request again
        try:
            timeout = max(0.0, deadline - monotonic())
            for task in asyncio.as_completed(tasks, timeout=timeout):
                fetched = await task
                if isinstance(fetched, NotFetched):
                    continue
                requisite, _ = fetched
                if _is_successful(requisite):
                    finished.add(requisite.url)
                    yield requisite
        except TimeoutError:  # unfinished requests are cancelled, and not sent again
            finished |= self._requested
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            for url, result in zip(urls, results, strict=True):
                if url not in finished and not _has_failed(result):
                    self._known_requisites.pop(url, None)

    async def _fetch_recorded(self, url: str, *, max_tries: int) -> _Fetched | NotFetched:
        """Fetch a URL under the lease of its host, and record the exchanges."""
        slot = slot_of(url)
        recorder = ExchangeRecorder(self._send, self._job.clock)
        try:
            async with self._session.lease_host(slot) as session:
                if session is None:
                    return NotFetched("another process is requesting pages of its host")
                max_requests = self._job.rules_for(slot).per_run  # 0: no limit
                if max_requests and self._request_counts[slot] >= max_requests:
                    return NotFetched("its host has had all requests of this run")
                async with self._robots_locks[slot]:  # one request for robots.txt serves all
                    refusal = await session.refusal(url)
                    if refusal is not None:
                        return NotFetched(refusal.detail, may_retry=False)
                    await self._apply_crawl_delay(session, url)
                target = ProbeTarget(url=url, role=Role.LINK)
                page = await session.read_page(target, max_tries=max_tries, fetch=recorder)
        except Postponed as postponed:
            return NotFetched(str(postponed))
        except LeaseLost:
            return NotFetched("another process took its host's lease over")
        return recorder.captured_page(url, page.probe), judge(page.probe)

    async def _apply_crawl_delay(self, session: HostSession, url: str) -> None:
        """Apply the Crawl-delay of a site if it is worth a request for its robots.txt."""
        has_many_requests = self._request_counts[session.slot] >= MIN_REQUESTS_FOR_ROBOTS
        if self._job.config.network.obey_robots or has_many_requests:
            await session.apply_crawl_delay(url)

    async def _send(self, request: FetchRequest) -> FetchResponse:
        """Send a request without configured headers, unless its response must not be published."""
        self._request_counts[request.slot] += 1
        self._requested.add(request.url)
        if not may_publish(request.url):
            return FetchResponse(
                fault=Fault.EXCLUDED,
                detail="not captured: it may contain a secret, or lead into a private network",
            )
        headers = {
            name: value for name, value in request.headers.items() if name.lower() == "user-agent"
        }
        return await self._fetch(
            replace(request, headers=headers, record_limit=self._limits.max_response_bytes)
        )


def _has_failed(result: object) -> bool:
    """Return whether fetching ended without a page that can be captured.

    Args:
        result: What the task of the request returned or raised.
    """
    if isinstance(result, NotFetched):
        return True
    return isinstance(result, tuple) and not _is_successful(result[0])


def _is_successful(page: CapturedPage) -> bool:
    """Return whether the final response has a success status."""
    return bool(page.exchanges) and 200 <= page.exchanges[-1].status < 300
