"""Bounds for what is read from a socket: bytes on the wire and time, whatever library reads.

Libraries bound bodies, some of them heads, and none of them everything: interim responses (1xx),
chunk framing, blank lines, empty TLS records, a status line that comes at one byte per second. So
the bounds are applied below them, in the socket. Decision record 6 has the reasons.
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
