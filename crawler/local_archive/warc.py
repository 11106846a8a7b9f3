"""WARC records (ISO 28500, version 1.1) made of exchanges, one gzip member each, and read back.

What crossed the wire is kept byte for byte: the head as it was sent, the body with its chunks and its content coding. Replay undoes both.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, BinaryIO

from warcio.archiveiterator import WARCIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.utils import Digester
from warcio.warcwriter import WARCWriter

from crawler.http import read_header
from crawler.http.exchange import HttpExchange
from crawler.local_archive.model import RecordDamaged
from store.vocabulary import parse_timestamp

MEMBER_START = b"\x1f\x8b\x08"  # gzip with deflate (RFC 1952)
_GZIP = 31  # zlib's way to say: with gzip's header
_READ = 65_536
_FRAME = re.compile(
    rb"WARC/1\.[01]\r\n(?:[^\r\n]+\r\n)*?Content-Length: *(\d{1,18})\r\n(?:[^\r\n]+\r\n)*\r\n",
    re.IGNORECASE,
)
_TRANSFER_ENCODING = re.compile(rb"(\n)(Transfer-Encoding[ \t]*:)", re.IGNORECASE)
_VERSION = "WARC/1.1"
# What warcio raises of records without an address, with digests of no known kind, and the like.
_NOT_UNDERSTOOD = (
    ArchiveLoadFailed,
    StopIteration,
    EOFError,
    ValueError,
    AttributeError,
    TypeError,
)


class _Head(StatusAndHeaders):  # type: ignore[misc]  # warcio has no types
    """The head of a message as it came. warcio would write it anew from what it understood of it."""

    def __init__(self, head: bytes) -> None:
        super().__init__("as it came", [])  # one without a status line counts as none
        self._as_it_came = head

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        self.headers_buff = self._as_it_came


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcRecord:
    """A record as read back. `head` is that of the HTTP message, empty for records of other kinds; `payload` is what followed it."""

    kind: str  # WARC-Type
    headers: Mapping[str, str]  # of the record, names in lower case
    head: bytes
    payload: bytes

    @property
    def url(self) -> str:
        return self.headers.get("warc-target-uri", "")

    @property
    def timestamp(self) -> str:
        """Its date in the archives' 14 digits."""
        return re.sub(r"\D", "", self.headers.get("warc-date", ""))[:14]

    @property
    def http_status(self) -> int:
        found = re.match(rb"HTTP/\S+ +(\d{3})", self.head)
        return int(found[1]) if found else 0

    @property
    def http_headers(self) -> Mapping[str, str]:
        """Of the HTTP message: names in lower case, repeated ones joined."""
        found: dict[str, list[bytes]] = {}
        for line in self.head.splitlines()[1:]:
            name, colon, value = line.partition(b":")
            if colon:
                found.setdefault(name.strip().lower().decode("latin-1"), []).append(value.strip())
        return {name: read_header(name, values) for name, values in found.items()}

    @property
    def content(self) -> bytes:
        """The payload without its transfer coding."""
        if "chunked" not in self.http_headers.get("transfer-encoding", "").lower():
            return self.payload
        return dechunk(self.payload)


def payload_digest(payload: bytes) -> str:
    """Give a payload's digest as records and indexes carry it.

    >>> payload_digest(b"")
    'sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ'
    """
    digester = Digester("sha1")
    digester.update(payload)
    return str(digester)


def replayable_form(exchange: HttpExchange) -> tuple[bytes, bytes]:
    """Give an answer's head and body as they are kept: as they came, where those who replay them understand their framing.

    What they do not understand (trailers behind the last chunk, long chunk extensions, chunks ended by a bare line feed) is kept without its
    transfer coding, and the header says so under another name.
    """
    body = bytes(exchange.body)
    if "chunked" not in exchange.headers.get("transfer-encoding", "").lower():
        return exchange.head, body
    content = bytes(exchange.content)
    if dechunk(body) == content:
        return exchange.head, body
    return _TRANSFER_ENCODING.sub(rb"\1X-Archive-Orig-\2", exchange.head), content


def dechunk(body: bytes) -> bytes:
    """Undo a body's chunks, as replay software does."""
    content: bytes = ChunkedDataReader(BytesIO(body)).read()
    return content


def warcinfo_record(filename: str, *, software: str, at: datetime) -> bytes:
    """Make the record a file begins with."""
    writer, out = _writer()
    info = {
        "software": software,
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/",
    }
    record = writer.create_warcinfo_record(filename, info)
    record.rec_headers.replace_header("WARC-Date", warc_date(at))
    writer.write_record(record)
    return out.getvalue()


def request_record(url: str, at: datetime, head: bytes, *, response_id: str) -> bytes:
    """Make the record of a request; `answer_id` names the record of its answer."""
    headers = {"WARC-Date": warc_date(at), "WARC-Concurrent-To": response_id}
    return _written("request", url, head, b"", headers)


def response_record(
    url: str, at: datetime, head: bytes, body: bytes, *, record_id: str, digest: str, peer: str = ""
) -> bytes:
    """Make the record of an answer. `digest` is of `body`, as `payload_digest` gives it."""
    headers = {
        "WARC-Record-ID": record_id,
        "WARC-Date": warc_date(at),
        **_peer(peer),
        "WARC-Payload-Digest": digest,
    }
    return _written("response", url, head, body, headers)


def revisit_record(
    url: str,
    at: datetime,
    head: bytes,
    *,
    record_id: str,
    digest: str,
    refers_to: tuple[str, str],
    peer: str = "",
) -> bytes:
    """Make the record of an answer whose body is kept already: `same_as` is the URL and timestamp it was kept under."""
    other, timestamp = refers_to
    writer, out = _writer()
    headers = {"WARC-Record-ID": record_id, "WARC-Date": warc_date(at), **_peer(peer)}
    then = parse_timestamp(timestamp) or at
    record = writer.create_revisit_record(
        url, digest, other, warc_date(then), http_headers=_Head(head), warc_headers_dict=headers
    )
    writer.write_record(record)
    return out.getvalue()


def warc_date(moment: datetime) -> str:
    """Write a moment as records date: to the second, so that 14 digits say the same.

    >>> warc_date(datetime(2026, 11, 22, 11, 48, tzinfo=UTC))
    '2026-11-22T11:48:00Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iter_members(file: BinaryIO, start: int = 0) -> Iterator[tuple[int, int, bytes]]:
    """Give each gzip member from `start` on: offset, length, and what is in it. Raises RecordDamaged where one is not whole."""
    offset, waiting = start, b""
    file.seek(start)
    while True:
        decoder, content, length = zlib.decompressobj(_GZIP), bytearray(), 0
        while not decoder.eof:
            piece = waiting or file.read(_READ)
            waiting = b""
            if not piece:
                if length:
                    raise RecordDamaged("cut off in the middle")
                return
            try:
                content += decoder.decompress(piece)
            except zlib.error as error:
                raise RecordDamaged(f"damaged ({error})") from error
            length += len(piece)
        waiting = decoder.unused_data
        length -= len(waiting)
        yield offset, length, bytes(content)
        offset += length


def read_record(content: bytes) -> WarcRecord:
    """Read what one gzip member holds: one whole record, its digests right. Raises RecordDamaged."""
    frame = _FRAME.match(content)
    if frame is None:
        raise RecordDamaged("no WARC record")
    if len(content) != frame.end() + int(frame[1]) + 4 or not content.endswith(b"\r\n\r\n"):
        raise RecordDamaged("not as long as it says")
    try:
        record = next(iter(WARCIterator(BytesIO(content), check_digests=True)))
        payload = record.raw_stream.read()
    except _NOT_UNDERSTOOD as error:
        raise RecordDamaged(f"cannot be read: {error}") from error
    if record.digest_checker.passed is False:
        raise RecordDamaged("; ".join(record.digest_checker.problems))
    return WarcRecord(
        kind=record.rec_type,
        headers={name.lower(): value for name, value in record.rec_headers.headers},
        head=content[frame.end() : len(content) - 4 - len(payload)] if record.http_headers else b"",
        payload=payload,
    )


def find_next_member(file: BinaryIO, start: int) -> int | None:
    """Find where the next gzip member that holds a record begins, from `start` on; None where there is none."""
    offset = start
    while True:
        file.seek(offset)
        window = file.read(_READ)
        place = window.find(MEMBER_START)
        if place < 0:
            if len(window) < _READ:
                return None
            offset += len(window) - len(MEMBER_START) + 1
            continue
        file.seek(offset + place)
        if _begins_record(file.read(_READ)):
            return offset + place
        offset += place + 1


def _begins_record(data: bytes) -> bool:
    try:
        return zlib.decompressobj(_GZIP).decompress(data, 16).startswith(b"WARC/1.")
    except zlib.error:
        return False


def _written(kind: str, url: str, head: bytes, body: bytes, headers: dict[str, str]) -> bytes:
    writer, out = _writer()
    record = writer.create_warc_record(
        url,
        kind,
        payload=BytesIO(body),
        length=len(body),
        http_headers=_Head(head),
        warc_headers_dict=headers,
    )
    writer.write_record(record)
    return out.getvalue()


def _writer() -> tuple[Any, BytesIO]:
    out = BytesIO()
    return WARCWriter(out, gzip=True, warc_version=_VERSION), out


def _peer(address: str) -> dict[str, str]:
    return {"WARC-IP-Address": address} if address else {}
