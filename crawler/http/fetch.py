"""The one request type and the one response type between the prober and the HTTP clients.

A fetch is a single HTTP request: no redirect is followed and nothing is retried at this level.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from time import monotonic
from types import TracebackType
from typing import Final

from crawler.http.exchange import HttpExchange
from store.vocabulary import Fault

BODY_LIMIT: Final = 65_536  # bytes of a body that a probe reads and judging looks at


class RequestPermit:
    """The permission to send one request, entered (`async with`) by the client right before it sends.

    The client leaves it when the response has been read. A client that sends a second time for
    the same request enters it again, and so waits for the rate limiter again.

    Args:
        acquire: Returns the context to enter; it may wait. Without it no request waits.
    """

    def __init__(
        self, acquire: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
    ) -> None:
        self.waited = 0.0  # seconds spent waiting to enter; they count in no timeout
        self._acquire = acquire
        self._entered: AbstractAsyncContextManager[None] = nullcontext()

    async def __aenter__(self) -> None:
        began = monotonic()
        self._entered = self._acquire()
        try:
            await self._entered.__aenter__()
        finally:
            self.waited += monotonic() - began

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return await self._entered.__aexit__(kind, error, trace)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """One HTTP request to be sent.

    Attributes:
        method: The HTTP method.
        url: The URL, sent byte for byte.
        slot: The group of hosts whose rate limit applies (a Scrapy download slot).
        timeout: Seconds for the whole exchange, waiting for the permit not included.
        cookie: The value of the Cookie header; empty for none.
        headers: Fields that replace the default ones of the same name.
        max_bytes: Bytes of the body to read.
        record: Record the exchange if its body is at most this many bytes; 0 records nothing.
        turn: Entered by the client right before it sends.
    """

    method: str
    url: str
    slot: str
    timeout: float
    cookie: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    max_bytes: int = BODY_LIMIT
    record_limit: int = 0
    permit: RequestPermit = field(default_factory=RequestPermit, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResponse:
    """The result of one request: a status with headers and the beginning of the body, or a fault.

    Attributes:
        status: The status code; None if there was no response.
        headers: Fields with names in lower case, values of one name joined by commas.
        cookies: The values of all Set-Cookie fields.
        body: The beginning of the body, at most `FetchRequest.max_bytes` of it.
        peer: The IP address that answered; empty if unknown.
        fault: What went wrong on the network; None if nothing did.
        detail: The fault in words, for a person.
        exchange: The recorded exchange, if recording was requested and it is complete.
        lacks: Why there is no recorded exchange although recording was requested.
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
