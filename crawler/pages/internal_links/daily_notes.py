"""Recognise the names of notes of days, weeks and months, to which calendars link in advance."""

from __future__ import annotations

import re

_DATE = (
    r"(?:\d{4}-(?:W\d{1,2}|Q[1-4]|\d{2})|\d{4}([-._])\d{1,2}\1\d{1,2}"
    r"|\d{1,2}([-._])\d{1,2}\2\d{4}|\d{4}年\d{1,2}月(?:\d{1,2}日)?)"
)
_WEEKDAY = (
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|(?:周|週|星期)[一二三四五六日天]|[月火水木金土日](?:曜日?)?)"
)
_NAME = re.compile(rf"(?:\A|/){_DATE}(?:[ _-]?[(（]?{_WEEKDAY}[)）]?)?(?:\.md)?\Z", re.IGNORECASE)


def is_daily_note(name: str) -> bool:
    """Return whether a note's name, or path, is a day, week or month.

    >>> [is_daily_note(each) for each in ("2022-01-24", "Diary/2022年1月24日 (月)", "2022-W04")]
    [True, True, True]
    >>> [is_daily_note(each) for each in ("2022-01-24 Lamps", "20220124")]
    [False, False]
    """
    return _NAME.search(name) is not None
