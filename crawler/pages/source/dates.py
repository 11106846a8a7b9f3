"""Recognise calendar dates as people write them beside citations."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
DATE_PATTERN = re.compile(
    rf"""(?<!\d)(?:
      (?P<year>(?:19|20)\d\d) (?:
          (?P<separator>[-/.‐–]) (?P<numeric_month>\d\d?)
          (?P=separator) (?P<numeric_day>\d\d?) (?!\d)
        | \s*[年년]\s*(?P<cjk_month>\d\d?)\s*[月월]\s*(?P<cjk_day>\d\d?)\s*[日号號일]
      )
    | (?P<day_first_day>\d\d?) (?:st|nd|rd|th)? \s+ (?:of\s+)?
      (?P<day_first_month>{_MONTH})\.? ,? \s+ (?P<day_first_year>(?:19|20)\d\d)
    | (?P<month_first_month>(?<![A-Za-z])(?:{_MONTH})) \.? \s+
      (?P<month_first_day>\d\d?) (?:st|nd|rd|th)? ,? \s+ (?P<month_first_year>(?:19|20)\d\d)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_FULL_WIDTH = str.maketrans("０１２３４５６７８９－／．", "0123456789-/.")


def date_of_match(match: re.Match[str]) -> date | None:
    """Return the date of a match of `DATE_PATTERN`, or None if the calendar has no such day."""
    groups = match.groupdict()
    if groups["day_first_year"]:
        year, day = groups["day_first_year"], groups["day_first_day"]
        month = str(_MONTHS[groups["day_first_month"].lower()])
    elif groups["month_first_year"]:
        year, day = groups["month_first_year"], groups["month_first_day"]
        month = str(_MONTHS[groups["month_first_month"].lower()])
    else:
        year = groups["year"]
        month = groups["numeric_month"] or groups["cjk_month"]
        day = groups["numeric_day"] or groups["cjk_day"]
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def to_half_width(text: str) -> str:
    """Replace full-width digits and date separators by half-width ones; the length stays the same.

    Returns:
        The text with the same number of characters.

    >>> to_half_width("２０２２－０２－２５")
    '2022-02-25'
    """
    return text if text.isascii() else text.translate(_FULL_WIDTH)


def first_date(text: str) -> date | None:
    """Return the first date in a text, or None.

    >>> texts = ("2022-02-25", "2022年2月5日", "25 Feb. 2022", "February 25th, 2022", "2022/2/30")
    >>> [str(first_date(text)) for text in texts]
    ['2022-02-25', '2022-02-05', '2022-02-25', '2022-02-25', 'None']
    """
    for match in DATE_PATTERN.finditer(to_half_width(text)):
        if day := date_of_match(match):
            return day
    return None
