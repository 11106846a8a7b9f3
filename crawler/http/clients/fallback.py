"""The quick client, and the thorough one where a second look may tell more.

Asked twice is: after a failure in TLS (older TLS than rustls speaks, a missing intermediate certificate's proper name), after a
connection that did not come about where the host has other addresses, and whenever the quick client is unfit for a request or its answer.
The second answer stands. A request that failed to connect or to agree on TLS was never seen by the site itself.
"""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

from yarl import URL

from crawler.http.clients.aiohttp_client import AiohttpClient
from crawler.http.clients.interface import (
    HttpClient,
    RequestFailed,
    UnsupportedRequest,
    WireAnswer,
    WireRequest,
)
from crawler.http.clients.reqwest_client import ReqwestClient
from crawler.http.safe_resolver import SafeResolver
from store.vocabulary import Fault

_NOT_CONNECTED = frozenset({Fault.REFUSED, Fault.UNREACHABLE, Fault.CONNECT_TIMEOUT})


class FallbackClient:
    """Two clients behind the face of one."""

    def __init__(self, resolver: SafeResolver, *, quick: HttpClient, thorough: HttpClient) -> None:
        self._resolver = resolver
        self._quick = quick
        self._thorough = thorough

    async def send(self, request: WireRequest) -> WireAnswer:
        """Raises RequestFailed."""
        until = monotonic() + request.timeout
        try:
            return await self._quick.send(request)
        except RequestFailed as failure:
            if not await self._may_be_cleared(failure, request):
                raise
            first: Exception = failure
        except UnsupportedRequest as unfit:
            first = unfit
        left = until + request.turn.waited - monotonic()
        again = replace(
            request,
            timeout=max(left, request.timeout / 4),
            received=first.received if isinstance(first, UnsupportedRequest) else 0,
        )
        try:
            return await self._thorough.send(again)
        except UnsupportedRequest as unfit:
            if isinstance(first, RequestFailed):
                raise first from unfit
            raise RequestFailed(Fault.BAD_RESPONSE, f"{first}; {unfit}") from unfit

    async def close(self) -> None:
        """Let go of every connection."""
        await self._quick.close()
        await self._thorough.close()

    async def _may_be_cleared(self, failure: RequestFailed, request: WireRequest) -> bool:
        if failure.fault is Fault.TLS:
            return True
        if failure.fault not in _NOT_CONNECTED or request.proxy:
            return False
        url = URL(request.url, encoded=True)
        return len(await self._resolver.look_up(url.raw_host or "", url.port or 0)) > 1


def open_clients(resolver: SafeResolver, *, ca_file: str = "") -> FallbackClient:
    """Give the pair the download handler uses. Certificates of `ca_file` (PEM) are trusted beside the system's."""
    return FallbackClient(
        resolver,
        quick=ReqwestClient(resolver, ca_file=ca_file),
        thorough=AiohttpClient(resolver, ca_file=ca_file),
    )
