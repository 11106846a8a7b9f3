"""The connections from our client to the counting relay that name their server by SOCKS."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from crawler.http.clients import socks
from crawler.http.clients.relay_connections import ClientConnection
from crawler.http.connection_map import HostPort

if TYPE_CHECKING:
    from crawler.http.clients.counting_relay import Relay


class SocksConnection(ClientConnection):
    """A connection from our client that names its destination by SOCKS."""

    def __init__(self, relay: Relay) -> None:
        super().__init__(relay)
        self._received = b""
        self._host: HostPort | None = None
        self._reads_from_server = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Register the connection and accept it."""
        super().connection_made(transport)
        self.write(socks.ACCEPTED)

    def data_received(self, data: bytes) -> None:
        """Read the SOCKS request, then forward bytes to the server."""
        if self._host is not None:
            super().data_received(data)
            self._read_from_server()
            return
        self._received += data
        try:
            host = socks.parse_request(self._received, self._relay.opening)
        except ValueError:
            self.reset()
            return
        if host is None:
            return
        destination = self._relay.add_connection(*host)
        if destination is None:
            self.on_failed()
            return
        self._host = host
        self.connect(destination)

    def connection_lost(self, error: Exception | None) -> None:
        """Close the connection to the server, too, and remove it from the relay's count."""
        super().connection_lost(error)
        if self._host:
            self._relay.remove_connection(*self._host)

    def on_connected(self) -> None:
        """Report success to our client.

        What the server sends is read only when our client has sent something: together with the
        report of success reqwest would lose it, and wait for it until the time is up.
        """
        if self._server:
            self._server.pause_reading()
        self.write(socks.CONNECTED)

    def _read_from_server(self) -> None:
        """Read from the server from now on."""
        if not self._reads_from_server:
            self._reads_from_server = True
            self.resume_writing()  # it resumes reading from the server

    def on_failed(self) -> None:
        """Report failure to our client and close the connection."""
        self.write(socks.NOT_CONNECTED)
        self.close()
