"""Read WARC records (ISO 28500): the gzip members of a file, and the record in each.

A record is returned only if it is complete and its digests are right.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from warcio.archiveiterator import WARCIterator
from warcio.exceptions import ArchiveLoadFailed

from crawler.http.chunked import dechunk
from crawler.http.headers import decode_header
from crawler.local_archive.model import RecordDamaged

MEMBER_START = b"\x1f\x8b\x08"  # gzip with deflate (RFC 1952)
_GZIP_WBITS = 31  # zlib expects a gzip header
_READ_SIZE = 65_536
_RECORD_HEAD = re.compile(
    rb"WARC/1\.[01]\r\n(?:[^\r\n]+\r\n)*?Content-Length: *(\d{1,18})\r\n(?:[^\r\n]+\r\n)*\r\n",
    re.IGNORECASE,
)
_RECORD_END = b"\r\n\r\n"
# Raised by warcio for records without a URL, with unknown kinds of digests, and the like.
_WARCIO_ERRORS = (
    ArchiveLoadFailed,
    StopIteration,
    EOFError,
    ValueError,
    AttributeError,
    TypeError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcRecord:
    """A record as read from a file.

    Attributes:
        kind: The WARC-Type.
        headers: The record's own headers, names in lower case.
        head: The head of the HTTP message; empty for records without one.
        payload: The bytes that follow the head, with their transfer and content coding.
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
        return {name: decode_header(name, values) for name, values in found.items()}

    @property
    def content(self) -> bytes:
        """The payload without its transfer coding (chunks), but with its content coding."""
        if "chunked" not in self.http_headers.get("transfer-encoding", "").lower():
            return self.payload
        return dechunk(self.payload)


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
    offset = start
    rest = b""  # bytes of the next member that were read already
    file.seek(start)
    while True:
        decoder = zlib.decompressobj(_GZIP_WBITS)
        content = bytearray()
        length = 0
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
        RecordDamaged: It is not a WARC record, is incomplete, or its digests are wrong.
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
        raise RecordDamaged(f"unreadable ({error})") from error
    if record.digest_checker.passed is False:
        problems = "; ".join(record.digest_checker.problems)
        raise RecordDamaged(f"damaged ({problems})")
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
            offset += len(window) - len(MEMBER_START) + 1  # a start may continue in the next window
            continue
        file.seek(offset + found)
        if _begins_record(file.read(_READ_SIZE)):
            return offset + found
        offset += found + 1  # the bytes were the same by chance


def _begins_record(data: bytes) -> bool:
    """Return whether data is the start of a gzip member that contains a WARC record."""
    try:
        return zlib.decompressobj(_GZIP_WBITS).decompress(data, 16).startswith(b"WARC/1.")
    except zlib.error:
        return False
