"""How many bytes a request may bring over the wire, whatever they are: TLS, interim answers, heads, chunk framing, body, trailers."""

from __future__ import annotations

import socket
from typing import Final

# Beside the body and a twentieth of it: a certificate chain, a head of the library's largest size, the framing of small chunks.
_OVERHEAD: Final = 720_000
RECEIVE_BUFFER: Final = (
    65_536  # bytes; Linux takes twice as much from the network before anybody reads it
)
_LARGE: Final = 1_048_576  # bytes; for more than these the system's own buffer is quicker


def wire_limit(max_bytes: int, record_limit: int = 0) -> int:
    """Return how many bytes a request may bring, for `max_bytes` of body or a copy of `record` bytes.

    With what the system's buffers hold besides, a probe of 64 KB stays below 1 MB, and a copy below its size and a twentieth.

    >>> wire_limit(65_536) + 2 * RECEIVE_BUFFER < 1_000_000
    True
    """
    return max(max_bytes * 21 // 20 + _OVERHEAD, record_limit * 21 // 20)


def is_small(limit: int) -> bool:
    """Tell whether so few bytes are wanted that a small receive buffer costs no time."""
    return limit <= _LARGE


def limit_receive_buffer(sock: socket.socket, *, is_large: bool = False) -> None:
    """Keep the system from taking much more from the network than is read; only before the socket is connected."""
    sock.setsockopt(
        socket.SOL_SOCKET, socket.SO_RCVBUF, 2 * RECEIVE_BUFFER if is_large else RECEIVE_BUFFER
    )
