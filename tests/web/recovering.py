"""Servers whose first connections end oddly, and that serve a page on each later one."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from crawler.demo.web import LOOPBACK

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Oddity:
    """What a server does on a connection before it is well again.

    Attributes:
        sent: The bytes that it sends before it ends the connection.
        early: It sends them before it has read the request.
        resets: It ends the connection by a reset.
        tls: It serves https: the bytes are sent "before" the handshake, "instead" of it once the
            client has begun, or "inside" of the connection.
    """

    sent: bytes = b""
    early: bool = False
    resets: bool = False
    tls: str = ""


class RecoveringServers:
    """One server for each host, within `async with`.

    Args:
        oddities: What each host's server does at first, by the host's name.
        page: The response that it sends on each later connection.
        odd_connections: On how many connections it does so.
        context: The TLS settings of all hosts.
    """

    def __init__(
        self,
        oddities: Mapping[str, Oddity],
        page: bytes,
        *,
        odd_connections: int,
        context: ssl.SSLContext,
    ) -> None:
        self._oddities = oddities
        self._page = page
        self._odd_connections = odd_connections
        self._context = context
        self.connections = dict.fromkeys(oddities, 0)
        self.connect_to: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        self._open = AsyncExitStack()
        for host, oddity in self._oddities.items():
            server = await asyncio.start_server(self._serve_at(host, oddity), LOOPBACK, 0)
            await self._open.enter_async_context(server)
            port = 443 if oddity.tls else 80
            place = server.sockets[0].getsockname()[1]
            self.connect_to[f"{host}:{port}"] = f"{LOOPBACK}:{place}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    def _serve_at(self, host: str, oddity: Oddity) -> Serve:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections[host] += 1
            is_odd = self.connections[host] <= self._odd_connections
            with suppress(OSError, EOFError, asyncio.IncompleteReadError):
                if is_odd:
                    await self._be_odd(oddity, reader, writer)
                else:
                    await self._serve_page(oddity, reader, writer)
            if is_odd and oddity.resets:
                _reset_at_close(writer)
            writer.close()

        return serve

    async def _be_odd(
        self, oddity: Oddity, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if oddity.tls == "instead":
            await reader.read(4096)
        if oddity.tls == "inside":
            await writer.start_tls(self._context)
        if not oddity.early and oddity.tls in ("", "inside"):
            await reader.readuntil(b"\r\n\r\n")
        writer.write(oddity.sent)
        await writer.drain()
        if oddity.early:
            await reader.read(4096)  # unread bytes would reset the connection

    async def _serve_page(
        self, oddity: Oddity, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if oddity.tls:
            await writer.start_tls(self._context)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self._page)
        await writer.drain()


def _reset_at_close(writer: asyncio.StreamWriter) -> None:
    """End a connection by a reset (RST) instead of an orderly end when it is closed."""
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
