"""Define the links of a reStructuredText page, with what a fix needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from crawler.pages.raw_links import RawLink


class RstForm(StrEnum):
    """The syntax in which an address is written."""

    EMBEDDED = "embedded"  # `text <url>`_
    BARE = "bare"
    TARGET = "target"  # .. _name: url
    ARGUMENT = "argument"  # of a directive or one of its options
    HTML_ATTRIBUTE = "html-attribute"  # of raw HTML


@dataclass(slots=True)
class RstLink:
    """A link with the place of its address.

    Attributes:
        link: The link.
        form: How its address is written.
        problem: Why it cannot be fixed, "" if it can.
        can_add: Text can be added behind it.
    """

    link: RawLink
    form: RstForm
    problem: str = ""
    can_add: bool = False
