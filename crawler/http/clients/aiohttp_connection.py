"""Replace parts of aiohttp: the sockets, the protocol, the host of requests, and the response.

They receive within a request's budget, report when it was sent, and keep the peer's address.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

import aiohttp
import aiohttp.connector
from aiohttp.client_proto import ResponseHandler

from crawler.http.wire import BudgetSocket, WireBudget, limit_receive_buffer

_SHOWN_BYTES: Final = 40  # of a response that is not HTTP, in the error message


@dataclass(slots=True, eq=False)
class RequestSockets:
    """The sockets opened for one request; all of them receive within its budget.

    Attributes:
        budget: The budget of the request.
        is_large: Whether a large body is expected.
        opened: The sockets.
    """

    budget: WireBudget
    is_large: bool
    opened: list[BudgetSocket] = field(default_factory=list)

    def open(self, address: aiohttp.AddrInfoType) -> BudgetSocket:
        """Return a new socket of the kind that an address of `getaddrinfo` needs."""
        family, kind, protocol, _, _ = address
        opened = BudgetSocket(family, kind, protocol)
        opened.budget = self.budget
        limit_receive_buffer(opened, is_large=self.is_large)
        self.opened.append(opened)
        return opened

    def shut_down(self) -> None:
        """End all connections. An orderly end of TLS would first read what is still sent."""
        for opened in self.opened:
            with suppress(OSError):  # closed already
                opened.shutdown(socket.SHUT_RDWR)


# aiohttp's socket factory gets no request; each request is sent in a task of its own.
REQUEST_SOCKETS: ContextVar[RequestSockets] = ContextVar("sockets")


def open_socket(address: aiohttp.AddrInfoType) -> BudgetSocket:
    """Open a socket for the current task's request; the socket factory of aiohttp's connector."""
    return REQUEST_SOCKETS.get().open(address)


class AsciiHostRequest(aiohttp.ClientRequest):
    """A request whose host is in ASCII, as in the URL.

    aiohttp decodes it to check the certificate, which fails for names that are in use although IDNA
    2008 forbids them, such as emoji with joiners.
    """

    @property
    def host(self) -> str:
        """The host's name or address."""
        return self.url.raw_host or ""


class RequestProtocol(ResponseHandler):
    """aiohttp's protocol for responses, which reports nothing as sent once a response begins.

    Bytes sent after that only close the connection.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._budget = REQUEST_SOCKETS.get().budget

    def data_received(self, data: bytes) -> None:
        """Read a part of the response, as the parent does; the request counts as sent."""
        self._budget.on_sent = _ignore
        super().data_received(data)


def _ignore() -> None:
    """Do nothing."""


class ResponseProtocol(RequestProtocol):
    """aiohttp's protocol for responses, which ends a body with its connection.

    After an error in a trailer, aiohttp would let the reader wait until the request times out.
    """

    def connection_lost(self, exc: BaseException | None) -> None:
        """End the response, as the parent does, and its body if the parent left it open."""
        body = self._payload
        # Received before the request was sent, so that aiohttp has no parser for it yet.
        early = bytes(self._tail[:_SHOWN_BYTES])
        if exc is None and self._parser is None and early and not early.startswith(b"HTTP/"):
            super().connection_lost(ValueError(f"Bad status line: {early!r}"))
            return
        super().connection_lost(exc)
        if body is not None and not body.is_eof() and body.exception() is None:
            body.set_exception(aiohttp.ClientPayloadError("the connection ended within the body"))


class PeerResponse(aiohttp.ClientResponse):
    """A response that keeps the peer's address, which aiohttp drops with the connection."""

    peer = ""

    async def start(self, connection: aiohttp.connector.Connection) -> aiohttp.ClientResponse:
        """Read the head of the response, as the parent does."""
        if connection.transport:
            peer_name = connection.transport.get_extra_info("peername")
            if peer_name:
                self.peer = str(peer_name[0])
        return await super().start(connection)
