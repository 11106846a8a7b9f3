"""Test the download handler and its clients with the test internet: faults, limits, requests, responses."""

from __future__ import annotations

import asyncio
import gzip
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web as web_server
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response, TextResponse

from crawler.config import load_config
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page
from crawler.demo.web import ANY, LOOPBACK, Behaviour, FakeWeb, Visit, closed_port
from crawler.http.clients.aiohttp_client import AiohttpClient
from crawler.http.clients.fallback import open_clients
from crawler.http.clients.interface import (
    HttpClient,
    RequestFailed,
    UnsupportedRequest,
)
from crawler.http.clients.proxies import ProxySelector, proxy_addresses
from crawler.http.clients.reqwest_client import ReqwestClient
from crawler.http.connection_map import HostPort
from crawler.http.fetch import FetchRequest, FetchResponse, RequestPermit
from crawler.http.safe_resolver import SafeResolver
from crawler.http.urls import request_url
from crawler.scrapy_ext.download_handler import DATA_LOSS, DownloadFailed, ProbeDownloadHandler
from store.vocabulary import Fault
from tests.web.faults import START, written
from tests.web.internet import Internet
from tests.web.proxies import BrokenProxy, Proxy

OpenClient = Callable[..., HttpClient]
Serve = Callable[[Behaviour], FakeWeb]

each_client = pytest.mark.parametrize("open_client", [ReqwestClient, AiohttpClient, open_clients])
pair_and_aiohttp = pytest.mark.parametrize("open_client", [AiohttpClient, open_clients])


def fetch(
    web: FakeWeb,
    url: str,
    *,
    open_client: OpenClient = open_clients,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    timeout: float = 60,
    max_bytes: int = 65_536,
    proxy: str = "",
    resolver: SafeResolver | None = None,
    permit: RequestPermit | None = None,
) -> FetchResponse:
    """Request one URL by a new client."""

    async def run() -> FetchResponse:
        names = resolver or SafeResolver(connect_to=web.connect_to())
        client = open_client(names, ca_file=str(web.ca_file) if isinstance(web, Internet) else "")
        try:
            return await client.send(
                FetchRequest(
                    method=method,
                    url=url,
                    headers=headers or {},
                    timeout=timeout,
                    max_bytes=max_bytes,
                    proxy=proxy,
                    permit=permit or RequestPermit(),
                )
            )
        finally:
            await client.close()
            await names.close()

    return asyncio.run(run())


def failure_of(web: FakeWeb, url: str, **options: Any) -> RequestFailed:
    with pytest.raises(RequestFailed) as caught:
        fetch(web, url, **options)
    return caught.value


def header(response: FetchResponse, name: str) -> str | None:
    return response.headers.get(name)


@pytest.fixture
def start_web(background: BackgroundLoop) -> Serve:
    """Return a function that starts a web whose only host, `one.test`, has one behaviour at every URL."""

    def serve(behaviour: Behaviour) -> FakeWeb:
        return background.start(FakeWeb({"one.test": {ANY: behaviour}}))

    return serve


# --- faults ------------------------------------------------------------------

FAULTS = {
    "http://gone.invalid/": Fault.NAME_NOT_FOUND,
    f"http://{'a' * 64}.test/": Fault.INVALID_URL,
    "http://refused.test/": Fault.REFUSED,
    "http://black-hole.test/": Fault.CONNECT_TIMEOUT,
    "http://deaf.test/": Fault.TIMEOUT,
    "http://faults.test/silence": Fault.TIMEOUT,
    "http://faults.test/slow-head": Fault.TIMEOUT,
    "http://faults.test/reset": Fault.RESET,
    "http://faults.test/empty-reply": Fault.RESET,
    "http://faults.test/invalid-status-line": Fault.BAD_RESPONSE,
    "http://faults.test/not-http": Fault.BAD_RESPONSE,
    "https://expired.test/": Fault.TLS,
    "https://wrong-host.test/": Fault.TLS,
    "https://no-tls.test/": Fault.TLS,
    "http://127.0.0.1:1/admin": Fault.UNSAFE_ADDRESS,
    "http://[::1]:1/": Fault.UNSAFE_ADDRESS,
    "http://[::ffff:127.0.0.1]:1/": Fault.UNSAFE_ADDRESS,
    "http://[::ffff:7f00:1]:1/": Fault.UNSAFE_ADDRESS,
    "http://2130706433:1/": Fault.UNSAFE_ADDRESS,
    "http://0x7f.1:1/": Fault.UNSAFE_ADDRESS,
    "http://0177.0.0.1:1/": Fault.UNSAFE_ADDRESS,
    "http://169.254.169.254/latest/meta-data/": Fault.UNSAFE_ADDRESS,
    "http://localhost:1/": Fault.UNSAFE_ADDRESS,
}


@pair_and_aiohttp
@pytest.mark.parametrize(("url", "fault"), FAULTS.items())
def test_each_failure_has_its_fault(
    web: Internet, open_client: OpenClient, url: str, fault: Fault
) -> None:
    timeout = 0.8 if fault in {Fault.CONNECT_TIMEOUT, Fault.TIMEOUT} else 60
    failure = failure_of(web, request_url(url), open_client=open_client, timeout=timeout)
    assert failure.fault is fault


@pair_and_aiohttp
def test_contradictory_content_lengths_are_a_bad_response(
    web: Internet, open_client: OpenClient
) -> None:
    found = failure_of(web, "http://faults.test/two-lengths", open_client=open_client)
    assert found.fault in (Fault.BAD_RESPONSE, Fault.CLIENT_LIMIT)


@each_client
@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1"])
def test_no_spelling_of_a_private_address_is_requested(
    web: Internet, open_client: OpenClient, host: str
) -> None:
    with pytest.raises((RequestFailed, UnsupportedRequest)) as caught:
        fetch(web, f"http://{host}:1/", open_client=open_client)
    assert not isinstance(caught.value, RequestFailed) or caught.value.fault in (
        Fault.UNSAFE_ADDRESS,
        Fault.INVALID_URL,
    )


@pytest.mark.parametrize("path", ["huge-header", "endless-headers", "status-out-of-range"])
def test_too_large_response_heads_are_refused(web: Internet, path: str) -> None:
    assert failure_of(web, f"http://faults.test/{path}").fault is Fault.BAD_RESPONSE


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("expired.test", "expired"),
        ("not-yet-valid.test", "not yet valid"),
        ("wrong-host.test", "not valid for 'wrong-host.test'"),
        ("self-signed.test", "self.signed certificate"),
        (
            "unknown-authority.test",
            "unable to get local issuer|self.signed certificate in certificate chain",
        ),
        ("no-tls.test", "(?i)wrong.version.number"),
    ],
)
def test_the_detail_names_the_certificate_error(web: Internet, host: str, message: str) -> None:
    assert re.search(message, failure_of(web, f"https://{host}/").detail)


def test_a_resolver_timeout_is_not_a_missing_name(web: Internet) -> None:
    class Silent(SafeResolver):
        async def resolve_public(self, host: str, port: int) -> Sequence[HostPort]:
            await asyncio.sleep(60)
            return await super().resolve_public(host, port)

    assert (
        failure_of(web, "http://some.test/", resolver=Silent(), timeout=0.2).fault
        is Fault.NAME_UNKNOWN
    )


@each_client
def test_a_body_that_never_began_is_truncated(start_web: Serve, open_client: OpenClient) -> None:
    web = start_web(
        written("a promise of a body", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    )
    assert failure_of(web, "http://one.test/", open_client=open_client).fault is Fault.TRUNCATED


@pytest.mark.parametrize("path", ["short-body", "bad-chunks"])
def test_a_body_that_began_and_broke_off_is_kept_and_marked(web: Internet, path: str) -> None:
    response = fetch(web, f"http://faults.test/{path}")
    assert (response.status, response.fault) == (200, Fault.TRUNCATED)
    assert response.body.startswith(START)


# --- responses ---------------------------------------------------------------


@each_client
def test_a_response_has_body_headers_and_peer(web: Internet, open_client: OpenClient) -> None:
    response = fetch(web, "http://ok.test/", open_client=open_client)
    assert response.status == 200
    assert b"<title>" in response.body
    assert header(response, "content-type") == "text/html; charset=utf-8"
    assert response.peer == "127.0.0.1"
    assert not response.fault


@pytest.mark.parametrize("path", ["long-body", "http-1.0", "bare-header-line"])
def test_malformed_responses_are_read_as_browsers_read_them(web: Internet, path: str) -> None:
    response = fetch(web, f"http://faults.test/{path}")
    assert (response.status, response.fault) == (200, None)


def test_more_headers_than_the_fast_client_reads_are_received(start_web: Serve) -> None:
    web = start_web(
        page(
            "Many headers", "One paragraph.", headers={f"X-{number}": "a" for number in range(150)}
        )
    )
    with pytest.raises(UnsupportedRequest):
        fetch(web, "http://one.test/", open_client=ReqwestClient)
    assert fetch(web, "http://one.test/").status == 200


@each_client
@pytest.mark.parametrize("path", ["endless-body", "gzip-bomb"])
def test_only_the_beginning_of_a_body_is_read(
    web: Internet, open_client: OpenClient, path: str
) -> None:
    response = fetch(
        web, f"http://faults.test/{path}", open_client=open_client, max_bytes=10_000, timeout=10.0
    )
    assert len(response.body) == 10_000


@pair_and_aiohttp
def test_a_body_is_read_for_no_longer_than_the_time_allows(
    web: Internet, open_client: OpenClient
) -> None:
    response = fetch(web, "http://faults.test/slow-drip", open_client=open_client, timeout=2)
    assert response.status == 200
    assert set(response.body) == set(b"<")


@each_client
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_client_reports_when_it_sends(
    web: Internet, open_client: OpenClient, scheme: str
) -> None:
    sent: list[float] = []
    entered: list[float] = []

    @asynccontextmanager
    async def enter() -> AsyncIterator[None]:
        entered.append(time.monotonic())
        yield

    permit = RequestPermit(enter, on_sent=lambda: sent.append(time.monotonic()))
    fetch(web, f"{scheme}://slow.test/1", open_client=open_client, timeout=10, permit=permit)
    done = time.monotonic()
    assert entered[0] < sent[0]
    assert sent[-1] < done - 0.9  # the server responds after a second, in which nothing is sent


@each_client
def test_a_head_has_no_body(web: Internet, open_client: OpenClient) -> None:
    response = fetch(web, "http://ok.test/large", open_client=open_client, method="HEAD")
    assert (response.status, response.body) == (200, b"")


@each_client
def test_clients_follow_no_redirects_decode_no_bodies_and_keep_no_cookies(
    web: Internet, open_client: OpenClient
) -> None:
    assert (
        header(fetch(web, "http://redirect.test/301", open_client=open_client), "location")
        == "/new"
    )
    assert fetch(web, "http://redirect.test/cookie-gate", open_client=open_client).status == 302
    assert (
        fetch(web, "http://faults.test/gzip-bomb", open_client=open_client, max_bytes=100).body[:2]
        == gzip.compress(b"")[:2]
    )
    assert [visit.url for visit in web.visits] == [
        "http://redirect.test/301",
        "http://redirect.test/cookie-gate",
        "http://faults.test/gzip-bomb",
    ]


@pair_and_aiohttp
def test_a_location_that_is_not_ascii_is_received(web: Internet, open_client: OpenClient) -> None:
    assert (
        header(fetch(web, "http://redirect.test/utf-8", open_client=open_client), "location")
        == "http://ok.test/%E6%96%B0%E9%97%BB/%E9%9D%92%E7%9F%B3%E9%95%87"
    )


def test_other_headers_that_are_not_ascii_do_not_fail_the_request(start_web: Serve) -> None:
    web = start_web(
        page(
            "A file", "One paragraph.", headers={"Content-Disposition": "inline; filename=报告.pdf"}
        )
    )
    response = fetch(web, "http://one.test/", open_client=ReqwestClient)
    assert (header(response, "content-disposition"), header(response, "content-type")) == (
        None,
        "text/html; charset=utf-8",
    )


# --- sent requests -----------------------------------------------------------


@each_client
@pytest.mark.parametrize(
    "path",
    [
        *(
            "/search?q=%C4%E3",
            "/search?q=%c4%e3",
            "/%zz?%",
            "//a/b;c?x=1&&y",
            "/a/./b",
            "/a|b[c]?d{e}|f",
            "/it's",
            "/?it's",
        ),
        *("/%7Euser/%2e%2E/x", "/?a=b?c=d", "/a%2Fb%20c+d"),
    ],
)
def test_a_url_is_sent_byte_for_byte(start_web: Serve, open_client: OpenClient, path: str) -> None:
    requests: list[str] = []

    async def note(request: web_server.BaseRequest, _visit: Visit) -> web_server.StreamResponse:
        requests.append(request.raw_path)
        return web_server.Response()

    web = start_web(Behaviour("records the requested path", note))
    try:
        fetch(web, f"http://one.test{path}", open_client=open_client)
    except UnsupportedRequest:  # the pair then uses the other client
        assert open_client is ReqwestClient
    else:
        assert requests == [path]


@each_client
def test_only_the_given_headers_are_sent(web: Internet, open_client: OpenClient) -> None:
    fetch(
        web,
        "http://ok.test/",
        open_client=open_client,
        headers={"User-Agent": "Holdfast", "Accept-Language": "zh", "Cookie": "a=1"},
    )
    sent = {name.lower(): value for name, value in web.visits[0].headers.items()}
    assert {
        name: value for name, value in sent.items() if name not in ("host", "accept", "connection")
    } == {
        "user-agent": "Holdfast",
        "accept-language": "zh",
        "cookie": "a=1",
    }


def test_a_header_that_is_not_ascii_is_sent(web: Internet) -> None:
    assert fetch(web, "http://ok.test/", headers={"Cookie": "name=青石"}).status == 200


# --- addresses ---------------------------------------------------------------


@each_client
def test_no_redirect_to_a_private_address_is_followed(
    web: Internet, open_client: OpenClient
) -> None:
    for path in ("to-loopback", "to-decimal-address", "to-mapped-address"):
        target = (
            header(fetch(web, f"http://redirect.test/{path}", open_client=open_client), "location")
            or ""
        )
        assert (
            failure_of(web, request_url(target), open_client=open_client).fault
            is Fault.UNSAFE_ADDRESS
        )


@each_client
def test_addresses_in_an_allowed_range_are_requested(
    web: Internet, open_client: OpenClient
) -> None:
    place = web.connect_to()["ok.test:80"]
    resolver = SafeResolver(allowed=[ip_network("127.0.0.0/8")])
    assert (
        fetch(web, f"http://{place}/", open_client=open_client, resolver=resolver).status == 421
    )  # the response of a web that does not have this host


@each_client
@pytest.mark.parametrize(
    "host", ["dotted.test.", "under_score.test", "-dash-.test", "xn--r8jz45g.test"]
)
def test_clients_resolve_names_only_by_our_resolver(
    web: Internet, open_client: OpenClient, host: str
) -> None:
    resolver = SafeResolver(connect_to={f"{host}:80": web.connect_to()["ok.test:80"]})
    assert fetch(web, f"http://{host}/", open_client=open_client, resolver=resolver).status in (
        200,
        421,
    )


@pair_and_aiohttp
def test_a_port_in_the_url_can_be_mapped_to_another(web: Internet, open_client: OpenClient) -> None:
    resolver = SafeResolver(connect_to={"ok.test:8080": web.connect_to()["ok.test:80"]})
    assert (
        fetch(web, "http://ok.test:8080/", open_client=open_client, resolver=resolver).status == 200
    )


def test_the_other_addresses_of_a_host_are_tried(web: Internet) -> None:
    address, _, port = web.connect_to()["ok.test:80"].partition(":")

    class TwoAddresses(SafeResolver):
        async def resolve_public(self, host: str, _port: int) -> Sequence[HostPort]:
            return [(address, 1), (address, int(port))]

    assert (
        failure_of(web, "http://ok.test/", open_client=ReqwestClient, resolver=TwoAddresses()).fault
        is Fault.REFUSED
    )
    assert fetch(web, "http://ok.test/", resolver=TwoAddresses()).status == 200


def test_one_name_can_be_mapped_to_two_ports_by_scheme(web: Internet) -> None:
    async def run() -> list[int | None]:
        resolver = SafeResolver(connect_to=web.connect_to())
        client = ReqwestClient(resolver, ca_file=str(web.ca_file))
        request = FetchRequest(method="GET", url="http://ok.test/", timeout=60, max_bytes=100)
        try:
            responses = await asyncio.gather(
                *(
                    client.send(replace(request, url=f"{scheme}://ok.test/"))
                    for scheme in ("http", "https") * 3
                )
            )
            return [response.status for response in responses]
        finally:
            await client.close()
            await resolver.close()

    assert asyncio.run(run()) == [200] * 6
    assert {visit.url for visit in web.visits} == {"http://ok.test/", "https://ok.test/"}


# --- certificates ------------------------------------------------------------


@each_client
def test_the_certificate_store_is_that_of_the_environment(
    web: Internet, open_client: OpenClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_ca_file(resolver: SafeResolver, *, ca_file: str) -> HttpClient:
        return open_client(resolver)

    assert failure_of(web, "https://ok.test/", open_client=without_ca_file).fault is Fault.TLS
    monkeypatch.setenv("SSL_CERT_FILE", str(web.ca_file))
    assert fetch(web, "https://ok.test/", open_client=without_ca_file).status == 200


@each_client
def test_a_ca_file_of_several_certificates_is_read_whole(
    web: Internet, open_client: OpenClient, tmp_path: Path
) -> None:
    other = Internet()
    other._authority.write_certificate(bundle := tmp_path / "bundle.pem")
    bundle.write_bytes(bundle.read_bytes() + web.ca_file.read_bytes())

    def with_bundle(resolver: SafeResolver, *, ca_file: str) -> HttpClient:
        return open_client(resolver, ca_file=str(bundle))

    assert fetch(web, "https://ok.test/", open_client=with_bundle).status == 200


# --- proxies -----------------------------------------------------------------


@pytest.fixture
def proxy(web: Internet, background: BackgroundLoop) -> Proxy:
    return background.start(Proxy(web.connect_to()))


@each_client
@pytest.mark.parametrize("url", ["http://ok.test/", "https://ok.test/"])
def test_requests_go_through_an_http_proxy(
    web: Internet, proxy: Proxy, open_client: OpenClient, url: str
) -> None:
    response = fetch(
        web, url, open_client=open_client, proxy=f"http://{proxy.address}", resolver=SafeResolver()
    )
    assert response.status == 200
    assert proxy.requests == [f"ok.test:{443 if url.startswith('https') else 80}"]


@each_client
@pytest.mark.parametrize("url", ["http://ok.test/", "https://ok.test/"])
def test_requests_go_through_an_https_proxy(
    web: Internet, background: BackgroundLoop, open_client: OpenClient, url: str
) -> None:
    proxy = background.start(Proxy(web.connect_to(), tls=web.server_context_for(LOOPBACK)))
    assert (
        fetch(
            web,
            url,
            open_client=open_client,
            proxy=f"https://wiki:word@{proxy.address}",
            resolver=SafeResolver(),
        ).status
        == 200
    )
    assert proxy.requests == [f"ok.test:{443 if url.startswith('https') else 80}"]


@pytest.mark.parametrize("url", ["http://ok.test/", "https://ok.test/"])
def test_requests_go_through_a_socks_proxy(web: Internet, proxy: Proxy, url: str) -> None:
    assert (
        fetch(web, url, proxy=f"socks5h://{proxy.address}", resolver=SafeResolver()).status == 200
    )
    assert proxy.requests == [f"ok.test:{443 if url.startswith('https') else 80}"]


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_failures_of_a_proxy_do_not_count_against_the_site(
    web: Internet, proxy: Proxy, scheme: str
) -> None:
    unknown = failure_of(
        web, "https://nobody.test/", proxy=f"{scheme}://{proxy.address}", resolver=SafeResolver()
    )
    with closed_port() as place:
        absent = failure_of(
            web, "https://ok.test/", proxy=f"{scheme}://{place}", resolver=SafeResolver()
        )
    assert (unknown.fault, absent.fault) == (Fault.PROXY_FAILED, Fault.PROXY_FAILED)


@each_client
@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 500_000 + b"\r\n\r\n",
        b"not HTTP\r\n\r\n",
    ],
    ids=["login", "redirect", "gateway", "long-header", "no-http"],
)
def test_a_failure_of_the_proxy_shows_no_password_and_does_not_count_against_the_site(
    web: Internet, background: BackgroundLoop, open_client: OpenClient, response: bytes
) -> None:
    proxy = background.start(BrokenProxy(response))
    failure = failure_of(
        web,
        "https://ok.test/",
        open_client=open_client,
        proxy=f"http://wiki:planted@{proxy.address}",
        resolver=SafeResolver(),
    )
    assert failure.fault is Fault.PROXY_FAILED
    assert "planted" not in f"{failure} {failure.detail}"


def test_a_bad_certificate_is_named_behind_a_proxy_too(web: Internet, proxy: Proxy) -> None:
    for scheme in ("http", "socks5h"):
        failure = failure_of(
            web,
            "https://expired.test/",
            proxy=f"{scheme}://{proxy.address}",
            resolver=SafeResolver(),
        )
        assert failure.fault is Fault.TLS
        assert "expired" in failure.detail


@each_client
def test_private_ip_addresses_are_refused_behind_a_proxy(
    web: Internet, proxy: Proxy, open_client: OpenClient
) -> None:
    failure = failure_of(
        web,
        "http://169.254.169.254/",
        open_client=open_client,
        proxy=f"http://{proxy.address}",
        resolver=SafeResolver(),
    )
    assert failure.fault is Fault.UNSAFE_ADDRESS
    assert proxy.requests == []


PRIVATE_HOSTS = [
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "127.1",
    "0",
    "127.0.0.1.",
    "[::ffff:7f00:1]",
    "localhost",
    "a.localhost.",
    "192.0.0.192",
]


@each_client
@pytest.mark.parametrize("host", [*PRIVATE_HOSTS, "１２７.1", "%31%32%37.1"])
def test_no_spelling_of_a_private_address_reaches_a_proxy(
    web: Internet, proxy: Proxy, open_client: OpenClient, host: str
) -> None:
    options: dict[str, Any] = {"proxy": f"http://{proxy.address}", "resolver": SafeResolver()}
    if open_client is ReqwestClient:
        with pytest.raises(
            (RequestFailed, UnsupportedRequest)
        ):  # URLs that it would spell differently are left to the other client
            fetch(web, f"http://{host}/", open_client=open_client, **options)
    else:
        assert (
            failure_of(web, f"http://{host}/", open_client=open_client, **options).fault
            is Fault.UNSAFE_ADDRESS
        )
    assert proxy.requests == []


def test_a_proxy_gets_the_checked_spelling_of_a_host(web: Internet, proxy: Proxy) -> None:
    """Octal to browsers, and so to us; a proxy might read 010.1.2.3 as 10.1.2.3."""
    assert (
        download(web, "http://010.1.2.3:8080/", proxy=f"http://{proxy.address}").status == 502
    )  # the proxy does not know this host
    assert proxy.requests == ["8.1.2.3:8080"]
    with pytest.raises(DownloadFailed) as caught:
        download(web, "http://012.1.2.3/", proxy=f"http://{proxy.address}")
    assert caught.value.fault is Fault.UNSAFE_ADDRESS


@each_client
def test_a_private_proxy_is_allowed_only_as_a_proxy(
    web: Internet, proxy: Proxy, open_client: OpenClient
) -> None:
    port = int(proxy.address.rpartition(":")[2])
    places = proxy_addresses(f"http://wiki:word@localhost:{port}")
    assert places == {("localhost", port)}
    by_name: dict[str, Any] = {
        "proxy": f"http://localhost:{port}",
        "resolver": SafeResolver(proxies=places),
    }
    assert fetch(web, "http://ok.test/", open_client=open_client, **by_name).status == 200
    assert (
        failure_of(web, f"http://localhost:{port}/", open_client=open_client, **by_name).fault
        is Fault.UNSAFE_ADDRESS
    )
    alone = SafeResolver(proxies=places, allowed=[ip_network("127.0.0.0/8")])
    assert (
        failure_of(web, f"http://localhost:{port}/", open_client=open_client, resolver=alone).fault
        is Fault.UNSAFE_ADDRESS
    )
    assert proxy.requests == ["ok.test:80"]


@pytest.mark.parametrize("url", ["http://a:99999/", "http://a b/", "http://1.2.3.4.5/", "http://"])
def test_a_url_that_cannot_be_requested_is_an_invalid_url(web: Internet, url: str) -> None:
    with pytest.raises(DownloadFailed) as caught:
        download(web, url)
    assert caught.value.fault is Fault.INVALID_URL


# Valid for browsers and name servers, but IDNA libraries do not decode them: a control character, none at all, a joiner.
ODD_HOSTS = tuple(
    f"{label}.odd.test" for label in ("xn--a", f"xn--{'z' * 25}", "xn--1ug66vku9r8p9h")
)


@pytest.fixture(scope="module")
def odd_hosts(background: BackgroundLoop) -> Internet:
    return background.start(Internet({host: {ANY: page("Odd")} for host in ODD_HOSTS}))


@pair_and_aiohttp
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ODD_HOSTS)
def test_a_host_that_idna_libraries_do_not_decode_is_requested(
    odd_hosts: Internet, open_client: OpenClient, scheme: str, host: str
) -> None:
    assert fetch(odd_hosts, f"{scheme}://{host}/", open_client=open_client).status == 200


@pytest.mark.parametrize(
    ("configured", "environment", "url", "proxy"),
    [
        ("", {}, "http://a.test/", ""),
        ("http://p.test:3128", {}, "https://a.test/", "http://p.test:3128"),
        (
            "http://p.test:3128",
            {"https_proxy": "http://other.test:1"},
            "https://a.test/",
            "http://p.test:3128",
        ),
        ("", {"https_proxy": "http://p.test:3128"}, "https://a.test/", "http://p.test:3128"),
        ("", {"https_proxy": "http://p.test:3128"}, "http://a.test/", ""),
        ("", {"http_proxy": "p.test:3128"}, "http://a.test/", "http://p.test:3128"),
        ("", {"all_proxy": "socks5://p.test:1080"}, "http://a.test/", "socks5h://p.test:1080"),
        (
            "",
            {"http_proxy": "http://p.test:3128", "no_proxy": ".a.test,b.test"},
            "http://www.a.test/",
            "",
        ),
        ("http://p.test:3128", {}, "http://led.test/", ""),
    ],
)
def test_the_proxy_is_chosen_by_configuration_then_environment(
    monkeypatch: pytest.MonkeyPatch,
    configured: str,
    environment: dict[str, str],
    url: str,
    proxy: str,
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert (
        ProxySelector(
            SafeResolver(connect_to={"led.test:80": "127.0.0.1:1"}), configured=configured
        )(url)
        == proxy
    )


# --- Scrapy's side -----------------------------------------------------------


def download(web: Internet, url: str, **meta: Any) -> Response:
    """Send a request through the handler, as Scrapy does."""
    overrides = {"network.connect_to": web.connect_to(), "network.ca_file": str(web.ca_file)}
    loaded = load_config(start=Path("/nonexistent"), environment={}, overrides=overrides)

    async def run() -> Response:
        handler = ProbeDownloadHandler(Crawler(Spider, {"HOLDFAST_CONFIG": loaded}))
        try:
            return await handler.download_request(
                Request(url, meta={"verbatim_url": True, "download_timeout": 0.8, **meta})
            )
        finally:
            await handler.close()

    return asyncio.run(run())


def test_a_response_is_what_scrapy_expects(web: Internet) -> None:
    response = download(web, "http://ok.test/gbk")
    assert isinstance(response, TextResponse)
    assert (response.status, response.encoding, response.ip_address) == (
        200,
        "gb18030",
        ip_address("127.0.0.1"),
    )
    assert "青石镇" in response.text
    assert response.flags == []


def test_a_truncated_response_has_the_fault_truncated(web: Internet) -> None:
    assert download(web, "http://faults.test/short-body").flags == [DATA_LOSS]


def test_a_body_is_decoded_up_to_the_requested_bytes(web: Internet) -> None:
    response = download(web, "http://faults.test/gzip-bomb", holdfast_max_bytes=1000)
    assert response.body.startswith(START)
    assert len(response.body) == 1000


def test_a_failure_is_raised_with_its_fault(web: Internet) -> None:
    with pytest.raises(DownloadFailed) as caught:
        download(web, "http://refused.test/")
    assert caught.value.fault is Fault.REFUSED


def test_a_missing_ca_file_is_an_error_and_no_fault_of_the_site(web: Internet) -> None:
    def with_missing_file(resolver: SafeResolver, *, ca_file: str) -> HttpClient:
        return open_clients(resolver, ca_file=f"{ca_file}.missing")

    with pytest.raises(FileNotFoundError):
        fetch(web, "https://ok.test/", open_client=with_missing_file)
