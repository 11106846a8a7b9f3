"""Test that every client reads endless responses up to a limit, heads and framing included."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.http import spool
from crawler.http.clients.aiohttp_client import AiohttpClient
from crawler.http.clients.fallback import open_clients
from crawler.http.clients.interface import (
    HttpClient,
    RequestFailed,
    UnsupportedRequest,
)
from crawler.http.clients.reqwest_client import ReqwestClient
from crawler.http.clients.wire_recorder import WireRecorder
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.http.safe_resolver import SafeResolver
from store.vocabulary import Fault
from tests.web.floods import BODIES, HEADS, Flood, Flooding, flooding
from tests.web.internet import Internet
from tests.web.proxies import Proxy

OpenClient = Callable[..., HttpClient]
MAX_PROBE_BYTES = 1_000_000  # bytes on the wire at most, for 64 KB of body
COPY_BYTES = 4_000_000
SECONDS = 60.0  # timeout; a test fails that waits for it
each_client = pytest.mark.parametrize(
    "open_client", [ReqwestClient, AiohttpClient, WireRecorder, open_clients]
)
each_flood = pytest.mark.parametrize(
    "flood", [pytest.param(flood, id=name) for name, flood in {**HEADS, **BODIES}.items()]
)


def fetch(
    server: Flooding,
    open_client: OpenClient,
    *,
    url: str = "http://a.test/",
    ca_file: str = "",
    proxy: str = "",
    record_limit: int = 0,
    times: int = 1,
) -> list[FetchResponse | RequestFailed | UnsupportedRequest]:
    """Send several requests by a client in sequence; return its responses and failures."""

    async def run() -> list[FetchResponse | RequestFailed | UnsupportedRequest]:
        names = (
            SafeResolver()
            if proxy
            else SafeResolver(connect_to={"*:80": server.place, "*:443": server.place})
        )
        client = open_client(names, ca_file=ca_file)
        results: list[FetchResponse | RequestFailed | UnsupportedRequest] = []
        for _ in range(times):
            request = FetchRequest(
                method="GET",
                url=url,
                timeout=SECONDS,
                max_bytes=65_536,
                proxy=proxy,
                record_limit=record_limit,
            )
            try:
                results.append(await client.send(request))
            except (RequestFailed, UnsupportedRequest) as failure:
                results.append(failure)
        await client.close()
        await names.close()
        return results

    return asyncio.run(run())


@each_flood
@each_client
def test_a_probe_reads_a_megabyte_at_most(flood: Flood, open_client: OpenClient) -> None:
    began = monotonic()
    with flooding(flood) as server:
        results = fetch(server, open_client)[0]
    assert server.sent <= MAX_PROBE_BYTES
    assert monotonic() - began < SECONDS, "the client waited for its timeout"
    if isinstance(results, RequestFailed):
        assert results.fault is Fault.BAD_RESPONSE
    elif isinstance(results, FetchResponse):
        assert results.status == 200
    else:
        assert open_client is ReqwestClient, (
            "only the fast client alone reports a request as unsupported"
        )


@pytest.mark.parametrize("name", ["100", "zeros of a chunk size", "a body"])
@each_client
def test_bytes_of_tls_count_against_the_limit(
    internet: Internet, open_client: OpenClient, name: str
) -> None:
    with flooding({**HEADS, **BODIES}[name], tls=internet.server_context_for("a.test")) as server:
        fetch(server, open_client, url="https://a.test/", ca_file=str(internet.ca_file))
    assert 16_000 < server.sent <= MAX_PROBE_BYTES


@pytest.mark.parametrize("name", ["100", "CRLF", "zeros of a chunk size", "a body"])
@pytest.mark.parametrize("url", ["http://a.test/", "https://a.test/"])
@pytest.mark.parametrize("open_client", [open_clients, AiohttpClient])
def test_bytes_from_a_proxy_count_against_the_limit(
    internet: Internet, background: BackgroundLoop, open_client: OpenClient, url: str, name: str
) -> None:
    tls = internet.server_context_for("a.test") if url.startswith("https") else None
    with flooding({**HEADS, **BODIES}[name], tls=tls) as server:
        proxy = background.start(Proxy({"a.test:80": server.place, "a.test:443": server.place}))
        fetch(
            server,
            open_client,
            url=url,
            ca_file=str(internet.ca_file),
            proxy=f"http://{proxy.address}",
        )
    assert 16_000 < server.sent <= MAX_PROBE_BYTES + 8_000_000, (
        "the proxy and its system buffer more, which clients cannot limit"
    )


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("open_client", [open_clients, AiohttpClient])
def test_the_response_to_connect_is_bounded_too(open_client: OpenClient, name: str) -> None:
    with flooding(HEADS[name]) as proxy:
        results = fetch(proxy, open_client, url="https://a.test/", proxy=f"http://{proxy.place}")[0]
    assert isinstance(results, RequestFailed)
    assert proxy.sent <= MAX_PROBE_BYTES


@pytest.mark.parametrize("name", ["100", "zeros of a chunk size"])
def test_consecutive_requests_have_separate_limits(name: str) -> None:
    with flooding({**HEADS, **BODIES}[name]) as server:
        fetch(server, open_clients, times=3)
    assert server.visitors == 3
    assert 2 * 700_000 < server.sent <= 3 * MAX_PROBE_BYTES


@each_flood
def test_a_copy_reads_its_size_and_a_twentieth(
    flood: Flood, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[int] = []
    add = spool.Spool.add

    def counted(self: spool.Spool, data: bytes) -> None:
        add(self, data)
        stored.append(len(self))

    monkeypatch.setattr(spool.Spool, "add", counted)
    with flooding(flood) as server:
        results = fetch(
            server,
            lambda names, **options: WireRecorder(names, folder=tmp_path, **options),
            record_limit=COPY_BYTES,
        )[0]
    assert max(stored) <= COPY_BYTES * 21 // 20
    assert (
        server.sent <= COPY_BYTES * 21 // 20 + 262_144
    )  # the bytes in the system's buffer when the socket is closed
    if isinstance(results, FetchResponse):
        assert results.exchange is None
        assert results.not_recorded in ("too-large", "too-slow"), (
            "on a slow machine the timeout comes first"
        )


@pytest.mark.parametrize("piece", [b"1\r\n<\r\n", b"0" * 80 + b"1\r\n<\r\n"])
def test_a_page_in_small_chunks_is_read(piece: bytes) -> None:
    page = Flood(
        opening=BODIES["a chunk extension"].opening[:-4] + piece * 5_000 + b"0\r\n\r\n",
        piece=b"",
        pause=0.05,
    )
    for open_client in (ReqwestClient, AiohttpClient):
        with flooding(page) as server:
            results = fetch(server, open_client)[0]
        assert isinstance(results, FetchResponse)
        assert (len(results.body), results.fault) == (5 + 5_000, None)
