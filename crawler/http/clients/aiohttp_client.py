"""The client on aiohttp and the standard library's TLS: slower, and another pair of eyes.

It speaks older TLS than rustls does, names every trouble with a certificate, connects to several addresses at once (RFC 8305) and hands
over headers whatever bytes they are made of. SOCKS proxies it does not know.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

import aiohttp
import aiohttp.connector
from yarl import URL

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
from crawler.http.wire import BudgetSocket, WireBudget, is_small, limit_receive_buffer, wire_limit
from store.vocabulary import Fault

_MAX_FIELD = 65_536  # bytes of one header line; real sites' cookies and policies pass 8 KB
_MAX_HEADERS = 1000


class AiohttpClient:
    """Sends requests through one aiohttp session, opened with the first of them."""

    def __init__(self, resolver: SafeResolver, *, ca_file: str = "") -> None:
        self._resolver = resolver
        self._ca_file = ca_file
        self._session: aiohttp.ClientSession | None = None
        self._contexts: dict[ClientCertificate, ssl.SSLContext] = {}

    async def send(self, request: WireRequest) -> WireAnswer:
        """Raises RequestFailed, or Unfit."""
        url = URL(request.url, encoded=True)
        if not url.host or not url.port:
            raise RequestFailed(Fault.INVALID_URL, "no host name")
        if request.proxy.startswith("socks"):
            raise UnsupportedRequest("aiohttp knows no SOCKS proxies")
        session = self._opened()  # what it fails at is ours
        budget = WireBudget(wire_limit(request.max_bytes) - request.received)
        sockets = _Sockets(
            budget, large=not is_small(wire_limit(request.max_bytes, request.record))
        )
        _SOCKETS.set(sockets)
        try:
            self._resolver.check_literal(url.host, url.port)
            began = monotonic()
            if not request.proxy:
                async with asyncio.timeout(request.timeout):
                    await self._resolver.look_up(
                        url.raw_host or "", url.port
                    )  # before the turn: it may take its time
            left = max(0.01, request.timeout - (monotonic() - began))
            async with request.turn:
                return await self._ask(session, replace(request, timeout=left), url, budget)
        except Exception as error:
            if budget.exceeded:
                raise RequestFailed(Fault.BAD_RESPONSE, TOO_MANY_BYTES) from error
            failure = failure_of(error)
            if failure is None:
                raise
            raise failure from error
        finally:
            sockets.shut_down()

    async def close(self) -> None:
        """Let go of every connection."""
        if self._session:
            await self._session.close()

    async def _ask(
        self, session: aiohttp.ClientSession, request: WireRequest, url: URL, budget: WireBudget
    ) -> WireAnswer:
        async with session.request(
            request.method,
            url,
            data=request.body or None,
            headers=request.headers,
            allow_redirects=False,
            proxy=request.proxy or None,
            ssl=self._context_of(request.identity) if request.identity else True,
            timeout=aiohttp.ClientTimeout(total=request.timeout, sock_connect=request.timeout / 2),
        ) as answer:
            body, whole = b"", True
            if request.method != "HEAD":
                body, whole = await _beginning(answer, request.max_bytes, budget)
            return WireAnswer(
                status=answer.status,
                headers=list(answer.headers.items()),
                body=body,
                peer=answer.peer if isinstance(answer, PeerAnswer) else "",
                cut_short=not whole,
            )

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = self._session_on(self._connector(), PeerAnswer)
        return self._session

    def _connector(self) -> aiohttp.TCPConnector:
        return aiohttp.TCPConnector(
            resolver=self._resolver,
            ssl=self._context(),
            limit=0,
            use_dns_cache=False,
            force_close=True,  # a connection's budget is that of its one request
            socket_factory=_open_socket,
        )

    def _session_on(
        self, connector: aiohttp.BaseConnector, answer: type[aiohttp.ClientResponse]
    ) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            response_class=answer,
            max_line_size=_MAX_FIELD,
            max_field_size=_MAX_FIELD,
            max_headers=_MAX_HEADERS,
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
        )

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._ca_file or None)
        if self._ca_file:
            context.load_default_certs()
        return context

    def _context_of(self, identity: ClientCertificate) -> ssl.SSLContext:
        if identity not in self._contexts:
            context = self._contexts[identity] = self._context()
            context.load_cert_chain(identity.certificate, identity.key)
        return self._contexts[identity]


@dataclass(slots=True, eq=False)
class _Sockets:
    """What is connected for a request, on a budget."""

    budget: WireBudget
    large: bool
    opened: list[BudgetSocket] = field(default_factory=list)

    def open(self, address: aiohttp.AddrInfoType) -> BudgetSocket:
        family, kind, protocol, _, _ = address
        opened = BudgetSocket(family, kind, protocol)
        opened.budget = self.budget
        limit_receive_buffer(opened, large=self.large)
        self.opened.append(opened)
        return opened

    def shut_down(self) -> None:
        """Read no more: an orderly end of TLS would first read whatever else is sent."""
        for opened in self.opened:
            with suppress(OSError):  # closed already
                opened.shutdown(socket.SHUT_RDWR)


_SOCKETS: ContextVar[_Sockets] = ContextVar("sockets")  # of the request that this task is about


def _open_socket(address: aiohttp.AddrInfoType) -> BudgetSocket:
    return _SOCKETS.get().open(address)


class PeerAnswer(aiohttp.ClientResponse):
    """Remembers the peer's address, which the parent forgets with the connection."""

    peer = ""

    async def start(self, connection: aiohttp.connector.Connection) -> aiohttp.ClientResponse:
        if connection.transport and (name := connection.transport.get_extra_info("peername")):
            self.peer = str(name[0])
        return await super().start(connection)


async def _beginning(
    answer: aiohttp.ClientResponse, limit: int, budget: WireBudget
) -> tuple[bytes, bool]:
    """Read at most `limit` bytes, and tell whether the body was sound as far as it was read. Nothing at all of it is a failure."""
    read = bytearray()
    try:
        async for chunk in answer.content.iter_any():
            read += chunk
            if len(read) >= limit:
                answer.close()  # the rest is not worth its traffic
                break
    except TimeoutError:
        if not read:
            raise
        answer.close()  # as much as the time allows is as good as the size allows
    except aiohttp.ClientPayloadError:
        if not read:
            raise
        return bytes(read[:limit]), budget.exceeded  # as much as the bytes allow, too
    return bytes(read[:limit]), True


def failure_of(error: BaseException) -> RequestFailed | None:
    """Say which fault an exception of aiohttp stands for; None for one that is no failure of the request."""
    for cause in _causes(error):
        if isinstance(cause, ResolveError):
            return RequestFailed(cause.fault, cause.detail)
        if isinstance(cause, aiohttp.ClientError):
            continue  # some of these inherit from the errors they wrap, without their fields
        if isinstance(cause, ssl.SSLCertVerificationError):
            return RequestFailed(Fault.TLS, cause.verify_message)
        if isinstance(cause, ssl.SSLError):
            return RequestFailed(Fault.TLS, cause.reason or str(cause))
    for kinds, fault in _FAULTS:
        if isinstance(error, kinds):
            return RequestFailed(fault, _short(error))
    if isinstance(error, OSError):
        return RequestFailed(
            CONNECT_FAULTS.get(error.errno or 0, Fault.RESET), error.strerror or _short(error)
        )
    if isinstance(error, aiohttp.ClientError):
        return RequestFailed(Fault.BAD_RESPONSE, _short(error))
    return None


_FAULTS: tuple[tuple[tuple[type[BaseException], ...], Fault], ...] = (
    ((aiohttp.ConnectionTimeoutError,), Fault.CONNECT_TIMEOUT),
    ((TimeoutError, asyncio.TimeoutError), Fault.TIMEOUT),
    ((aiohttp.InvalidURL,), Fault.INVALID_URL),
    ((aiohttp.ClientPayloadError,), Fault.TRUNCATED),
    ((aiohttp.ServerDisconnectedError,), Fault.RESET),
    # The proxy's trouble is not the site's.
    ((aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError), Fault.UNREACHABLE),
    ((aiohttp.ClientResponseError, ValueError), Fault.BAD_RESPONSE),
)


def _causes(error: BaseException) -> list[BaseException]:
    causes: list[BaseException] = [error]
    while (
        above := causes[-1].__cause__ or getattr(causes[-1], "os_error", None)
    ) and above not in causes:
        causes.append(above)
    return causes


def _short(error: Any) -> str:
    text = str(error).strip().splitlines()
    return (text[0] if text else type(error).__name__)[:200]
