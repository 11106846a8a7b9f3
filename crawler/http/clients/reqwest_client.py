"""Send requests with pyreqwest (reqwest and rustls), the fast HTTP client.

reqwest would resolve names itself, and it does not limit the bytes around a body. So each name is
resolved and checked by `SafeResolver` first. Every connection goes through a relay, which connects
to the checked address and counts the bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from time import monotonic
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from pyreqwest.client import Client as Reqwest
from pyreqwest.client import ClientBuilder
from pyreqwest.exceptions import PyreqwestError, RequestError, RequestTimeoutError
from pyreqwest.http import HeaderMap, Url
from pyreqwest.proxy import ProxyBuilder
from pyreqwest.response import Response

from crawler.http.clients.counting_relay import LOOPBACK, Relay
from crawler.http.clients.interface import TOO_MANY_BYTES, RequestFailed, UnsupportedRequest
from crawler.http.clients.relay_connections import Destination
from crawler.http.clients.reqwest_failures import (
    LARGEST_HEAD,
    cause_messages,
    connect_failure,
    failure_of,
)
from crawler.http.connection_map import HostPort
from crawler.http.fetch import ClientCertificate, FetchRequest, FetchResponse
from crawler.http.headers import join_fields
from crawler.http.safe_resolver import ResolveError, SafeResolver
from crawler.http.wire import is_small, wire_limit
from store.vocabulary import Fault

_IDLE_SECONDS: Final = 5
_MIN_SECONDS: Final = 0.01
_PROXY_PORTS: Final = {"http": 80, "https": 443}
_SOCKS_PORT: Final = 1080
# Headers for redirects, cookies, retry delays or the body's type. Other headers that are not ASCII
# are dropped.
_NEEDED_HEADERS: Final = frozenset(
    {"location", "set-cookie", "refresh", "content-type", "content-encoding", "retry-after"}
)


@dataclass(frozen=True, slots=True)
class Route:
    """The settings that reqwest fixes when a client is built.

    Attributes:
        connect_seconds: Time to open a connection.
        client_certificate: Shown to servers that ask for one.
        proxy: The URL of the proxy; empty for none.
        wire_bytes: With a proxy, the bytes that each connection may receive. A connection to a
            proxy serves one request.
    """

    connect_seconds: float
    client_certificate: ClientCertificate | None = None
    proxy: str = ""
    wire_bytes: int = 0


class _OpenedRoute(NamedTuple):
    """The client of a route. `proxy_destination` is the proxy's, None without a proxy."""

    client: Reqwest
    proxy_destination: Destination | None


class ReqwestClient:
    """Sends requests through the relay, with one reqwest client for each route.

    Args:
        resolver: Resolves and checks every host.
        ca_file: A PEM file of CA certificates to trust besides the system's; empty for none.
        http2: Whether to use HTTP/2 only; False for HTTP/1.1 only.
    """

    def __init__(self, resolver: SafeResolver, *, ca_file: str = "", http2: bool = False) -> None:
        self._resolver = resolver
        self._ca_file = ca_file
        self._http2 = http2
        self._relay = Relay()
        self._relay_url = ""
        self._routes: dict[Route, asyncio.Task[_OpenedRoute]] = {}

    async def send(self, request: FetchRequest) -> FetchResponse:
        """Return the response to a request.

        Raises:
            RequestFailed: There is no usable response.
            UnsupportedRequest: reqwest would change the request or cannot return the response.
        """
        deadline = monotonic() + request.timeout
        url = _parse_url(request.url)
        host, port = (url.host_str or "").strip("[]"), url.port_or_known_default or 0
        if request.proxy:
            return await self._send_through_proxy(url, host, port, request)
        if ":" in host and url.scheme == "https":
            raise UnsupportedRequest(
                "reqwest accepts no certificate for an IPv6 address behind a relay"
            )
        address = await self._resolve(host, port, request.timeout)
        route = Route(request.timeout / 2, request.client_certificate)
        client = (await self._client_for(route)).client
        name = host if url.domain else str(ip_address(host))
        seconds_left = max(_MIN_SECONDS, deadline - monotonic())
        max_bytes = wire_limit(request.max_bytes)
        async with request.permit:
            on_sent = request.permit.on_sent
            with self._relay.request(
                name, port, address, max_bytes, on_sent=on_sent
            ) as destination:
                return await _exchange(client, url, request, destination, seconds_left)

    async def close(self) -> None:
        """Close all connections."""
        routes = await asyncio.gather(*self._routes.values(), return_exceptions=True)
        for route in routes:
            if not isinstance(route, BaseException):
                await route.client.close()
        self._routes.clear()
        await self._relay.close()

    async def _resolve(self, host: str, port: int, max_seconds: float) -> HostPort:
        """Return the first public address of a host. Raises RequestFailed if there is none."""
        if cached := self._resolver.cached_public(host, port):
            return cached[0]  # most requests: they need no timeout
        try:
            async with asyncio.timeout(max_seconds):
                return (await self._resolver.resolve_public(host, port))[0]
        except TimeoutError:
            detail = f"{host}: the resolver did not answer in time"
            raise RequestFailed(Fault.NAME_UNKNOWN, detail) from None
        except ResolveError as error:
            raise RequestFailed(error.fault, error.detail) from error

    async def _send_through_proxy(
        self, url: Url, host: str, port: int, request: FetchRequest
    ) -> FetchResponse:
        try:
            self._resolver.check_host(host, port)
        except ResolveError as error:
            raise RequestFailed(error.fault, error.detail) from error
        route = Route(
            request.timeout / 2,
            request.client_certificate,
            request.proxy,
            wire_limit(request.max_bytes),
        )
        client, proxy_destination = await self._client_for(route)
        destination = proxy_destination or Destination(("", 0))
        async with request.permit:
            return await _exchange(client, url, request, destination, request.timeout)

    async def _client_for(self, route: Route) -> _OpenedRoute:
        """Return the client for a route and, for one through a proxy, its destination.

        Raises:
            UnsupportedRequest: reqwest does not accept the route's settings.
        """
        if route not in self._routes:
            self._routes[route] = asyncio.create_task(self._open(route))
        opening = self._routes[route]
        try:
            return opening.result() if opening.done() else await asyncio.shield(opening)
        except (PyreqwestError, ValueError, OSError) as error:
            raise UnsupportedRequest(str(error)) from error

    async def _open(self, route: Route) -> _OpenedRoute:
        if route.proxy:
            return await self._open_through_proxy(route)
        self._relay_url = self._relay_url or await self._relay.open_socks()
        return _OpenedRoute(self._configure(route, self._relay_url).build(), None)

    async def _open_through_proxy(self, route: Route) -> _OpenedRoute:
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
        return _OpenedRoute(builder.build(), destination)

    def _configure(self, route: Route, proxy: str) -> ClientBuilder:
        """Return the builder of a client that sends everything through a proxy or the relay."""
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


def _read_pem(certificate: ClientCertificate) -> bytes:
    """Return key and certificate in one text; both may be in the same file."""
    paths = dict.fromkeys((certificate.key, certificate.certificate))
    return b"\n".join(path.read_bytes() for path in paths)


def _parse_url(url: str) -> Url:
    try:
        parsed = Url(url)
    except ValueError as error:
        raise UnsupportedRequest(str(error)) from error
    if str(parsed) != url:
        raise UnsupportedRequest("reqwest would spell the URL differently")
    return parsed


async def _exchange(
    client: Reqwest, url: Url, request: FetchRequest, destination: Destination, seconds: float
) -> FetchResponse:
    builder = (
        client.request(request.method, url)
        .timeout(timedelta(seconds=seconds))
        .headers(list(request.headers.items()))
        .streamed_read_buffer_limit(0)
    )
    if request.body:
        builder = builder.body_bytes(request.body)
    is_proxied = bool(request.proxy)
    try:
        async with builder.build_streamed() as response:
            return await _read_response(response, request, destination)
    except PyreqwestError as error:
        if destination.exceeded:
            raise RequestFailed(Fault.BAD_RESPONSE, TOO_MANY_BYTES) from error
        if destination.error:
            raise connect_failure(destination.error, is_proxied=is_proxied) from error
        received = _bytes_received(request, destination)
        raise failure_of(error, is_proxied=is_proxied, bytes_received=received) from error
    except ValueError as error:  # a header value that is not ASCII, sent or received
        raise UnsupportedRequest(str(error)) from error


def _bytes_received(request: FetchRequest, destination: Destination) -> int:
    """Return how many bytes a server sent for a request whose response head was too large.

    The relay counts per destination, so its count is only that of the request if there is no other.
    """
    if destination.requests > 1:
        return LARGEST_HEAD
    return max(LARGEST_HEAD, wire_limit(request.max_bytes) - destination.bytes_left)


async def _read_response(
    response: Response, request: FetchRequest, destination: Destination
) -> FetchResponse:
    body, is_intact = b"", True
    if request.method != "HEAD":
        body, is_intact = await _read_beginning(response, request.max_bytes, destination)
    headers, cookies = join_fields(_read_fields(response.headers))
    return FetchResponse(
        status=response.status,
        headers=headers,
        cookies=cookies,
        body=body,
        peer=destination.peer,
        fault=None if is_intact else Fault.TRUNCATED,
    )


async def _read_beginning(
    response: Response, limit: int, destination: Destination
) -> tuple[bytes, bool]:
    """Read at most `limit` bytes of a body.

    A body that was cut by our own limits of time or bytes is intact, as one cut by `limit` is.

    Returns:
        The bytes, and `is_intact`: whether the body had no error as far as it was read.

    Raises:
        RequestTimeoutError: Time was up before the first byte.
        RequestFailed: The body was broken, or too large, before the first byte.
    """
    read = bytearray()
    try:
        while len(read) < limit and (chunk := await response.body_reader.read_chunk()) is not None:
            read += chunk
    except RequestTimeoutError:
        if not read:
            raise
    except RequestError as error:
        if read:
            return bytes(read), destination.exceeded
        if destination.exceeded:
            raise RequestFailed(Fault.BAD_RESPONSE, TOO_MANY_BYTES) from error
        raise RequestFailed(Fault.TRUNCATED, cause_messages(error)[-1]) from error
    return bytes(read[:limit]), True


def _read_fields(headers: HeaderMap) -> Iterator[tuple[str, str]]:
    try:
        yield from list(headers.items())
    except ValueError:  # one of them is not ASCII
        for name in dict.fromkeys(headers):
            try:
                values = headers.getall(name)
                yield from [(name, value) for value in values]
            except ValueError as error:
                if name in _NEEDED_HEADERS:
                    raise UnsupportedRequest(f"the header {name} is not ASCII") from error
