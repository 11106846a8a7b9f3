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
      (?P<y>(?:19|20)\d\d) (?:
          (?P<sep>[-/.‐–]) (?P<m>\d\d?) (?P=sep) (?P<d>\d\d?) (?!\d)
        | \s*[年년]\s*(?P<cm>\d\d?)\s*[月월]\s*(?P<cd>\d\d?)\s*[日号號일]
      )
    | (?P<ed>\d\d?) (?:st|nd|rd|th)? \s+ (?:of\s+)? (?P<em>{_MONTH})\.? ,? \s+ (?P<ey>(?:19|20)\d\d)
    | (?P<am>(?<![A-Za-z])(?:{_MONTH})) \.? \s+
      (?P<ad>\d\d?) (?:st|nd|rd|th)? ,? \s+ (?P<ay>(?:19|20)\d\d)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_FULL_WIDTH = str.maketrans("０１２３４５６７８９－／．", "0123456789-/.")


def date_of_match(match: re.Match[str]) -> date | None:
    """Return the date of a match of `DATE_PATTERN`, or None if the calendar has no such day."""
    fields = match.groupdict()
    if fields["ey"]:
        year, month, day = fields["ey"], str(_MONTHS[fields["em"].lower()]), fields["ed"]
    elif fields["ay"]:
        year, month, day = fields["ay"], str(_MONTHS[fields["am"].lower()]), fields["ad"]
    else:
        year, month, day = fields["y"], fields["m"] or fields["cm"], fields["d"] or fields["cd"]
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
