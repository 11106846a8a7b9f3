"""Run a proxy on loopback (HTTP CONNECT, absolute URLs, SOCKS5) that connects to the test internet."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from crawler.demo.web import LOOPBACK

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """A proxy that runs within `with`. `places` maps host:port to address:port; `requests` lists the connections requested.

    With `tls`, clients connect to it by TLS.
    """

    def __init__(
        self, places: Mapping[str, str], *, tls: ssl.SSLContext | None = None, port: int = 0
    ) -> None:
        self._port = port
        self._places = places
        self._tls = tls
        self.requests: list[str] = []
        self.address = ""
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._open = AsyncExitStack()
        server = await self._open.enter_async_context(
            await asyncio.start_server(self._begin, LOOPBACK, self._port, ssl=self._tls)
        )
        self.address = "{}:{}".format(*server.sockets[0].getsockname())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await self._open.aclose()

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there: Streams | None = None
        try:
            first = await reader.readexactly(1)
            there = await (
                self._socks(reader, writer)
                if first == b"\x05"
                else self._http(first, reader, writer)
            )
            if there:
                await asyncio.gather(_pump(reader, there[1]), _pump(there[0], writer))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            for end in (writer, there[1]) if there else (writer,):
                end.close()
            await asyncio.sleep(0)  # the loop may end with us: let it see them close

    async def _connect(self, wanted: str) -> Streams | None:
        self.requests.append(wanted)
        place = self._places.get(wanted)
        if place is None:
            return None
        address, _, port = place.partition(":")
        return await asyncio.open_connection(address, int(port))

    async def _http(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Streams | None:
        head = first + await reader.readuntil(b"\r\n\r\n")
        method, target, rest = head.split(b" ", 2)
        parts = urlsplit(target.decode())
        there = await self._connect(
            target.decode() if method == b"CONNECT" else f"{parts.hostname}:{parts.port or 80}"
        )
        if there is None:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        elif method == b"CONNECT":
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        else:
            path = parts._replace(scheme="", netloc="").geturl() or "/"
            # One request a connection: a second one would be passed on with its whole URL.
            rest = re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", rest)
            rest = rest.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
            there[1].write(b" ".join([method, path.encode(), rest]))
        return there

    async def _socks(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Streams | None:
        """Handle a SOCKS5 client (RFC 1928): no authentication, CONNECT by name."""
        await reader.readexactly((await reader.readexactly(1))[0])
        writer.write(b"\x05\x00")
        await reader.readexactly(4)
        name = await reader.readexactly((await reader.readexactly(1))[0])
        there = await self._connect(
            f"{name.decode()}:{int.from_bytes(await reader.readexactly(2), 'big')}"
        )
        writer.write(bytes([5, 0 if there else 4, 0, 1, 0, 0, 0, 0, 0, 0]))
        return there


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65_536):
        sink.write(data)
        await sink.drain()
    sink.close()


class BrokenProxy:
    """A proxy that sends the same bytes to every client, and closes the connection."""

    def __init__(self, response: bytes) -> None:
        self._response = response
        self.address = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, 0)
        self.address = "{}:{}".format(*self._server.sockets[0].getsockname())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(self._response)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
