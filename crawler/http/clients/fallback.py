"""Send requests with the fast client, and again with others that may get a response.

A request is sent again by the lenient client after a TLS failure (it supports older TLS and names a
missing intermediate certificate), after a failed connection if the host has other addresses, and
if the first client does not support the request or cannot read its response. The second result
counts. If the connection or TLS failed, the web server has seen no first request.

What still fails may be a limit of these clients that a browser does not have.
`crawler.http.clients.last_attempts` then gets a response, or raises the fault for such a limit.
"""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

from yarl import URL

from crawler.http.clients.aiohttp_client import AiohttpClient
from crawler.http.clients.client_limits import (
    breaks_grammar,
    is_http2,
    is_unknown_protocol,
    may_be_read_leniently,
)
from crawler.http.clients.interface import (
    TOO_MANY_BYTES,
    HttpClient,
    RequestFailed,
    UnsupportedRequest,
)
from crawler.http.clients.last_attempts import LastAttempts
from crawler.http.clients.reqwest_client import ReqwestClient
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.http.safe_resolver import ResolveError, SafeResolver
from crawler.http.wire import wire_limit
from store.vocabulary import Fault

_NOT_CONNECTED = frozenset(
    {Fault.REFUSED, Fault.UNREACHABLE, Fault.HOST_UNREACHABLE, Fault.CONNECT_TIMEOUT}
)


class FallbackClient:
    """Sends a request with one client, and again with another that may get a response.

    Args:
        resolver: Resolves and checks hosts.
        fast: Sends each request first.
        lenient: Sends it again.
        last_attempts: Sends it a last time if the failure may be a limit of both.
    """

    def __init__(
        self,
        resolver: SafeResolver,
        *,
        fast: HttpClient,
        lenient: HttpClient,
        last_attempts: LastAttempts | None = None,
    ) -> None:
        self._resolver = resolver
        self._fast = fast
        self._lenient = lenient
        self._last_attempts = last_attempts

    async def send(self, request: FetchRequest) -> FetchResponse:
        """Return the response to a request.

        Raises:
            RequestFailed: No client got a usable response.
        """
        deadline = monotonic() + request.timeout
        try:
            return await self._send_with_fallback(request, deadline)
        except RequestFailed as failure:
            if self._last_attempts is None or request.proxy:
                raise
            again = replace(request, timeout=_seconds_left(request, deadline))
            return await self._last_attempts.send(again, failure)

    async def close(self) -> None:
        """Close all connections."""
        await self._fast.close()
        await self._lenient.close()
        if self._last_attempts:
            await self._last_attempts.close()

    async def _send_with_fallback(self, request: FetchRequest, deadline: float) -> FetchResponse:
        """Send a request with the fast client, and with the lenient one if that may succeed."""
        bytes_received = 0
        try:
            return await self._fast.send(request)
        except RequestFailed as failure:
            if not await self._is_worth_another_client(failure, request):
                raise
            first_error: RequestFailed | UnsupportedRequest = failure
        except UnsupportedRequest as unsupported:
            first_error = unsupported
            bytes_received = unsupported.bytes_received
            if bytes_received >= wire_limit(request.max_bytes):
                raise RequestFailed(Fault.BAD_RESPONSE, TOO_MANY_BYTES) from unsupported
        again = replace(
            request, timeout=_seconds_left(request, deadline), bytes_received=bytes_received
        )
        try:
            return await self._lenient.send(again)
        except RequestFailed as failure:
            # reqwest only reports that it cannot read a response; aiohttp may report what it is.
            if isinstance(first_error, RequestFailed) and _is_unread(first_error):
                is_more_precise = is_http2(failure) or breaks_grammar(failure)
                raise (failure if is_more_precise else first_error) from failure
            raise
        except UnsupportedRequest as unsupported:
            if isinstance(first_error, RequestFailed):
                raise first_error from unsupported
            raise RequestFailed(
                Fault.BAD_RESPONSE, f"{first_error}; {unsupported}"
            ) from unsupported

    async def _is_worth_another_client(self, failure: RequestFailed, request: FetchRequest) -> bool:
        """Return whether the lenient client may succeed: by other TLS, or at another address."""
        if failure.fault is Fault.TLS or _is_unread(failure):
            return True
        if failure.fault not in _NOT_CONNECTED or request.proxy:
            return False
        url = URL(request.url, encoded=True)
        try:
            addresses = await self._resolver.resolve_public(url.raw_host or "", url.port or 0)
        except ResolveError:  # the name resolved before, and does not any more
            return False
        return len(addresses) > 1


def _is_unread(failure: RequestFailed) -> bool:
    """Return whether the fast client could not read a response."""
    return is_unknown_protocol(failure) or may_be_read_leniently(failure)


def _seconds_left(request: FetchRequest, deadline: float) -> float:
    """Return the seconds for another attempt: those left, but at least a quarter of the timeout.

    The seconds that the first attempt waited for its rate limit (`waited_seconds`) do not count.
    """
    return max(deadline + request.permit.waited_seconds - monotonic(), request.timeout / 4)


def open_clients(resolver: SafeResolver, *, ca_file: str = "") -> FallbackClient:
    """Return the clients that probes use, as one.

    Args:
        resolver: Resolves and checks every host.
        ca_file: A PEM file of CA certificates to trust besides the system's; empty for none.
    """
    fast = ReqwestClient(resolver, ca_file=ca_file)
    lenient = AiohttpClient(resolver, ca_file=ca_file)
    return FallbackClient(
        resolver,
        fast=fast,
        lenient=lenient,
        last_attempts=LastAttempts(resolver, fast=fast, lenient=lenient, ca_file=ca_file),
    )
