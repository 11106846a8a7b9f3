"""Decode bodies within bounds: a few kilobytes of gzip can unfold into gigabytes."""

from __future__ import annotations

import zlib

ACCEPT_ENCODING = "gzip, deflate"
_MAX_CODINGS = 3
_GZIP_WBITS = 31  # tells zlib to expect a gzip header


def decode_body(body: bytes, content_encoding: str, *, limit: int) -> bytes:
    """Return a body without its content codings (RFC 9110, section 8.4).

    Args:
        body: The body, or its beginning, which is decoded as far as possible.
        content_encoding: The value of the Content-Encoding header. Of several codings, of which
            the last was applied last, at most three are decoded.
        limit: Bytes to return at most.

    Returns:
        The decoded body; one that cannot be decoded is returned as it is.

    >>> decode_body(zlib.compress(b"a" * 1_000_000), "deflate", limit=5)
    b'aaaaa'
    """
    codings = [coding.strip().lower() for coding in content_encoding.split(",")]
    for coding in [coding for coding in reversed(codings) if coding][:_MAX_CODINGS]:
        body = _decode_coding(body, coding, limit=limit)
    return body[:limit]


def _decode_coding(body: bytes, coding: str, *, limit: int) -> bytes:
    """Return a body without one coding; one that is not known is left as it is."""
    if coding in ("gzip", "x-gzip"):
        return _inflate(body, wbits=_GZIP_WBITS, limit=limit)
    if coding == "deflate":
        # The zlib format is meant; some servers send the bare stream.
        has_zlib_header = bool(body) and body[0] & 0x0F == 8
        return _inflate(body, wbits=15 if has_zlib_header else -15, limit=limit)
    return body


def _inflate(body: bytes, *, wbits: int, limit: int) -> bytes:
    """Return at most `limit` decompressed bytes. `wbits` selects the format, as in `zlib`."""
    decoded = bytearray()
    rest = body
    try:
        while rest and len(decoded) < limit:
            decoder = zlib.decompressobj(wbits=wbits)
            decoded += decoder.decompress(rest, limit - len(decoded))
            # A gzip body may have several members (RFC 1952, section 2.2).
            rest = decoder.unused_data if wbits == _GZIP_WBITS else b""
    except zlib.error:
        return bytes(decoded) or body[:limit]
    return bytes(decoded)
