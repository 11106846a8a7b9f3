"""The client for what is to be kept: it hands over an exchange byte for byte, as no HTTP library does by itself.

It is the thorough client with a tap in the connection. Each connection carries one exchange. What it answers a prober is what the other
clients would: the beginning of the body, and whether that was sound; that there was more is for the archive alone.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import aiohttp
import aiohttp.connector
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from crawler.http.clients.aiohttp_client import AiohttpClient, PeerAnswer
from crawler.http.clients.interface import (
    RequestFailed,
    UnsupportedRequest,
    WireAnswer,
    WireRequest,
)
from crawler.http.exchange import HttpExchange
from crawler.http.safe_resolver import SafeResolver
from crawler.http.spool import NO_ROOM, Spool
from crawler.http.wire import WireBudget, wire_limit
from crawler.local_archive.warc import dechunk
from store.vocabulary import Fault

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_INTERIM = re.compile(rb"HTTP/1\.\d 1(?!01)\d\d")
_LONGEST_HEAD = 1_048_576
_FOR_THE_PROXY = frozenset({"proxy-authorization"})  # a secret of ours, that no site ever saw


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedResponse(WireAnswer):
    """An answer with the exchange it was; `lacks` says why there is none: `too-large`, `too-slow`, `cut-short`, `no-room` on the disk."""

    exchange: HttpExchange | None = None
    lacks: str = ""


class WireRecorder(AiohttpClient):
    """Sends requests, and keeps what crosses the wire. `folder` is where large answers lie until somebody wants them."""

    def __init__(
        self, resolver: SafeResolver, *, ca_file: str = "", folder: Path | None = None
    ) -> None:
        super().__init__(resolver, ca_file=ca_file)
        self._folder = folder

    async def send(self, request: WireRequest) -> WireAnswer:
        """Raises RequestFailed."""
        try:
            return await super().send(request)
        except UnsupportedRequest as unfit:  # there is no second client
            raise RequestFailed(Fault.UNREACHABLE, str(unfit)) from unfit

    async def _ask(
        self, session: aiohttp.ClientSession, request: WireRequest, url: URL, budget: WireBudget
    ) -> WireAnswer:
        at = datetime.now(UTC)
        async with session.request(
            request.method,
            url,
            headers=request.headers,
            allow_redirects=False,
            proxy=request.proxy or None,
            timeout=aiohttp.ClientTimeout(total=request.timeout, sock_connect=request.timeout / 2),
        ) as answer:
            if not isinstance(answer, _TappedAnswer):
                raise TypeError("the session was opened with another kind of answer")
            content = Spool(self._folder) if _is_chunked(_joined(answer)) else None
            beginning, lacks = await _receive(answer, request, content, budget)
            exchange = None if lacks else _exchange(answer, content, request.url, at)
            return RecordedResponse(
                status=answer.status,
                headers=list(answer.headers.items()),
                body=beginning,
                peer=answer.peer,
                cut_short=lacks == "cut-short" and len(beginning) < request.max_bytes,
                exchange=exchange,
                lacks=lacks,
            )

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = self._connector()
            # aiohttp has no public way to see what arrives; a test fails should this one close
            connector._factory = partial(_Tap, asyncio.get_running_loop(), self._folder)  # type: ignore[assignment]  # noqa: SLF001
            self._session = self._session_on(connector, _TappedAnswer)
        return self._session


class _Tap(ResponseHandler):
    """The end of a connection that reads answers, and keeps all it is given."""

    def __init__(self, loop: asyncio.AbstractEventLoop, folder: Path | None) -> None:
        super().__init__(loop)
        self.arrived = Spool(folder)
        self.is_broken = False  # the connection ended with an error

    def data_received(self, data: bytes) -> None:
        self.arrived.add(data)
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        self.is_broken = exc is not None
        super().connection_lost(exc)


class _TappedAnswer(PeerAnswer):
    """Remembers the tap, which the parent forgets with the connection."""

    tap: _Tap

    async def start(self, connection: aiohttp.connector.Connection) -> aiohttp.ClientResponse:
        if not isinstance(connection.protocol, _Tap):
            raise TypeError("the connection has no tap")
        self.tap = connection.protocol
        return await super().start(connection)


async def _receive(
    answer: _TappedAnswer, request: WireRequest, content: Spool | None, budget: WireBudget
) -> tuple[bytes, str]:
    """Read the whole body, into `content` without its transfer coding; give its beginning, and what it lacks to be whole."""
    beginning, length, most = bytearray(), 0, _most(answer, request)
    if most > request.max_bytes:
        budget.bytes_left += max(
            0, wire_limit(request.max_bytes, request.record) - wire_limit(request.max_bytes)
        )
    try:
        async for chunk in answer.content.iter_any():
            length += len(chunk)
            beginning += chunk[: max(0, request.max_bytes - len(beginning))]
            if content is not None:
                content.add(chunk)
            if length > most or (length > request.max_bytes and _is_out_of_room(answer, content)):
                answer.close()
                return bytes(beginning), "too-large" if length > most else NO_ROOM
    except (TimeoutError, aiohttp.ClientPayloadError) as error:
        answer.close()
        # what came just before the end, aiohttp forgets for the error
        found = max(bytes(beginning), _beginning(answer, request.max_bytes), key=len)
        if budget.exceeded:
            return found, "too-large"
        if not found:
            raise
        return found, "too-slow" if isinstance(error, TimeoutError) else "cut-short"
    if budget.exceeded:
        return bytes(beginning), "too-large"
    if answer.tap.is_broken and answer.content_length is None and not _is_chunked(answer.headers):
        return bytes(
            beginning
        ), "cut-short"  # only the end of the connection says where such a body ends
    return bytes(beginning), NO_ROOM if _is_out_of_room(answer, content) else ""


def _most(answer: aiohttp.ClientResponse, request: WireRequest) -> int:
    """How much of a body is worth its traffic: only what was asked for is kept, not an error, nor what says it is too large."""
    is_wanted = 200 <= answer.status < 300 and (answer.content_length or 0) <= request.record
    return request.record if is_wanted else request.max_bytes


def _is_out_of_room(answer: _TappedAnswer, content: Spool | None) -> bool:
    return bool(answer.tap.arrived.fault or (content is not None and content.fault))


def _beginning(answer: _TappedAnswer, most: int) -> bytes:
    arrived = answer.tap.arrived
    if arrived.fault:
        return b""
    start, end = _head(arrived)
    body = arrived.read(end, 2 * most) if end > start else b""
    return (dechunk(body) if _is_chunked(answer.headers) else body)[:most]


def _exchange(answer: _TappedAnswer, content: Spool | None, url: str, at: datetime) -> HttpExchange:
    arrived = answer.tap.arrived
    start, end = _head(arrived)
    # some servers talk on behind the end
    body = (
        arrived.part(end)
        if content is not None
        else arrived.part(end, end + answer.content.total_bytes)
    )
    info = answer.request_info
    sent = [
        f"{name}: {value}"
        for name, value in info.headers.items()
        if name.lower() not in _FOR_THE_PROXY
    ]
    lines = [f"{info.method} {info.url.raw_path_qs} HTTP/1.1", *sent, "", ""]
    return HttpExchange(
        url=url,
        at=at,
        request="\r\n".join(lines).encode("utf-8"),
        head=arrived.read(start, end - start),
        body=body,
        content=body if content is None else content.part(),
        status=answer.status,
        headers=_joined(answer),
        peer=answer.peer,
    )


def _head(arrived: Spool) -> tuple[int, int]:
    """Where the head of the answer begins and ends; interim answers (RFC 9110, 15.2) are left out. An empty one where there is none."""
    first, start = arrived.read(0, _LONGEST_HEAD), 0
    while (end := _END_OF_HEAD.search(first, start)) and _INTERIM.match(first, start):
        start = end.end()
    return (start, end.end()) if end else (start, start)


def _is_chunked(headers: Mapping[str, str]) -> bool:
    return (
        "chunked"
        in next(
            (value for name, value in headers.items() if name.lower() == "transfer-encoding"), ""
        ).lower()
    )


def _joined(answer: aiohttp.ClientResponse) -> Mapping[str, str]:
    return {name.lower(): ", ".join(answer.headers.getall(name)) for name in answer.headers}
