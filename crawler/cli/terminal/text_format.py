"""Format times, durations and counts for people."""

from __future__ import annotations

import re
from datetime import timedelta


def format_size(size: int) -> str:
    """Return a number of bytes in bytes, KB or MB (powers of 1000).

    >>> format_size(900), format_size(44_100), format_size(2_345_678)
    ('900 bytes', '44 KB', '2.3 MB')
    """
    if size >= 1_000_000:
        return f"{size / 1e6:,.1f} MB"
    return f"{size / 1e3:.0f} KB" if size >= 1_000 else f"{size} bytes"


def format_duration(duration: timedelta) -> str:
    """Return a duration in its two largest units.

    >>> format_duration(timedelta(seconds=40)), format_duration(timedelta(minutes=13))
    ('40 s', '13 min')
    >>> format_duration(timedelta(seconds=100)), format_duration(timedelta(minutes=59, seconds=59))
    ('2 min', '1 h')
    >>> format_duration(timedelta(hours=30))
    '1 d 6 h'
    """
    seconds = round(duration.total_seconds())
    if seconds >= 3_570:  # at least 59.5 min, which is shown as 1 h
        seconds = max(seconds, 3_600)
    for size, name, smaller, small_name in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min")):
        if seconds >= size:
            rest = seconds % size // smaller
            smaller_part = f" {rest} {small_name}" if rest else ""
            return f"{seconds // size} {name}{smaller_part}"
    return f"{round(seconds / 60)} min" if seconds >= 60 else f"{seconds} s"


def pluralize(number: int, noun: str) -> str:
    """Return a count with its noun.

    >>> pluralize(1, "page"), pluralize(2000, "page")
    ('1 page', '2,000 pages')
    >>> pluralize(0, "archive copy"), pluralize(2, "day")
    ('0 archive copies', '2 days')
    >>> pluralize(2, "address")
    '2 addresses'
    """
    if number == 1:
        return f"{number:,} {noun}"
    if re.search(r"[^aeiou]y$", noun):
        return f"{number:,} {noun[:-1]}ies"
    return f"{number:,} {noun}{'es' if noun.endswith('s') else 's'}"
