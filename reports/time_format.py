"""Moments as the reader's own clock shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from reports.i18n import Translator


@dataclass(frozen=True, slots=True)
class TimeFormatter:
    """Writes moments in a time zone (None: this machine's), with their offset."""

    zone: tzinfo | None
    words: Translator

    def __call__(self, moment: datetime | None) -> str:
        if moment is None:
            return self.words("an unknown time")
        local = self._local(moment)
        offset = local.strftime("%z")
        return f"{local:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:5]}"

    def day(self, moment: datetime | None) -> str:
        return f"{self._local(moment):%Y-%m-%d}" if moment else self.words("an unknown time")

    def _local(self, moment: datetime) -> datetime:
        """Return a moment in the reader's zone; one that lies beyond the calendar there as it is."""
        try:
            return moment.astimezone(self.zone)
        except OverflowError:
            return moment
