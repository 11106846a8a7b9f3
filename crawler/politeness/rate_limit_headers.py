"""Read the rate-limit headers of a response: how long a used-up quota lasts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from crawler.http.headers import parse_http_date

# The seconds until the reset: in group 1 for an item of a list (`r=0;t=30`), in group 2 for the
# single field (`remaining=0, reset=30`).
_USED_UP: Final = re.compile(r";\s*r=0\s*;\s*t=([0-9]{1,9})|\bremaining=0\s*,\s*reset=([0-9]{1,9})")
_FIELDS: Final = tuple(
    (f"{prefix}-remaining", f"{prefix}-reset")
    for prefix in ("ratelimit", "x-ratelimit", "x-rate-limit")
)
_RESET: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")
# No server requests a pause of thirty years: a number this large is a Unix time, in seconds or
# milliseconds.
_MIN_UNIX_TIME: Final = 1_000_000_000
_MIN_UNIX_MILLISECONDS: Final = 1_000_000_000_000
# Quotas last a day at most; a larger number means something else.
_MAX_RESET: Final = 86_400.0  # seconds


def rate_limit_reset(headers: Mapping[str, str], now: datetime) -> float:
    """Return the seconds until a used-up quota is reset, 0 if the headers name none.

    By draft-ietf-httpapi-ratelimit-headers, servers send one of these:

    - `RateLimit-Remaining` and `RateLimit-Reset`, in seconds (up to version 6);
    - both in one field `RateLimit` (version 7);
    - `RateLimit` with a list of items, each with `r` and `t` (from version 8).

    Many send the first two with the prefix `X-`. Then the reset may also be a Unix time, as GitHub
    sends it, or a date, or be in `X-RateLimit-Reset-After`.

    Args:
        headers: The response's headers, with lower-case names.
        now: The time of the response.

    >>> from datetime import UTC
    >>> now = datetime(2026, 1, 1, tzinfo=UTC)
    >>> rate_limit_reset({"ratelimit-remaining": "0", "ratelimit-reset": "30"}, now)
    30.0
    >>> rate_limit_reset({"ratelimit": '"hour";r=12;t=900, "minute";r=0;t=30'}, now)
    30.0
    """
    used_up = _USED_UP.findall(headers.get("ratelimit", ""))
    if used_up:
        resets = [float(in_item or in_field) for in_item, in_field in used_up]
        return min(_MAX_RESET, max(resets))
    for remaining, reset_field in _FIELDS:
        if headers.get(remaining, "").strip() != "0":
            continue
        seconds = _seconds_until(headers.get(reset_field, "").strip(), now)
        if seconds is None:
            seconds = _seconds_until(headers.get(f"{reset_field}-after", "").strip(), now)
        if seconds is not None:
            return min(_MAX_RESET, max(0.0, seconds))
    return 0.0


def _seconds_until(reset: str, now: datetime) -> float | None:
    """Return the seconds until a reset: a number, a Unix time or a date; None for anything else."""
    if not _RESET.fullmatch(reset):
        moment = parse_http_date(reset) or _parse_iso_date(reset)
        return None if moment is None else (moment - now).total_seconds()
    seconds = float(reset)
    if seconds > _MIN_UNIX_MILLISECONDS:
        seconds /= 1000
    return seconds - now.timestamp() if seconds > _MIN_UNIX_TIME else seconds


def _parse_iso_date(text: str) -> datetime | None:
    """Return a time in ISO 8601, in UTC if it names no zone; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
