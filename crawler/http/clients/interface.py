"""What a client of the download handler is: something that sends one request and reads the beginning of its answer.

A client follows no redirects, keeps no cookies and decodes no bodies; it asks the resolver before it connects, at every request.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from scrapy.exceptions import DownloadFailedError

from crawler.http.fetch import RequestPermit
from store.vocabulary import Fault

Headers = Sequence[tuple[str, str]]

TOO_MANY_BYTES = "many more bytes than were wanted, without an end"

# What the system says of a connection that did not come about.
CONNECT_FAULTS = {
    errno.ECONNREFUSED: Fault.REFUSED,
    errno.ENETUNREACH: Fault.UNREACHABLE,
    errno.EHOSTUNREACH: Fault.UNREACHABLE,
    errno.ENETDOWN: Fault.UNREACHABLE,
    errno.ETIMEDOUT: Fault.CONNECT_TIMEOUT,
}


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """Who we are to a host that asks: the files (PEM) of a certificate and its key."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class WireRequest:
    """A request as it is to leave: `url` byte for byte, `timeout` in seconds for all of it, at most `max_bytes` of the body wanted.

    A client that records reads on, up to `record` bytes, to keep the exchange whole. `received` is what another client has taken for it.
    Clients enter `turn` when all else is ready, and send at once; what that waited is not part of the timeout.
    """

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""
    timeout: float
    max_bytes: int
    proxy: str = ""
    identity: ClientCertificate | None = None
    record: int = 0
    received: int = 0
    turn: RequestPermit = field(default_factory=RequestPermit, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WireAnswer:
    """An answer as it came: the body is its beginning, not decoded; `cut_short` says that it ended before it should have."""

    status: int
    headers: Headers
    body: bytes = b""
    peer: str = ""
    cut_short: bool = False


class RequestFailed(DownloadFailedError):
    """A request without a usable answer."""

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(f"{fault}: {detail}" if detail else str(fault))
        self.fault = fault
        self.detail = detail


class UnsupportedRequest(Exception):
    """This client cannot carry the request, or hand over its answer, as it is; another one may.

    `received` is how many bytes of those that the request may bring are spent.
    """

    def __init__(self, detail: str, *, received: int = 0) -> None:
        super().__init__(detail)
        self.received = received


class HttpClient(Protocol):
    """Sends requests."""

    async def send(self, request: WireRequest) -> WireAnswer:
        """Raises RequestFailed, or Unfit."""

    async def close(self) -> None:
        """Let go of every connection."""
