"""Undo the chunked transfer coding (RFC 9112, section 7.1)."""

from __future__ import annotations

from io import BytesIO

from warcio.bufferedreaders import ChunkedDataReader


def dechunk(body: bytes) -> bytes:
    """Return a body without its chunked transfer coding, decoded as replay software does.

    A body that is cut short gives what can be decoded of it; one that is not chunked is returned
    as it is.
    """
    content: bytes = ChunkedDataReader(BytesIO(body)).read()
    return content
