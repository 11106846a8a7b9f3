"""Format times for readers, in their time zone."""

from __future__ import annotations

from datetime import datetime, tzinfo

from msgspec import Struct

from reports.i18n import Translator


class TimeFormatter(Struct, frozen=True):
    """Formats times in a time zone.

    Attributes:
        zone: The time zone; None for that of this machine.
        translate: Translates the text for an unknown time.
    """

    zone: tzinfo | None
    translate: Translator

    def __call__(self, moment: datetime | None) -> str:
        """Return date, time and UTC offset of a moment."""
        if moment is None:
            return self.translate("an unknown time")
        local = self._local(moment)
        offset = local.strftime("%z")
        return f"{local:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:5]}"

    def day(self, moment: datetime | None) -> str:
        """Return the date of a moment."""
        if moment is None:
            return self.translate("an unknown time")
        return f"{self._local(moment):%Y-%m-%d}"

    def _local(self, moment: datetime) -> datetime:
        """Return a time in the reader's zone; unchanged if it would be outside of `datetime`."""
        try:
            return moment.astimezone(self.zone)
        except OverflowError:
            return moment
