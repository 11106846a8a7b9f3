"""Decode bodies within bounds: a few kilobytes of gzip can unfold into gigabytes."""

from __future__ import annotations

import zlib

ACCEPT_ENCODING = "gzip, deflate"
_MAX_CODINGS = 3
_GZIP_WBITS = 31  # with this value zlib expects a gzip header
# Bytes passed to zlib at a time. At the end of each gzip member zlib copies the rest of what it
# was passed. For a body of many empty members, passed as a whole, that would take time by the
# square of its size.
_CHUNK_SIZE = 4_096


def decode_body(body: bytes, content_encoding: str, *, limit: int) -> bytes:
    """Return a body without its content codings (RFC 9110, section 8.4).

    Args:
        body: The body, or its beginning, which is decoded as far as possible.
        content_encoding: The value of the Content-Encoding header. Of several codings, of which
            the last was applied last, at most three are decoded.
        limit: The maximum number of bytes returned.

    Returns:
        The decoded body; the beginning of the body as it is, if it cannot be decoded.

    >>> decode_body(zlib.compress(b"a" * 1_000_000), "deflate", limit=5)
    b'aaaaa'
    """
    written = [coding.strip().lower() for coding in content_encoding.split(",")]
    codings = [coding for coding in written if coding]
    last_first = codings[::-1]
    for coding in last_first[:_MAX_CODINGS]:
        body = _decode_coding(body, coding, limit=limit)
    return body[:limit]


def _decode_coding(body: bytes, coding: str, *, limit: int) -> bytes:
    """Return a body without one coding; one that is not known is left as it is."""
    if coding in ("gzip", "x-gzip"):
        return _gunzip(body, limit=limit)
    if coding == "deflate":
        return _inflate(body, limit=limit)
    return body


def _gunzip(body: bytes, *, limit: int) -> bytes:
    """Return at most `limit` bytes of a gzip body, which may have several members (RFC 1952)."""
    decoded = bytearray()
    decoder = zlib.decompressobj(wbits=_GZIP_WBITS)
    try:
        for start in range(0, len(body), _CHUNK_SIZE):
            rest = body[start : start + _CHUNK_SIZE]
            while rest and len(decoded) < limit:
                if decoder.eof:  # the rest is another member
                    decoder = zlib.decompressobj(wbits=_GZIP_WBITS)
                decoded += decoder.decompress(rest, limit - len(decoded))
                rest = decoder.unused_data
            if len(decoded) >= limit:
                break
    except zlib.error:
        return bytes(decoded) or body[:limit]
    return bytes(decoded)


def _inflate(body: bytes, *, limit: int) -> bytes:
    """Return at most `limit` bytes of a deflated body."""
    # `deflate` means the zlib format (RFC 9110, section 8.4.1.2); some servers send a bare stream.
    has_zlib_header = bool(body) and body[0] & 0x0F == 8
    decoder = zlib.decompressobj(wbits=15 if has_zlib_header else -15)
    try:
        return decoder.decompress(body, max(1, limit))  # 0 would set no limit
    except zlib.error:
        return body[:limit]
