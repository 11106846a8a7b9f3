"""The record of one HTTP exchange, byte for byte, as the local archive stores it.

Only the recording client (`crawler.http.clients.wire_recorder`) makes them from the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crawler.http.chunked import DechunkedBytes
from crawler.http.spool import SpooledBytes

Body = bytes | SpooledBytes | DechunkedBytes
"""A body in memory or in a spool; `bytes` and `len` work on each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpExchange:
    """One HTTP request and its complete response.

    Attributes:
        url: The requested URL.
        at: When the request was sent.
        request: The request line and header section, with the empty line that ends them.
        head: The status line and header section, with the empty line that ends them.
        body: All bytes after the head as received, transfer coding (chunks) included.
        content: The body without its transfer coding, still in its content coding.
        status: The status code.
        headers: The response's fields; names in lower case, values of one name joined by commas.
        peer: The IP address that answered; empty if unknown.

    `body` and `content` may be in a file on disk; `bytes(...)` reads them.
    """

    url: str
    at: datetime
    request: bytes
    head: bytes
    body: Body
    content: Body
    status: int
    headers: Mapping[str, str]
    peer: str = ""
