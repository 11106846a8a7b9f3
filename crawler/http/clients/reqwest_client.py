"""Send requests with pyreqwest (reqwest and rustls), the fast HTTP client.

reqwest would resolve names itself, and it does not limit the bytes around a body. So each name is
resolved and checked by `SafeResolver` first. Every connection goes through a relay, which connects
to the checked address and counts the bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address
from time import monotonic
from typing import Final

from pyreqwest.client import Client as Reqwest
from pyreqwest.exceptions import PyreqwestError, RequestError, RequestTimeoutError
from pyreqwest.http import HeaderMap, Url
from pyreqwest.response import Response

from crawler.http.clients.counting_relay import Relay
from crawler.http.clients.interface import TOO_MANY_BYTES, RequestFailed, UnsupportedRequest
from crawler.http.clients.relay_connections import Destination
from crawler.http.clients.reqwest_failures import (
    LARGEST_HEAD,
    cause_messages,
    connect_failure,
    failure_of,
)
from crawler.http.clients.reqwest_routes import ReqwestRoutes, Route
from crawler.http.connection_map import HostPort
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.http.headers import join_fields
from crawler.http.safe_resolver import ResolveError, SafeResolver
from crawler.http.wire import wire_limit
from store.vocabulary import Fault

_MIN_SECONDS: Final = 0.01  # minimum timeout of a request, after a slow name resolution
# Headers that decide about redirects, cookies, retries or the type of the body. Others are dropped
# if they are not ASCII.
_NEEDED_HEADERS: Final = frozenset(
    {"location", "set-cookie", "refresh", "content-type", "content-encoding", "retry-after"}
)


class ReqwestClient:
    """Sends requests through the relay, with one reqwest client for each route.

    Args:
        resolver: Resolves and checks every host.
        ca_file: A PEM file of CA certificates to trust besides the system's; empty for none.
        http2: Whether to use HTTP/2 only; False for HTTP/1.1 only.
    """

    def __init__(self, resolver: SafeResolver, *, ca_file: str = "", http2: bool = False) -> None:
        self._resolver = resolver
        self._relay = Relay()
        self._routes = ReqwestRoutes(self._relay, ca_file=ca_file, http2=http2)

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
        client = (await self._routes.client_for(route)).client
        name = host if url.domain else str(ip_address(host))
        seconds_left = max(_MIN_SECONDS, deadline - monotonic())
        max_bytes = wire_limit(request.max_bytes)
        async with request.permit:
            on_sent = request.permit.on_sent
            with self._relay.allow_connections(
                name, port, address, max_bytes, on_sent=on_sent
            ) as destination:
                return await _exchange(client, url, request, destination, seconds_left)

    async def close(self) -> None:
        """Close all connections."""
        await self._routes.close()
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
        """Send a request through its proxy. Raises RequestFailed for a host that is not allowed."""
        try:
            self._resolver.check_host(host, port)
        except ResolveError as error:
            raise RequestFailed(error.fault, error.detail) from error
        route = Route(
            connect_seconds=request.timeout / 2,
            client_certificate=request.client_certificate,
            proxy=request.proxy,
            wire_bytes=wire_limit(request.max_bytes),
        )
        client, proxy_destination = await self._routes.client_for(route)
        destination = proxy_destination or Destination(("", 0))
        async with request.permit:
            return await _exchange(client, url, request, destination, request.timeout)


def _parse_url(url: str) -> Url:
    """Return a URL for reqwest. Raises UnsupportedRequest if reqwest would change it."""
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
    """Return the response to a request, with exceptions of reqwest converted to ours.

    Args:
        client: The reqwest client of the request's route.
        url: The request's URL.
        request: The request.
        destination: The relay's destination for it, which has the results of connecting.
        seconds: Time for the whole exchange.

    Raises:
        RequestFailed: There is no usable response.
        UnsupportedRequest: reqwest cannot send the request or return the response.
    """
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
            failure = connect_failure(destination.error, is_proxied=is_proxied)
            raise failure from error
        received = _bytes_received(request, destination)
        failure = failure_of(error, is_proxied=is_proxied, bytes_received=received)
        raise failure from error
    except ValueError as error:  # a header value that is not ASCII, sent or received
        raise UnsupportedRequest(str(error)) from error


def _bytes_received(request: FetchRequest, destination: Destination) -> int:
    """Return how many bytes a server sent for a request whose response head was too large.

    The relay counts per destination, so its count is only that of the request if there is no other.
    """
    if destination.request_count > 1:
        return LARGEST_HEAD
    return max(LARGEST_HEAD, wire_limit(request.max_bytes) - destination.bytes_left)


async def _read_response(
    response: Response, request: FetchRequest, destination: Destination
) -> FetchResponse:
    """Return a response with the beginning of its body."""
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
        while len(read) < limit:
            chunk = await response.body_reader.read_chunk()
            if chunk is None:
                break
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
    """Yield the names and values of header fields. Those that are not ASCII are left out.

    Raises:
        UnsupportedRequest: One of `_NEEDED_HEADERS` is not ASCII.
    """
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
