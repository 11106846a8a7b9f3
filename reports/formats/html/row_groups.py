"""Encode the sections and filters that a row of the HTML table is in, as bits of one number."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import cache

from reports.formats.html.cells import number_by_word
from reports.model import Section
from reports.statistics_enums import OverviewStatus


class RowFilter(StrEnum):
    """Groups of rows that the table can show besides the sections of a report.

    Every word of `OverviewStatus` and of `reports.model.Action` is one of them.
    """

    TO_DO = "to-do"
    FIX = "fix"  # to do, and `holdfast fix` can fix it
    PERSON = "person"  # to do, by a person
    FAILING = "failing"  # not confirmed
    SETTLED = "settled"  # failing, and needs no action
    WORKING = "working"
    UNKNOWN = "unknown"
    ANY_FAILING = "failing-any"  # confirmed or not
    ONE_COPY = "one-copy"  # only one archive copy is known
    UNTRUSTED_COPY = "untrusted-copy"  # the only one is on a less trusted service


# The bit of each section and filter. Bitwise operators of JavaScript have 31 without the sign.
_SECTION_BITS = {word: 1 << number for word, number in number_by_word(Section).items()}
FILTER_BITS = {
    word: 1 << (len(Section) + number) for word, number in number_by_word(RowFilter).items()
}


@cache
def group_bits(sections: Sequence[Section], overview_status: OverviewStatus) -> int:
    """Return a number with a bit set for each section and for the overview status.

    Cached, as few combinations of them occur.
    """
    bits = FILTER_BITS[RowFilter(overview_status.value)]
    for section in sections:
        bits |= _SECTION_BITS[section]
    return bits
