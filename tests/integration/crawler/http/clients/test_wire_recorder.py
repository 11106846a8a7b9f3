"""Test the client that records exchanges for the local archive: as sent, completely or not at all."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from crawler.demo.background import run_in_thread
from crawler.demo.web import LOOPBACK
from crawler.http.clients.interface import HttpClient, RequestFailed
from crawler.http.clients.reqwest_client import ReqwestClient
from crawler.http.clients.wire_recorder import WireRecorder
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.http.safe_resolver import SafeResolver
from store.vocabulary import Fault
from tests.web.faults import hang_up
from tests.web.internet import Internet
from tests.web.proxies import Proxy
from tests.web.saved_pages import RAW, chunked, content

HEADERS = {"User-Agent": "Recorder", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}


Serving = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
LONG = bytes(range(256)) * 32  # more than is looked at, less than is kept


def answered(
    answer: bytes | Serving,
    url: str = "http://a.test/b?c=%C4%E3",
    *,
    opening: Callable[..., HttpClient] = WireRecorder,
    record: int = 10_000,
    tls: Internet | None = None,
    **options: Any,
) -> tuple[FetchResponse, bytes]:
    """Request a server that sends `answer` unchanged; return the client's result, and the request received."""
    stalls = isinstance(answer, partial) and answer.func is stall_behind

    async def run() -> tuple[FetchResponse, bytes]:
        asked = asyncio.get_running_loop().create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            request = await reader.readuntil(b"\r\n\r\n")
            if not asked.done():
                asked.set_result(request)
            with suppress(ConnectionError):
                if isinstance(answer, bytes):
                    for start in range(0, len(answer), 7):  # in pieces that heed no boundary
                        writer.write(answer[start : start + 7])
                        await writer.drain()
                        await asyncio.sleep(0)
                else:
                    await answer(reader, writer)
                writer.close()
                await writer.wait_closed()

        def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            visits.append(asyncio.create_task(serve(reader, writer)))

        visits: list[asyncio.Task[None]] = []

        context: ssl.SSLContext | None = tls.server_context_for("a.test") if tls else None
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(
                await asyncio.start_server(begin, LOOPBACK, 0, ssl=context)
            )
            place = "{}:{}".format(*server.sockets[0].getsockname())
            names = SafeResolver(connect_to={"a.test:80": place, "a.test:443": place})
            client = opening(names, ca_file=str(tls.ca_file) if tls else "", **options)
            stack.push_async_callback(names.close)
            stack.push_async_callback(lambda: asyncio.wait(visits))
            stack.push_async_callback(client.close)
            found = await client.send(
                FetchRequest(
                    method="GET",
                    url=url,
                    headers=HEADERS,
                    timeout=2 if stalls else 60,
                    max_bytes=5_000,
                    record_limit=record,
                )
            )
            return found, await asked

    return asyncio.run(run())


def exchange_with(
    answer: bytes | Serving, url: str = "http://a.test/b?c=%C4%E3", **options: Any
) -> tuple[FetchResponse, bytes]:
    """Return the response as `answered` does, by the client that records."""
    found, asked = answered(answer, url, **options)
    assert isinstance(found, FetchResponse)
    return found, asked


async def stall_behind(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, sent: bytes
) -> None:
    writer.write(sent)
    await reader.read()  # until the visitor has left


async def reset_behind(
    _: asyncio.StreamReader, writer: asyncio.StreamWriter, *, sent: bytes
) -> None:
    writer.write(sent)
    await asyncio.sleep(0.1)
    assert isinstance(writer.transport, asyncio.Transport)
    hang_up(writer.transport)


async def all_at_once(
    _: asyncio.StreamReader, writer: asyncio.StreamWriter, *, sent: bytes
) -> None:
    writer.write(sent)


@pytest.mark.parametrize("url", RAW)
def test_an_exchange_is_recorded_byte_for_byte(url: str) -> None:
    answer, asked = exchange_with(RAW[url])
    final = RAW[url][RAW[url].rfind(b"HTTP/1.") :]
    assert answer.exchange is not None
    assert answer.exchange.head + bytes(answer.exchange.body) == final
    assert bytes(answer.exchange.content) == content(url)
    assert answer.body == content(url)[:5_000]
    assert answer.exchange.request == asked
    assert (answer.not_recorded, answer.exchange.peer, answer.exchange.url) == (
        "",
        LOOPBACK,
        "http://a.test/b?c=%C4%E3",
    )


def test_an_exchange_by_https_is_recorded_as_it_was_in_the_clear(internet: Internet) -> None:
    raw = RAW["http://keep.test/zipped-chunks"]
    answer, asked = exchange_with(raw, "https://a.test/b", tls=internet)
    assert answer.exchange is not None
    assert answer.exchange.head + bytes(answer.exchange.body) == raw
    assert answer.exchange.request == asked


NOT_WHOLE: dict[str, tuple[bytes | Serving, str]] = {
    "ends early": (HEAD + b"Content-Length: 99\r\n\r\nshort", "cut-short"),
    "ends in chunks": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"one")[:-5],
        "cut-short",
    ),
    "ends late": (HEAD + b"Content-Length: 9000\r\n\r\n" + LONG, "cut-short"),
    "ends late, at once": (
        partial(all_at_once, sent=HEAD + b"Content-Length: 9000\r\n\r\n" + LONG),
        "cut-short",
    ),
    "ends late in chunks": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(LONG)[:-5],
        "cut-short",
    ),
    "ends late in chunks, at once": (
        partial(
            all_at_once, sent=HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(LONG)[:-5]
        ),
        "cut-short",
    ),
    "is reset late": (partial(reset_behind, sent=HEAD + b"\r\n" + LONG), "cut-short"),
    "stalls": (partial(stall_behind, sent=HEAD + b"\r\nsome"), "too-slow"),
    "stalls late": (partial(stall_behind, sent=HEAD + b"\r\n" + LONG), "too-slow"),
    "is too large": (HEAD + b"\r\n" + b"x" * 10_001, "too-large"),
    "says it is too large": (
        partial(stall_behind, sent=HEAD + b"Content-Length: 10001\r\n\r\n" + LONG),
        "too-large",
    ),
    "is a long error": (
        partial(stall_behind, sent=b"HTTP/1.1 404 Gone\r\n\r\n" + LONG),
        "too-large",
    ),
}


@pytest.mark.parametrize("name", NOT_WHOLE)
def test_incomplete_responses_are_not_recorded(name: str) -> None:
    sent, lacks = NOT_WHOLE[name]
    answer, _ = exchange_with(sent)
    assert (answer.exchange, answer.not_recorded) == (None, lacks)


@pytest.mark.parametrize("name", [*RAW, *NOT_WHOLE])
def test_a_prober_sees_what_it_would_see_by_the_other_clients(name: str) -> None:
    sent = RAW[name] if name in RAW else NOT_WHOLE[name][0]
    recorded, usual = (
        answered(sent, opening=opening)[0] for opening in (WireRecorder, ReqwestClient)
    )
    assert (recorded.status, recorded.body, recorded.fault) == (
        usual.status,
        usual.body,
        usual.fault,
    )


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        (partial(stall_behind, sent=HEAD + b"\r\n"), Fault.TIMEOUT),
        (HEAD + b"Content-Length: 99\r\n\r\n", Fault.TRUNCATED),
        (b"", Fault.RESET),
    ],
)
def test_of_what_has_no_beginning_no_client_makes_an_answer(
    sent: bytes | Serving, fault: Fault
) -> None:
    for opening in (WireRecorder, ReqwestClient):
        with pytest.raises(RequestFailed) as failure:
            answered(sent, opening=opening)
        assert failure.value.fault is fault


@pytest.mark.parametrize("framed", [b"", b"Transfer-Encoding: chunked\r\n"])
def test_large_bodies_are_buffered_on_disk_and_not_recorded_if_it_is_full(
    tmp_path: Path, framed: bytes
) -> None:
    large = bytes(range(256)) * 2_000
    sent = partial(
        all_at_once, sent=HEAD + framed + b"\r\n" + (chunked(large) if framed else large)
    )
    answer, _ = exchange_with(sent, record=len(large), folder=tmp_path)
    assert answer.exchange is not None
    assert bytes(answer.exchange.content) == large
    assert list(tmp_path.iterdir()) == []
    without, _ = exchange_with(sent, record=len(large), folder=tmp_path / "missing")
    assert (without.exchange, without.not_recorded, without.fault, without.body) == (
        None,
        "no-room",
        None,
        large[:5_000],
    )


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts the open files of Linux")
@pytest.mark.parametrize("framed", [b"", b"Transfer-Encoding: chunked\r\n"])
def test_large_bodies_are_on_the_disk_once(tmp_path: Path, framed: bytes) -> None:
    large = bytes(range(256)) * 2_000
    sent = HEAD + framed + b"\r\n" + (chunked(large) if framed else large)
    answer, _ = exchange_with(partial(all_at_once, sent=sent), record=len(large), folder=tmp_path)
    assert answer.exchange is not None
    assert len(answer.exchange.content) == len(large)
    on_disk = [
        file.stat().st_size
        for file in Path("/proc/self/fd").iterdir()
        if str(tmp_path) in os.path.realpath(file)
    ]
    assert on_disk == [len(sent)]


def test_a_body_of_exactly_the_limit_is_recorded() -> None:
    answer, _ = exchange_with(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 10_000)
    assert answer.exchange is not None
    assert len(answer.exchange.body) == 10_000


def asked_of(url: str, resolver: SafeResolver, *, proxy: str = "") -> FetchResponse:
    async def run() -> FetchResponse:
        client = WireRecorder(resolver)
        try:
            found = await client.send(
                FetchRequest(
                    method="GET",
                    url=url,
                    headers=HEADERS,
                    timeout=60,
                    max_bytes=10_000,
                    record_limit=10_000,
                    proxy=proxy,
                )
            )
        finally:
            await client.close()
            await resolver.close()
        assert isinstance(found, FetchResponse)
        return found

    return asyncio.run(run())


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]:8080/",
        "http://169.254.169.254/latest/",
        "http://localhost/",
    ],
)
def test_addresses_inside_the_network_are_not_requested(url: str) -> None:
    with pytest.raises(RequestFailed) as failure:
        asked_of(url, SafeResolver())
    assert failure.value.fault is Fault.UNSAFE_ADDRESS


def test_a_proxy_is_no_part_of_the_exchange(internet: Internet) -> None:
    with run_in_thread(Proxy(internet.connect_to())) as proxy:
        answer = asked_of(
            "http://ok.test/zh-Hans",
            SafeResolver(),
            proxy=f"http://somebody:secret@{proxy.address}",
        )
    assert answer.exchange is not None
    assert answer.exchange.request.startswith(b"GET /zh-Hans HTTP/1.1\r\n")
    assert b"proxy" not in answer.exchange.request.lower(), "nor is what only the proxy is to know"
    assert answer.exchange.head.startswith(b"HTTP/1.1 200 OK\r\n")


def test_an_unsupported_proxy_is_an_error() -> None:
    with pytest.raises(RequestFailed, match="SOCKS"):
        asked_of("http://ok.test/", SafeResolver(), proxy="socks5://127.0.0.1:1")
