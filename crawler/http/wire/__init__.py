"""Bounds for what is read from a socket: bytes on the wire, and time, whatever library reads.

Libraries bound bodies, some of them heads, and none of them everything: interim answers (1xx), chunk framing, blank lines, TLS records that
carry nothing, a status line of which one byte comes a second. So the bounds are kept below them, in the socket.
"""

from crawler.http.wire.budget import TooManyBytes, WireBudget
from crawler.http.wire.limits import is_small, limit_receive_buffer, wire_limit
from crawler.http.wire.sockets import BudgetSocket

__all__ = [
    "BudgetSocket",
    "TooManyBytes",
    "WireBudget",
    "is_small",
    "limit_receive_buffer",
    "wire_limit",
]
