"""Read the capture time from the short ids of some archives."""

from __future__ import annotations

from datetime import UTC, datetime

from store.vocabulary import format_timestamp

_BASE62 = {
    digit: value
    for value, digit in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
}
_MIN_TIME = 820_454_400  # 1996
_MAX_TIME = 4_102_444_800  # 2100


def webcitation_time(snapshot_id: str) -> str:
    """Return the time in a WebCite id: 14 digits, or "" without a plausible time.

    The id is the number of microseconds since 1970, in base 62 (9 characters) or, in old ids, in
    decimal (16 digits).

    >>> webcitation_time("5eWaHRbn4"), webcitation_time("1138911916587475"), webcitation_time("")
    ('20090212051918', '20060202202516', '')
    """
    if len(snapshot_id) == 9:
        microseconds = 0
        for digit in snapshot_id:
            microseconds = microseconds * 62 + _BASE62[digit]
        return _timestamp(microseconds // 1_000_000)
    if len(snapshot_id) == 16 and snapshot_id.isdecimal():
        return _timestamp(int(snapshot_id) // 1_000_000)
    return ""


def freezepage_time(snapshot_id: str) -> str:
    """Return the time in a FreezePage id: its first ten digits are seconds since 1970.

    >>> freezepage_time("1290618045KXGJMBVHNL")
    '20101124170045'
    """
    return _timestamp(int(snapshot_id[:10]))


def _timestamp(seconds: int) -> str:
    """Return a Unix time as 14 digits; "" if it is not a time from 1996 to 2099."""
    if not _MIN_TIME <= seconds < _MAX_TIME:
        return ""
    return format_timestamp(datetime.fromtimestamp(seconds, UTC))
