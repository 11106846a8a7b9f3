"""The server's half of SOCKS 5 (RFC 1928) with a password (RFC 1929), as the relay needs it.

The relay's only client is reqwest within this process. It sends its greeting, its password and its
request without a look at the replies, so all positive replies can be sent at once.
"""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from typing import Final

USER: Final = "holdfast"
# Replies: authentication by password was chosen; the password is right.
ACCEPTED: Final = b"\x05\x02\x01\x00"
# Replies to a request: connected; general failure. The address field is empty (IPv4 0.0.0.0:0).
CONNECTED: Final = bytes([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
NOT_CONNECTED: Final = bytes([5, 1, 0, 1, 0, 0, 0, 0, 0, 0])

_DOMAIN_NAME: Final = 3
_ADDRESS_BYTES: Final = {1: 4, 4: 16}  # by address type: IPv4 and IPv6


def expected_opening(password: str) -> bytes:
    """Return the bytes that our client sends before the address type of its request.

    These are the greeting that offers a password, the user and the password, and the beginning of
    a CONNECT request.
    """
    user, secret = USER.encode(), password.encode()
    credentials = bytes([1, len(user)]) + user + bytes([len(secret)]) + secret
    return b"\x05\x01\x02" + credentials + b"\x05\x01\x00"


def parse_request(received: bytes, opening: bytes) -> tuple[str, int] | None:
    """Return the host and port that a client wants to be connected to.

    Args:
        received: All bytes received from the client so far.
        opening: What they must begin with (`expected_opening`).

    Returns:
        None if the request is not complete yet.

    Raises:
        ValueError: It is not our client, or the password is wrong.
    """
    if not hmac.compare_digest(received[: len(opening)], opening[: len(received)]):
        raise ValueError("another client, or another password")
    address_type = received[len(opening) : len(opening) + 1]
    rest = received[len(opening) + 1 :]
    if not rest:
        return None
    is_name = address_type[0] == _DOMAIN_NAME
    if is_name:
        length, rest = rest[0], rest[1:]
    else:
        length = _ADDRESS_BYTES.get(address_type[0], 0)
    if len(rest) < length + 2:
        return None
    address = rest[:length]
    host = address.decode("ascii") if is_name else str(ip_address(address))
    return host, int.from_bytes(rest[length : length + 2])
