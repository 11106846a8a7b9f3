"""Faults of broken and hostile servers, written to the connection without a server library."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import chain, repeat

from aiohttp import web

from crawler.demo.web import LOOPBACK, Behaviour, Visit

MEGABYTE = 1 << 20
HTML = b"Content-Type: text/html; charset=utf-8\r\n"
NO_BODY = b"Content-Length: 0\r\nConnection: close\r\n\r\n"
START = b"<!doctype html><html lang='en'><head><title>A page</title></head><body><p>The page begins.</p>"


def written(
    summary: str,
    head: bytes,
    body: Callable[[], Iterable[bytes]] = tuple,
    *,
    pause: float = 0,
    reset: bool = False,
) -> Behaviour:
    """Send `head`, then the pieces of `body`, `pause` seconds apart, until the client disconnects.

    HEAD gets the head alone. With `reset` the connection is reset rather than closed.
    """

    async def answer(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        transport = request.transport
        if transport is None:  # the visitor has left already
            return web.Response()
        transport.write(head)
        for piece in body() if visit.method != "HEAD" else ():
            await asyncio.sleep(pause)
            transport.write(piece)
            await request.protocol._drain_helper()
        if reset:
            hang_up(transport)
        else:
            transport.close()
        return web.Response()  # goes nowhere: the connection is closed

    return Behaviour(summary, answer)


def hang_up(transport: asyncio.Transport) -> None:
    """Close a connection with a reset (RST) instead of an orderly end."""
    transport.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    transport.abort()


def reset() -> Behaviour:
    return written("the connection is reset before any answer", b"", reset=True)


def empty_reply() -> Behaviour:
    return written("the connection is closed before any answer", b"")


def reset_in_body() -> Behaviour:
    return written(
        "200, reset in the middle of the body",
        b"HTTP/1.1 200 OK\r\n" + HTML + b"Content-Length: 5000\r\n\r\n",
        lambda: [START],
        reset=True,
    )


def short_body() -> Behaviour:
    head = b"HTTP/1.1 200 OK\r\n" + HTML + b"Content-Length: 5000\r\n\r\n"
    return written("200, fewer bytes than Content-Length promises", head, lambda: [START])


def long_body() -> Behaviour:
    head = (
        b"HTTP/1.1 200 OK\r\n"
        + HTML
        + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(START)
    )
    return written(
        "200, more bytes than Content-Length promises", head, lambda: [START + b"<p>And more.</p>"]
    )


def two_lengths() -> Behaviour:
    head = b"HTTP/1.1 200 OK\r\n" + HTML + b"Content-Length: 10\r\nContent-Length: 20\r\n\r\n"
    return written("200, two Content-Length headers that disagree", head, lambda: [START])


def bad_chunks() -> Behaviour:
    head = b"HTTP/1.1 200 OK\r\n" + HTML + b"Transfer-Encoding: chunked\r\n\r\n"
    return written(
        "200, a chunk whose size is no number",
        head,
        lambda: [b"5f\r\n" + START + b"\r\n", b"zz\r\nmore\r\n"],
    )


def http_1_0() -> Behaviour:
    head = b"HTTP/1.0 200 OK\r\n" + HTML + b"\r\n"
    return written(
        "200 by HTTP/1.0, the end of the connection ends the body",
        head,
        lambda: [START, b"<p>And ends.</p></body></html>"],
    )


def invalid_status_line() -> Behaviour:
    return written(
        "a status line without a number", b"HTTP/1.1 OKAY then\r\nContent-Length: 0\r\n\r\n"
    )


def status_out_of_range() -> Behaviour:
    return written("the status 99999", b"HTTP/1.1 99999 Beyond\r\nContent-Length: 0\r\n\r\n")


def not_http() -> Behaviour:
    return written("an answer in another protocol", b"220 mail.faults.test ESMTP ready\r\n")


def bare_header_line() -> Behaviour:
    return written(
        "200, a header line without a colon",
        b"HTTP/1.1 200 OK\r\nthis is no header\r\nContent-Length: 0\r\n\r\n",
    )


def huge_header() -> Behaviour:
    head = b"HTTP/1.1 200 OK\r\nX-Padding: " + b"a" * MEGABYTE + b"\r\nContent-Length: 0\r\n\r\n"
    return written("200, one header of 1 MB", head)


def endless_headers() -> Behaviour:
    return written(
        "200, headers without an end",
        b"HTTP/1.1 200 OK\r\n",
        lambda: (b"X-%d: a\r\n" % n * 1000 for n in range(10_000)),
    )


def endless_body() -> Behaviour:
    """Return a page without an end. It stops at 1 GiB, so that a client without a limit does not hang the machine."""
    head = b"HTTP/1.1 200 OK\r\n" + HTML + b"\r\n"
    return written(
        "200, a body without an end",
        head,
        lambda: (START if not n else b"<p>More.</p>" * 5000 for n in range(17_000)),
    )


def gzip_bomb(*, gibibytes: int = 4) -> Behaviour:
    """Return a few megabytes that decompress to `gibibytes`: many gzip members in one body (RFC 1952, section 2.2)."""
    members = gzip.compress(bytes(MEGABYTE)) * 16
    head = b"HTTP/1.1 200 OK\r\n" + HTML + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n"
    return written(
        f"200, {len(members) * gibibytes * 64 // 1024:,} KB that unpack to {gibibytes} GiB",
        head,
        lambda: [gzip.compress(START)] + [members] * gibibytes * 64,
    )


def bad_gzip() -> Behaviour:
    head = (
        b"HTTP/1.1 200 OK\r\n"
        + HTML
        + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(START)
    )
    return written("200, says gzip and is not", head, lambda: [START])


def slow_drip(*, seconds: float = 0.5) -> Behaviour:
    """Return a body that is sent byte by byte, for ever: no single wait is long, the whole never ends."""
    head = b"HTTP/1.1 200 OK\r\n" + HTML + b"Content-Length: 100000\r\n\r\n"
    return written(
        f"200, one byte every {seconds:g} s",
        head,
        lambda: (b"<" for _ in range(100_000)),
        pause=seconds,
    )


def slow_head(*, seconds: float = 0.5) -> Behaviour:
    """Return a valid head that is sent byte by byte, for ever."""

    async def answer(request: web.BaseRequest, _visit: Visit) -> web.StreamResponse:
        for number in chain(b"HTTP/1.1 200 OK\r\nX-Padding: ", repeat(ord("a"))):
            if request.transport is None:
                break
            request.transport.write(bytes([number]))
            await asyncio.sleep(seconds)
        return web.Response()

    return Behaviour(f"a head of one byte every {seconds:g} s", answer)


def silence() -> Behaviour:
    """Read a request, and send nothing until the client disconnects."""

    async def answer(_request: web.BaseRequest, _visit: Visit) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    return Behaviour("connected, then silence", answer)


@asynccontextmanager
async def deaf_port() -> AsyncIterator[str]:
    """Yield an `address:port` that accepts connections and neither reads nor writes, so no TLS handshake begins."""

    async def listen(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_writers.append(writer)

    open_writers: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(listen, LOOPBACK, 0)
    try:
        yield "{}:{}".format(*server.sockets[0].getsockname())
    finally:
        server.close()
        for writer in open_writers:
            writer.transport.abort()


@asynccontextmanager
async def black_hole() -> AsyncIterator[str]:
    """Yield an `address:port` that does not respond to connection attempts: its listen queue is full (Linux)."""
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((LOOPBACK, 0))
        listener.listen(0)
        for _ in range(4):  # the queue holds one more than it says; the rest make sure
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield "{}:{}".format(*listener.getsockname())


def raw_redirect(fields: bytes) -> Behaviour:
    """Return a redirect whose header fields no server library would send."""
    return written(f"302, {fields!r}", b"HTTP/1.1 302 Found\r\n" + fields + NO_BODY)


def raw_refresh(fields: bytes) -> Behaviour:
    """Return an empty page with a Refresh header."""
    return written(f"200, {fields!r}, no body", b"HTTP/1.1 200 OK\r\n" + HTML + fields + NO_BODY)


def until_cookie(pair: str, cookie: str, then: Behaviour) -> Behaviour:
    """Redirect to the same address, setting `cookie`, until `pair` comes back byte for byte."""

    async def answer(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        if pair in [sent.strip() for sent in request.headers.get("Cookie", "").split("; ")]:
            return await then.handle(request, visit)
        transport = request.transport
        if transport:
            transport.write(
                b"HTTP/1.1 302 Found\r\nLocation: %b\r\nSet-Cookie: %b\r\n%b"
                % (request.path_qs.encode(), cookie.encode(), NO_BODY)
            )
            transport.close()
        return web.Response()

    return Behaviour(f"302 to itself until the cookie {cookie} comes back", answer)
