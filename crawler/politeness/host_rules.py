"""Combine the configured rules of a slot with Holdfast's own rules for two archives.

Requests of one slot share a rate limit, as in Scrapy. A slot is a host, or all hosts of an archive.
"""

from __future__ import annotations

from typing import Final

from crawler.archives import get_service
from crawler.archives.link_identity import WAYBACK_SLOT, slot_of
from crawler.config import Config, HostRules

_ARCHIVE_TODAY: Final = get_service("archive.today").hosts[0]
# Replay responds slowly, so several requests overlap; the rate is what counts.
_REPLAY_CONCURRENCY: Final = 8


def rules_for(config: Config, slot: str) -> HostRules:
    """Return the rules of a slot.

    Configured rules for the slot take precedence over Holdfast's own for an archive. These take
    precedence over the configured rules for all hosts (`*`).
    """
    if slot == _ARCHIVE_TODAY:
        # It shows faster clients a CAPTCHA: docs/politeness.md.
        return config.rules_for(slot, {"concurrency": 1, "interval": 10, "per_day": 50})
    # Mirrors are requested at the configured endpoint, so its rate limit is that of replays.
    if slot in {WAYBACK_SLOT, slot_of(config.archives.wayback.endpoint)}:
        interval = 60 / config.archives.wayback.replays_per_minute
        return config.rules_for(slot, {"concurrency": _REPLAY_CONCURRENCY, "interval": interval})
    return config.rules_for(slot)
