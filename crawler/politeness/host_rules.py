"""The rules each party is asked by: what the configuration says, and what is known of two archives."""

from __future__ import annotations

from crawler.archives import get_service
from crawler.archives.link_identity import WAYBACK_SLOT
from crawler.config import Config, HostRules

_ARCHIVE_TODAY = get_service("archive.today").hosts[0]
_REPLAYS_AT_ONCE = 8  # replay is slow to answer; its rate is what counts


def rules_for(config: Config, slot: str) -> HostRules:
    """Give the rules for a party: the configuration's where it speaks of the party, else what is known of it, else the general ones."""
    if slot == _ARCHIVE_TODAY:
        return config.rules_for(
            slot, {"concurrency": 1, "interval": 10, "per_day": 50}
        )  # a challenge comes soon after: docs/politeness.md
    if slot == WAYBACK_SLOT:
        wayback = config.archives.wayback
        return config.rules_for(
            slot, {"concurrency": _REPLAYS_AT_ONCE, "interval": 60 / wayback.replays_per_minute}
        )
    return config.rules_for(slot)
