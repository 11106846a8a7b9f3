"""Times, lengths of time and numbers of things, as a person writes them."""

from __future__ import annotations

from datetime import datetime, timedelta


def format_time(moment: datetime) -> str:
    """Write a time for the person at this machine: local, with its offset."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M %z")


def format_duration(duration: timedelta) -> str:
    """Write a length of time as a person would.

    >>> spell(timedelta(seconds=40)), spell(timedelta(minutes=13)), spell(timedelta(hours=30))
    ('40 s', '13 min', '1 d 6 h')
    """
    seconds = round(duration.total_seconds())
    for size, name, smaller, small_name in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min")):
        if seconds >= size:
            rest = seconds % size // smaller
            return f"{seconds // size} {name}" + (f" {rest} {small_name}" if rest else "")
    return f"{seconds // 60} min" if seconds >= 60 else f"{seconds} s"


def pluralize(number: int, noun: str) -> str:
    """Say how many there are of something.

    >>> counted(1, "page"), counted(2000, "page"), counted(2, "look-up")
    ('1 page', '2,000 pages', '2 look-ups')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
