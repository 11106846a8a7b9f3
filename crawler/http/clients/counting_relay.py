"""A relay on loopback below the quick client: it connects, and counts what servers send.

reqwest has no hook below HTTP and no bound on interim answers (1xx), chunk sizes or TLS records, so its connections go through this relay
as through a SOCKS proxy (RFC 1928, RFC 1929). The relay leads only to hosts that a request of this process is under way to, at the address
our resolver checked, and only for who knows its password. It reads no HTTP and decrypts nothing.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from ipaddress import ip_address

from crawler.http.safe_resolver import HostPort
from crawler.http.wire import is_small, limit_receive_buffer

LOOPBACK = "127.0.0.1"
_USER = "holdfast"
_BACKLOG = 1024
_READ = 65_536  # bytes at once
_RESET = struct.pack("ii", 1, 0)
# SOCKS 5: a greeting, a user and password, then the request; all of it is sent behind one another, for we say at once that it is fine.
_GO_AHEAD = b"\x05\x02\x01\x00"  # by password, please; and it is right
_CONNECTED, _NOT_CONNECTED = (bytes([5, status, 0, 1, 0, 0, 0, 0, 0, 0]) for status in (0, 1))
_NAME = 3
_LENGTHS = {1: 4, 4: 16}  # of IPv4 and IPv6


@dataclass(slots=True, eq=False)
class Destination:
    """Where connections lead, and what came of them.

    `bytes_left` is how much the requests under way may still receive; `exceeded` says that they were sent more. `error` is the last
    connection's that did not come about, `peer` the last address that was connected to.
    """

    place: HostPort
    bytes_left: int = 0
    small: bool = True  # no request under way wants a large body
    exceeded: bool = False
    error: OSError | None = None
    peer: str = ""
    requests: int = 0
    connections: int = 0


class Relay:
    """Listens on loopback from the first request until it is closed."""

    def __init__(self) -> None:
        self.password = secrets.token_hex(16)
        self.opening = _opening(self.password)
        self._destinations: dict[tuple[str, int], Destination] = {}
        self._servers: list[asyncio.Server] = []
        self.clients: set[_ClientSide] = set()

    async def open_socks(self) -> str:
        """Open a port that leads where requests say. Returns the URL of the SOCKS proxy that the relay is to its clients."""
        return f"socks5h://{_USER}:{self.password}@{LOOPBACK}:{await self._open(lambda: _SocksSide(self))}"

    async def open_forward(self, destination: Destination) -> int:
        """Open a port that leads to one place, and let each connection receive the destination's `bytes_left`. Returns the port."""
        return await self._open(lambda: _ForwardSide(self, destination))

    @contextmanager
    def request(
        self, host: str, port: int, place: HostPort, max_bytes: int
    ) -> Iterator[Destination]:
        """Let a host be connected to at a place, and receive so many bytes, for the time of one request."""
        destination = self._destinations.setdefault((host, port), Destination(place))
        if not destination.requests:
            destination.bytes_left = 0
            destination.small, destination.exceeded, destination.error = True, False, None
        destination.place = place
        destination.requests += 1
        destination.bytes_left += max_bytes
        destination.small = destination.small and is_small(max_bytes)
        try:
            yield destination
        finally:
            destination.requests -= 1
            if not destination.requests:
                destination.bytes_left = 0  # whoever sends with no request under way is hung up on
                self._forget(host, port)

    def connected_to(self, host: str, port: int) -> Destination | None:
        """Return where a new connection to a host leads, and count it; None if no request is under way."""
        destination = self._destinations.get((host, port))
        if destination is None or not destination.requests:
            return None
        destination.connections += 1
        return destination

    def left(self, host: str, port: int) -> None:
        """Note that a connection to a host has ended."""
        self._destinations[host, port].connections -= 1
        self._forget(host, port)

    async def close(self) -> None:
        """Hang up on everybody."""
        for server in self._servers:
            server.close()
        await asyncio.sleep(0)  # connections that were just accepted are made
        while self.clients:
            for client in list(self.clients):
                client.hang_up()
            await asyncio.sleep(0)

    def _forget(self, host: str, port: int) -> None:
        destination = self._destinations[host, port]
        if not destination.requests and not destination.connections:
            del self._destinations[host, port]

    async def _open(self, protocol: Callable[[], asyncio.Protocol]) -> int:
        server = await asyncio.get_running_loop().create_server(
            protocol, LOOPBACK, 0, backlog=_BACKLOG
        )
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])


class _ClientSide(asyncio.Protocol):
    """A connection from our client, and what it sends to a server."""

    _transport: asyncio.Transport

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._server: asyncio.Transport | None = None
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is never of another kind
        self._transport = transport
        self._relay.clients.add(self)

    def data_received(self, data: bytes) -> None:
        if self._server:
            self._server.write(data)

    def connection_lost(self, _error: Exception | None) -> None:
        self._relay.clients.discard(self)
        self._leave_server()

    def pause_writing(self) -> None:
        if self._server:
            self._server.pause_reading()

    def resume_writing(self) -> None:
        if self._server and not self._server.is_closing():
            self._server.resume_reading()

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def close(self) -> None:
        """End the connection behind what is still to be written."""
        self._transport.close()

    def hang_up(self) -> None:
        """Reset the connection."""
        with suppress(OSError):
            self._transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, _RESET
            )
        self._transport.abort()
        self._leave_server()

    def connect(self, destination: Destination) -> None:
        self._connecting = asyncio.get_running_loop().create_task(self._connect(destination))

    def _leave_server(self) -> None:
        if self._connecting:
            self._connecting.cancel()
        if self._server:
            self._server.abort()

    async def _connect(self, destination: Destination) -> None:
        loop = asyncio.get_running_loop()
        host, port = destination.place
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            if destination.small:
                limit_receive_buffer(sock)
            await loop.sock_connect(sock, (host, port))
            self._server, _ = await loop.create_connection(
                lambda: _ServerSide(self, destination), sock=sock
            )
        except OSError as error:
            sock.close()
            destination.error = error
            self.failed()
        except BaseException:
            sock.close()
            raise
        else:
            destination.peer = host
            self.connected()

    def connected(self) -> None:
        """Go on once the server is connected to."""

    def failed(self) -> None:
        """Go on where it could not be."""
        self.hang_up()


class _SocksSide(_ClientSide):
    """Says first where it leads, in the words of SOCKS."""

    def __init__(self, relay: Relay) -> None:
        super().__init__(relay)
        self._said = b""
        self._host: tuple[str, int] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.write(_GO_AHEAD)

    def data_received(self, data: bytes) -> None:
        if self._host is not None:
            super().data_received(data)
            return
        self._said += data
        try:
            host = _requested(self._said, self._relay.opening)
        except ValueError:
            self.hang_up()
            return
        if host is None:
            return
        self._host = host
        if destination := self._relay.connected_to(*host):
            self.connect(destination)
        else:
            self._host = None
            self.failed()

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        if self._host:
            self._relay.left(*self._host)

    def connected(self) -> None:
        self.write(_CONNECTED)

    def failed(self) -> None:
        self.write(_NOT_CONNECTED)
        self.close()


class _ForwardSide(_ClientSide):
    """Leads to one place from the start, with bytes of its own."""

    def __init__(self, relay: Relay, destination: Destination) -> None:
        super().__init__(relay)
        self._common = destination
        self._own = replace(destination)
        self._waiting: list[bytes] = []

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.connect(self._own)

    def data_received(self, data: bytes) -> None:
        if self._server:
            super().data_received(data)
        else:
            self._waiting.append(data)

    def connected(self) -> None:
        for data in self._waiting:
            super().data_received(data)
        self._waiting.clear()
        self._common.error = None

    def failed(self) -> None:
        self._common.error = self._own.error
        self.hang_up()

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._common.exceeded = self._own.exceeded


class _ServerSide(asyncio.BufferedProtocol):
    """A connection to a server, and what it sends to our client."""

    _transport: asyncio.Transport
    _buffer = memoryview(
        bytearray(_READ)
    )  # of all connections: what is in it has been sent on before the next one reads

    def __init__(self, client: _ClientSide, destination: Destination) -> None:
        self._client = client
        self._destination = destination

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is never of another kind
        self._transport = transport

    def get_buffer(self, _size: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, size: int) -> None:
        destination = self._destination
        destination.bytes_left -= size
        if destination.bytes_left >= 0:
            self._client.write(bytes(self._buffer[:size]))
            return
        destination.exceeded = destination.requests > 0
        self._client.hang_up()
        self._transport.abort()

    def eof_received(self) -> None:
        self._client.close()

    def connection_lost(self, error: Exception | None) -> None:
        if error:
            self._client.hang_up()
        else:
            self._client.close()


def _opening(password: str) -> bytes:
    """Return what a client of ours sends ahead of the kind of address it wants."""
    user, secret = _USER.encode(), password.encode()
    return (
        b"\x05\x01\x02"
        + bytes([1, len(user)])
        + user
        + bytes([len(secret)])
        + secret
        + b"\x05\x01\x00"
    )


def _requested(said: bytes, opening: bytes) -> tuple[str, int] | None:
    """Return the host and port of a SOCKS request; None where it is not whole yet. Raises ValueError where it is not our client's."""
    if not hmac.compare_digest(said[: len(opening)], opening[: len(said)]):
        raise ValueError("another client, or another password")
    kind, rest = said[len(opening) : len(opening) + 1], said[len(opening) + 1 :]
    if not rest:
        return None
    if kind[0] == _NAME:
        length, rest = rest[0], rest[1:]
    else:
        length = _LENGTHS.get(kind[0], 0)
    if len(rest) < length + 2:
        return None
    host = rest[:length].decode("ascii") if kind[0] == _NAME else str(ip_address(rest[:length]))
    return host, int.from_bytes(rest[length : length + 2])
