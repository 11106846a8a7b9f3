"""Limit how long a job with a deadline waits for captures that an archive is making."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_MIN_SECONDS: Final = 20.0  # most captures are made within it
_MAX_SHARES: Final = 3


@dataclass(frozen=True, slots=True)
class CaptureWait:
    """The longest waits for captures.

    Attributes:
        per_capture: Seconds for which one capture may hold up the others.
        until: When to stop waiting, in seconds of the monotonic clock. A capture that was requested
            less than `per_capture` seconds before is waited for until these are over.
    """

    per_capture: float
    until: float


def share_of_time(seconds: float, *, now: float, links: int, links_at_once: int) -> CaptureWait:
    """Return a fair share of the time that is left for the next links.

    A part is kept for what follows the captures: they are verified, and other links go on.

    Args:
        seconds: The time that is left.
        now: The present time in seconds of the monotonic clock.
        links: Number of links that are left.
        links_at_once: How many of them come next.

    >>> share_of_time(300.0, now=0.0, links=1, links_at_once=10)
    CaptureWait(per_capture=150.0, until=150.0)
    >>> share_of_time(300.0, now=0.0, links=800, links_at_once=10)
    CaptureWait(per_capture=20.0, until=75.0)
    """
    groups = -(-links // links_at_once)
    share = max(seconds, 0.0) / (min(groups, _MAX_SHARES) + 1)
    fair = share / max(1, min(links, links_at_once))
    return CaptureWait(per_capture=min(share, max(fair, _MIN_SECONDS)), until=now + share)
