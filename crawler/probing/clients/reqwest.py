"""The client on pyreqwest (reqwest and rustls): quick, and exact about what servers send.

It resolves names by itself unless told where they lead, so every name is looked up and checked by our resolver first and its address
pinned into the client that asks.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from time import monotonic

from pyreqwest.client import Client as Reqwest
from pyreqwest.client import ClientBuilder
from pyreqwest.exceptions import DecodeError, PyreqwestError, RequestError, RequestTimeoutError
from pyreqwest.http import HeaderMap, Url
from pyreqwest.proxy import ProxyBuilder
from pyreqwest.response import Response

from crawler.probing.clients.interface import CONNECT_FAULTS, RequestFailed, Unfit, WireAnswer, WireRequest
from crawler.probing.clients.pins import PinnedClients, Route
from crawler.probing.resolver import Place, ResolveError, SafeResolver
from store.vocabulary import Fault

_IDLE_SECONDS = 5
# Headers that lead on, or say what the body is. Of others, those that are not ASCII are left out.
_NEEDED_HEADERS = frozenset({"location", "set-cookie", "refresh", "content-type", "content-encoding", "retry-after"})


class ReqwestClient:
    """Sends requests through as many reqwest clients as the pins need."""

    def __init__(self, resolver: SafeResolver, *, ca_file: str = "") -> None:
        self._resolver = resolver
        self._ca_file = ca_file
        self._unpinned: dict[Route, Reqwest] = {}
        self._pinned = PinnedClients(self._build)

    async def ask(self, request: WireRequest) -> WireAnswer:
        """Raises RequestFailed, or Unfit."""
        until = monotonic() + request.timeout
        url = _parsed(request.url)
        try:
            async with asyncio.timeout(request.timeout):
                client, peer = await self._client_for(url, request)
        except TimeoutError:
            raise RequestFailed(Fault.NAME_UNKNOWN, f"{url.host_str}: the resolver did not answer in time") from None
        except ResolveError as error:
            raise RequestFailed(error.fault, error.detail) from error
        try:
            left = timedelta(seconds=max(0.01, until - monotonic()))
            async with request.turn:
                return await _send(client, url, request, peer, left)
        except PyreqwestError as error:
            raise failure_of(error, proxied=bool(request.proxy)) from error
        except ValueError as error:  # a header value that is not ASCII, going or coming
            raise Unfit(str(error)) from error

    async def close(self) -> None:
        """Let go of every connection."""
        for client in (*self._unpinned.values(), *self._pinned.take_all()):
            await client.close()
        self._unpinned.clear()

    async def _client_for(self, url: Url, request: WireRequest) -> tuple[Reqwest, str]:
        """Give the client that leads to a URL's host, and the address it will connect to where we know it."""
        host, port = url.host_str or "", url.port_or_known_default or 0
        route = Route(request.timeout / 2, request.proxy, request.identity)
        if request.proxy:
            self._resolver.check_literal(host, port)
            return self._unpinned_client(route), ""
        place = (await self._resolver.look_up(host, port))[0]
        if url.domain is None:  # an address: there is no name to pin
            return self._unpinned_client(route), place[0]
        if "%" in place[0] or (url.port is not None and url.port != place[1]):
            raise Unfit("an address with a scope, or another port than the URL's own, cannot be pinned")
        return await self._pinned.client_for(route, host, place), place[0]

    def _unpinned_client(self, route: Route) -> Reqwest:
        if route not in self._unpinned:
            self._unpinned[route] = self._build(route, {})
        return self._unpinned[route]

    def _build(self, route: Route, pins: Mapping[str, Place]) -> Reqwest:
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
        builder = builder.proxy(ProxyBuilder.all(route.proxy)) if route.proxy else builder.no_proxy()
        if self._ca_file:
            builder = builder.add_root_certificate_pem(Path(self._ca_file).read_bytes())
        if route.identity:
            builder = builder.identity_pem(
                b"\n".join(path.read_bytes() for path in dict.fromkeys((route.identity.key, route.identity.certificate)))
            )
        for host, (address, port) in pins.items():
            builder = builder.resolve(host, address, port)
        return builder.build()


def _parsed(url: str) -> Url:
    try:
        parsed = Url(url)
    except ValueError as error:
        raise Unfit(str(error)) from error
    if str(parsed) != url:
        raise Unfit("the URL would be written differently")
    return parsed


async def _send(client: Reqwest, url: Url, request: WireRequest, peer: str, timeout: timedelta) -> WireAnswer:  # noqa: ASYNC109  reqwest keeps it
    builder = client.request(request.method, url).timeout(timeout).headers(list(request.headers)).streamed_read_buffer_limit(0)
    if request.body:
        builder = builder.body_bytes(request.body)
    async with builder.build_streamed() as answer:
        body, whole = await _beginning(answer, request.max_bytes) if request.method != "HEAD" else (b"", True)
        return WireAnswer(status=answer.status, headers=list(_read_headers(answer.headers)), body=body, peer=peer, cut_short=not whole)


async def _beginning(answer: Response, limit: int) -> tuple[bytes, bool]:
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
            raise RequestFailed(Fault.TRUNCATED, _messages(error)[-1]) from error
        return bytes(read), False
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
                    raise Unfit(f"the header {name} is not ASCII") from error


_OS_ERROR = re.compile(r"(.*) \(os error (\d+)\)")


def failure_of(error: PyreqwestError, *, proxied: bool = False) -> RequestFailed:
    """Say which fault an exception of pyreqwest stands for. Raises Unfit where it stands for a limit of the library."""
    messages = _messages(error)
    last = messages[-1]
    connecting = "client error (Connect)" in messages
    if isinstance(error, RequestTimeoutError):
        return RequestFailed(Fault.CONNECT_TIMEOUT if connecting else Fault.TIMEOUT, "no answer in time")
    if connecting:
        return _connect_failure(messages, proxied=proxied)
    if "message head is too large" in messages:
        raise Unfit("more headers than the library takes")
    if isinstance(error, DecodeError):
        return RequestFailed(Fault.BAD_RESPONSE, last)
    if isinstance(error, RequestError):
        return RequestFailed(Fault.RESET, last)
    raise Unfit(last)


def _messages(error: PyreqwestError) -> list[str]:
    """What went wrong, from the outside in."""
    return [cause["message"][:200] for cause in getattr(error, "details", {}).get("causes") or ()] or [error.message]


def _connect_failure(messages: list[str], *, proxied: bool) -> RequestFailed:
    last = messages[-1]
    os_error = _OS_ERROR.fullmatch(last)
    if proxied and (os_error or any("tunnel" in message or "proxy" in message.lower() for message in messages)):
        return RequestFailed(Fault.UNREACHABLE, f"by way of the proxy: {last}")
    if "tcp connect error" in messages and os_error:
        return RequestFailed(CONNECT_FAULTS.get(int(os_error[2]), Fault.RESET), os_error[1])
    return RequestFailed(Fault.TLS, last)
