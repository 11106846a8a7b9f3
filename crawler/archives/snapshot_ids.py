"""Short ids that carry the time of capture. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from store.vocabulary import format_timestamp

_BASE62 = {
    digit: value
    for value, digit in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
}


def webcitation_time(snapshot_id: str) -> str:
    """The time in a WebCite id: microseconds since 1970, in base 62 (9 characters) or, of old, in decimal (16 digits).

    >>> webcitation_time("5eWaHRbn4"), webcitation_time("1138911916587475"), webcitation_time("")
    ('20090212051918', '20060202202516', '')
    """
    if len(snapshot_id) == 9:
        microseconds = 0
        for digit in snapshot_id:
            microseconds = microseconds * 62 + _BASE62[digit]
        return _digits(microseconds // 1_000_000)
    if len(snapshot_id) == 16 and snapshot_id.isdecimal():
        return _digits(int(snapshot_id) // 1_000_000)
    return ""


def freezepage_time(snapshot_id: str) -> str:
    """The time in a FreezePage id: its first ten digits are seconds since 1970.

    >>> freezepage_time("1290618045KXGJMBVHNL")
    '20101124170045'
    """
    return _digits(int(snapshot_id[:10]))


def _digits(seconds: int) -> str:
    """14 digits, or "" for what lies before the web or far ahead of it: such an id says no time."""
    return (
        format_timestamp(datetime.fromtimestamp(seconds, UTC))
        if 820_454_400 <= seconds < 4_102_444_800
        else ""
    )
