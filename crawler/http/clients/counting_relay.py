"""A relay on loopback below reqwest: it opens the connections and counts what servers send.

reqwest has no hook below HTTP and no limit for interim responses (1xx), chunk sizes or TLS records.
So its connections go through this relay as through a SOCKS proxy. The relay connects only to hosts
with a current request of this process, at the address that our resolver checked, and only for a
client that knows its password. It reads no HTTP and decrypts nothing.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from crawler.http.clients import socks
from crawler.http.clients.relay_connections import (
    ClientConnection,
    Destination,
    ForwardConnection,
)
from crawler.http.clients.socks_connection import SocksConnection
from crawler.http.connection_map import HostPort
from crawler.http.wire import is_small

LOOPBACK: Final = "127.0.0.1"
_BACKLOG: Final = 1024


class Relay:
    """The relay; it listens on loopback from the first opened port until it is closed.

    Attributes:
        opening: What our client must send first (`socks.expected_opening`).
        clients: The open connections from our client.
    """

    def __init__(self) -> None:
        password = secrets.token_hex(16)
        self.opening = socks.expected_opening(password)
        self.clients: set[ClientConnection] = set()
        self._user_info = f"{socks.USER}:{password}"
        self._destinations: dict[HostPort, Destination] = {}  # by the host as the client names it
        self._servers: list[asyncio.Server] = []

    async def open_socks(self) -> str:
        """Open a port that connects to the hosts of current requests.

        Returns:
            The relay's URL as a SOCKS proxy.
        """
        port = await self._listen(lambda: SocksConnection(self))
        return f"socks5h://{self._user_info}@{LOOPBACK}:{port}"

    async def open_forward(self, destination: Destination) -> int:
        """Open a port that connects to one address.

        Args:
            destination: The address. Each connection may receive its `bytes_left`.

        Returns:
            The port.
        """
        return await self._listen(lambda: ForwardConnection(self, destination))

    @contextmanager
    def allow_connections(
        self,
        host: str,
        port: int,
        address: HostPort,
        max_bytes: int,
        *,
        on_sent: Callable[[], None] = lambda: None,
    ) -> Iterator[Destination]:
        """Allow connections to a host during the block, for one request.

        Args:
            host: The host as the client names it.
            port: The port.
            address: The checked IP address and the port to connect to.
            max_bytes: Bytes that the request may receive.
            on_sent: Called after each part of the request that was sent.

        Yields:
            The destination, which has the results of connecting.
        """
        destination = self._destinations.setdefault((host, port), Destination(address))
        if not destination.request_count:  # the results of earlier requests are reset
            destination.bytes_left = 0
            destination.is_small = True
            destination.exceeded = False
            destination.error = None
        destination.address = address
        destination.on_sent = on_sent
        destination.request_count += 1
        destination.bytes_left += max_bytes
        destination.is_small = destination.is_small and is_small(max_bytes)
        try:
            yield destination
        finally:
            destination.request_count -= 1
            if not destination.request_count:
                destination.bytes_left = 0  # a server that sends between requests is cut off
                self._forget(host, port)

    def add_connection(self, host: str, port: int) -> Destination | None:
        """Return the destination of a new connection to a host, and count the connection.

        Returns:
            None if the host has no current request.
        """
        destination = self._destinations.get((host, port))
        if destination is None or not destination.request_count:
            return None
        destination.connection_count += 1
        return destination

    def remove_connection(self, host: str, port: int) -> None:
        """Record that a connection to a host has ended."""
        self._destinations[host, port].connection_count -= 1
        self._forget(host, port)

    async def close(self) -> None:
        """Stop listening and reset all connections."""
        for server in self._servers:
            server.close()
        await asyncio.sleep(0)  # lets connections that were just accepted be registered
        while self.clients:
            for client in list(self.clients):
                client.reset()
            await asyncio.sleep(0)

    def _forget(self, host: str, port: int) -> None:
        """Delete a destination that has neither requests nor connections."""
        destination = self._destinations[host, port]
        if not destination.request_count and not destination.connection_count:
            del self._destinations[host, port]

    async def _listen(self, protocol: Callable[[], asyncio.BaseProtocol]) -> int:
        """Return the number of a new port on loopback.

        Args:
            protocol: Makes the protocol of a new connection.
        """
        server = await asyncio.get_running_loop().create_server(
            protocol, LOOPBACK, 0, backlog=_BACKLOG
        )
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])
