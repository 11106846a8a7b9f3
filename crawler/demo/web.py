"""Simulate a small web of many hosts on loopback.

The web is defined by data: host -> path -> behaviour. Clients reach it by the mapping of
`FakeWeb.connect_to()`, which redirects connections as curl's `--connect-to` does, so URLs keep
their usual hosts and ports. Hosts outside the mapping do not exist.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web
from yarl import URL

LOOPBACK = "127.0.0.1"
ANY = "*"  # stands for every other path of its host, or for every other host


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request that the web received.

    Attributes:
        at: The time by the web's clock.
        seconds: The time on the monotonic clock, for the gaps between visits.
        method: The HTTP method.
        url: The requested URL, with the host's name.
        host: The host's name.
        headers: The request's headers.
        number: The count of requests for the URL with this method so far, this one included.
    """

    at: datetime
    seconds: float
    method: str
    url: str
    host: str
    headers: Mapping[str, str]
    number: int


RequestHandler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
VisitHandler = Callable[[web.BaseRequest, Visit], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The response of a URL: a handler, and a summary for people."""

    summary: str
    handle: VisitHandler


Sites = Mapping[str, Mapping[str, Behaviour]]
"""Behaviours by host, then by path; `ANY` stands for all other hosts or paths."""


def group_by_host(addresses: Mapping[str, Behaviour]) -> dict[str, dict[str, Behaviour]]:
    """Group the behaviours of http URLs by host and path; the path `/*` becomes `ANY`."""
    sites: dict[str, dict[str, Behaviour]] = {}
    for url, behaviour in addresses.items():
        host, slash, path = url.removeprefix("http://").partition("/")
        sites.setdefault(host, {})[ANY if path == ANY else slash + path] = behaviour
    return sites


class FakeWeb:
    """The servers of a simulated web: HTTP, and HTTPS with `tls`, each on a free port of 127.0.0.1.

    Use it with `async with`, or from synchronous code with `run_in_thread`.

    Attributes:
        sites: Behaviours by host and path.
        refusing: Hosts that refuse every connection.
        visits: All requests so far.
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
        """Return where to connect for each host, as `{"host:port": "address:port"}`.

        Args:
            wildcard: Whether to connect all host names to this web, so that every host exists.

        Returns:
            A value for the setting `network.connect_to`.
        """
        ports = {"80": self._addresses["http"]}
        if self._tls:
            ports["443"] = self._addresses["https"]
        hosts = [ANY] if wildcard else [host for host in self.sites if host != ANY]
        connect_to: dict[str, str] = {}
        for host in hosts:
            for port, address in ports.items():
                connect_to[f"{host}:{port}"] = address
        for host in self.refusing:
            for port in ("80", "443"):
                connect_to[f"{host}:{port}"] = self._addresses["refusing"]
        return connect_to

    async def fetch(self, url: str) -> tuple[int, Mapping[str, str], bytes]:
        """Fetch a URL of this web, without following redirects.

        Args:
            url: Absolute.

        Returns:
            Status code, headers and body.

        Raises:
            OSError: There was no response.
        """
        requested = URL(url, encoded=True)
        host = requested.raw_host or ""
        address = self.connect_to().get(f"{host}:{requested.port}")
        if address is None:
            raise OSError(f"{host}: no such host in this web")
        target = URL(f"{requested.scheme}://{address}{requested.raw_path_qs}", encoded=True)
        headers = {"Host": host, "User-Agent": "archive"}
        connector = aiohttp.TCPConnector(ssl=False)
        try:
            async with (
                aiohttp.ClientSession(connector=connector, connector_owner=False) as session,
                session.get(
                    target, headers=headers, allow_redirects=False, server_hostname=host
                ) as response,
            ):
                return response.status, response.headers.copy(), await response.read()
        except aiohttp.ClientError as error:
            raise OSError(str(error)) from error
        finally:
            # The event loop may end at once, without waiting for a TLS shutdown.
            await connector.close(abort_ssl=True)

    def visits_to(self, url_or_host: str) -> list[Visit]:
        """Return the visits to a URL, or to all URLs of a host, in order."""
        return [visit for visit in list(self.visits) if url_or_host in (visit.url, visit.host)]

    def gaps(self, host: str) -> list[float]:
        """Return the seconds between the starts of consecutive visits to a host."""
        times = [visit.seconds for visit in self.visits_to(host)]
        return [later - earlier for earlier, later in pairwise(times)]

    def reset(self) -> None:
        """Clear the list of visits and their counts, so that `sequence` starts again."""
        self.visits.clear()
        self._request_counts.clear()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        visit = self._record(request)
        return await self._find_behaviour(visit.host, request).handle(request, visit)

    def _record(self, request: web.BaseRequest) -> Visit:
        """Count a request, and return it as a visit."""
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

    def _find_behaviour(self, host: str, request: web.BaseRequest) -> Behaviour:
        """Return the behaviour of the path with its query, else of the path, else of `ANY`."""
        site = self.sites.get(host) or self.sites.get(ANY) or {}
        return (
            site.get(request.path_qs) or site.get(request.path) or site.get(ANY) or UNKNOWN_ADDRESS
        )


async def _misdirected(_request: web.BaseRequest, _visit: Visit) -> web.StreamResponse:
    return web.Response(status=421, text="This web has no such address.\n")


# Not 404: a URL without a behaviour must differ from one whose behaviour is 404.
UNKNOWN_ADDRESS = Behaviour("421, nothing is described here", _misdirected)


@asynccontextmanager
async def serve(
    application: web.Application | RequestHandler, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """Serve an aiohttp application, or one handler for all requests, on a free port.

    Args:
        application: The application, or the handler of all requests.
        tls: The TLS context for HTTPS; None for HTTP.

    Yields:
        Its `address:port`.
    """
    # A closed connection cancels its handler, because some behaviours never end.
    runner: web.BaseRunner
    if isinstance(application, web.Application):
        runner = web.AppRunner(
            application, handler_cancellation=True, access_log=None, shutdown_timeout=0.1
        )
    else:
        runner = web.ServerRunner(
            web.Server(application, handler_cancellation=True, access_log=None),
            shutdown_timeout=0.1,
        )
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, 0, ssl_context=tls).start()
        yield "{}:{}".format(*runner.addresses[0])
    finally:
        await runner.cleanup()


@contextmanager
def closed_port() -> Iterator[str]:
    """Yield an `address:port` that refuses connections: bound, but not listening."""
    with socket.socket() as bound:
        bound.bind((LOOPBACK, 0))
        yield "{}:{}".format(*bound.getsockname())
