"""The download handler behind every probe, on aiohttp.

Scrapy's own handlers read whole bodies, tell fewer failures apart and resolve without a look at the address. This one reads what the
request's meta allows, raises `RequestFailed` with the fault, and resolves through `crawler.resolver`. Swap it with `DOWNLOAD_HANDLERS`.

Request meta: `holdfast_max_bytes` (int, default 65,536) how much of the body is read; `download_timeout` (seconds, Scrapy's own).
"""

from __future__ import annotations

import asyncio
import errno
import ssl
from ipaddress import ip_address
from typing import Any

import aiohttp
import aiohttp.connector
from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadFailedError
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from yarl import URL

from crawler.bodies import decode_body
from crawler.config import config_of
from crawler.resolver import ResolveError, SafeResolver
from store.vocabulary import Fault

DEFAULT_MAX_BYTES = 65_536
_MAX_FIELD = 65_536  # bytes of one header line; real sites' cookies and policies pass 8 KB


class RequestFailed(DownloadFailedError):
    """A request without a usable answer."""

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(f"{fault}: {detail}" if detail else str(fault))
        self.fault = fault
        self.detail = detail


class ProbeDownloadHandler(BaseDownloadHandler):
    """Sends one request and reads the beginning of its answer."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._network = config_of(crawler.settings).config.network
        self._timeout = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        self._resolver = SafeResolver(connect_to=self._network.connect_to, allowed=self._network.allowed_networks)
        self._session: aiohttp.ClientSession | None = None

    async def download_request(self, request: Request) -> Response:
        """Raises RequestFailed."""
        url = URL(request.url, encoded=True)
        if not url.host or not url.port:
            raise RequestFailed(Fault.INVALID_URL, "no host name")
        try:
            self._resolver.check_literal(url.host, url.port)
            return await self._ask(request, url)
        except Exception as error:
            failure = failure_of(error)
            if failure is None:
                raise
            raise failure from error

    async def close(self) -> None:
        if self._session:
            await self._session.close()
        await self._resolver.close()

    async def _ask(self, request: Request, url: URL) -> Response:
        total = request.meta.get("download_timeout", self._timeout)
        async with self._opened().request(
            request.method,
            url,
            data=request.body or None,
            headers=[(str(name), value) for name, value in request.headers.to_unicode_dict().items()],
            allow_redirects=False,
            proxy=request.meta.get("proxy"),
            timeout=aiohttp.ClientTimeout(total=total, sock_connect=total / 2),
        ) as answer:
            limit = request.meta.get("holdfast_max_bytes", DEFAULT_MAX_BYTES)
            body = b"" if request.method == "HEAD" else await _beginning(answer, limit)
            return _response(request, answer, decode_body(body, answer.headers.get("Content-Encoding", ""), limit=limit))

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            context = ssl.create_default_context(cafile=self._network.ca_file or None)
            if self._network.ca_file:
                context.load_default_certs()
            connector = aiohttp.TCPConnector(resolver=self._resolver, ssl=context, limit=0, use_dns_cache=False, keepalive_timeout=5)
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=True,
                proxy=self._network.proxy or None,
                response_class=_Answer,
                max_line_size=_MAX_FIELD,
                max_field_size=_MAX_FIELD,
                skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
            )
        return self._session


class _Answer(aiohttp.ClientResponse):
    """Remembers the peer's address, which the parent forgets with the connection."""

    peer = ""

    async def start(self, connection: aiohttp.connector.Connection) -> aiohttp.ClientResponse:
        if connection.transport and (name := connection.transport.get_extra_info("peername")):
            self.peer = str(name[0])
        return await super().start(connection)


async def _beginning(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    read = bytearray()
    async for chunk in answer.content.iter_any():
        read += chunk
        if len(read) >= limit:
            answer.close()  # the rest is not worth its traffic
            break
    return bytes(read[:limit])


def _response(request: Request, answer: aiohttp.ClientResponse, body: bytes) -> Response:
    headers = Headers(
        [(name.encode("latin-1", "replace"), value.encode("utf-8", "surrogateescape")) for name, value in answer.headers.items()]
    )
    peer = answer.peer if isinstance(answer, _Answer) else ""
    response_class = responsetypes.from_args(headers=headers, url=request.url, body=body)
    return response_class(
        url=request.url,
        status=answer.status,
        headers=headers,
        body=body,
        request=request,
        ip_address=ip_address(peer.partition("%")[0]) if peer else None,
    )


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
        return RequestFailed(_OS_FAULTS.get(error.errno or 0, Fault.RESET), error.strerror or _short(error))
    if isinstance(error, aiohttp.ClientError):
        return RequestFailed(Fault.BAD_RESPONSE, _short(error))
    return None


_FAULTS: tuple[tuple[tuple[type[BaseException], ...], Fault], ...] = (
    ((aiohttp.ConnectionTimeoutError,), Fault.CONNECT_TIMEOUT),
    ((TimeoutError, asyncio.TimeoutError), Fault.TIMEOUT),
    ((aiohttp.InvalidURL,), Fault.INVALID_URL),
    ((aiohttp.ClientPayloadError,), Fault.TRUNCATED),
    ((aiohttp.ServerDisconnectedError,), Fault.RESET),
    ((aiohttp.ClientResponseError, aiohttp.ClientHttpProxyError, ValueError), Fault.BAD_RESPONSE),
)
_OS_FAULTS = {
    errno.ECONNREFUSED: Fault.REFUSED,
    errno.ENETUNREACH: Fault.UNREACHABLE,
    errno.EHOSTUNREACH: Fault.UNREACHABLE,
    errno.ENETDOWN: Fault.UNREACHABLE,
    errno.ETIMEDOUT: Fault.CONNECT_TIMEOUT,
}


def _causes(error: BaseException) -> list[BaseException]:
    causes: list[BaseException] = [error]
    while (above := causes[-1].__cause__ or getattr(causes[-1], "os_error", None)) and above not in causes:
        causes.append(above)
    return causes


def _short(error: Any) -> str:
    text = str(error).strip().splitlines()
    return (text[0] if text else type(error).__name__)[:200]
