"""Send requests with aiohttp and the TLS of Python's standard library, the lenient client.

It is slower than the client with reqwest. It supports older TLS versions than rustls, names every
problem with a certificate, connects to several addresses at once (RFC 8305) and returns headers
with any bytes. It does not support SOCKS proxies.
"""

from __future__ import annotations

import asyncio
import ssl
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import Final

import aiohttp
from yarl import URL

from crawler.http.clients.aiohttp_connection import (
    REQUEST_SOCKETS,
    AsciiHostRequest,
    PeerResponse,
    RequestSockets,
    ResponseProtocol,
    open_socket,
)
from crawler.http.clients.aiohttp_failures import failure_of
from crawler.http.clients.interface import TOO_MANY_BYTES, RequestFailed, UnsupportedRequest
from crawler.http.fetch import ClientCertificate, FetchRequest, FetchResponse
from crawler.http.headers import join_fields
from crawler.http.safe_resolver import SafeResolver
from crawler.http.wire import WireBudget, is_small, wire_limit
from store.vocabulary import Fault

_MAX_FIELD_BYTES: Final = 65_536  # of one header line; cookies and policies of sites exceed 8 KB
_MAX_FIELDS: Final = 1000
_MIN_SECONDS: Final = 0.01  # minimum timeout of a request, after a slow name resolution

# The TLS settings of the request that the current task sends, if they are not the session's.
_REQUEST_CONTEXT: ContextVar[ssl.SSLContext | None] = ContextVar("context", default=None)


class AiohttpClient:
    """Sends requests through one aiohttp session, which is opened with the first of them.

    Args:
        resolver: Resolves and checks every host.
        ca_file: A PEM file of CA certificates to trust besides the system's; empty for none.
    """

    def __init__(self, resolver: SafeResolver, *, ca_file: str = "") -> None:
        self._resolver = resolver
        self._ca_file = ca_file
        self._session: aiohttp.ClientSession | None = None
        self._contexts: dict[ClientCertificate, ssl.SSLContext] = {}

    async def send(
        self, request: FetchRequest, *, context: ssl.SSLContext | None = None
    ) -> FetchResponse:
        """Return the response to a request.

        Args:
            request: The request.
            context: The TLS settings of this request, if they are not the client's.

        Raises:
            RequestFailed: There is no usable response.
            UnsupportedRequest: The request needs a SOCKS proxy.
        """
        url = _parse_url(request.url)
        if request.proxy.startswith("socks"):
            raise UnsupportedRequest("aiohttp does not support SOCKS proxies")
        # Outside of `try`: errors in opening the session or reading a certificate are ours.
        session = self._open_session()
        if context is None and request.client_certificate:
            context = self._context_with(request.client_certificate)
        max_bytes = wire_limit(request.max_bytes) - request.bytes_received
        budget = WireBudget(max_bytes, on_sent=request.permit.on_sent)
        is_large = not is_small(wire_limit(request.max_bytes, request.record_limit))
        sockets = RequestSockets(budget, is_large=is_large)
        REQUEST_SOCKETS.set(sockets)
        _REQUEST_CONTEXT.set(context)
        try:
            self._resolver.check_host(url.raw_host or "", url.port or 0)
            seconds_left = request.timeout
            if not request.proxy:
                seconds_left -= await self._resolve(url, request.timeout)
            async with request.permit:
                timed = replace(request, timeout=max(_MIN_SECONDS, seconds_left))
                return await self._exchange(session, timed, url, budget)
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
        """Close all connections."""
        if self._session:
            await self._session.close()

    async def _resolve(self, url: URL, max_seconds: float) -> float:
        """Resolve a URL's host, which caches the result, and return the seconds it took."""
        started = monotonic()
        async with asyncio.timeout(max_seconds):
            await self._resolver.resolve_public(url.raw_host or "", url.port or 0)
        return monotonic() - started

    async def _exchange(
        self, session: aiohttp.ClientSession, request: FetchRequest, url: URL, budget: WireBudget
    ) -> FetchResponse:
        """Send a request, and return the response with the beginning of its body."""
        async with session.request(
            request.method,
            url,
            data=request.body or None,
            headers=request.headers,
            allow_redirects=False,
            proxy=request.proxy or None,
            ssl=self.current_context(),
            timeout=aiohttp.ClientTimeout(total=request.timeout, sock_connect=request.timeout / 2),
        ) as response:
            body, is_intact = b"", True
            if request.method != "HEAD":
                body, is_intact = await _read_beginning(response, request.max_bytes, budget)
            headers, cookies = join_fields(response.headers.items())
            return FetchResponse(
                status=response.status,
                headers=headers,
                cookies=cookies,
                body=body,
                peer=response.peer if isinstance(response, PeerResponse) else "",
                fault=None if is_intact else Fault.TRUNCATED,
            )

    def _open_session(self) -> aiohttp.ClientSession:
        """Return the session, which is opened by the first call."""
        if self._session is None:
            connector = self._make_connector()
            # aiohttp has no public way to replace its protocol.
            protocol = partial(ResponseProtocol, asyncio.get_running_loop())
            connector._factory = protocol  # type: ignore[assignment]  # noqa: SLF001
            self._session = self._make_session(connector, PeerResponse)
        return self._session

    def _make_connector(self) -> aiohttp.TCPConnector:
        """Return a connector that resolves safely, within the budget of each request."""
        return aiohttp.TCPConnector(
            resolver=self._resolver,
            ssl=self.make_context(),
            limit=0,
            use_dns_cache=False,
            force_close=True,  # the budget of a connection is that of its only request
            socket_factory=open_socket,
        )

    def _make_session(
        self, connector: aiohttp.BaseConnector, response_class: type[aiohttp.ClientResponse]
    ) -> aiohttp.ClientSession:
        """Return a session that sends requests unchanged and returns bodies in their coding."""
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            request_class=AsciiHostRequest,
            response_class=response_class,
            max_line_size=_MAX_FIELD_BYTES,
            max_field_size=_MAX_FIELD_BYTES,
            max_headers=_MAX_FIELDS,
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
        )
        # After an error aiohttp would send the request again by itself, without a permit.
        session._retry_connection = False  # noqa: SLF001
        return session

    def make_context(self) -> ssl.SSLContext:
        """Return new TLS settings that trust the system's authorities and those of the file."""
        context = ssl.create_default_context(cafile=self._ca_file or None)
        if self._ca_file:
            context.load_default_certs()
        return context

    def current_context(self) -> ssl.SSLContext | bool:
        """Return the TLS settings of the current request; True for those of the session."""
        return _REQUEST_CONTEXT.get() or True

    def _context_with(self, certificate: ClientCertificate) -> ssl.SSLContext:
        """Return the TLS settings that show a client certificate."""
        if certificate not in self._contexts:
            context = self.make_context()
            context.load_cert_chain(certificate.certificate, certificate.key)
            self._contexts[certificate] = context
        return self._contexts[certificate]


def _parse_url(url: str) -> URL:
    """Return a URL for aiohttp. Raises RequestFailed if it has no host."""
    try:
        parsed = URL(url, encoded=True)
        if parsed.raw_host and parsed.port:
            return parsed
    except ValueError as error:
        raise RequestFailed(Fault.INVALID_URL, str(error)) from error
    raise RequestFailed(Fault.INVALID_URL, "no host name")


async def _read_beginning(
    response: aiohttp.ClientResponse, limit: int, budget: WireBudget
) -> tuple[bytes, bool]:
    """Read at most `limit` bytes of a body.

    A body that was cut by our own limits of time or bytes is intact, as one cut by `limit` is.

    Returns:
        The bytes, and `is_intact`: whether the body had no error as far as it was read.

    Raises:
        TimeoutError: Time was up before the first byte.
        aiohttp.ClientPayloadError: The body was broken before the first byte.
    """
    read = bytearray()
    try:
        async for chunk in response.content.iter_any():
            read += chunk
            if len(read) >= limit:
                response.close()  # the rest is not worth its traffic
                break
    except TimeoutError:
        if not read:
            raise
        response.close()
    except aiohttp.ClientPayloadError:
        if not read:
            raise
        return bytes(read[:limit]), budget.exceeded
    return bytes(read[:limit]), True
