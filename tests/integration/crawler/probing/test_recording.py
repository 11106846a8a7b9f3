"""The client for what is to be kept: every exchange as it crossed the wire, whole or not at all."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from crawler.demo.web import LOOPBACK, running
from crawler.probing.clients.interface import RequestFailed, WireRequest
from crawler.probing.clients.recording import RecordedAnswer, RecordingClient
from crawler.probing.resolver import SafeResolver
from store.vocabulary import Fault
from tests.web.internet import Internet
from tests.web.keepsakes import RAW, chunked, content
from tests.web.proxies import Proxy

HEADERS = [("User-Agent", "Recorder"), ("Accept", "*/*"), ("Accept-Encoding", "gzip, deflate")]


def exchange_with(
    answer: bytes | Callable[[asyncio.StreamWriter], None],
    url: str = "http://a.test/b?c=%C4%E3",
    *,
    max_bytes: int = 5_000,
    record: int = 10_000,
    folder: Path | None = None,
    tls: Internet | None = None,
) -> tuple[RecordedAnswer, bytes]:
    """Ask a server that sends `answer` as it stands; gives what the client made of it, and the request as the server saw it."""

    async def run() -> tuple[RecordedAnswer, bytes]:
        asked = asyncio.get_running_loop().create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.set_result(await reader.readuntil(b"\r\n\r\n"))
            if isinstance(answer, bytes):
                for start in range(0, len(answer), 7):  # in pieces that heed no boundary
                    writer.write(answer[start : start + 7])
                    await writer.drain()
                    await asyncio.sleep(0)
            else:
                answer(writer)
            writer.close()

        context: ssl.SSLContext | None = tls.server_context_for("a.test") if tls else None
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(await asyncio.start_server(serve, LOOPBACK, 0, ssl=context))
            place = "{}:{}".format(*server.sockets[0].getsockname())
            names = SafeResolver(connect_to={"a.test:80": place, "a.test:443": place})
            client = RecordingClient(names, ca_file=str(tls.ca_file) if tls else "", folder=folder)
            stack.push_async_callback(names.close)
            stack.push_async_callback(client.close)
            found = await client.ask(WireRequest(method="GET", url=url, headers=HEADERS, timeout=2, max_bytes=max_bytes, record=record))
            assert isinstance(found, RecordedAnswer)
            return found, await asked

    return asyncio.run(run())


@pytest.mark.parametrize("url", RAW)
def test_an_exchange_is_recorded_byte_for_byte(url: str) -> None:
    answer, asked = exchange_with(RAW[url])
    final = RAW[url][RAW[url].rfind(b"HTTP/1.") :]
    assert answer.exchange is not None
    assert answer.exchange.head + bytes(answer.exchange.body) == final
    assert bytes(answer.exchange.content) == content(url)
    assert answer.body == content(url)[:5_000]
    assert answer.exchange.request == asked
    assert (answer.lacks, answer.exchange.peer, answer.exchange.url) == ("", LOOPBACK, "http://a.test/b?c=%C4%E3")


def test_an_exchange_by_https_is_recorded_as_it_was_in_the_clear(internet: Internet) -> None:
    raw = RAW["http://keep.test/zipped-chunks"]
    answer, asked = exchange_with(raw, "https://a.test/b", tls=internet)
    assert answer.exchange is not None
    assert answer.exchange.head + bytes(answer.exchange.body) == raw
    assert answer.exchange.request == asked


@pytest.mark.parametrize(
    ("sent", "lacks"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort", "cut-short"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(b"one")[:-5], "cut-short"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 10_001, "too-large"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10001\r\n\r\n" + b"x" * 10_001, "too-large"),
    ],
)
def test_what_does_not_come_whole_is_no_exchange(sent: bytes, lacks: str) -> None:
    answer, _ = exchange_with(sent)
    assert (answer.exchange, answer.lacks) == (None, lacks)


def test_what_is_just_as_large_as_allowed_is_whole() -> None:
    answer, _ = exchange_with(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 10_000)
    assert answer.exchange is not None
    assert len(answer.exchange.body) == 10_000


def asked_of(url: str, resolver: SafeResolver, *, proxy: str = "") -> RecordedAnswer:
    async def run() -> RecordedAnswer:
        client = RecordingClient(resolver)
        try:
            found = await client.ask(
                WireRequest(method="GET", url=url, headers=HEADERS, timeout=2, max_bytes=10_000, record=10_000, proxy=proxy)
            )
        finally:
            await client.close()
            await resolver.close()
        assert isinstance(found, RecordedAnswer)
        return found

    return asyncio.run(run())


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://[::1]:8080/", "http://169.254.169.254/latest/", "http://localhost/"])
def test_addresses_inside_the_network_are_not_asked(url: str) -> None:
    with pytest.raises(RequestFailed) as failure:
        asked_of(url, SafeResolver())
    assert failure.value.fault is Fault.UNSAFE_ADDRESS


def test_a_proxy_is_no_part_of_the_exchange(internet: Internet) -> None:
    with running(Proxy(internet.connect_to())) as proxy:
        answer = asked_of("http://ok.test/zh-Hans", SafeResolver(), proxy=f"http://{proxy.address}")
    assert answer.exchange is not None
    assert answer.exchange.request.startswith(b"GET /zh-Hans HTTP/1.1\r\n")
    assert answer.exchange.head.startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_proxy_it_does_not_know_is_said() -> None:
    with pytest.raises(RequestFailed, match="SOCKS"):
        asked_of("http://ok.test/", SafeResolver(), proxy="socks5://127.0.0.1:1")
