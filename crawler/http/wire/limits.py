"""Limit the bytes that are received for a request, whatever they are.

TLS, interim responses, heads, chunk framing, bodies and trailers are all counted.
"""

from __future__ import annotations

import socket
from typing import Final

# Beside the body and a twentieth of it: a certificate chain, the largest head that the libraries
# accept, the framing of small chunks.
_OVERHEAD: Final = 720_000
# Bytes; Linux takes twice as much from the network before anybody reads it.
RECEIVE_BUFFER: Final = 65_536
# Bytes. Above this wire limit a small receive buffer slows a transfer down.
_MAX_SMALL_LIMIT: Final = 1_048_576


def wire_limit(max_bytes: int, record_limit: int = 0) -> int:
    """Return how many bytes may be received for a request.

    With the system's receive buffers, a probe of 64 KB receives less than 1 MB, and a recorded copy
    less than its size and a twentieth.

    Args:
        max_bytes: Bytes of body to be read.
        record_limit: Bytes of body to be recorded; 0 for none.

    >>> wire_limit(65_536) + 2 * RECEIVE_BUFFER < 1_000_000
    True
    """
    return max(max_bytes * 21 // 20 + _OVERHEAD, record_limit * 21 // 20)


def is_small(limit: int) -> bool:
    """Return whether a wire limit is so small that a small receive buffer costs no time."""
    return limit <= _MAX_SMALL_LIMIT


def limit_receive_buffer(sock: socket.socket, *, is_large: bool = False) -> None:
    """Keep the system from receiving much more than is read; call it before connecting.

    Args:
        sock: The socket.
        is_large: Whether a large body is expected, for which a larger buffer is faster.
    """
    sock.setsockopt(
        socket.SOL_SOCKET, socket.SO_RCVBUF, 2 * RECEIVE_BUFFER if is_large else RECEIVE_BUFFER
    )
