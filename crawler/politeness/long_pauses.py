"""Warn of servers that request a longer pause than is obeyed."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import cache

logger = logging.getLogger("holdfast.politeness")


@cache
def warn_of_long_pause(server: str, longest: timedelta) -> None:
    """Log once in a process that a server requested a longer pause than is obeyed.

    Args:
        server: The host or slot.
        longest: The pause that is made.
    """
    days = "a day" if longest == timedelta(days=1) else f"{longest.days} days"
    logger.warning(
        "%s requested a pause of %s or more (Retry-After): it is requested again after %s",
        server,
        days,
        days,
    )
