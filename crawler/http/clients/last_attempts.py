"""Send a request a last time where a failure may be a limit of our clients, not of the server.

Four limits are known: servers that support only HTTP/2, or only TLS that our clients do not offer,
certificates whose issuer is not sent, and responses that break HTTP's grammar. Browsers handle all
of these. If the last attempt fails, too, the fault is `Fault.CLIENT_LIMIT`: no link is broken by
it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from time import monotonic
from typing import Final

from crawler.http.clients.aiohttp_client import AiohttpClient
from crawler.http.clients.certificate_chain import (
    ChainCompleter,
    add_intermediates,
    has_known_issuer,
    issuer_address,
    trusted_organisations,
)
from crawler.http.clients.client_limits import (
    breaks_grammar,
    carries_secrets,
    is_http2,
    is_unknown_protocol,
    lacks_issuer,
    shares_no_tls,
    was_cut_in_handshake,
)
from crawler.http.clients.interface import RequestFailed, UnsupportedRequest
from crawler.http.clients.reqwest_client import ReqwestClient
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.http.safe_resolver import SafeResolver
from crawler.http.tls import weak_tls_context
from store.vocabulary import Fault

_MIN_SECONDS: Final = 0.5
_NO_CHAIN: Final = "the server does not send the certificate of its certificate's issuer"


class LastAttempts:
    """Sends failed requests again by HTTP/2, obsolete TLS or with a completed certificate chain.

    Args:
        resolver: Resolves and checks every host.
        fast: Fetches the certificates of issuers.
        lenient: Sends with other TLS settings.
        ca_file: A PEM file of CA certificates to trust besides the system's; empty for none.
    """

    def __init__(
        self,
        resolver: SafeResolver,
        *,
        fast: ReqwestClient,
        lenient: AiohttpClient,
        ca_file: str = "",
    ) -> None:
        self._lenient = lenient
        self._ca_file = ca_file
        self._http2 = ReqwestClient(resolver, ca_file=ca_file, http2=True)
        self._chains = ChainCompleter(resolver, fast.send)

    async def send(self, request: FetchRequest, failure: RequestFailed) -> FetchResponse:
        """Return the response to a request that failed.

        Args:
            request: The request.
            failure: Its failure.

        Raises:
            RequestFailed: The same failure, or `Fault.CLIENT_LIMIT`.
        """
        if is_http2(failure) or is_unknown_protocol(failure):
            return await self._send_by_http2(request, failure)
        if lacks_issuer(failure):
            return await self._send_with_chain(request, failure)
        if shares_no_tls(failure) or was_cut_in_handshake(failure, request.url):
            return await self._send_by_any_tls(request, failure)
        if breaks_grammar(failure):
            raise RequestFailed(Fault.CLIENT_LIMIT, failure.detail) from failure
        raise failure

    async def close(self) -> None:
        """Close all connections."""
        await self._http2.close()

    @cached_property
    def _organisations(self) -> list[str]:
        """The names of organisations that have a trusted authority."""
        return trusted_organisations(self._lenient.make_context())

    async def _send_by_http2(self, request: FetchRequest, failure: RequestFailed) -> FetchResponse:
        """Send by HTTP/2. A failure is the limit of our clients if the server speaks only that."""
        try:
            return await self._http2.send(request)
        except (RequestFailed, UnsupportedRequest) as second:
            if not is_http2(failure):
                raise failure from second
            raise RequestFailed(
                Fault.CLIENT_LIMIT, f"the server speaks HTTP/2 only: {second}"
            ) from failure

    async def _send_by_any_tls(
        self, request: FetchRequest, failure: RequestFailed
    ) -> FetchResponse:
        """Send by HTTP/2 or obsolete TLS, as server and clients have no other in common."""
        is_our_limit = shares_no_tls(failure)
        try:
            # By the TLS alert "no application protocol" the server refuses HTTP/1.1.
            if "application" in failure.detail.lower():
                return await self._http2.send(request)
            if not carries_secrets(request.headers) and not request.client_certificate:
                context = weak_tls_context(self._ca_file)
                return await self._lenient.send(request, context=context)
        except UnsupportedRequest:
            pass
        except RequestFailed as second:
            if second.fault is Fault.TLS:
                is_our_limit = is_our_limit or shares_no_tls(second)
                if lacks_issuer(second):  # version and cipher were agreed on
                    raise
            elif second.fault is not Fault.RESET:  # the handshake succeeded, so this failure counts
                raise
        if not is_our_limit:
            raise failure
        raise RequestFailed(
            Fault.CLIENT_LIMIT, f"no common TLS version or cipher: {failure.detail}"
        ) from failure

    async def _send_with_chain(
        self, request: FetchRequest, failure: RequestFailed
    ) -> FetchResponse:
        """Send after fetching the intermediate certificates that the server does not send."""
        async with request.permit:
            deadline = monotonic() + request.timeout
            leaf = await self._chains.leaf_of(request.url, request.timeout / 2)
        if leaf is None:
            raise RequestFailed(Fault.CLIENT_LIMIT, f"{_NO_CHAIN}: {failure.detail}")
        if not issuer_address(leaf):
            if has_known_issuer(leaf, self._organisations):
                raise RequestFailed(Fault.CLIENT_LIMIT, f"{_NO_CHAIN}: {failure.detail}")
            raise failure
        seconds_left = max(_MIN_SECONDS, deadline - monotonic())
        intermediates = await self._chains.intermediates_of(leaf, seconds_left)
        if not intermediates:
            raise RequestFailed(
                Fault.CLIENT_LIMIT, f"{_NO_CHAIN}, and {issuer_address(leaf)} has none to read"
            )
        context = self._lenient.make_context()
        if request.client_certificate:
            certificate = request.client_certificate
            context.load_cert_chain(certificate.certificate, certificate.key)
        add_intermediates(context, intermediates)
        seconds_left = max(_MIN_SECONDS, deadline - monotonic())
        return await self._lenient.send(replace(request, timeout=seconds_left), context=context)
