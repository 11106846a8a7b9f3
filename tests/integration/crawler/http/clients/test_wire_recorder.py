"""Test the client that records exchanges for the local archive: as received, completely or not at all."""

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
LONG = bytes(range(256)) * 32  # more than `max_bytes`, less than `record_limit`


def fetch(
    response: bytes | Serving,
    url: str = "http://a.test/b?c=%C4%E3",
    *,
    open_client: Callable[..., HttpClient] = WireRecorder,
    record_limit: int = 10_000,
    tls: Internet | None = None,
    **options: Any,
) -> tuple[FetchResponse, bytes]:
    """Request a server that sends `response` unchanged; return the client's result, and the request received."""
    stalls = isinstance(response, partial) and response.func is send_and_stall

    async def run() -> tuple[FetchResponse, bytes]:
        sent_request = asyncio.get_running_loop().create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            request = await reader.readuntil(b"\r\n\r\n")
            if not sent_request.done():
                sent_request.set_result(request)
            with suppress(ConnectionError):
                if isinstance(response, bytes):
                    for start in range(0, len(response), 7):  # in pieces across all boundaries
                        writer.write(response[start : start + 7])
                        await writer.drain()
                        await asyncio.sleep(0)
                else:
                    await response(reader, writer)
                writer.close()
                await writer.wait_closed()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            visits.append(asyncio.create_task(serve(reader, writer)))

        visits: list[asyncio.Task[None]] = []

        context: ssl.SSLContext | None = tls.server_context_for("a.test") if tls else None
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(
                await asyncio.start_server(accept, LOOPBACK, 0, ssl=context)
            )
            place = "{}:{}".format(*server.sockets[0].getsockname())
            names = SafeResolver(connect_to={"a.test:80": place, "a.test:443": place})
            client = open_client(names, ca_file=str(tls.ca_file) if tls else "", **options)
            stack.push_async_callback(names.close)
            stack.push_async_callback(lambda: asyncio.wait(visits))
            stack.push_async_callback(client.close)
            result = await client.send(
                FetchRequest(
                    method="GET",
                    url=url,
                    headers=HEADERS,
                    timeout=2 if stalls else 60,
                    max_bytes=5_000,
                    record_limit=record_limit,
                )
            )
            return result, await sent_request

    return asyncio.run(run())


def exchange_with(
    response: bytes | Serving, url: str = "http://a.test/b?c=%C4%E3", **options: Any
) -> tuple[FetchResponse, bytes]:
    """Return the response and the sent request of the recorder."""
    result, sent_request = fetch(response, url, **options)
    assert isinstance(result, FetchResponse)
    return result, sent_request


async def send_and_stall(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, sent: bytes
) -> None:
    writer.write(sent)
    await reader.read()  # until the client has closed the connection


async def send_and_reset(
    _: asyncio.StreamReader, writer: asyncio.StreamWriter, *, sent: bytes
) -> None:
    writer.write(sent)
    await asyncio.sleep(0.1)
    assert isinstance(writer.transport, asyncio.Transport)
    hang_up(writer.transport)


async def send(_: asyncio.StreamReader, writer: asyncio.StreamWriter, *, sent: bytes) -> None:
    writer.write(sent)


@pytest.mark.parametrize("url", RAW)
def test_an_exchange_is_recorded_byte_for_byte(url: str) -> None:
    response, sent_request = exchange_with(RAW[url])
    final = RAW[url][RAW[url].rfind(b"HTTP/1.") :]
    assert response.exchange is not None
    assert response.exchange.head + bytes(response.exchange.body) == final
    assert bytes(response.exchange.content) == content(url)
    assert response.body == content(url)[:5_000]
    assert response.exchange.request == sent_request
    assert (response.not_recorded, response.exchange.peer, response.exchange.url) == (
        "",
        LOOPBACK,
        "http://a.test/b?c=%C4%E3",
    )


def test_an_https_exchange_is_recorded_decrypted(internet: Internet) -> None:
    raw = RAW["http://keep.test/zipped-chunks"]
    response, sent_request = exchange_with(raw, "https://a.test/b", tls=internet)
    assert response.exchange is not None
    assert response.exchange.head + bytes(response.exchange.body) == raw
    assert response.exchange.request == sent_request


INCOMPLETE: dict[str, tuple[bytes | Serving, str]] = {
    "ends early": (HEAD + b"Content-Length: 99\r\n\r\nshort", "cut-short"),
    "ends in chunks": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"one")[:-5],
        "cut-short",
    ),
    "ends late": (HEAD + b"Content-Length: 9000\r\n\r\n" + LONG, "cut-short"),
    "ends late, at once": (
        partial(send, sent=HEAD + b"Content-Length: 9000\r\n\r\n" + LONG),
        "cut-short",
    ),
    "ends late in chunks": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(LONG)[:-5],
        "cut-short",
    ),
    "ends late in chunks, at once": (
        partial(send, sent=HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(LONG)[:-5]),
        "cut-short",
    ),
    "is reset late": (partial(send_and_reset, sent=HEAD + b"\r\n" + LONG), "cut-short"),
    "stalls": (partial(send_and_stall, sent=HEAD + b"\r\nsome"), "too-slow"),
    "stalls late": (partial(send_and_stall, sent=HEAD + b"\r\n" + LONG), "too-slow"),
    "is too large": (HEAD + b"\r\n" + b"x" * 10_001, "too-large"),
    "says it is too large": (
        partial(send_and_stall, sent=HEAD + b"Content-Length: 10001\r\n\r\n" + LONG),
        "too-large",
    ),
    "is a long error": (
        partial(send_and_stall, sent=b"HTTP/1.1 404 Gone\r\n\r\n" + LONG),
        "too-large",
    ),
}


@pytest.mark.parametrize("name", INCOMPLETE)
def test_incomplete_responses_are_not_recorded(name: str) -> None:
    sent, not_recorded = INCOMPLETE[name]
    response, _ = exchange_with(sent)
    assert (response.exchange, response.not_recorded) == (None, not_recorded)


@pytest.mark.parametrize("name", [*RAW, *INCOMPLETE])
def test_the_recorder_returns_the_response_of_the_other_clients(name: str) -> None:
    sent = RAW[name] if name in RAW else INCOMPLETE[name][0]
    recorded, usual = (
        fetch(sent, open_client=open_client)[0] for open_client in (WireRecorder, ReqwestClient)
    )
    assert (recorded.status, recorded.body, recorded.fault) == (
        usual.status,
        usual.body,
        usual.fault,
    )


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        (partial(send_and_stall, sent=HEAD + b"\r\n"), Fault.TIMEOUT),
        (HEAD + b"Content-Length: 99\r\n\r\n", Fault.TRUNCATED),
        (b"", Fault.RESET),
    ],
)
def test_responses_without_head_or_body_fail_with_every_client(
    sent: bytes | Serving, fault: Fault
) -> None:
    for open_client in (WireRecorder, ReqwestClient):
        with pytest.raises(RequestFailed) as failure:
            fetch(sent, open_client=open_client)
        assert failure.value.fault is fault


@pytest.mark.parametrize("framing", [b"", b"Transfer-Encoding: chunked\r\n"])
def test_large_bodies_are_buffered_on_disk_and_not_recorded_if_it_is_full(
    tmp_path: Path, framing: bytes
) -> None:
    large = bytes(range(256)) * 2_000
    sent = partial(send, sent=HEAD + framing + b"\r\n" + (chunked(large) if framing else large))
    response, _ = exchange_with(sent, record_limit=len(large), folder=tmp_path)
    assert response.exchange is not None
    assert bytes(response.exchange.content) == large
    assert list(tmp_path.iterdir()) == []
    without, _ = exchange_with(sent, record_limit=len(large), folder=tmp_path / "missing")
    assert (without.exchange, without.not_recorded, without.fault, without.body) == (
        None,
        "no-room",
        None,
        large[:5_000],
    )


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts the open files of Linux")
@pytest.mark.parametrize("framing", [b"", b"Transfer-Encoding: chunked\r\n"])
def test_a_large_body_is_stored_only_once_on_disk(tmp_path: Path, framing: bytes) -> None:
    large = bytes(range(256)) * 2_000
    sent = HEAD + framing + b"\r\n" + (chunked(large) if framing else large)
    response, _ = exchange_with(partial(send, sent=sent), record_limit=len(large), folder=tmp_path)
    assert response.exchange is not None
    assert len(response.exchange.content) == len(large)
    on_disk = [
        file.stat().st_size
        for file in Path("/proc/self/fd").iterdir()
        if str(tmp_path) in os.path.realpath(file)
    ]
    assert on_disk == [len(sent)]


def test_a_body_of_exactly_the_limit_is_recorded() -> None:
    response, _ = exchange_with(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 10_000)
    assert response.exchange is not None
    assert len(response.exchange.body) == 10_000


def record_url(url: str, resolver: SafeResolver, *, proxy: str = "") -> FetchResponse:
    async def run() -> FetchResponse:
        client = WireRecorder(resolver)
        try:
            result = await client.send(
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
        assert isinstance(result, FetchResponse)
        return result

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
        record_url(url, SafeResolver())
    assert failure.value.fault is Fault.UNSAFE_ADDRESS


def test_a_proxy_is_no_part_of_the_exchange(internet: Internet) -> None:
    with run_in_thread(Proxy(internet.connect_to())) as proxy:
        response = record_url(
            "http://ok.test/zh-Hans",
            SafeResolver(),
            proxy=f"http://somebody:secret@{proxy.address}",
        )
    assert response.exchange is not None
    assert response.exchange.request.startswith(b"GET /zh-Hans HTTP/1.1\r\n")
    assert b"proxy" not in response.exchange.request.lower(), (
        "fields for the proxy only are left out"
    )
    assert response.exchange.head.startswith(b"HTTP/1.1 200 OK\r\n")


def test_an_unsupported_proxy_is_an_error() -> None:
    with pytest.raises(RequestFailed, match="SOCKS"):
        record_url("http://ok.test/", SafeResolver(), proxy="socks5://127.0.0.1:1")
