"""Limit how long a job with a deadline waits for captures that an archive is making."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_MIN_SECONDS: Final = 20.0  # an archive makes most captures within this time
# The time is divided among the next groups of links. With more than three groups, later ones may
# get nothing: smaller shares would be too short for most captures.
_MAX_GROUPS: Final = 3


@dataclass(frozen=True, slots=True)
class CaptureWait:
    """The longest waits for captures.

    Attributes:
        per_capture: Seconds for which one capture may occupy a slot that other captures need.
        until: When to stop waiting, in seconds of the monotonic clock. A capture that was requested
            shortly before is still waited for, until `per_capture` seconds after its request.
    """

    per_capture: float
    until: float


def capture_wait_of_group(
    seconds: float, *, now: float, links: int, links_at_once: int
) -> CaptureWait:
    """Return how long to wait for the captures of the next group of links.

    The group gets a fair share of the remaining time. One share is reserved for the work after the
    captures, such as verifying the new mementos.

    Args:
        seconds: The remaining time of the job.
        now: The present time in seconds of the monotonic clock.
        links: Number of links without a capture yet, the next group included.
        links_at_once: Maximum number of links in a group.

    >>> capture_wait_of_group(300.0, now=0.0, links=1, links_at_once=10)
    CaptureWait(per_capture=150.0, until=150.0)
    >>> capture_wait_of_group(300.0, now=0.0, links=800, links_at_once=10)
    CaptureWait(per_capture=20.0, until=75.0)
    """
    groups = -(-links // links_at_once)
    share = max(seconds, 0.0) / (min(groups, _MAX_GROUPS) + 1)
    per_link = share / max(1, min(links, links_at_once))
    return CaptureWait(per_capture=min(share, max(per_link, _MIN_SECONDS)), until=now + share)
