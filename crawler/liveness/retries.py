"""Whether a request deserves another try in the same run, and how long to wait for it.

One request never condemns what a second could clear. Sources: RFC 9110 section 10.2.3 (Retry-After), RFC 6585 (429), RFC 8470 (425).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from crawler.http import retry_after
from store.vocabulary import Fault, ProbeRequest

# How many more tries each fault gets. Silence is costly to wait for again, and a name that does not exist seldom comes back in seconds.
_RETRIED_FAULTS: Final[dict[Fault, int]] = {
    Fault.NAME_NOT_FOUND: 1,
    Fault.NAME_UNKNOWN: 2,
    Fault.REFUSED: 2,
    Fault.RESET: 2,
    Fault.CONNECT_TIMEOUT: 1,
    Fault.TIMEOUT: 1,
    Fault.TLS: 1,
    Fault.TRUNCATED: 2,
    Fault.UNREACHABLE: 1,
}
_RETRIED_STATUSES: Final = frozenset({408, 425, 429})
_STATUS_RETRIES: Final = 2
FIRST_WAIT: Final = 2.0  # seconds
_BACKOFF_GROWTH: Final = 3.0


def needs_retry(request: ProbeRequest, attempt: int) -> bool:
    """Whether the answer to try number `attempt` (0 first) is one that another try may clear."""
    if request.fault is not None:
        return attempt < _RETRIED_FAULTS.get(request.fault, 0)
    status = request.status or 0
    return attempt < _STATUS_RETRIES and (status in _RETRIED_STATUSES or 500 <= status < 600)


def retry_wait(
    request: ProbeRequest, attempt: int, random: float, *, first_wait: float = FIRST_WAIT
) -> float | None:
    """Seconds until the next try, None where there should be none. `random` is in [0, 1).

    The wait begins with about `first_wait` seconds, grows threefold a try, spread by half to either side, and is never shorter than the
    server asked for. Where that is longer than the caller can stay, it must give up for this run; the floor is in `Judgement.retry_at`.
    """
    if not needs_retry(request, attempt):
        return None
    backoff = first_wait * _BACKOFF_GROWTH**attempt * (0.5 + random)
    floor = earliest_retry(request)
    return (
        backoff if floor is None else max(backoff, (floor - responded_at(request)).total_seconds())
    )


def responded_at(request: ProbeRequest) -> datetime:
    """When a request had its answer."""
    return request.at + timedelta(milliseconds=request.elapsed_ms)


def earliest_retry(request: ProbeRequest) -> datetime | None:
    """Return the moment before which an error answer asks us not to come back (`Retry-After`, seconds or date); None where it names none.

    >>> from datetime import UTC
    >>> asked = datetime(2026, 1, 1, tzinfo=UTC)
    >>> busy = ProbeRequest(
    ...     method="GET", url="https://example.org/", at=asked, elapsed_ms=0, status=503, headers={"retry-after": "90"}
    ... )
    >>> earliest_retry(busy)
    datetime.datetime(2026, 1, 1, 0, 1, 30, tzinfo=datetime.timezone.utc)
    """
    if (request.status or 0) < 400:
        return None
    return retry_after(request.headers.get("retry-after", ""), responded_at(request))
