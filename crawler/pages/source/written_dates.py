"""Write a day as the dates beside it are written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_MONTH = "|".join(_MONTHS)
_DAY_FIRST = re.compile(rf"\d{{1,2}} (?:{_MONTH}) \d{{4}}\Z")
_MONTH_FIRST = re.compile(rf"(?:{_MONTH}) \d{{1,2}}, \d{{4}}\Z")
_CHINESE = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日\Z")


def written_date(day: date, samples: Iterable[str]) -> str:
    """Return a day as the dates beside it are written, else in ISO form.

    >>> written_date(date(2021, 11, 5), ["", "3 May 2020"])
    '5 November 2021'
    """
    month = _MONTHS[day.month - 1]
    for sample in samples:
        if _DAY_FIRST.match(sample):
            return f"{day.day} {month} {day.year}"
        if _MONTH_FIRST.match(sample):
            return f"{month} {day.day}, {day.year}"
        if _CHINESE.match(sample):
            return f"{day.year}年{day.month}月{day.day}日"
    return day.isoformat()
