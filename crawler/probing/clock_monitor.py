"""Notice that this machine's clock is wrong, by the times that the probed sites send.

Verdicts do not depend on it: see `crawler.liveness.state_machine`. Any site can send any time, so
only many that agree are worth a warning, and a warning is all that follows.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from crawler.http.fetch import Fetch, FetchRequest, FetchResponse
from crawler.http.headers import parse_http_date
from crawler.jobs.clock import system_clock

logger = logging.getLogger("holdfast.probing")

# Fewer sites may have one operator, or be served from one cache.
_MIN_SITES: Final = 5
_MIN_SHARE: Final = 0.8  # of all sites that sent a time
_MAX_DIFFERENCE: Final = timedelta(days=1)
_MAX_SITES: Final = 1_000  # that are counted; more add nothing


class ClockMonitor:
    """Compares the time of this machine with those of the sites, and warns once.

    Attributes:
        has_warned: Whether the clock was found to be wrong.
    """

    def __init__(self) -> None:
        self.has_warned = False
        self._ahead: dict[str, timedelta] = {}  # how far each site is ahead of this machine

    def watch(self, fetch: Fetch) -> Fetch:
        """Return a fetch that sends requests by another one and records the responses."""

        async def watched(request: FetchRequest) -> FetchResponse:
            response = await fetch(request)
            self.record(request.slot, response.headers, system_clock())
            return response

        return watched

    def record(self, host: str, headers: Mapping[str, str], now: datetime) -> None:
        """Record the time that a response names (`Date`, RFC 9110, section 6.6.1).

        Args:
            host: The host that responded.
            headers: The response's headers, with lower-case names. A response from a cache (`Age`)
                has the time when the cache got it, and does not count.
            now: The time of this machine.
        """
        site = ".".join(host.rsplit(".", 2)[-2:])
        if self.has_warned or "age" in headers or site in self._ahead:
            return
        sent_at = parse_http_date(headers.get("date", ""))
        if sent_at is None or len(self._ahead) >= _MAX_SITES:
            return
        self._ahead[site] = sent_at - now
        self._warn_if_wrong(now)

    def _warn_if_wrong(self, now: datetime) -> None:
        """Warn if nearly all sites differ from this machine in the same direction."""
        differences = sorted(self._ahead.values())
        least = max(_MIN_SITES, _MIN_SHARE * len(differences))
        later = [each for each in differences if each > _MAX_DIFFERENCE]
        earlier = [each for each in differences if each < -_MAX_DIFFERENCE]
        wrong = max(later, earlier, key=len)
        if len(wrong) < least:
            return
        self.has_warned = True
        median = wrong[len(wrong) // 2]
        logger.warning(
            "the clock of this machine is wrong: it says %s, %d of %d sites say %s: set the clock, "
            "or let NTP set it, then run again",
            _minute(now),
            len(wrong),
            len(differences),
            _minute(now + median),
        )


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
