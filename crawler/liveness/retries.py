"""Decide whether a request is retried in the same run, and how long to wait before.

One failed request never breaks a link if a second one could succeed. Sources: RFC 9110 section
10.2.3 (Retry-After), RFC 6585 (429), RFC 8470 (425).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from crawler.http.headers import LONGEST_ARCHIVE_PAUSE, LONGEST_PAUSE, parse_retry_after
from store.vocabulary import Fault, ProbeRequest, Role

# Number of retries by fault. Timeouts are costly to wait for again, and a missing host name seldom
# comes back within seconds.
_RETRIED_FAULTS: Final[dict[Fault, int]] = {
    Fault.NAME_NOT_FOUND: 1,
    Fault.NAME_UNKNOWN: 2,
    Fault.REFUSED: 2,
    Fault.RESET: 2,
    Fault.CONNECT_TIMEOUT: 1,
    Fault.TIMEOUT: 1,
    Fault.TLS: 1,
    Fault.BAD_RESPONSE: 1,
    Fault.TRUNCATED: 2,
    Fault.UNREACHABLE: 1,
    Fault.HOST_UNREACHABLE: 1,
    Fault.PROXY_FAILED: 1,
}
_RETRIED_STATUSES: Final = frozenset({408, 425, 429})
_STATUS_RETRIES: Final = 2
FIRST_WAIT: Final = 2.0  # seconds
_BACKOFF_GROWTH: Final = 3.0


def needs_retry(request: ProbeRequest, attempt: int) -> bool:
    """Return whether a retry may succeed after the result of try number `attempt` (0 first)."""
    if request.fault is not None:
        return attempt < _RETRIED_FAULTS.get(request.fault, 0)
    status = request.status or 0
    if status < 200:  # 101: no final response
        return attempt < _RETRIED_FAULTS[Fault.BAD_RESPONSE]
    return attempt < _STATUS_RETRIES and (status in _RETRIED_STATUSES or 500 <= status < 600)


def retry_wait(
    request: ProbeRequest,
    attempt: int,
    random: float,
    *,
    first_wait: float = FIRST_WAIT,
    role: Role = Role.LINK,
) -> float | None:
    """Return the seconds until the next try, or None if there should be none.

    Each wait is three times as long as the one before, varied at random by up to half of it, and
    never shorter than the server requested. A caller that cannot wait that long must not retry in
    this run; the earliest time is in `Judgement.retry_at`.

    Args:
        request: The last try.
        attempt: Its number, 0 first.
        random: A random number in [0, 1).
        first_wait: Seconds before the first retry, on average.
        role: Whether the server is an archive that showed a mirror.

    Returns:
        Seconds.
    """
    if not needs_retry(request, attempt):
        return None
    backoff = first_wait * _BACKOFF_GROWTH**attempt * (0.5 + random)
    earliest = earliest_retry(request, role)
    if earliest is None:
        return backoff
    return max(backoff, (earliest - responded_at(request)).total_seconds())


def responded_at(request: ProbeRequest) -> datetime:
    """Return when the response to a request arrived."""
    return request.at + timedelta(milliseconds=request.elapsed_ms)


def longest_pause(role: Role) -> timedelta:
    """Return the longest pause of a server that is obeyed: an archive, or any other host."""
    return LONGEST_ARCHIVE_PAUSE if role is Role.MIRROR else LONGEST_PAUSE


def earliest_retry(request: ProbeRequest, role: Role = Role.LINK) -> datetime | None:
    """Return the earliest time for a retry that an error response allows (`Retry-After`), or None.

    Args:
        request: The request with its response.
        role: Whether the server is an archive that showed a mirror.

    Returns:
        A time from a number of seconds or a date; None if the response names none.

    >>> from datetime import UTC
    >>> sent = datetime(2026, 1, 1, tzinfo=UTC)
    >>> request = ProbeRequest(
    ...     method="GET", url="https://example.org/", at=sent, elapsed_ms=0, status=503,
    ...     headers={"retry-after": "90"},
    ... )
    >>> earliest_retry(request)
    datetime.datetime(2026, 1, 1, 0, 1, 30, tzinfo=datetime.timezone.utc)
    """
    if (request.status or 0) < 400:
        return None
    return parse_retry_after(
        request.headers.get("retry-after", ""),
        responded_at(request),
        longest_pause=longest_pause(role),
    )


def requested_pause(request: ProbeRequest, role: Role = Role.LINK) -> float:
    """Return the seconds that a server requested before the next request to it (`Retry-After`).

    Only the statuses that are retried count: on others the header says nothing about the server.

    Args:
        request: The request with its response.
        role: Whether the server is an archive that showed a mirror.

    Returns:
        Seconds; 0 if none are requested.
    """
    earliest = earliest_retry(request, role) if needs_retry(request, 0) else None
    return 0.0 if earliest is None else (earliest - responded_at(request)).total_seconds()
