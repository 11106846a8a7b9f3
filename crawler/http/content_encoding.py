"""Bodies, decoded within bounds: a few kilobytes of gzip can unfold into gigabytes."""

from __future__ import annotations

import zlib

ACCEPT_ENCODING = "gzip, deflate"
_GZIP = 31  # zlib's way to say: with gzip's header


def decode_body(body: bytes, content_encoding: str, *, limit: int) -> bytes:
    """Undo a body's content coding (RFC 9110, 8.4), giving at most `limit` bytes. What cannot be decoded comes back as it is.

    A body cut short (we read only its beginning) gives what can be had of it.

    >>> decode_body(zlib.compress(b"a" * 1_000_000), "deflate", limit=5)
    b'aaaaa'
    """
    coding = content_encoding.strip().lower()
    if coding in ("gzip", "x-gzip"):
        return _inflate(body, wbits=_GZIP, limit=limit)
    if coding == "deflate":
        # Meant is the zlib format; some servers send the bare stream.
        return _inflate(body, wbits=15 if body[:1] and body[0] & 0x0F == 8 else -15, limit=limit)
    return body[:limit]


def _inflate(body: bytes, *, wbits: int, limit: int) -> bytes:
    decoded, rest = bytearray(), body
    try:
        while rest and len(decoded) < limit:
            decoder = zlib.decompressobj(wbits=wbits)
            decoded += decoder.decompress(rest, limit - len(decoded))
            rest = (
                decoder.unused_data if wbits == _GZIP else b""
            )  # gzip bodies may have several members (RFC 1952, 2.2)
    except zlib.error:
        return bytes(decoded) or body[:limit]
    return bytes(decoded)
