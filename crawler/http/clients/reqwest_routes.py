"""Build the reqwest clients: one for each combination of timeout, certificate and proxy.

reqwest cannot count all bytes that a server sends. So every connection goes to a `Relay` of this
process on loopback, which counts them and connects to the server or the proxy. To reqwest the relay
looks like a SOCKS proxy, or like the configured proxy. A `Destination` is one address that the
relay connects to, with the number of bytes that may still come from there.
"""

from __future__ import annotations

import asyncio
import errno
from datetime import timedelta
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from msgspec import Struct
from pyreqwest.client import Client as Reqwest
from pyreqwest.client import ClientBuilder
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.proxy import ProxyBuilder

from crawler.http.clients.counting_relay import LOOPBACK, Relay
from crawler.http.clients.interface import UnsupportedRequest
from crawler.http.clients.relay_connections import Destination
from crawler.http.fetch import ClientCertificate
from crawler.http.wire import is_small

_IDLE_SECONDS: Final = 2  # until an unused connection is closed: each takes 40 KB or more
_PROXY_PORTS: Final = {"http": 80, "https": 443}
_SOCKS_PORT: Final = 1080
# Errors of the system that pass when other connections are closed.
_LACKS_RESOURCES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Route(Struct, frozen=True):
    """The settings that reqwest fixes when a client is built.

    Attributes:
        connect_seconds: Time to open a connection.
        client_certificate: Shown to servers that request one; None for no certificate.
        proxy: The URL of the proxy; empty for none.
        wire_bytes: With a proxy, the bytes that each connection may receive. A connection to a
            proxy serves one request.
    """

    connect_seconds: float
    client_certificate: ClientCertificate | None = None
    proxy: str = ""
    wire_bytes: int = 0


class OpenedRoute(NamedTuple):
    """The reqwest client of a route, and the relay's destination for its proxy, if it has one."""

    client: Reqwest
    proxy_destination: Destination | None


class ReqwestRoutes:
    """The reqwest clients of all routes, each built when it is first needed.

    Args:
        relay: All connections go through it.
        ca_file: A PEM file of CA certificates to trust besides the system's; empty for none.
        http2: Whether to use HTTP/2 only; False for HTTP/1.1 only.
    """

    def __init__(self, relay: Relay, *, ca_file: str = "", http2: bool = False) -> None:
        self._relay = relay
        self._relay_url = ""
        self._ca_file = ca_file
        self._http2 = http2
        self._routes: dict[Route, asyncio.Task[OpenedRoute]] = {}

    async def close(self) -> None:
        """Close the connections of all clients."""
        routes = await asyncio.gather(*self._routes.values(), return_exceptions=True)
        for route in routes:
            if not isinstance(route, BaseException):
                await route.client.close()
        self._routes.clear()

    async def client_for(self, route: Route) -> OpenedRoute:
        """Return the client for a route and, for one through a proxy, its destination.

        Raises:
            UnsupportedRequest: reqwest does not accept the route's settings.
        """
        opening = self._routes.get(route)
        if opening is None or _failed_temporarily(opening):
            opening = self._routes[route] = asyncio.create_task(self._open(route))
        try:
            return opening.result() if opening.done() else await asyncio.shield(opening)
        except (PyreqwestError, ValueError, OSError) as error:
            raise UnsupportedRequest(str(error)) from error

    async def _open(self, route: Route) -> OpenedRoute:
        """Build the client of a route, and open the relay for it."""
        if route.proxy:
            return await self._open_through_proxy(route)
        # Requests without a proxy share one port of the relay, which connects to any host.
        self._relay_url = self._relay_url or await self._relay.open_socks()
        return OpenedRoute(self._configure(route, self._relay_url).build(), None)

    async def _open_through_proxy(self, route: Route) -> OpenedRoute:
        """Build the client of a route through a proxy, with a port of the relay for the proxy."""
        parts = urlsplit(route.proxy)
        try:
            port = parts.port or _PROXY_PORTS.get(parts.scheme, _SOCKS_PORT)
        except ValueError as error:
            raise UnsupportedRequest(f"the proxy's address: {error}") from error
        host = parts.hostname or ""
        destination = Destination(
            (host, port), bytes_left=route.wire_bytes, is_small=is_small(route.wire_bytes)
        )
        forward_port = await self._relay.open_forward(destination)
        # The certificate of an HTTPS proxy is checked against its name, which must stay in the URL.
        name = host if parts.scheme == "https" else LOOPBACK
        user_info, at, _ = parts.netloc.rpartition("@")
        url = f"{parts.scheme}://{user_info}{at}{name}:{forward_port}"
        builder = self._configure(route, url).pool_max_idle_per_host(0)
        if name != LOOPBACK:
            builder = builder.resolve(name, LOOPBACK, 0)
        return OpenedRoute(builder.build(), destination)

    def _configure(self, route: Route, proxy: str) -> ClientBuilder:
        """Return the builder of a client that sends everything through the relay.

        Args:
            route: The settings.
            proxy: The URL of the relay's port, which reqwest takes for a proxy.
        """
        builder = (
            ClientBuilder()
            .proxy(ProxyBuilder.all(proxy))
            .follow_redirects(enable=False)
            .referer(enable=False)
            .gzip(enable=False)
            .brotli(enable=False)
            .zstd(enable=False)
            .deflate(enable=False)
            .connect_timeout(timedelta(seconds=route.connect_seconds))
            .pool_idle_timeout(timedelta(seconds=_IDLE_SECONDS))
            # As lenient as browsers are.
            .http1_ignore_invalid_headers_in_responses(value=True)
            .http1_allow_spaces_after_header_name_in_responses(value=True)
            .http1_allow_obsolete_multiline_headers_in_responses(value=True)
        )
        if self._http2:
            builder = builder.http2_prior_knowledge()
        if self._ca_file:
            builder = builder.add_root_certificate_pem(Path(self._ca_file).read_bytes())
        if route.client_certificate:
            builder = builder.identity_pem(_read_pem(route.client_certificate))
        return builder


def _failed_temporarily(opening: asyncio.Task[OpenedRoute]) -> bool:
    """Return whether a route could not be opened because the system lacked resources.

    Other causes, such as a certificate that cannot be read, remain: each attempt would open a port.
    """
    if not opening.done() or opening.cancelled():
        return False
    error = opening.exception()
    return isinstance(error, OSError) and error.errno in _LACKS_RESOURCES


def _read_pem(certificate: ClientCertificate) -> bytes:
    """Return key and certificate in one text; both may be in the same file."""
    paths = dict.fromkeys((certificate.key, certificate.certificate))
    return b"\n".join(path.read_bytes() for path in paths)
