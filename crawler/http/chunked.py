"""Undo the chunked transfer coding (RFC 9112, section 7.1)."""

from __future__ import annotations

from io import BytesIO

from msgspec import Struct

from crawler.http.spool import SpooledBytes


def dechunk(body: bytes) -> bytes:
    """Return a body without its chunked transfer coding, decoded as replay software does.

    Of a truncated body, the part that can be decoded is returned. A body that is not chunked is
    returned unchanged.
    """
    # Imported here: commands that only read the store import this module, too.
    from warcio.bufferedreaders import ChunkedDataReader  # noqa: PLC0415

    content: bytes = ChunkedDataReader(BytesIO(body)).read()
    return content


class DechunkedBytes(Struct, frozen=True):
    """A body without its chunked transfer coding, decoded when it is needed.

    Attributes:
        body: The body as received.
        length: The length of the decoded body.
    """

    body: SpooledBytes
    length: int

    def __len__(self) -> int:
        return self.length

    def __bytes__(self) -> bytes:
        return dechunk(bytes(self.body))[: self.length]  # without trailers
