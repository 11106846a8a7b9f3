"""The download handler behind every probe.

Scrapy's own handlers read whole bodies, tell fewer failures apart and resolve without a look at the address. This one reads what the
request's meta allows, raises `RequestFailed` with the fault, and asks through `crawler.http.clients`. Swap it with `DOWNLOAD_HANDLERS`.

Request meta: `holdfast_max_bytes` (int, default 65,536) how much of the body is read; `download_timeout` (seconds) and `proxy` are
Scrapy's own. A body that ended before it should have flags its response `dataloss`, as Scrapy's handlers do. With `holdfast_record` (bytes) the
answer is kept if its body is no longer: then `holdfast_exchange` has it as it crossed the wire, or `holdfast_lacks` says why not.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from crawler.config import config_from_settings
from crawler.http.clients.client_certificates import ClientCertificates
from crawler.http.clients.fallback import open_clients
from crawler.http.clients.interface import RequestFailed, WireAnswer, WireRequest
from crawler.http.clients.proxies import ProxySelector, proxy_places
from crawler.http.clients.wire_recorder import RecordedResponse, WireRecorder
from crawler.http.content_encoding import decode_body
from crawler.http.dns_diagnosis import Nameservers
from crawler.http.fetch import RequestPermit
from crawler.http.safe_resolver import SafeResolver
from crawler.http.urls import InvalidUrl, request_url
from crawler.scrapy_ext.downloader import TURN
from crawler.scrapy_ext.raw_headers import header_lists, ready_headers
from store.vocabulary import Fault

__all__ = [
    "CUT_SHORT",
    "DEFAULT_MAX_BYTES",
    "EXCHANGE",
    "LACKS",
    "ProbeDownloadHandler",
    "RequestFailed",
]

DEFAULT_MAX_BYTES = 65_536
CUT_SHORT = "dataloss"
EXCHANGE = "holdfast_exchange"
LACKS = "holdfast_lacks"
_NO_VALUE = (b"",)


class ProbeDownloadHandler(BaseDownloadHandler):
    """Sends one request and reads the beginning of its answer."""

    ENTERS_TURNS = True  # those in requests' meta, see `crawler.scrapy_ext.downloader`
    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        loaded = config_from_settings(crawler.settings)
        config, network = loaded.config, loaded.config.network
        self._timeout = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        self._resolver = SafeResolver(
            connect_to=network.connect_to,
            allowed=network.allowed_networks,
            nameservers=Nameservers(),
            proxies=proxy_places(network.proxy),
        )
        self._clients = open_clients(self._resolver, ca_file=network.ca_file)
        self._recorder = WireRecorder(
            self._resolver, ca_file=network.ca_file, folder=loaded.local_archive
        )
        self._proxy_for = ProxySelector(self._resolver, configured=network.proxy)
        self._identity_for = ClientCertificates(config.hosts)

    async def download_request(self, request: Request) -> Response:
        """Raises RequestFailed."""
        url = _requested(request.url)
        limit = request.meta.get("holdfast_max_bytes", DEFAULT_MAX_BYTES)
        record = request.meta.get("holdfast_record", 0)
        answer = await (self._recorder if record else self._clients).send(
            WireRequest(
                method=request.method,
                url=url,
                headers=[
                    (name.decode("latin-1"), value.decode("utf-8", "replace"))
                    for name, values in header_lists(request.headers)
                    for value in values
                ],
                body=request.body,
                timeout=request.meta.get("download_timeout", self._timeout),
                max_bytes=limit,
                record=record,
                turn=request.meta.get(TURN, RequestPermit()),
                proxy=request.meta.get("proxy") or self._proxy_for(url),
                identity=None
                if record
                else self._identity_for(url),  # what is kept is what anybody would get
            )
        )
        if isinstance(answer, RecordedResponse):
            request.meta[EXCHANGE], request.meta[LACKS] = answer.exchange, answer.lacks
        return _response(request, answer, limit)

    async def close(self) -> None:
        """Let go of every connection."""
        await self._clients.close()
        await self._recorder.close()
        await self._resolver.close()


def _requested(url: str) -> str:
    """Return a URL as it is sent: in its canonical spelling, so that a proxy cannot read another host in it than we judged.

    The prober's URLs have it; those of other spiders and of Scrapy's redirects may not. Raises RequestFailed.
    """
    try:
        return request_url(url)
    except InvalidUrl as error:
        raise RequestFailed(Fault.INVALID_URL, "no http or https address of a host") from error


def _response(request: Request, answer: WireAnswer, limit: int) -> Response:
    values: dict[bytes, list[bytes]] = {}
    for name, value in answer.headers:
        values.setdefault(_written(name), []).append(value.encode("utf-8", "surrogateescape"))
    body = decode_body(
        answer.body, values.get(b"Content-Encoding", _NO_VALUE)[-1].decode("latin-1"), limit=limit
    )
    content_type = values.get(b"Content-Type", _NO_VALUE)[-1]
    response = (_class_for(content_type) or responsetypes.from_args(url=request.url, body=body))(
        url=request.url,
        status=answer.status,
        body=body,
        flags=[CUT_SHORT] if answer.cut_short else None,
        request=request,
        ip_address=_address(answer.peer) if answer.peer else None,
    )
    response.headers = ready_headers(values)
    return response


@lru_cache(maxsize=1024)
def _written(name: str) -> bytes:
    """Write a header's name as Scrapy does."""
    return name.encode("latin-1", "replace").title()


@lru_cache(maxsize=1024)
def _class_for(content_type: bytes) -> type[Response] | None:
    """What kind of response has a content type; None where that does not tell."""
    found = responsetypes.from_content_type(content_type) if content_type else Response
    return None if found is Response else found


@lru_cache(maxsize=4096)
def _address(peer: str) -> IPv4Address | IPv6Address:
    return ip_address(peer.partition("%")[0])
