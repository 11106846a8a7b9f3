"""Two clients behind one interface: the fast one, then the lenient one if that may help.

A request is sent again by the second client after a TLS failure (it speaks older TLS and names a
missing intermediate certificate), after a failed connection if the host has other addresses, and
if the first client does not support the request or its response. The second result counts. A
request that failed to connect, or in TLS, was never seen by the site itself.
"""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

from yarl import URL

from crawler.http.clients.aiohttp_client import AiohttpClient
from crawler.http.clients.interface import (
    TOO_MANY_BYTES,
    HttpClient,
    RequestFailed,
    UnsupportedRequest,
)
from crawler.http.clients.reqwest_client import ReqwestClient
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.http.safe_resolver import SafeResolver
from crawler.http.wire import wire_limit
from store.vocabulary import Fault

_NOT_CONNECTED = frozenset({Fault.REFUSED, Fault.UNREACHABLE, Fault.CONNECT_TIMEOUT})


class FallbackClient:
    """Sends by one client, and again by another if a second look may clear a failure.

    Args:
        resolver: Says whether a host has several addresses.
        fast: Sends each request first.
        lenient: Sends it again.
    """

    def __init__(self, resolver: SafeResolver, *, fast: HttpClient, lenient: HttpClient) -> None:
        self._resolver = resolver
        self._fast = fast
        self._lenient = lenient

    async def send(self, request: FetchRequest) -> FetchResponse:
        """Return the response to a request.

        Raises:
            RequestFailed: Neither client got a usable response.
        """
        deadline = monotonic() + request.timeout
        bytes_received = 0
        try:
            return await self._fast.send(request)
        except RequestFailed as failure:
            if not await self._may_be_cleared(failure, request):
                raise
            first: RequestFailed | UnsupportedRequest = failure
        except UnsupportedRequest as unsupported:
            first = unsupported
            bytes_received = unsupported.bytes_received
            if bytes_received >= wire_limit(request.max_bytes):
                raise RequestFailed(Fault.BAD_RESPONSE, TOO_MANY_BYTES) from unsupported
        seconds_left = deadline + request.permit.waited - monotonic()
        again = replace(
            request, timeout=max(seconds_left, request.timeout / 4), bytes_received=bytes_received
        )
        try:
            return await self._lenient.send(again)
        except UnsupportedRequest as unsupported:
            if isinstance(first, RequestFailed):
                raise first from unsupported
            raise RequestFailed(Fault.BAD_RESPONSE, f"{first}; {unsupported}") from unsupported

    async def close(self) -> None:
        """Close all connections."""
        await self._fast.close()
        await self._lenient.close()

    async def _may_be_cleared(self, failure: RequestFailed, request: FetchRequest) -> bool:
        if failure.fault is Fault.TLS:
            return True
        if failure.fault not in _NOT_CONNECTED or request.proxy:
            return False
        url = URL(request.url, encoded=True)
        return len(await self._resolver.resolve_public(url.raw_host or "", url.port or 0)) > 1


def open_clients(resolver: SafeResolver, *, ca_file: str = "") -> FallbackClient:
    """Return the pair of clients that probes use.

    Args:
        resolver: Resolves and checks every host.
        ca_file: A PEM file of CA certificates to trust besides the system's; empty for none.
    """
    return FallbackClient(
        resolver,
        fast=ReqwestClient(resolver, ca_file=ca_file),
        lenient=AiohttpClient(resolver, ca_file=ca_file),
    )
