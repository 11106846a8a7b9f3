"""Send requests and record their exchanges byte for byte, for the WARC files of the local archive.

The recorder is the lenient client (`AiohttpClient`) with a protocol that stores what a connection
receives; each connection carries one exchange. Status, headers and the beginning of the body are
those that the other clients return. Only the exchange contains the whole body.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import aiohttp
from aiohttp.http_exceptions import BadHttpMessage, LineTooLong
from yarl import URL

from crawler.http.chunked import DechunkedBytes, dechunk
from crawler.http.clients.aiohttp_client import AiohttpClient
from crawler.http.clients.interface import RequestFailed, UnsupportedRequest
from crawler.http.clients.recording_connection import RecordedResponse, RecordingProtocol
from crawler.http.exchange import Body, HttpExchange
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.http.headers import join_fields
from crawler.http.safe_resolver import SafeResolver
from crawler.http.spool import NO_ROOM, Spool
from crawler.http.wire import WireBudget, wire_limit
from store.vocabulary import Fault

# Why an exchange was not recorded (`FetchResponse.not_recorded`).
TOO_LARGE: Final = "too-large"
TOO_SLOW: Final = "too-slow"
CUT_SHORT: Final = "cut-short"

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_INTERIM = re.compile(rb"HTTP/1\.\d 1(?!01)\d\d")
_LARGEST_HEAD: Final = 1_048_576  # bytes, interim responses included
_UNRECORDED_FIELDS: Final = frozenset({"proxy-authorization"})  # our secret; no site receives it


class WireRecorder(AiohttpClient):
    """Sends requests and records what crosses the wire.

    Args:
        resolver: Resolves and checks every host.
        ca_file: A PEM file of CA certificates to trust besides the system's; empty for none.
        folder: Where large responses are put until they are stored; None for the system's.
    """

    def __init__(
        self, resolver: SafeResolver, *, ca_file: str = "", folder: Path | None = None
    ) -> None:
        super().__init__(resolver, ca_file=ca_file)
        self._folder = folder

    async def send(
        self, request: FetchRequest, *, context: ssl.SSLContext | None = None
    ) -> FetchResponse:
        """Return the response to a request, with its exchange.

        Args:
            request: The request.
            context: The TLS settings of this request, if they are not the client's.

        Raises:
            RequestFailed: There is no usable response.
        """
        try:
            return await super().send(request, context=context)
        except UnsupportedRequest as unsupported:  # there is no second client
            raise RequestFailed(Fault.CLIENT_LIMIT, str(unsupported)) from unsupported

    async def _exchange(
        self, session: aiohttp.ClientSession, request: FetchRequest, url: URL, budget: WireBudget
    ) -> FetchResponse:
        """Send a request, and return the response with the recorded bytes of both."""
        sent_at = datetime.now(UTC)
        async with session.request(
            request.method,
            url,
            headers=request.headers,
            allow_redirects=False,
            proxy=request.proxy or None,
            ssl=self.current_context(),
            timeout=aiohttp.ClientTimeout(total=request.timeout, sock_connect=request.timeout / 2),
        ) as response:
            if not isinstance(response, RecordedResponse):
                raise TypeError("the session was opened with another class of responses")
            headers, cookies = join_fields(response.headers.items())
            body = await _receive(response, request, budget)
            exchange = None
            if not body.not_recorded:
                exchange = _make_exchange(response, headers, body.length, request.url, sent_at)
            is_cut = body.not_recorded == CUT_SHORT and len(body.beginning) < request.max_bytes
            return FetchResponse(
                status=response.status,
                headers=headers,
                cookies=cookies,
                body=body.beginning,
                peer=response.peer,
                fault=Fault.TRUNCATED if is_cut else None,
                exchange=exchange,
                not_recorded=body.not_recorded,
            )

    def _open_session(self) -> aiohttp.ClientSession:
        """Return the session, opened with connections that record."""
        if self._session is None:
            connector = self._make_connector()
            # aiohttp has no public way to see what is received; a test fails if this stops working.
            protocol = partial(RecordingProtocol, asyncio.get_running_loop(), self._folder)
            connector._factory = protocol  # type: ignore[assignment]  # noqa: SLF001
            self._session = self._make_session(connector, RecordedResponse)
        return self._session


class _ReceivedBody(NamedTuple):
    """A body that was received, completely or not.

    Attributes:
        beginning: Its beginning, as much as a probe reads.
        length: The bytes received, without the transfer coding.
        not_recorded: Why the exchange cannot be recorded; "" if it can.
    """

    beginning: bytes
    length: int
    not_recorded: str


async def _receive(
    response: RecordedResponse, request: FetchRequest, budget: WireBudget
) -> _ReceivedBody:
    """Read the whole body.

    Args:
        response: The response.
        request: Its request.
        budget: The budget of the connection; it is increased for a body that is to be recorded.

    Returns:
        The beginning of the body, its length, and whether the exchange can be recorded.

    Raises:
        TimeoutError: Time was up before the first byte.
        aiohttp.ClientPayloadError: The body was broken before the first byte.
    """
    beginning = bytearray()
    length = 0  # bytes received so far
    limit = _body_limit(response, request)
    if limit > request.max_bytes:
        recorded = wire_limit(request.max_bytes, request.record_limit)
        budget.bytes_left += max(0, recorded - wire_limit(request.max_bytes))
    try:
        async for chunk in response.content.iter_any():
            length += len(chunk)
            beginning += chunk[: max(0, request.max_bytes - len(beginning))]
            if length > limit:
                response.close()
                return _ReceivedBody(bytes(beginning), length, TOO_LARGE)
            if length > request.max_bytes and response.protocol.received.error:
                response.close()
                return _ReceivedBody(bytes(beginning), length, NO_ROOM)
    except (TimeoutError, aiohttp.ClientPayloadError) as error:
        response.close()
        received = bytes(beginning)
        # aiohttp drops what was received just before the error; the recorder has it.
        recorded_beginning = _received_beginning(response, request.max_bytes)
        if len(recorded_beginning) > len(received):
            received = recorded_beginning
        if budget.exceeded or (received and _is_beyond_limits(error)):
            return _ReceivedBody(received, length, TOO_LARGE)
        if not received:
            raise
        reason = TOO_SLOW if isinstance(error, TimeoutError) else CUT_SHORT
        return _ReceivedBody(received, length, reason)
    return _ReceivedBody(bytes(beginning), length, _why_incomplete(response, budget))


def _is_beyond_limits(error: BaseException) -> bool:
    """Return whether aiohttp refused trailers for their number or the length of a line."""
    cause = error.__cause__
    if isinstance(cause, LineTooLong):
        return True
    return isinstance(cause, BadHttpMessage) and cause.message.startswith("Too many headers")


def _why_incomplete(response: RecordedResponse, budget: WireBudget) -> str:
    """Return why a body that was read to its end is not complete; empty if it is."""
    if budget.exceeded:
        return TOO_LARGE
    # Without a length and without chunks, a body ends when the connection is closed. Then only a
    # connection that was closed without an error shows that the body is complete.
    ends_with_connection = response.content_length is None and not _is_chunked(response.headers)
    if response.protocol.is_broken and ends_with_connection:
        return CUT_SHORT
    return NO_ROOM if response.protocol.received.error else ""


def _body_limit(response: aiohttp.ClientResponse, request: FetchRequest) -> int:
    """Return how much of a body to read; errors and bodies that are announced too large are cut."""
    is_success = 200 <= response.status < 300
    if is_success and (response.content_length or 0) <= request.record_limit:
        return request.record_limit
    return request.max_bytes


def _received_beginning(response: RecordedResponse, limit: int) -> bytes:
    """Return the beginning of a body from the recorded bytes."""
    received = response.protocol.received
    if received.error:
        return b""
    start, end = _find_head(received)
    body = received.read(end, 2 * limit) if end > start else b""
    return (dechunk(body) if _is_chunked(response.headers) else body)[:limit]


def _make_exchange(
    response: RecordedResponse,
    headers: Mapping[str, str],
    length: int,
    url: str,
    sent_at: datetime,
) -> HttpExchange:
    """Return the record of a request and its response, whose body was received completely."""
    received = response.protocol.received
    start, end = _find_head(received)
    content: Body
    if _is_chunked(headers):
        body = received.slice(end)
        content = DechunkedBytes(body, length)
    else:  # some servers send more after the end of the body
        content = body = received.slice(end, end + response.content.total_bytes)
    return HttpExchange(
        url=url,
        at=sent_at,
        request=_request_head(response),
        head=received.read(start, end - start),
        body=body,
        content=content,
        status=response.status,
        headers=headers,
        peer=response.peer,
    )


def _request_head(response: aiohttp.ClientResponse) -> bytes:
    """Return the request line and header fields as HTTP/1.1, without our secrets."""
    info = response.request_info
    fields = [
        f"{name}: {value}"
        for name, value in info.headers.items()
        if name.lower() not in _UNRECORDED_FIELDS
    ]
    lines = [f"{info.method} {info.url.raw_path_qs} HTTP/1.1", *fields, "", ""]
    return "\r\n".join(lines).encode("utf-8")


def _find_head(received: Spool) -> tuple[int, int]:
    """Return where the head of the response begins and ends; both are the same if there is none.

    Interim responses (RFC 9110, section 15.2) are left out.
    """
    beginning = received.read(0, _LARGEST_HEAD)
    start = 0
    while True:
        end = _END_OF_HEAD.search(beginning, start)
        if end is None:
            return start, start
        if not _INTERIM.match(beginning, start):
            return start, end.end()
        start = end.end()


def _is_chunked(headers: Mapping[str, str]) -> bool:
    """Return whether a transfer coding is `chunked`. Names may be in any case."""
    values = (value for name, value in headers.items() if name.lower() == "transfer-encoding")
    return "chunked" in next(values, "").lower()
