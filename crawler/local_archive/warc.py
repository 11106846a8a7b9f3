"""Write and read WARC records (ISO 28500, version 1.1), one gzip member each.

Exchanges are stored byte for byte as they were sent: the head unchanged, the body with its
transfer coding (chunks) and content coding. Replay software undoes both.
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
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.utils import Digester
from warcio.warcwriter import WARCWriter

from crawler.http import read_header
from crawler.http.chunked import dechunk
from crawler.http.exchange import HttpExchange
from crawler.local_archive.model import RecordDamaged
from store.vocabulary import parse_timestamp

MEMBER_START = b"\x1f\x8b\x08"  # gzip with deflate (RFC 1952)
_GZIP_WBITS = 31  # tells zlib to expect a gzip header
_READ_SIZE = 65_536
_RECORD_HEAD = re.compile(
    rb"WARC/1\.[01]\r\n(?:[^\r\n]+\r\n)*?Content-Length: *(\d{1,18})\r\n(?:[^\r\n]+\r\n)*\r\n",
    re.IGNORECASE,
)
_RECORD_END = b"\r\n\r\n"
_TRANSFER_ENCODING = re.compile(rb"(\n)(Transfer-Encoding[ \t]*:)", re.IGNORECASE)
_VERSION = "WARC/1.1"
# What warcio raises for records without a URL, with unknown kinds of digests, and the like.
_WARCIO_ERRORS = (
    ArchiveLoadFailed,
    StopIteration,
    EOFError,
    ValueError,
    AttributeError,
    TypeError,
)


class _VerbatimHead(StatusAndHeaders):  # type: ignore[misc]  # warcio has no types
    """The head of an HTTP message, written unchanged. warcio would format it anew."""

    def __init__(self, head: bytes) -> None:
        # warcio ignores heads without a status line; the text itself is never written.
        super().__init__("verbatim", [])
        self._head = head

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        self.headers_buff = self._head


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcRecord:
    """A record as read from a file.

    Attributes:
        kind: The WARC-Type.
        headers: The record's own headers, names in lower case.
        head: The head of the HTTP message; empty for records without one.
        payload: What follows the head.
    """

    kind: str
    headers: Mapping[str, str]
    head: bytes
    payload: bytes

    @property
    def url(self) -> str:
        """The captured URL."""
        return self.headers.get("warc-target-uri", "")

    @property
    def timestamp(self) -> str:
        """The date of the record as 14 digits."""
        return re.sub(r"\D", "", self.headers.get("warc-date", ""))[:14]

    @property
    def http_status(self) -> int:
        """The status code of the HTTP response, 0 if there is none."""
        found = re.match(rb"HTTP/\S+ +(\d{3})", self.head)
        return int(found[1]) if found else 0

    @property
    def http_headers(self) -> Mapping[str, str]:
        """The headers of the HTTP message: names in lower case, repeated ones joined."""
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
    """Return a payload's digest as records and indexes contain it.

    >>> payload_digest(b"")
    'sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ'
    """
    digester = Digester("sha1")
    digester.update(payload)
    return str(digester)


def replayable_form(exchange: HttpExchange) -> tuple[bytes, bytes]:
    """Return a response's head and body in a form that replay software can read.

    Normally that is the form in which they were sent. Some software cannot read trailers after
    the last chunk, long chunk extensions, or chunks that end with a bare line feed. Such a body is
    stored without its transfer coding, and `Transfer-Encoding` is renamed in the head.
    """
    body = bytes(exchange.body)
    if "chunked" not in exchange.headers.get("transfer-encoding", "").lower():
        return exchange.head, body
    content = bytes(exchange.content)
    if dechunk(body) == content:
        return exchange.head, body
    return _TRANSFER_ENCODING.sub(rb"\1X-Archive-Orig-\2", exchange.head), content


def warcinfo_record(filename: str, *, software: str, at: datetime) -> bytes:
    """Return the record a file begins with.

    Args:
        filename: The name of the file.
        software: The name and version of the program.
        at: The file's creation time.
    """
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
    """Return the record of a request.

    Args:
        url: The requested URL.
        at: The time of the request.
        head: The request's head.
        response_id: The id of the record of its response.
    """
    headers = {"WARC-Date": warc_date(at), "WARC-Concurrent-To": response_id}
    return _http_record("request", url, head, b"", headers)


def response_record(
    url: str, at: datetime, head: bytes, body: bytes, *, record_id: str, digest: str, peer: str = ""
) -> bytes:
    """Return the record of a response.

    Args:
        url: The requested URL.
        at: The time of the request.
        head: The response's head.
        body: The response's body.
        record_id: The id of the new record.
        digest: The digest of `body`, from `payload_digest`.
        peer: The server's IP address, if known.
    """
    headers = {
        "WARC-Record-ID": record_id,
        "WARC-Date": warc_date(at),
        **_peer_header(peer),
        "WARC-Payload-Digest": digest,
    }
    return _http_record("response", url, head, body, headers)


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
    """Return the record of a response whose body is in another record already.

    Args:
        url: The requested URL.
        at: The time of the request.
        head: The response's head.
        record_id: The id of the new record.
        digest: The digest of the body, from `payload_digest`.
        refers_to: The URL and timestamp of the record that has the body.
        peer: The server's IP address, if known.
    """
    other_url, timestamp = refers_to
    writer, out = _writer()
    headers = {"WARC-Record-ID": record_id, "WARC-Date": warc_date(at), **_peer_header(peer)}
    other_date = warc_date(parse_timestamp(timestamp) or at)
    record = writer.create_revisit_record(
        url,
        digest,
        other_url,
        other_date,
        http_headers=_VerbatimHead(head),
        warc_headers_dict=headers,
    )
    writer.write_record(record)
    return out.getvalue()


def warc_date(moment: datetime) -> str:
    """Return a moment as a WARC-Date, to the second, so that 14 digits say the same.

    >>> warc_date(datetime(2026, 11, 22, 11, 48, tzinfo=UTC))
    '2026-11-22T11:48:00Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iter_members(file: BinaryIO, start: int = 0) -> Iterator[tuple[int, int, bytes]]:
    """Yield each gzip member of a file from a position on.

    Args:
        file: The file.
        start: The position at which the first member begins.

    Yields:
        The member's position, its length in bytes, and its decompressed content.

    Raises:
        RecordDamaged: A member is incomplete or damaged.
    """
    offset, rest = start, b""
    file.seek(start)
    while True:
        decoder, content, length = zlib.decompressobj(_GZIP_WBITS), bytearray(), 0
        while not decoder.eof:
            piece = rest or file.read(_READ_SIZE)
            rest = b""
            if not piece:
                if length:
                    raise RecordDamaged("cut off in the middle")
                return
            try:
                content += decoder.decompress(piece)
            except zlib.error as error:
                raise RecordDamaged(f"damaged ({error})") from error
            length += len(piece)
        rest = decoder.unused_data
        length -= len(rest)
        yield offset, length, bytes(content)
        offset += length


def read_record(content: bytes) -> WarcRecord:
    """Return the record in a gzip member, its length and digests checked.

    Args:
        content: The decompressed member.

    Returns:
        The record.

    Raises:
        RecordDamaged: It is no WARC record, incomplete, or its digests are wrong.
    """
    head = _RECORD_HEAD.match(content)
    if head is None:
        raise RecordDamaged("no WARC record")
    block_end = head.end() + int(head[1])
    if len(content) != block_end + len(_RECORD_END) or not content.endswith(_RECORD_END):
        raise RecordDamaged("not as long as it says")
    try:
        record = next(iter(WARCIterator(BytesIO(content), check_digests=True)))
        payload = record.raw_stream.read()
    except _WARCIO_ERRORS as error:
        raise RecordDamaged(f"cannot be read: {error}") from error
    if record.digest_checker.passed is False:
        raise RecordDamaged("; ".join(record.digest_checker.problems))
    http_head = b""
    if record.http_headers:
        http_head = content[head.end() : block_end - len(payload)]
    return WarcRecord(
        kind=record.rec_type,
        headers={name.lower(): value for name, value in record.rec_headers.headers},
        head=http_head,
        payload=payload,
    )


def find_next_member(file: BinaryIO, start: int) -> int | None:
    """Return the position of the next gzip member with a record, from `start` on, or None."""
    offset = start
    while True:
        file.seek(offset)
        window = file.read(_READ_SIZE)
        found = window.find(MEMBER_START)
        if found < 0:
            if len(window) < _READ_SIZE:
                return None
            offset += len(window) - len(MEMBER_START) + 1
            continue
        file.seek(offset + found)
        if _begins_record(file.read(_READ_SIZE)):
            return offset + found
        offset += found + 1


def _begins_record(data: bytes) -> bool:
    try:
        return zlib.decompressobj(_GZIP_WBITS).decompress(data, 16).startswith(b"WARC/1.")
    except zlib.error:
        return False


def _http_record(kind: str, url: str, head: bytes, body: bytes, headers: dict[str, str]) -> bytes:
    writer, out = _writer()
    record = writer.create_warc_record(
        url,
        kind,
        payload=BytesIO(body),
        length=len(body),
        http_headers=_VerbatimHead(head),
        warc_headers_dict=headers,
    )
    writer.write_record(record)
    return out.getvalue()


def _writer() -> tuple[Any, BytesIO]:
    out = BytesIO()
    return WARCWriter(out, gzip=True, warc_version=_VERSION), out


def _peer_header(address: str) -> dict[str, str]:
    return {"WARC-IP-Address": address} if address else {}
