"""The connections of the counting relay: one side to our client, the other to a server.

The connections that name their server by SOCKS are in `socks_connection`.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from crawler.http.connection_map import HostPort
from crawler.http.wire import limit_receive_buffer

if TYPE_CHECKING:
    from crawler.http.clients.counting_relay import Relay

_READ_BYTES: Final = 65_536
_LINGER_RESET: Final = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s: closing resets the connection


@dataclass(slots=True, eq=False)
class Destination:
    """The address to connect to for one host, and the result of connecting.

    Attributes:
        address: The checked IP address and the port.
        bytes_left: Bytes that the current requests may still receive.
        is_small: Whether all current requests are for small bodies (`wire.is_small`).
        exceeded: Whether the server sent more than `bytes_left`.
        error: Why the latest connection could not be opened; None if it was.
        peer: The IP address of the latest connection; "" before the first one.
        request_count: How many requests are in progress.
        connection_count: How many connections are open.
        on_sent: Called after each part of a request that was sent.
    """

    address: HostPort
    bytes_left: int = 0
    is_small: bool = True
    exceeded: bool = False
    error: OSError | None = None
    peer: str = ""
    request_count: int = 0
    connection_count: int = 0
    on_sent: Callable[[], None] = lambda: None


class ClientConnection(asyncio.BufferedProtocol):
    """A connection from our client; forwards what it sends to a server."""

    _transport: asyncio.Transport
    # Shared by all connections: its content is copied before the next one reads. Without it asyncio
    # would allocate 256 KB for each read.
    _buffer = memoryview(bytearray(_READ_BYTES))

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._server: asyncio.Transport | None = None
        self._destination: Destination | None = None
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is never of another kind
        """Register the connection."""
        self._transport = transport
        self._relay.clients.add(self)

    def get_buffer(self, _size: int) -> memoryview:
        """Return the buffer to receive into."""
        return self._buffer

    def buffer_updated(self, size: int) -> None:
        """Take what was received out of the buffer."""
        self.data_received(bytes(self._buffer[:size]))

    def data_received(self, data: bytes) -> None:
        """Forward bytes to the server."""
        if self._server:
            self._server.write(data)
            # Without a request in progress, these bytes only close the connection.
            if self._destination and self._destination.request_count:
                self._destination.on_sent()

    def connection_lost(self, _error: Exception | None) -> None:
        """Close the connection to the server, too."""
        self._relay.clients.discard(self)
        self._drop_server()

    def pause_writing(self) -> None:
        """Stop reading from the server while our client does not read."""
        if self._server:
            self._server.pause_reading()

    def resume_writing(self) -> None:
        """Read from the server again."""
        if self._server and not self._server.is_closing():
            self._server.resume_reading()

    def write(self, data: bytes) -> None:
        """Send bytes to our client."""
        self._transport.write(data)

    def close(self) -> None:
        """Close the connection when everything is written."""
        self._transport.close()

    def reset(self) -> None:
        """Reset the connection, so that our client sees an error instead of an orderly end."""
        with suppress(OSError):
            self._transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET
            )
        self._transport.abort()
        self._drop_server()

    def connect(self, destination: Destination) -> None:
        """Begin to connect to a server."""
        self._destination = destination
        self._connecting = asyncio.get_running_loop().create_task(self._connect(destination))

    def on_connected(self) -> None:
        """Continue after the server was connected to."""

    def on_failed(self) -> None:
        """Continue after the server could not be connected to."""
        self.reset()

    def _drop_server(self) -> None:
        """Abort the connection to the server, or the attempt to open it."""
        if self._connecting:
            self._connecting.cancel()
        if self._server:
            self._server.abort()

    async def _connect(self, destination: Destination) -> None:
        """Connect to the destination; a failure is recorded there and reported by `on_failed`."""
        loop = asyncio.get_running_loop()
        host, port = destination.address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock: socket.socket | None = None
        try:
            sock = socket.socket(family, socket.SOCK_STREAM)
            sock.setblocking(False)
            if destination.is_small:
                limit_receive_buffer(sock)
            await loop.sock_connect(sock, (host, port))
            await loop.create_connection(lambda: ServerConnection(self, destination), sock=sock)
        except BaseException as error:
            if sock is not None:
                sock.close()
            if not isinstance(error, OSError):
                raise
            destination.error = error
            self.on_failed()

    def set_server(self, server: asyncio.Transport, destination: Destination) -> None:
        """Set the connection to the server, before anything that it sends is read."""
        self._server = server
        destination.peer = destination.address[0]
        self.on_connected()


class ForwardConnection(ClientConnection):
    """A connection from our client to a proxy: one destination, and a byte limit of its own."""

    def __init__(self, relay: Relay, destination: Destination) -> None:
        super().__init__(relay)
        self._shared = destination  # gets the results of all connections of the port
        # Has the byte limit of this connection, which serves one request.
        self._own = replace(destination, request_count=1, exceeded=False)
        self._waiting: list[bytes] = []  # received before the proxy was connected to

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Register the connection and connect to the proxy."""
        super().connection_made(transport)
        self.connect(self._own)

    def data_received(self, data: bytes) -> None:
        """Forward bytes to the proxy, once it is connected to."""
        if self._server:
            super().data_received(data)
        else:
            self._waiting.append(data)

    def on_connected(self) -> None:
        """Forward what our client sent meanwhile."""
        for data in self._waiting:
            super().data_received(data)
        self._waiting.clear()
        self._shared.error = None

    def on_failed(self) -> None:
        """Record the error and reset the connection."""
        self._shared.error = self._own.error
        self.reset()

    def connection_lost(self, error: Exception | None) -> None:
        """Close the connection to the proxy, too, and record whether it sent too much."""
        super().connection_lost(error)
        self._shared.exceeded = self._own.exceeded


class ServerConnection(asyncio.BufferedProtocol):
    """A connection to a server; counts what it sends and forwards it to our client."""

    _transport: asyncio.Transport
    # Shared by all connections: its content is forwarded before the next one reads.
    _buffer = memoryview(bytearray(_READ_BYTES))

    def __init__(self, client: ClientConnection, destination: Destination) -> None:
        self._client = client
        self._destination = destination

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is never of another kind
        """Keep the transport and hand it over."""
        self._transport = transport
        self._client.set_server(transport, self._destination)

    def get_buffer(self, _size: int) -> memoryview:
        """Return the buffer to receive into."""
        return self._buffer

    def buffer_updated(self, size: int) -> None:
        """Forward what was received, or end both connections if it is too much."""
        destination = self._destination
        destination.bytes_left -= size
        if destination.bytes_left >= 0:
            self._client.write(bytes(self._buffer[:size]))
            return
        destination.exceeded = destination.request_count > 0
        self._client.reset()
        self._transport.abort()

    def eof_received(self) -> None:
        """Close the connection to our client."""
        self._client.close()

    def connection_lost(self, error: Exception | None) -> None:
        """End the connection to our client in the same way."""
        if error:
            self._client.reset()
        else:
            self._client.close()
