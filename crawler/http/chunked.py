"""Undo the chunked transfer coding (RFC 9112, section 7.1)."""

from __future__ import annotations

from io import BytesIO

from warcio.bufferedreaders import ChunkedDataReader


def dechunk(body: bytes) -> bytes:
    """Return a body without its chunked transfer coding, decoded as replay software does.

    Of a truncated body, the part that can be decoded is returned. A body that is not chunked is
    returned unchanged.
    """
    content: bytes = ChunkedDataReader(BytesIO(body)).read()
    return content
