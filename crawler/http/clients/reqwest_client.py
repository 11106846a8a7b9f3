"""The client on pyreqwest (reqwest and rustls): quick, and exact about what servers send.

It would resolve names by itself, and it sets no bound to what a server may send around a body. So each name is looked up and checked by
our resolver first, and every connection goes through a relay of ours, which leads it to that address and counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

from pyreqwest.client import Client as Reqwest
from pyreqwest.client import ClientBuilder
from pyreqwest.exceptions import DecodeError, PyreqwestError, RequestError, RequestTimeoutError
from pyreqwest.http import HeaderMap, Url
from pyreqwest.proxy import ProxyBuilder
from pyreqwest.response import Response

from crawler.http.clients.counting_relay import LOOPBACK, Destination, Relay
from crawler.http.clients.interface import (
    CONNECT_FAULTS,
    TOO_MANY_BYTES,
    ClientCertificate,
    RequestFailed,
    UnsupportedRequest,
    WireAnswer,
    WireRequest,
)
from crawler.http.safe_resolver import ResolveError, SafeResolver
from crawler.http.wire import is_small, wire_limit
from store.vocabulary import Fault

_IDLE_SECONDS = 5
_LONGEST_HEAD = (
    417_792  # bytes that the library takes before it finds a head too large; of these, 100 headers
)
_PROXY_PORTS = {"http": 80, "https": 443}  # SOCKS: 1080
# Headers that lead on, or say what the body is. Of others, those that are not ASCII are left out.
_NEEDED_HEADERS = frozenset(
    {"location", "set-cookie", "refresh", "content-type", "content-encoding", "retry-after"}
)


@dataclass(frozen=True, slots=True)
class Route:
    """What is settled when a client is built. Of requests through a proxy, each connection carries one, and `wire_bytes` at most."""

    connect_seconds: float
    identity: ClientCertificate | None = None
    proxy: str = ""
    wire_bytes: int = 0


class ReqwestClient:
    """Sends requests through a relay, by one reqwest client a route."""

    def __init__(self, resolver: SafeResolver, *, ca_file: str = "") -> None:
        self._resolver = resolver
        self._ca_file = ca_file
        self._relay = Relay()
        self._relay_url = ""
        self._clients: dict[Route, asyncio.Task[tuple[Reqwest, Destination | None]]] = {}

    async def send(self, request: WireRequest) -> WireAnswer:
        """Raises RequestFailed, or Unfit."""
        until = monotonic() + request.timeout
        url = _parsed(request.url)
        host, port = (url.host_str or "").strip("[]"), url.port_or_known_default or 0
        if request.proxy:
            return await self._ask_through_proxy(url, host, port, request)
        if ":" in host and url.scheme == "https":
            raise UnsupportedRequest(
                "the library takes no certificate for an IPv6 address behind a relay"
            )
        try:
            async with asyncio.timeout(request.timeout):
                place = (await self._resolver.look_up(host, port))[0]
        except TimeoutError:
            raise RequestFailed(
                Fault.NAME_UNKNOWN, f"{host}: the resolver did not answer in time"
            ) from None
        except ResolveError as error:
            raise RequestFailed(error.fault, error.detail) from error
        client, _ = await self._client_for(Route(request.timeout / 2, request.identity))
        name = host if url.domain else str(ip_address(host))
        left = max(0.01, until - monotonic())
        async with request.turn:
            with self._relay.request(
                name, port, place, wire_limit(request.max_bytes)
            ) as destination:
                return await _send(client, url, request, destination, left)

    async def close(self) -> None:
        """Let go of every connection."""
        for opened in await asyncio.gather(*self._clients.values(), return_exceptions=True):
            if not isinstance(opened, BaseException):
                await opened[0].close()
        self._clients.clear()
        await self._relay.close()

    async def _ask_through_proxy(
        self, url: Url, host: str, port: int, request: WireRequest
    ) -> WireAnswer:
        try:
            self._resolver.check_literal(host, port)
        except ResolveError as error:
            raise RequestFailed(error.fault, error.detail) from error
        route = Route(
            request.timeout / 2, request.identity, request.proxy, wire_limit(request.max_bytes)
        )
        client, destination = await self._client_for(route)
        async with request.turn:
            return await _send(
                client, url, request, destination or Destination(("", 0)), request.timeout
            )

    async def _client_for(self, route: Route) -> tuple[Reqwest, Destination | None]:
        """Return the client for a route, and for one through a proxy where its connections lead. Raises Unfit."""
        if route not in self._clients:
            self._clients[route] = asyncio.create_task(self._open(route))
        opened = self._clients[route]
        try:
            return opened.result() if opened.done() else await asyncio.shield(opened)
        except (PyreqwestError, ValueError, OSError) as error:
            raise UnsupportedRequest(str(error)) from error

    async def _open(self, route: Route) -> tuple[Reqwest, Destination | None]:
        if not route.proxy:
            self._relay_url = self._relay_url or await self._relay.open_socks()
            return self._build(route, self._relay_url), None
        parts = urlsplit(route.proxy)
        try:
            port = parts.port or _PROXY_PORTS.get(parts.scheme, 1080)
        except ValueError as error:
            raise UnsupportedRequest(f"the proxy's address: {error}") from error
        host = parts.hostname or ""
        destination = Destination(
            (host, port), bytes_left=route.wire_bytes, small=is_small(route.wire_bytes)
        )
        user, _, _ = parts.netloc.rpartition("@")
        named = (
            host if parts.scheme == "https" else LOOPBACK
        )  # it has to hold the certificate of its name
        forward = f"{named}:{await self._relay.open_forward(destination)}"
        return self._build(
            route,
            f"{parts.scheme}://{user}@{forward}" if user else f"{parts.scheme}://{forward}",
            named,
        ), destination

    def _build(self, route: Route, proxy: str, at_loopback: str = "") -> Reqwest:
        builder = (
            ClientBuilder()
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
        builder = builder.proxy(ProxyBuilder.all(proxy))
        if route.proxy:
            builder = builder.pool_max_idle_per_host(0)
        if at_loopback != LOOPBACK and at_loopback:
            builder = builder.resolve(at_loopback, LOOPBACK, 0)
        if self._ca_file:
            builder = builder.add_root_certificate_pem(Path(self._ca_file).read_bytes())
        if route.identity:
            builder = builder.identity_pem(
                b"\n".join(
                    path.read_bytes()
                    for path in dict.fromkeys((route.identity.key, route.identity.certificate))
                )
            )
        return builder.build()


def _parsed(url: str) -> Url:
    try:
        parsed = Url(url)
    except ValueError as error:
        raise UnsupportedRequest(str(error)) from error
    if str(parsed) != url:
        raise UnsupportedRequest("the URL would be written differently")
    return parsed


async def _send(
    client: Reqwest, url: Url, request: WireRequest, destination: Destination, seconds: float
) -> WireAnswer:
    builder = (
        client.request(request.method, url)
        .timeout(timedelta(seconds=seconds))
        .headers(list(request.headers))
    )
    builder = builder.streamed_read_buffer_limit(0)
    if request.body:
        builder = builder.body_bytes(request.body)
    try:
        async with builder.build_streamed() as answer:
            body, whole = b"", True
            if request.method != "HEAD":
                body, whole = await _beginning(answer, request.max_bytes, destination)
            headers = list(_read_headers(answer.headers))
            return WireAnswer(
                status=answer.status,
                headers=headers,
                body=body,
                peer=destination.peer,
                cut_short=not whole,
            )
    except PyreqwestError as error:
        if destination.exceeded:
            raise RequestFailed(Fault.BAD_RESPONSE, TOO_MANY_BYTES) from error
        if destination.error:
            raise _connect_failure(destination.error, proxied=bool(request.proxy)) from error
        raise failure_of(error, proxied=bool(request.proxy)) from error
    except ValueError as error:  # a header value that is not ASCII, going or coming
        raise UnsupportedRequest(str(error)) from error


async def _beginning(answer: Response, limit: int, destination: Destination) -> tuple[bytes, bool]:
    """Read at most `limit` bytes, and tell whether the body was sound as far as it was read. Nothing at all of it is a failure."""
    read = bytearray()
    try:
        while len(read) < limit and (chunk := await answer.body_reader.read_chunk()) is not None:
            read += chunk
    except RequestTimeoutError:
        if not read:
            raise  # else: as much as the time allows is as good as the size allows
    except RequestError as error:
        if not read:
            fault, detail = (
                (Fault.BAD_RESPONSE, TOO_MANY_BYTES)
                if destination.exceeded
                else (Fault.TRUNCATED, _messages(error)[-1])
            )
            raise RequestFailed(fault, detail) from error
        return bytes(read), destination.exceeded  # as much as the bytes allow, too
    return bytes(read[:limit]), True


def _read_headers(headers: HeaderMap) -> Iterator[tuple[str, str]]:
    try:
        yield from list(headers.items())
    except ValueError:  # one of them is not ASCII
        for name in dict.fromkeys(headers):
            try:
                yield from [(name, value) for value in headers.getall(name)]
            except ValueError as error:
                if name in _NEEDED_HEADERS:
                    raise UnsupportedRequest(f"the header {name} is not ASCII") from error


def failure_of(error: PyreqwestError, *, proxied: bool = False) -> RequestFailed:
    """Say which fault an exception of pyreqwest stands for. Raises Unfit where it stands for a limit of the library."""
    messages = _messages(error)
    last = messages[-1]
    connecting = "client error (Connect)" in messages
    if isinstance(error, RequestTimeoutError):
        return RequestFailed(
            Fault.CONNECT_TIMEOUT if connecting else Fault.TIMEOUT, "no answer in time"
        )
    if connecting:
        if proxied and any(
            "tunnel" in message or "proxy" in message.lower() for message in messages
        ):
            return RequestFailed(Fault.UNREACHABLE, f"by way of the proxy: {last}")
        return RequestFailed(Fault.TLS, last)
    if "message head is too large" in messages:
        raise UnsupportedRequest("more headers than the library takes", received=_LONGEST_HEAD)
    if isinstance(error, DecodeError):
        return RequestFailed(Fault.BAD_RESPONSE, last)
    if isinstance(error, RequestError):
        return RequestFailed(Fault.RESET, last)
    raise UnsupportedRequest(last)


def _messages(error: PyreqwestError) -> list[str]:
    """What went wrong, from the outside in."""
    return [
        cause["message"][:200] for cause in getattr(error, "details", {}).get("causes") or ()
    ] or [error.message]


def _connect_failure(error: OSError, *, proxied: bool) -> RequestFailed:
    detail = error.strerror or str(error)
    if proxied:
        return RequestFailed(Fault.UNREACHABLE, f"by way of the proxy: {detail}")
    return RequestFailed(CONNECT_FAULTS.get(error.errno or 0, Fault.RESET), detail)
