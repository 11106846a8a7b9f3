"""A small web on loopback that stands for many hosts by name.

What the web serves is data: host -> path -> behaviour. A client reaches it by configuration alone, with the mapping `Web.connect_to()`
gives (curl's `--connect-to`), so that the URLs it asks for are the ones people write. Hosts that are not in the mapping stay unknown.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from types import TracebackType
from typing import Self, TypeVar

import aiohttp
from aiohttp import web
from yarl import URL

LOOPBACK = "127.0.0.1"
ANY = "*"  # as a path: every other path of its host; as a host: every other host

Server = TypeVar("Server")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request as the web saw it. `url` is what the client asked for by name; `number` counts requests for it with this method, 1 first."""

    at: datetime  # by the web's own clock, which may be a moved one
    seconds: float  # monotonic, for the gaps between visits
    method: str
    url: str
    host: str
    headers: Mapping[str, str]
    number: int


RequestHandler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
VisitHandler = Callable[[web.BaseRequest, Visit], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What an address does when it is asked; `summary` tells a person."""

    summary: str
    handle: VisitHandler


Sites = Mapping[str, Mapping[str, Behaviour]]


def group_by_host(addresses: Mapping[str, Behaviour]) -> dict[str, dict[str, Behaviour]]:
    """Sites from a flat table of http URLs; a URL with the path `/*` stands for every other path of its host."""
    sites: dict[str, dict[str, Behaviour]] = {}
    for url, behaviour in addresses.items():
        host, slash, path = url.removeprefix("http://").partition("/")
        sites.setdefault(host, {})[ANY if path == ANY else slash + path] = behaviour
    return sites


class FakeWeb:
    """The servers behind `sites`: plain HTTP, and HTTPS too where `tls` is given, each on a free port of 127.0.0.1.

    Hosts in `refusing` refuse every connection. `now` is the clock behaviours and the log go by. Use it with `async with`, or from
    synchronous code with `running`.
    """

    def __init__(
        self,
        sites: Sites,
        *,
        refusing: Collection[str] = (),
        tls: ssl.SSLContext | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.sites = sites
        self.refusing = refusing
        self.visits: list[Visit] = []
        self._tls = tls
        self._now = now
        self._request_counts: Counter[tuple[str, str]] = Counter()
        self._open: AsyncExitStack = AsyncExitStack()
        self._addresses: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        self._addresses["refusing"] = self._open.enter_context(closed_port())
        self._addresses["http"] = await self._open.enter_async_context(serve(self._answer))
        if self._tls:
            self._addresses["https"] = await self._open.enter_async_context(
                serve(self._answer, tls=self._tls)
            )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    def connect_to(self, *, wildcard: bool = False) -> dict[str, str]:
        """Where to connect for each host, as `{"host:port": "address:port"}`.

        With `wildcard` every name leads here: then no name is unknown any more, but those that refuse still do.
        """
        ports = {"80": self._addresses["http"]} | (
            {"443": self._addresses["https"]} if self._tls else {}
        )
        hosts = [ANY] if wildcard else [host for host in self.sites if host != ANY]
        mapping = {f"{host}:{port}": address for host in hosts for port, address in ports.items()}
        return mapping | {
            f"{host}:{port}": self._addresses["refusing"]
            for host in self.refusing
            for port in ("80", "443")
        }

    async def fetch(self, url: str) -> tuple[int, Mapping[str, str], bytes]:
        """Ask this web for `url` as an archive would, following nothing: status, headers, body. Raises OSError where it gets no answer."""
        wanted = URL(url, encoded=True)
        host = wanted.raw_host or ""
        address = self.connect_to().get(f"{host}:{wanted.port}")
        if address is None:
            raise OSError(f"{host}: no such host in this web")
        there = URL(f"{wanted.scheme}://{address}{wanted.raw_path_qs}", encoded=True)
        headers = {"Host": host, "User-Agent": "archive"}
        connector = aiohttp.TCPConnector(ssl=False)
        try:
            async with (
                aiohttp.ClientSession(connector=connector, connector_owner=False) as session,
                session.get(
                    there, headers=headers, allow_redirects=False, server_hostname=host
                ) as answer,
            ):
                return answer.status, answer.headers.copy(), await answer.read()
        except aiohttp.ClientError as error:
            raise OSError(str(error)) from error
        finally:
            await connector.close(
                abort_ssl=True
            )  # a loop that ends now would not see the end of a TLS farewell

    def visits_to(self, url_or_host: str) -> list[Visit]:
        """The visits so far to a URL, or to any address of a host, in the order they came."""
        return [visit for visit in list(self.visits) if url_or_host in (visit.url, visit.host)]

    def gaps(self, host: str) -> list[float]:
        """Seconds between the starts of one visit to a host and the next."""
        times = [visit.seconds for visit in self.visits_to(host)]
        return [later - earlier for earlier, later in pairwise(times)]

    def reset(self) -> None:
        """Empty the log, and let every behaviour that counts visits start anew."""
        self.visits.clear()
        self._request_counts.clear()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        visit = self._record(request)
        return await self._behaviour(visit.host, request).handle(request, visit)

    def _record(self, request: web.BaseRequest) -> Visit:
        url = f"{request.scheme}://{request.host}{request.path_qs}"
        self._request_counts[request.method, url] += 1
        visit = Visit(
            at=self._now(),
            seconds=time.monotonic(),
            method=request.method,
            url=url,
            host=(request.url.raw_host or "").lower(),
            headers=request.headers,
            number=self._request_counts[request.method, url],
        )
        self.visits.append(visit)
        return visit

    def _behaviour(self, host: str, request: web.BaseRequest) -> Behaviour:
        site = self.sites.get(host) or self.sites.get(ANY) or {}
        return (
            site.get(request.path_qs) or site.get(request.path) or site.get(ANY) or UNKNOWN_ADDRESS
        )


async def _misdirected(_request: web.BaseRequest, _visit: Visit) -> web.StreamResponse:
    return web.Response(status=421, text="This web has no such address.\n")


# Not a 404: an address a test forgot to describe must not look like one that is described as missing.
UNKNOWN_ADDRESS = Behaviour("421, nothing is described here", _misdirected)


@asynccontextmanager
async def serve(
    what: web.Application | RequestHandler, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """Serve an aiohttp application, or one handler for every request, on a free port; gives its `address:port`."""
    # A visitor who leaves ends the handler: some behaviours answer for ever.
    runner: web.BaseRunner
    if isinstance(what, web.Application):
        runner = web.AppRunner(
            what, handler_cancellation=True, access_log=None, shutdown_timeout=0.1
        )
    else:
        runner = web.ServerRunner(
            web.Server(what, handler_cancellation=True, access_log=None), shutdown_timeout=0.1
        )
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, 0, ssl_context=tls).start()
        yield "{}:{}".format(*runner.addresses[0])
    finally:
        await runner.cleanup()


@contextmanager
def closed_port() -> Iterator[str]:
    """An `address:port` that refuses connections: bound, so that nobody else takes it, and never listening."""
    with socket.socket() as held:
        held.bind((LOOPBACK, 0))
        yield "{}:{}".format(*held.getsockname())


class BackgroundLoop:
    """An event loop in a thread of its own, for servers that synchronous code talks to."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="background-servers", daemon=True
        )
        self._thread.start()
        self._open = AsyncExitStack()
        return self

    def start(self, server: AbstractAsyncContextManager[Server]) -> Server:
        """Enter `server` in the thread; it is left when the thread ends, the last one first."""
        return asyncio.run_coroutine_threadsafe(
            self._open.enter_async_context(server), self._loop
        ).result()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            asyncio.run_coroutine_threadsafe(self._open.aclose(), self._loop).result()
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


@contextmanager
def run_in_thread(server: AbstractAsyncContextManager[Server]) -> Iterator[Server]:
    """Run one server in a thread of its own while the block lasts."""
    with BackgroundLoop() as background:
        yield background.start(server)
