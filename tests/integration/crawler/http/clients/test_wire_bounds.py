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

Opening = Callable[..., HttpClient]
PROBE = 1_000_000  # bytes on the wire at most, for 64 KB of body
COPY = 4_000_000
SECONDS = 60.0  # a client that waits for them is held up
each_client = pytest.mark.parametrize(
    "opening", [ReqwestClient, AiohttpClient, WireRecorder, open_clients]
)
each_flood = pytest.mark.parametrize(
    "flood", [pytest.param(flood, id=name) for name, flood in {**HEADS, **BODIES}.items()]
)


def ask(
    server: Flooding,
    opening: Opening,
    *,
    url: str = "http://a.test/",
    ca_file: str = "",
    proxy: str = "",
    record: int = 0,
    times: int = 1,
) -> list[FetchResponse | RequestFailed | UnsupportedRequest]:
    """Send several requests by a client in sequence; return its responses and failures."""

    async def run() -> list[FetchResponse | RequestFailed | UnsupportedRequest]:
        names = (
            SafeResolver()
            if proxy
            else SafeResolver(connect_to={"*:80": server.place, "*:443": server.place})
        )
        client = opening(names, ca_file=ca_file)
        found: list[FetchResponse | RequestFailed | UnsupportedRequest] = []
        for _ in range(times):
            request = FetchRequest(
                method="GET",
                url=url,
                timeout=SECONDS,
                max_bytes=65_536,
                proxy=proxy,
                record_limit=record,
            )
            try:
                found.append(await client.send(request))
            except (RequestFailed, UnsupportedRequest) as failure:
                found.append(failure)
        await client.close()
        await names.close()
        return found

    return asyncio.run(run())


@each_flood
@each_client
def test_a_probe_reads_a_megabyte_at_most(flood: Flood, opening: Opening) -> None:
    began = monotonic()
    with flooding(flood) as server:
        found = ask(server, opening)[0]
    assert server.sent <= PROBE
    assert monotonic() - began < SECONDS, "it was hung up on, not waited for"
    if isinstance(found, RequestFailed):
        assert found.fault is Fault.BAD_RESPONSE
    elif isinstance(found, FetchResponse):
        assert found.status == 200
    else:
        assert opening is ReqwestClient, (
            "the pair's other client is asked, too, for what is left of the bytes"
        )


@pytest.mark.parametrize("name", ["100", "zeros of a chunk size", "a body"])
@each_client
def test_tls_is_no_way_around(internet: Internet, opening: Opening, name: str) -> None:
    with flooding({**HEADS, **BODIES}[name], tls=internet.server_context_for("a.test")) as server:
        ask(server, opening, url="https://a.test/", ca_file=str(internet.ca_file))
    assert 16_000 < server.sent <= PROBE


@pytest.mark.parametrize("name", ["100", "CRLF", "zeros of a chunk size", "a body"])
@pytest.mark.parametrize("url", ["http://a.test/", "https://a.test/"])
@pytest.mark.parametrize("opening", [open_clients, AiohttpClient])
def test_a_proxy_is_no_way_around(
    internet: Internet, background: BackgroundLoop, opening: Opening, url: str, name: str
) -> None:
    tls = internet.server_context_for("a.test") if url.startswith("https") else None
    with flooding({**HEADS, **BODIES}[name], tls=tls) as server:
        proxy = background.start(Proxy({"a.test:80": server.place, "a.test:443": server.place}))
        ask(
            server, opening, url=url, ca_file=str(internet.ca_file), proxy=f"http://{proxy.address}"
        )
    assert 16_000 < server.sent <= PROBE + 8_000_000, (
        "what the proxy and the system on its way take is not ours to bound"
    )


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("opening", [open_clients, AiohttpClient])
def test_the_response_to_connect_is_bounded_too(opening: Opening, name: str) -> None:
    with flooding(HEADS[name]) as proxy:
        found = ask(proxy, opening, url="https://a.test/", proxy=f"http://{proxy.place}")[0]
    assert isinstance(found, RequestFailed)
    assert proxy.sent <= PROBE


@pytest.mark.parametrize("name", ["100", "zeros of a chunk size"])
def test_each_probe_has_a_megabyte_of_its_own(name: str) -> None:
    with flooding({**HEADS, **BODIES}[name]) as server:
        ask(server, open_clients, times=3)
    assert server.visitors == 3
    assert 2 * 700_000 < server.sent <= 3 * PROBE


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
        found = ask(
            server,
            lambda names, **options: WireRecorder(names, folder=tmp_path, **options),
            record=COPY,
        )[0]
    assert max(stored) <= COPY * 21 // 20
    assert (
        server.sent <= COPY * 21 // 20 + 262_144
    )  # what the system's buffer holds when it is closed
    if isinstance(found, FetchResponse):
        assert found.exchange is None
        assert found.not_recorded in ("too-large", "too-slow"), "on a slow machine time is up first"


@pytest.mark.parametrize("piece", [b"1\r\n<\r\n", b"0" * 80 + b"1\r\n<\r\n"])
def test_a_page_in_small_chunks_is_read(piece: bytes) -> None:
    page = Flood(
        opening=BODIES["a chunk extension"].opening[:-4] + piece * 5_000 + b"0\r\n\r\n",
        piece=b"",
        pause=0.05,
    )
    for opening in (ReqwestClient, AiohttpClient):
        with flooding(page) as server:
            found = ask(server, opening)[0]
        assert isinstance(found, FetchResponse)
        assert (len(found.body), found.fault) == (5 + 5_000, None)
