"""Format times for readers, in the time zone of this machine."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from reports.i18n import Translator


def format_time(moment: datetime) -> str:
    """Return date, time and UTC offset of a moment, in the time zone of this machine."""
    local = _local(moment)
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:5]}"


def _local(moment: datetime) -> datetime:
    """Return a time in the machine's zone; unchanged if it would be outside of `datetime`."""
    try:
        return moment.astimezone()
    except OverflowError:
        return moment


class TimeFormatter(Struct, frozen=True):
    """Formats times in the time zone of this machine.

    Attributes:
        translate: Translates the text for an unknown time.
    """

    translate: Translator

    def __call__(self, moment: datetime | None) -> str:
        """Return date, time and UTC offset of a moment; "an unknown time" for None."""
        if moment is None:
            return self.translate("an unknown time")
        return format_time(moment)

    def day(self, moment: datetime | None) -> str:
        """Return the date of a moment; "an unknown time" for None."""
        if moment is None:
            return self.translate("an unknown time")
        return f"{_local(moment):%Y-%m-%d}"
