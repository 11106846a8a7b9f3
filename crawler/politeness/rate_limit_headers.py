"""Read the rate-limit headers of a response: how long a used-up quota lasts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

_USED_UP: Final = re.compile(r";\s*r=0\s*;\s*t=([0-9]{1,9})|\bremaining=0\s*,\s*reset=([0-9]{1,9})")
_FIELDS: Final = tuple(
    (f"{prefix}-remaining", f"{prefix}-reset")
    for prefix in ("ratelimit", "x-ratelimit", "x-rate-limit")
)
_RESET: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")
# No server asks for a pause of thirty years: a number this large is a Unix time.
_MIN_UNIX_TIME: Final = 1_000_000_000
# Quotas last a day at most; a larger number means something else.
_MAX_RESET: Final = 86_400.0  # seconds


def rate_limit_reset(headers: Mapping[str, str], now: datetime) -> float:
    """Return the seconds until a used-up quota is reset, 0 if the headers name none.

    Servers send `RateLimit-Remaining` and `RateLimit-Reset` (draft-ietf-httpapi-ratelimit-headers
    up to version 6, seconds), both in one `RateLimit` (version 7), the same as items with `r` and
    `t` (from version 8), or the first two with the prefix `X-`, where the reset may also be a Unix
    time, as GitHub's is.

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
        resets = [float(item or whole) for item, whole in used_up]
        return min(_MAX_RESET, max(resets))
    for remaining, reset_field in _FIELDS:
        if headers.get(remaining, "").strip() != "0":
            continue
        reset = headers.get(reset_field, "").strip()
        if _RESET.fullmatch(reset):
            seconds = float(reset)
            if seconds > _MIN_UNIX_TIME:
                seconds = max(0.0, seconds - now.timestamp())
            return min(_MAX_RESET, seconds)
    return 0.0
