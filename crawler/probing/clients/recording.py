"""The client for what is to be kept: it hands over an exchange byte for byte, as no HTTP library does by itself.

It is the thorough client with a tap in the connection. Each connection carries one exchange.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import aiohttp
import aiohttp.connector
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from crawler.archives.local.records import Exchange
from crawler.probing.clients.aiohttp import AiohttpClient, PeerAnswer
from crawler.probing.clients.interface import RequestFailed, Unfit, WireAnswer, WireRequest
from store.vocabulary import Fault

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_INTERIM = re.compile(rb"HTTP/1\.\d 1(?!01)\d\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAnswer(WireAnswer):
    """An answer with the exchange it was; `lacks` says why there is none: `too-large`, `too-slow`, `cut-short`."""

    exchange: Exchange | None = None
    lacks: str = ""


class RecordingClient(AiohttpClient):
    """Sends requests, and keeps what crosses the wire."""

    async def ask(self, request: WireRequest) -> WireAnswer:
        """Raises RequestFailed."""
        try:
            return await super().ask(request)
        except Unfit as unfit:  # there is no second client
            raise RequestFailed(Fault.UNREACHABLE, str(unfit)) from unfit

    async def _ask(self, session: aiohttp.ClientSession, request: WireRequest, url: URL) -> WireAnswer:
        at = datetime.now(UTC)
        async with session.request(
            request.method,
            url,
            headers=request.headers,
            allow_redirects=False,
            proxy=request.proxy or None,
            timeout=aiohttp.ClientTimeout(total=request.timeout, sock_connect=request.timeout / 2),
        ) as answer:
            content, lacks = await _whole(answer, request.max_bytes)
            headers = list(answer.headers.items())
            peer = answer.peer if isinstance(answer, _TappedAnswer) else ""
            exchange = None if lacks or not isinstance(answer, _TappedAnswer) else _exchange(answer, content, request.url, at)
            return RecordedAnswer(status=answer.status, headers=headers, body=content, peer=peer, exchange=exchange, lacks=lacks)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(resolver=self._resolver, ssl=self._context(), limit=0, use_dns_cache=False, force_close=True)
            # aiohttp has no public way to see what arrives; a test fails should this one close
            connector._factory = partial(_Tap, loop=asyncio.get_running_loop())  # type: ignore[assignment]  # noqa: SLF001
            self._session = self._session_on(connector, _TappedAnswer)
        return self._session


class _Tap(ResponseHandler):
    """The end of a connection that reads answers, and keeps all it is given."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.arrived = bytearray()

    def data_received(self, data: bytes) -> None:
        self.arrived += data
        super().data_received(data)


class _TappedAnswer(PeerAnswer):
    """Remembers the tap, which the parent forgets with the connection."""

    tap: _Tap | None = None

    async def start(self, connection: aiohttp.connector.Connection) -> aiohttp.ClientResponse:
        if isinstance(connection.protocol, _Tap):
            self.tap = connection.protocol
        return await super().start(connection)


async def _whole(answer: aiohttp.ClientResponse, limit: int) -> tuple[bytes, str]:
    """Read the whole body without its transfer coding; or its beginning, and why it is no more."""
    read = bytearray()
    try:
        async for chunk in answer.content.iter_any():
            read += chunk
            if len(read) > limit:
                answer.close()
                return bytes(read[:limit]), "too-large"
    except TimeoutError:
        answer.close()
        return bytes(read), "too-slow"
    except aiohttp.ClientPayloadError:
        return bytes(read), "cut-short"
    return bytes(read), ""


def _exchange(answer: _TappedAnswer, content: bytes, url: str, at: datetime) -> Exchange:
    head, body = _split(b"" if answer.tap is None else bytes(answer.tap.arrived))  # an idle one is false
    headers = _joined(answer)
    if "chunked" not in headers.get("transfer-encoding", "").lower():
        body = body[: len(content)]  # some servers talk on behind the end
    info = answer.request_info
    lines = [f"{info.method} {info.url.raw_path_qs} HTTP/1.1", *(f"{name}: {value}" for name, value in info.headers.items()), "", ""]
    return Exchange(
        url=url,
        at=at,
        request="\r\n".join(lines).encode("utf-8"),
        head=head,
        body=body,
        content=content,
        status=answer.status,
        headers=headers,
        peer=answer.peer,
    )


def _split(arrived: bytes) -> tuple[bytes, bytes]:
    """Part the head of the answer from its body; interim answers (RFC 9110, 15.2) are left out."""
    start = 0
    while (end := _END_OF_HEAD.search(arrived, start)) and _INTERIM.match(arrived, start):
        start = end.end()
    return (arrived[start : end.end()], arrived[end.end() :]) if end else (arrived[start:], b"")


def _joined(answer: aiohttp.ClientResponse) -> Mapping[str, str]:
    return {name.lower(): ", ".join(answer.headers.getall(name)) for name in answer.headers}
