"""Simulate the Wayback Machine on loopback: index, replay, captures, availability and Memento.

Snapshots are kept in memory. Wrong responses are set as data:
`archive.faults["cdx"] = TOO_MANY_REQUESTS`. `app` is an aiohttp application for
`crawler.demo.web.serve`.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from aiohttp import web

from crawler.demo.archive_cdx import cdx_response
from crawler.demo.archive_data import (
    ArchiveRequest,
    StoredSnapshot,
    availability,
    http_date,
    memento_links,
    nearest_snapshot,
    surt,
    timemap,
)
from crawler.demo.archive_faults import SimulatedFault
from crawler.demo.captures import FakeSavePageNow, PageNotCaptured
from store.vocabulary import format_timestamp

FetchPage = Callable[[str], Awaitable[tuple[int, Mapping[str, str], bytes]]]

_REPLAY = re.compile(r"/web/(?:(\d{1,14})([a-z]{2}_)?/)?(.+)")
# Replay of an image, a style sheet or a frame of a page.
_PART = re.compile(r"/web/\d{1,14}(?:im|cs|if)_/")
# Some clients merge the two slashes of a URL within a path.
_MERGED_SLASHES = re.compile(r"^(https?:)/(?!/)", re.IGNORECASE)
_MAX_REDIRECTS = 3
_Handler = Callable[[web.Request], Awaitable[web.Response]]


class FakeWayback:
    """A simulated archive.

    Attributes:
        snapshots: All snapshots of the archive.
        faults: Wrong responses, by the kind of request (`ArchiveRequest.kind`).
        requests: All requests so far.
        index_lag: How long after its capture a snapshot appears in the index.
        captures: The simulated Save Page Now 2.
        app: The aiohttp application to serve.
    """

    def __init__(
        self,
        snapshots: Iterable[StoredSnapshot] = (),
        *,
        fetch: FetchPage | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Create an archive.

        Args:
            snapshots: The snapshots that it has at first.
            fetch: Fetches the pages to capture; with None, every capture fails.
            now: The archive's clock.
        """
        self.snapshots = list(snapshots)
        self.faults: dict[str, SimulatedFault] = {}
        self.requests: list[ArchiveRequest] = []
        self.index_lag = timedelta(0)
        self._fetch = fetch
        self._now = now
        self.captures = FakeSavePageNow(self.capture, self.now)
        self.app = web.Application()
        self.app.router.add_route("*", "/{anything:.*}", self._handle)

    def now(self) -> datetime:
        """Return the time of the archive's clock."""
        return self._now()

    def requests_of(self, kind: str) -> list[ArchiveRequest]:
        """Return the requests of one kind so far, in order."""
        return [request for request in self.requests if request.kind == kind]

    def peak_requests(self, kind: str, seconds: float) -> int:
        """Return the largest number of requests of one kind within any `seconds` seconds."""
        times = [request.seconds for request in self.requests_of(kind)]
        peak = 0
        first = 0  # index of the earliest request within `seconds` of the last one
        for last, moment in enumerate(times):
            while moment - times[first] >= seconds:
                first += 1
            peak = max(peak, last - first + 1)
        return peak

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        """Record a request, and return the response of its fault, else of its handler."""
        kind, handler = self._route_for(request.raw_path)
        self.requests.append(
            ArchiveRequest(
                received_at=self._now(),
                seconds=time.monotonic(),
                kind=kind,
                target=request.raw_path,
                headers=request.headers,
            )
        )
        fault = self.faults.get(kind, SimulatedFault())
        await asyncio.sleep(fault.delay)
        if fault.status is not None:
            return web.Response(
                status=fault.status,
                headers=fault.headers,
                text=fault.body,
                content_type=fault.mimetype,
            )
        return await handler(request)

    def _route_for(self, target: str) -> tuple[str, _Handler]:
        """Return the kind of a request (`ArchiveRequest.kind`) and its handler."""
        if _PART.match(target):
            return "part", self._handle_replay
        for prefix, kind, handler in self._routes():
            if target.startswith(prefix):
                return kind, handler
        return "other", self._handle_unknown

    def _routes(self) -> Sequence[tuple[str, str, _Handler]]:
        """Return (prefix of the path, kind, handler); the first match counts."""
        return (
            ("/cdx/search/cdx", "cdx", self._handle_cdx),
            ("/wayback/available", "available", self._handle_available),
            ("/save/status", "status", self.captures.handle_status),
            ("/save/", "save", self._handle_save),
            ("/save", "save", self.captures.handle_submit),
            ("/web/timegate/", "timegate", self._handle_timegate),
            ("/web/timemap/link/", "timemap", self._handle_timemap),
            ("/web/", "replay", self._handle_replay),
        )

    async def _handle_unknown(self, _request: web.Request) -> web.Response:
        return _page(404, "Page not found")

    async def _handle_cdx(self, request: web.Request) -> web.Response:
        try:
            return cdx_response(request.rel_url.raw_query_string, self._indexed())
        except (ValueError, re.error) as error:
            return _page(400, str(error))

    async def _handle_available(self, request: web.Request) -> web.Response:
        """Return the nearest snapshot with status 200, as the availability API does."""
        url, timestamp = request.query.get("url", ""), request.query.get("timestamp", "")
        available = [each for each in self._snapshots_of(url) if each.status == HTTPStatus.OK]
        if not available:
            return web.json_response({"url": url, "archived_snapshots": {}})
        closest = availability(self._nearest(available, timestamp))
        found = {"url": url, "archived_snapshots": {"closest": closest}, "timestamp": timestamp}
        return web.json_response(found)

    async def _handle_replay(self, request: web.Request) -> web.Response:
        """Return a snapshot, or a redirect to the one nearest to the requested time."""
        match = _REPLAY.fullmatch(request.raw_path)
        snapshots = self._snapshots_of(_MERGED_SLASHES.sub(r"\1//", match[3])) if match else []
        if match is None or not snapshots:
            return _page(404, "The Wayback Machine has not archived that URL.")
        timestamp, modifier = match[1] or "", match[2] or ""
        nearest = self._nearest(snapshots, timestamp)
        origin = request.url.origin()
        if nearest.timestamp != timestamp:
            location = f"{origin}/web/{nearest.timestamp}{modifier}/{nearest.address}"
            return web.Response(status=302, headers={"Location": location})
        nearest = await self.load(nearest)
        original = nearest.headers.items()
        headers = {f"x-archive-orig-{name.lower()}": value for name, value in original}
        headers["Memento-Datetime"] = http_date(nearest.timestamp)
        headers["Link"] = memento_links(origin, nearest, snapshots)
        if nearest.redirect_url:
            headers["Location"] = f"{origin}/web/{timestamp}{modifier}/{nearest.redirect_url}"
        return web.Response(
            status=nearest.status, headers=headers, body=nearest.body, content_type=nearest.mimetype
        )

    async def _handle_save(self, request: web.Request) -> web.Response:
        """Capture a page as Save Page Now does without keys, and redirect to the snapshot."""
        url = request.raw_path.removeprefix("/save/")
        if request.method != "GET":
            return _page(HTTPStatus.UNAUTHORIZED, "You need to be logged in to use Save Page Now.")
        try:
            await self.capture(url)
        except PageNotCaptured as error:
            reason = "The target answered with an error."
            if error.code == "cannot-fetch":
                reason = "error:cannot-fetch"
            return _page(200, f"Job failed. {reason}")
        # The snapshot of the URL itself, not of the page that it redirects to.
        captured = [each for each in self.snapshots if each.original == url][-1]
        path = f"/web/{captured.timestamp}/{url}"
        location = f"{request.url.origin()}{path}"
        headers = {"Location": location, "Content-Location": path}
        return web.Response(status=302, headers=headers)

    async def capture(self, url: str, *, with_errors: bool = False) -> StoredSnapshot:
        """Fetch a page and what it redirects to, and add them to the archive.

        Args:
            url: The page's URL.
            with_errors: Capture error pages too.

        Returns:
            The last snapshot.

        Raises:
            PageNotCaptured: There was no response, or one that is not captured.
        """
        for _ in range(_MAX_REDIRECTS + 1):
            try:
                snapshot = await self.fetch_snapshot(url)
            except OSError as error:
                raise PageNotCaptured("cannot-fetch") from error
            if snapshot.status >= HTTPStatus.BAD_REQUEST and not with_errors:
                is_missing = snapshot.status == HTTPStatus.NOT_FOUND
                raise PageNotCaptured("not-found" if is_missing else "no-access")
            self.snapshots.append(snapshot)
            if snapshot.redirect_url is None:
                return snapshot
            url = snapshot.redirect_url
        raise PageNotCaptured("too-many-redirects")

    async def fetch_snapshot(self, url: str) -> StoredSnapshot:
        """Fetch a URL and return its response as a snapshot.

        Returns:
            A snapshot that is not yet added to the archive.

        Raises:
            OSError: There was no response.
        """
        if self._fetch is None:
            raise OSError("this archive fetches no pages")
        status, headers, body = await self._fetch(url)
        return StoredSnapshot(
            original=url,
            timestamp=format_timestamp(self._now()),
            status=status,
            body=body,
            mimetype=headers.get("Content-Type", "text/html").partition(";")[0],
            headers=headers,
        )

    async def load(self, snapshot: StoredSnapshot) -> StoredSnapshot:
        """Return a snapshot as it is replayed; a subclass may load its body here."""
        return snapshot

    async def _handle_timegate(self, request: web.Request) -> web.Response:
        """Redirect to the snapshot nearest to Accept-Datetime (RFC 7089, section 4.1)."""
        snapshots = self._snapshots_of(request.raw_path.removeprefix("/web/timegate/"))
        if not snapshots:
            return _page(404, "Not in this archive.")
        try:
            target_time = parsedate_to_datetime(request.headers.get("Accept-Datetime", ""))
        except ValueError:
            target_time = self._now()
        nearest = self._nearest(snapshots, format_timestamp(target_time))
        origin = request.url.origin()
        headers = {
            "Location": f"{origin}/web/{nearest.timestamp}/{nearest.address}",
            "Vary": "accept-datetime",
            "Link": memento_links(origin, nearest, snapshots),
        }
        return web.Response(status=302, headers=headers)

    async def _handle_timemap(self, request: web.Request) -> web.Response:
        """List all snapshots of a URL (RFC 7089, section 5)."""
        snapshots = self._snapshots_of(request.raw_path.removeprefix("/web/timemap/link/"))
        if not snapshots:
            return _page(404, "Not in this archive.")
        text = timemap(request.url.origin(), snapshots)
        return web.Response(text=text, content_type="application/link-format")

    def _snapshots_of(self, url: str) -> list[StoredSnapshot]:
        """Return the snapshots of a URL, the oldest first."""
        key = surt(url)
        found = [snapshot for snapshot in self._indexed() if snapshot.key == key]
        return sorted(found, key=lambda snapshot: snapshot.timestamp)

    def _indexed(self) -> Iterable[StoredSnapshot]:
        """Return the snapshots that have reached the index."""
        if not self.index_lag:
            return list(self.snapshots)
        newest = format_timestamp(self._now() - self.index_lag)
        return [snapshot for snapshot in self.snapshots if snapshot.timestamp <= newest]

    def _nearest(self, snapshots: Sequence[StoredSnapshot], timestamp: str) -> StoredSnapshot:
        """Return the snapshot nearest to a timestamp, or to now if that is empty."""
        return nearest_snapshot(snapshots, timestamp or format_timestamp(self._now()))


def _page(status: int, text: str) -> web.Response:
    """Return a page of the archive itself, such as an error message."""
    return web.Response(
        status=status,
        text=f"<!doctype html><title>Internet Archive Wayback Machine</title><p>{text}",
        content_type="text/html",
    )
