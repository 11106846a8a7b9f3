"""A small archive on loopback with the Wayback Machine's outward behaviour: index, replay, captures, availability, and Memento.

It keeps what it holds in memory, and everything it can be made to get wrong is data too: `archive.faults["cdx"] = TOO_MANY_REQUESTS`.
`app` is a plain aiohttp application, for `crawler.demo.web.served`.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import parse_qsl, quote, unquote

from aiohttp import web

from crawler.demo.archive_data import FIELDS, StoredSnapshot, seconds_between, http_date, memento_links, surt
from crawler.demo.captures import FakeSavePageNow, PageNotCaptured
from store.vocabulary import format_timestamp

FetchPage = Callable[[str], Awaitable[tuple[int, Mapping[str, str], bytes]]]

_REPLAY = re.compile(r"/web/(?:(\d{1,14})([a-z]{2}_)?/)?(.+)")
_ONE_SLASH = re.compile(r"^(https?:)/(?!/)", re.IGNORECASE)
_MOST_REDIRECTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedFault:
    """A wrong answer, or with `status` None the right one, after `delay` seconds."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    mimetype: str = "text/html"
    delay: float = 0.0


TOO_MANY_REQUESTS = SimulatedFault(status=429, body="<html><title>429 Too Many Requests</title>")
OVERLOADED = SimulatedFault(
    status=503,
    body="<html><h1>503 Service Unavailable</h1>No server is available to handle this request.",
)
ERROR_PAGE = SimulatedFault(status=200, body="<html><title>Internet Archive</title><p>Job failed")
EMPTY = SimulatedFault(status=200)
CUT_SHORT = SimulatedFault(
    status=200,
    mimetype="application/json",
    body='[["urlkey","timestamp","original"],\n["org,example)/","2021',
)
EXCLUDED = SimulatedFault(
    status=403,
    mimetype="text/plain",
    headers={
        "X-Archive-Wayback-Runtime-Error": "AdministrativeAccessControlException: Blocked Site Error"
    },
    body="org.archive.util.io.RuntimeIOException: org.archive.wayback.exception.AdministrativeAccessControlException: Blocked Site Error\n",
)


def rate_limited(seconds: int) -> SimulatedFault:
    """429 with a Retry-After header."""
    return SimulatedFault(status=429, headers={"Retry-After": str(seconds)}, body=TOO_MANY_REQUESTS.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRequest:
    """One request as the archive saw it: `target` is the path and query as they came.

    `kind` is cdx, replay, save (a capture), status (a question after captures), available, timegate, timemap or other.
    """

    at: datetime
    seconds: float  # monotonic, for the gaps between requests
    kind: str
    target: str
    headers: Mapping[str, str]


class FakeWayback:
    """The archive. `fetch` is how it reads the pages it is asked to save, `now` the clock its captures go by.

    `faults` maps a kind of request to what is wrong with it, `asked` logs every request, `holdings` is what it keeps, and shows once it is as
    old as `lag`.
    """

    def __init__(
        self,
        holdings: Iterable[StoredSnapshot] = (),
        *,
        fetch: FetchPage | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.snapshots = list(holdings)
        self.faults: dict[str, SimulatedFault] = {}
        self.requests: list[ArchiveRequest] = []
        self.index_lag = timedelta(0)
        self._fetch = fetch
        self._now = now
        self.captures = FakeSavePageNow(self.capture, self.time)
        self.app = web.Application()
        self.app.router.add_route("*", "/{anything:.*}", self._answer)

    def time(self) -> datetime:
        """What time it is, by the archive's own clock."""
        return self._now()

    def requests_of(self, kind: str) -> list[ArchiveRequest]:
        """The requests of one kind so far, in the order they came."""
        return [asked for asked in self.requests if asked.kind == kind]

    def peak_requests(self, kind: str, seconds: float) -> int:
        """The most requests of one kind in any stretch of so many seconds."""
        times, start, most = [asked.seconds for asked in self.requests_of(kind)], 0, 0
        for end, moment in enumerate(times):
            while moment - times[start] >= seconds:
                start += 1
            most = max(most, end - start + 1)
        return most

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        target = request.raw_path
        kind, answer = next(
            ((kind, answer) for start, kind, answer in self._kinds() if target.startswith(start)),
            ("other", self._answer_nothing),
        )
        self.requests.append(
            ArchiveRequest(
                at=self._now(),
                seconds=time.monotonic(),
                kind=kind,
                target=target,
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
        return await answer(request)

    def _kinds(self) -> Sequence[tuple[str, str, Callable[[web.Request], Awaitable[web.Response]]]]:
        return (
            ("/cdx/search/cdx", "cdx", self._answer_cdx),
            ("/wayback/available", "available", self._answer_available),
            ("/save/status", "status", self.captures.answer_status),
            ("/save/", "save", self._answer_save),
            ("/save", "save", self.captures.answer_submit),
            ("/web/timegate/", "timegate", self._answer_timegate),
            ("/web/timemap/link/", "timemap", self._answer_timemap),
            ("/web/", "replay", self._answer_replay),
        )

    async def _answer_nothing(self, _request: web.Request) -> web.Response:
        return _page(404, "Page not found")

    # --- the index

    async def _answer_cdx(self, request: web.Request) -> web.Response:
        query = parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True)
        options = dict(query)
        if not options.get("url"):
            return _page(400, "url is required")
        try:
            rows = self._rows(options, [value for name, value in query if name == "filter"])
        except (ValueError, re.error) as error:
            return _page(400, str(error))
        limit = int(options.get("limit") or 0)
        shown = rows[limit:] if limit < 0 else rows[: limit or None]
        fields = options.get("fl", ",".join(FIELDS)).split(",")
        table = [[row[name] for name in fields] for row in shown]
        more = options.get("showResumeKey") == "true" and 0 < limit < len(rows)
        key = quote(f"{shown[-1]['urlkey']} {shown[-1]['timestamp']}") if more else ""
        if options.get("output") == "json":
            lines = ([fields, *table] if table else []) + ([[], [key]] if key else [])
            return web.json_response(lines)
        text = "".join(f"{' '.join(line)}\n" for line in table) + (f"\n{key}\n" if key else "")
        return web.Response(text=text)

    def _rows(self, options: Mapping[str, str], filters: Iterable[str]) -> list[dict[str, str]]:
        """The rows a query is about, before its limit."""
        wanted, prefix = (
            surt(options["url"].removesuffix("*")),
            options["url"].endswith("*") or options.get("matchType") == "prefix",
        )
        earliest, latest = (
            options.get("from", "").ljust(14, "0"),
            options.get("to", "").ljust(14, "9"),
        )
        found = (
            holding
            for holding in self._indexed()
            if (holding.key.startswith(wanted) if prefix else holding.key == wanted)
            and earliest <= holding.timestamp <= latest
        )
        rows = [holding.row() for holding in found]
        for written in filters:
            name, _, pattern = written.removeprefix("!").partition(":")
            keep = re.compile(pattern)
            rows = [
                row
                for row in rows
                if (keep.fullmatch(row[name]) is None) == written.startswith("!")
            ]
        rows.sort(
            key=lambda row: (row["urlkey"], row["timestamp"]),
            reverse=options.get("sort") == "reverse",
        )
        if options.get("sort") == "closest":
            rows.sort(key=lambda row: seconds_between(row["timestamp"], options.get("closest", "")))
        if options.get("resumeKey"):
            rows = [
                row
                for row in rows
                if f"{row['urlkey']} {row['timestamp']}" > unquote(options["resumeKey"])
            ]
        return rows

    async def _answer_available(self, request: web.Request) -> web.Response:
        url, timestamp = request.query.get("url", ""), request.query.get("timestamp", "")
        held = [holding for holding in self._snapshots_of(url) if holding.status == HTTPStatus.OK]
        if not held:
            return web.json_response({"url": url, "archived_snapshots": {}})
        nearest = self._nearest(held, timestamp)
        closest = {
            "status": str(nearest.status),
            "available": True,
            "url": f"http://web.archive.org/web/{nearest.timestamp}/{nearest.address}",
            "timestamp": nearest.timestamp,
        }
        return web.json_response(
            {"url": url, "archived_snapshots": {"closest": closest}, "timestamp": timestamp}
        )

    # --- replay

    async def _answer_replay(self, request: web.Request) -> web.Response:
        asked = _REPLAY.fullmatch(request.raw_path)
        held = self._snapshots_of(_ONE_SLASH.sub(r"\1//", asked[3])) if asked else []
        if asked is None or not held:
            return _page(404, "The Wayback Machine has not archived that URL.")
        timestamp, modifier = asked[1] or "", asked[2] or ""
        nearest = self._nearest(held, timestamp)
        origin = request.url.origin()
        if nearest.timestamp != timestamp:
            return web.Response(
                status=302,
                headers={
                    "Location": f"{origin}/web/{nearest.timestamp}{modifier}/{nearest.address}"
                },
            )
        nearest = await self.load(nearest)
        headers = {
            f"x-archive-orig-{name.lower()}": value for name, value in nearest.headers.items()
        }
        headers |= {
            "Memento-Datetime": http_date(nearest.timestamp),
            "Link": memento_links(origin, nearest, held),
        }
        if nearest.redirect_url:
            headers["Location"] = f"{origin}/web/{timestamp}{modifier}/{nearest.redirect_url}"
        return web.Response(
            status=nearest.status, headers=headers, body=nearest.body, content_type=nearest.mimetype
        )

    # --- save

    async def _answer_save(self, request: web.Request) -> web.Response:
        url = request.raw_path.removeprefix("/save/")
        if request.method != "GET":
            return _page(HTTPStatus.UNAUTHORIZED, "You need to be logged in to use Save Page Now.")
        try:
            await self.capture(url)
        except PageNotCaptured as refused:
            return _page(
                200,
                f"Job failed. {'error:cannot-fetch' if refused.code == 'cannot-fetch' else 'The target answered with an error.'}",
            )
        kept = next(
            holding for holding in reversed(self.snapshots) if holding.original == url
        )  # not where its redirects ended
        path = f"/web/{kept.timestamp}/{url}"
        return web.Response(
            status=302,
            headers={"Location": f"{request.url.origin()}{path}", "Content-Location": path},
        )

    async def capture(self, url: str, *, with_errors: bool = False) -> StoredSnapshot:
        """Fetch a page and keep it, and what it redirects to; gives the last of them. Raises NotCaptured."""
        for _ in range(_MOST_REDIRECTS + 1):
            try:
                kept = await self.fetch_snapshot(url)
            except OSError as error:
                raise PageNotCaptured("cannot-fetch") from error
            if kept.status >= HTTPStatus.BAD_REQUEST and not with_errors:
                raise PageNotCaptured(
                    "not-found" if kept.status == HTTPStatus.NOT_FOUND else "no-access"
                )
            self.snapshots.append(kept)
            if kept.redirect_url is None:
                return kept
            url = kept.redirect_url
        raise PageNotCaptured("too-many-redirects")

    async def fetch_snapshot(self, url: str) -> StoredSnapshot:
        """What an address answers, made ready to be kept. Raises OSError where nobody answers."""
        if self._fetch is None:
            raise OSError("this archive reaches nothing")
        status, headers, body = await self._fetch(url)
        return StoredSnapshot(
            original=url,
            timestamp=format_timestamp(self._now()),
            status=status,
            body=body,
            mimetype=headers.get("Content-Type", "text/html").partition(";")[0],
            headers=headers,
        )

    async def load(self, holding: StoredSnapshot) -> StoredSnapshot:
        """What is replayed of something kept."""
        return holding

    # --- Memento (RFC 7089)

    async def _answer_timegate(self, request: web.Request) -> web.Response:
        held = self._snapshots_of(request.raw_path.removeprefix("/web/timegate/"))
        if not held:
            return _page(404, "Not in this archive.")
        try:
            wanted = format_timestamp(
                parsedate_to_datetime(request.headers.get("Accept-Datetime", ""))
            )
        except ValueError:
            wanted = format_timestamp(self._now())
        nearest, origin = self._nearest(held, wanted), request.url.origin()
        headers = {
            "Location": f"{origin}/web/{nearest.timestamp}/{nearest.address}",
            "Vary": "accept-datetime",
        }
        return web.Response(status=302, headers=headers | {"Link": memento_links(origin, nearest, held)})

    async def _answer_timemap(self, request: web.Request) -> web.Response:
        held = self._snapshots_of(request.raw_path.removeprefix("/web/timemap/link/"))
        if not held:
            return _page(404, "Not in this archive.")
        origin = request.url.origin()
        mementos = "".join(
            f',\n<{origin}/web/{holding.timestamp}/{holding.address}>; rel="memento"; datetime="{http_date(holding.timestamp)}"'
            for holding in held
        )
        return web.Response(
            text=f'<{held[0].address}>; rel="original"{mementos}\n',
            content_type="application/link-format",
        )

    def _snapshots_of(self, url: str) -> list[StoredSnapshot]:
        key = surt(url)
        return sorted(
            (holding for holding in self._indexed() if holding.key == key),
            key=lambda holding: holding.timestamp,
        )

    def _indexed(self) -> Iterable[StoredSnapshot]:
        """What is kept and has reached the index; all of it without a lag."""
        newest = format_timestamp(self._now() - self.index_lag)
        return (holding for holding in self.snapshots if not self.index_lag or holding.timestamp <= newest)

    def _nearest(self, held: Sequence[StoredSnapshot], timestamp: str) -> StoredSnapshot:
        wanted = timestamp or format_timestamp(self._now())
        return min(held, key=lambda holding: seconds_between(holding.timestamp, wanted))


def _page(status: int, text: str) -> web.Response:
    return web.Response(
        status=status,
        text=f"<!doctype html><title>Internet Archive Wayback Machine</title><p>{text}",
        content_type="text/html",
    )
