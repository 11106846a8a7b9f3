"""The download handler that sends all http and https requests of spiders.

Scrapy's own handlers read whole bodies, distinguish fewer faults and do not check the address they
connect to. This one reads as much of the body as requested, checks every address, and raises
`DownloadFailed` with the fault. Another handler can be set in `DOWNLOAD_HANDLERS`.

Request meta, beside Scrapy's own `download_timeout` (seconds) and `proxy`:
    holdfast_max_bytes: How many bytes of the body to read (int, default `BODY_LIMIT`).
    holdfast_fetch: The `FetchRequest` of a probe. Its limits replace `holdfast_max_bytes` and
        `download_timeout`.

After the download, `holdfast_fetched` is the `FetchResponse`, and `holdfast_received_headers` the
headers of the Scrapy response that was made of it.

A body that ended too early puts `dataloss` into the response's flags, as Scrapy's handlers do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadFailedError
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from crawler.archives.archive_hosts import archive_proxy_hosts
from crawler.config import config_from_settings
from crawler.http.clients.client_certificates import ClientCertificates
from crawler.http.clients.fallback import open_clients
from crawler.http.clients.interface import RequestFailed
from crawler.http.clients.proxies import ProxySelector, proxy_addresses
from crawler.http.clients.wire_recorder import WireRecorder
from crawler.http.content_encoding import decode_body
from crawler.http.dns_diagnosis import Nameservers
from crawler.http.fetch import BODY_LIMIT, FetchRequest, FetchResponse
from crawler.http.safe_resolver import SafeResolver
from crawler.http.urls import InvalidUrl, request_url
from store.vocabulary import Fault

FETCH_REQUEST: Final = "holdfast_fetch"
FETCH_RESPONSE: Final = "holdfast_fetched"
RECEIVED_HEADERS: Final = "holdfast_received_headers"
MAX_BYTES: Final = "holdfast_max_bytes"
DATA_LOSS: Final = "dataloss"


class DownloadFailed(RequestFailed, DownloadFailedError):
    """A request without a usable response, as an exception that Scrapy's middlewares know."""


class ProbeDownloadHandler(BaseDownloadHandler):
    """Sends one request and reads the beginning of its response."""

    # The clients wait for `FetchRequest.permit` (rate limiter and lease) right before they send.
    # With a handler that lacks this attribute, `scrapy_ext.downloader` waits for it instead.
    ENTERS_PERMITS = True
    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        loaded = config_from_settings(crawler.settings)
        network = loaded.config.network
        self._timeout = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        self._resolver = SafeResolver(
            connect_to=network.connect_to,
            allowed=network.allowed_networks,
            nameservers=Nameservers(),
            proxies=proxy_addresses(network.proxy, loaded.config.archives.proxy),
        )
        self._clients = open_clients(self._resolver, ca_file=network.ca_file)
        self._recorder = WireRecorder(
            self._resolver, ca_file=network.ca_file, folder=loaded.local_archive
        )
        self._proxy_for = ProxySelector(
            self._resolver,
            configured=network.proxy,
            override=loaded.config.archives.proxy,
            is_overridden=archive_proxy_hosts(loaded.config),
        )
        self._certificate_for = ClientCertificates(loaded.config.hosts)

    async def download_request(self, request: Request) -> Response:
        """Return the response to a request.

        Raises:
            DownloadFailed: There is no usable response.
        """
        fetch_request = self._to_fetch_request(request)
        client = self._recorder if fetch_request.record_limit else self._clients
        try:
            received = await client.send(fetch_request)
        except RequestFailed as failure:
            raise DownloadFailed(failure.fault, failure.detail) from failure
        response = to_scrapy_response(request, received, max_bytes=fetch_request.max_bytes)
        if received.body != response.body:  # it was compressed
            received = replace(received, body=response.body)
        request.meta[FETCH_RESPONSE] = received
        request.meta[RECEIVED_HEADERS] = response.headers
        return response

    async def close(self) -> None:
        """Close all connections."""
        await self._clients.close()
        await self._recorder.close()
        await self._resolver.close()

    def _to_fetch_request(self, request: Request) -> FetchRequest:
        """Return what is sent for a Scrapy request.

        URL and headers are those of the Scrapy request, which middlewares may have changed.

        Raises:
            DownloadFailed: The URL cannot be requested.
        """
        url = _canonical_url(request.url)
        fetch_request: FetchRequest | None = request.meta.get(FETCH_REQUEST)
        if fetch_request is None:
            max_bytes = request.meta.get(MAX_BYTES, BODY_LIMIT)
            timeout = request.meta.get("download_timeout", self._timeout)
            fetch_request = FetchRequest(
                method=request.method, url=url, timeout=timeout, max_bytes=max_bytes
            )
        # A recorded response must be one that anybody would get.
        is_recorded = bool(fetch_request.record_limit)
        return replace(
            fetch_request,
            method=request.method,
            url=url,
            headers=_header_texts(request.headers),
            cookie="",  # `engine_fetch` made it part of the headers
            body=request.body,
            proxy=request.meta.get("proxy") or self._proxy_for(url),
            client_certificate=None if is_recorded else self._certificate_for(url),
        )


def _canonical_url(url: str) -> str:
    """Return a URL in its canonical spelling.

    A proxy must not read another host in it than the one we checked. The prober's URLs are
    canonical already; those of spiders and of Scrapy's redirects may not be.

    Raises:
        DownloadFailed: It is not an http or https URL with a host.
    """
    try:
        return request_url(url)
    except InvalidUrl as error:
        raise DownloadFailed(Fault.INVALID_URL, "not an http or https URL with a host") from error


def _header_texts(headers: Headers) -> dict[str, str]:
    """Return headers as texts, several values of one field joined by commas."""
    return {
        name.decode("latin-1"): b", ".join(values).decode("utf-8", "replace")
        for name, values in headers.items()
        if values
    }


def to_scrapy_response(request: Request, received: FetchResponse, *, max_bytes: int) -> Response:
    """Return Scrapy's form of a client's response, its body decoded.

    Args:
        request: The Scrapy request.
        received: The client's response, with the body in its content coding.
        max_bytes: The maximum length of the decoded body; the rest is cut off.
    """
    coding = received.headers.get("content-encoding", "")
    body = decode_body(received.body, coding, limit=max_bytes)
    response_class = _response_class(request.url, received.headers, body)
    fields: dict[str, list[bytes]] = {
        name: [value.encode()] for name, value in received.headers.items()
    }
    if received.cookies:
        fields["set-cookie"] = [cookie.encode("latin-1") for cookie in received.cookies]
    return response_class(
        url=request.url,
        status=received.status or 0,
        headers=fields,
        body=body,
        flags=[DATA_LOSS] if received.fault is Fault.TRUNCATED else None,
        request=request,
        ip_address=_parse_address(received.peer) if received.peer else None,
    )


@lru_cache(maxsize=4096)
def _parse_address(peer: str) -> IPv4Address | IPv6Address:
    """Return an IP address without the zone (`%eth0`) that a link-local one may have."""
    return ip_address(peer.partition("%")[0])


def _response_class(url: str, headers: Mapping[str, str], body: bytes) -> type[Response]:
    """Return Scrapy's class for a response: by its content type, else by its URL and body."""
    content_type = _last_value(headers, "content-type")
    if content_type:
        response_class = responsetypes.from_content_type(content_type.encode())
        if response_class is not Response:  # Scrapy has a class for the content type
            return response_class
    return responsetypes.from_args(url=url, body=body)


def _last_value(headers: Mapping[str, str], name: str) -> str:
    """Return the last of a field's comma-separated values; empty if there is no such field."""
    return headers.get(name, "").rpartition(",")[2].strip()
