"""Test the relay below reqwest as its client: what it forwards, and when."""

from __future__ import annotations

import asyncio
import errno
import socket
from contextlib import suppress

import pytest

from crawler.http.clients import socks
from crawler.http.clients.counting_relay import LOOPBACK, Relay
from crawler.http.clients.relay_connections import Destination

HOST = "one.test"
GREETING = b"220 mail.one.test ESMTP\r\n"


def test_what_a_server_sends_first_waits_for_the_client_to_send_something() -> None:
    """Together with the report of success it would be lost by reqwest."""
    greeted = asyncio.Event()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(GREETING)
        await writer.drain()
        greeted.set()
        await reader.read()  # until the relay closes
        writer.close()

    async def exchange(relay: Relay) -> None:
        port = int((await relay.open_socks()).rpartition(":")[2])
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        writer.write(relay.opening + b"\x03" + bytes([len(HOST)]) + HOST.encode() + b"\0\x50")
        await greeted.wait()
        for _ in range(50):  # in which the relay could read and forward
            await asyncio.sleep(0)
        assert await reader.read(1000) == socks.ACCEPTED + socks.CONNECTED
        writer.write(b"GET / HTTP/1.1\r\n")
        assert await reader.read(1000) == GREETING
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(greet, LOOPBACK, 0)
        relay = Relay()
        try:
            address = (LOOPBACK, server.sockets[0].getsockname()[1])
            with relay.allow_connections(HOST, 80, address, 1000):
                await exchange(relay)
        finally:
            await relay.close()
            server.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.gather(*others, return_exceptions=True)

    asyncio.run(run())


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EAFNOSUPPORT])
def test_a_socket_that_cannot_be_opened_is_reported_at_once(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoSocket(socket.socket):
        def __init__(
            self, family: int = -1, kind: int = -1, proto: int = -1, fileno: int | None = None
        ) -> None:
            if fileno is None and (family, kind, proto) == (
                socket.AF_INET6,
                socket.SOCK_STREAM,
                -1,
            ):
                raise OSError(number, "no socket")
            super().__init__(family, kind, proto, fileno)

    async def run() -> None:
        relay = Relay()
        port = int((await relay.open_socks()).rpartition(":")[2])
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        monkeypatch.setattr(socket, "socket", NoSocket)
        with relay.allow_connections(HOST, 80, ("::1", 80), 1000) as destination:
            writer.write(relay.opening + b"\x03" + bytes([len(HOST)]) + HOST.encode() + b"\0\x50")
            async with asyncio.timeout(10):
                assert await reader.read() == socks.ACCEPTED + socks.NOT_CONNECTED
        assert destination.error is not None
        assert destination.error.errno == number
        writer.close()
        monkeypatch.undo()
        await relay.close()

    asyncio.run(run())


def test_a_proxy_that_sends_too_much_is_recorded_for_its_port_until_the_next_connection() -> None:
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(10) * 100)
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(flood, LOOPBACK, 0)
        relay = Relay()
        proxy = Destination((LOOPBACK, server.sockets[0].getsockname()[1]), bytes_left=500)
        port = await relay.open_forward(proxy)
        for sent, is_too_much in ((b"a" * 10, True), (b"b", False), (b"a" * 10, True)):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            writer.write(sent)
            with suppress(ConnectionError):
                await reader.read()
            while relay.clients:  # noqa: ASYNC110  until the relay has seen the end
                await asyncio.sleep(0)
            assert proxy.exceeded is is_too_much
            writer.close()
        await relay.close()
        server.close()

    asyncio.run(run())
