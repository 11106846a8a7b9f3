"""The one request type and the one response type between the prober and the HTTP clients.

A fetch is a single HTTP request: no redirect is followed and nothing is retried at this level.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Final

from msgspec import Struct

from crawler.http.exchange import HttpExchange
from store.vocabulary import Fault

BODY_LIMIT: Final = 65_536  # bytes of a body that a probe reads, and by which it is judged


class RequestPermit:
    """The permission to send one request.

    A client enters it (`async with`) right before it sends and leaves it when the response is
    read. A client that sends a second time for the same request enters it again, and so waits for
    the rate limiter again.

    Args:
        acquire: Returns the context to enter; it may wait. Without it no request waits.
        on_sent: Called by the client each time it has sent a part of the request. Before the first
            call, the client starts threads and connects, and nothing has reached the server.
    """

    def __init__(
        self,
        acquire: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
        *,
        on_sent: Callable[[], None] = lambda: None,
    ) -> None:
        self.waited_seconds = 0.0  # spent waiting to enter; they count in no timeout
        self.on_sent = on_sent
        self._acquire = acquire
        self._entered: AbstractAsyncContextManager[None] = nullcontext()

    async def __aenter__(self) -> None:
        began = monotonic()
        self._entered = self._acquire()
        try:
            await self._entered.__aenter__()
        finally:
            self.waited_seconds += monotonic() - began

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return await self._entered.__aexit__(kind, error, trace)


class ClientCertificate(Struct, frozen=True):
    """The certificate that identifies us to a server.

    Attributes:
        certificate: A PEM file with the certificate.
        key: A PEM file with its private key.
    """

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """One HTTP request to be sent.

    Attributes:
        method: The HTTP method.
        url: The URL, sent byte for byte.
        timeout: Seconds for the whole exchange, waiting for the permit not included.
        slot: The group of hosts whose rate limit applies (a Scrapy download slot).
        headers: In a request that is passed to a `Fetch`: fields that replace the default ones of
            the same name. In one that is passed to a client (`crawler.http.clients`): all fields
            to be sent.
        cookie: Cookies that servers set earlier in the same probe, as the value of a Cookie field.
            A `Fetch` puts them into `headers`.
        body: The body to be sent.
        max_bytes: Bytes of the response's body to read.
        record_limit: Record the exchange if its body has at most this number of bytes; 0 records
            nothing.
        proxy: The URL of the proxy to go through; empty for none.
        client_certificate: Shown to a server that requests one; None for no certificate.
        bytes_received: Bytes that another client has received for this request already.
        permit: Entered by the client right before it sends.
    """

    method: str
    url: str
    timeout: float
    slot: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    cookie: str = ""
    body: bytes = b""
    max_bytes: int = BODY_LIMIT
    record_limit: int = 0
    proxy: str = ""
    client_certificate: ClientCertificate | None = None
    bytes_received: int = 0
    permit: RequestPermit = field(default_factory=RequestPermit, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResponse:
    """The result of one request: a status with headers and the beginning of the body, or a fault.

    Attributes:
        status: The status code; None if there was no response.
        headers: Fields with names in lower case, values of one name joined by commas
            (`crawler.http.headers.join_fields`).
        cookies: The values of all Set-Cookie fields.
        body: The beginning of the body, at most `FetchRequest.max_bytes` of it. A client returns
            it in its content coding, a `Fetch` returns it decoded.
        peer: The IP address that responded; empty if unknown.
        fault: What went wrong; with a status `Fault.TRUNCATED`, if the body ended too early.
        detail: The fault in words, for a person.
        exchange: The recorded exchange, if recording was requested and it is complete, else None.
        not_recorded: Why there is no recorded exchange although recording was requested:
            `too-large`, `too-slow`, `cut-short`, or `no-room` on the disk.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Sequence[str] = ()
    body: bytes = b""
    peer: str = ""
    fault: Fault | None = None
    detail: str = ""
    exchange: HttpExchange | None = None
    not_recorded: str = ""


Fetch = Callable[[FetchRequest], Awaitable[FetchResponse]]
"""Sends one request. Faults are returned, not raised; see `crawler.scrapy_ext.engine_fetch`."""
