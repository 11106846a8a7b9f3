"""Replace parts of aiohttp so that all bytes that a connection receives are stored."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import aiohttp.connector

from crawler.http.clients.aiohttp_connection import PeerResponse, RequestProtocol
from crawler.http.spool import Spool


class RecordingProtocol(RequestProtocol):
    """aiohttp's protocol for responses, which also stores all received bytes.

    Attributes:
        received: The bytes.
        is_broken: Whether the connection ended with an error.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, folder: Path | None) -> None:
        super().__init__(loop)
        self.received = Spool(folder)
        self.is_broken = False

    def data_received(self, data: bytes) -> None:
        """Store a part of the response, and read it as the parent does."""
        self.received.add(data)
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Record whether the connection ended with an error, and end the response."""
        self.is_broken = exc is not None
        super().connection_lost(exc)


class RecordedResponse(PeerResponse):
    """A response that keeps its protocol, which aiohttp drops with the connection.

    Attributes:
        protocol: The protocol, with all bytes received. Set once the response has started.
    """

    protocol: RecordingProtocol

    async def start(self, connection: aiohttp.connector.Connection) -> aiohttp.ClientResponse:
        """Keep the protocol, and read the head of the response as the parent does."""
        if not isinstance(connection.protocol, RecordingProtocol):
            raise TypeError("the connection does not record")
        self.protocol = connection.protocol
        return await super().start(connection)
