"""Define the links of an AsciiDoc page, with what a fix needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from crawler.pages.raw_links import Location, RawLink


class AdocForm(StrEnum):
    """The syntax in which an address is written."""

    MACRO = "macro"  # url[text], link:url[text]
    BARE = "bare"
    AUTOLINK = "autolink"  # <url>
    IMAGE = "image"  # the target of image:, video: and the like
    MACRO_ATTRIBUTE = "macro-attribute"  # a value in the attributes of a macro or block
    HTML_ATTRIBUTE = "html-attribute"  # of raw HTML
    PASSTHROUGH = "passthrough"  # link:++url++[text]


@dataclass(slots=True)
class AdocLink:
    """A link with the place of its address.

    Attributes:
        link: The link.
        form: How its address is written.
        text_span: The bytes between the square brackets of a macro, None if they are not known.
        problem: Why it cannot be fixed, "" if it can.
        can_add: Text can be added behind it.
    """

    link: RawLink
    form: AdocForm
    text_span: tuple[int, int] | None = None
    problem: str = ""
    can_add: bool = False


class AdocPlace(NamedTuple):
    """The properties of a block that apply to the links in its text.

    Attributes:
        location: The structure around them.
        problem: Why links in it cannot be fixed, "" if they can.
        can_add: Text can be added behind its links.
        is_code: It is code, in which `subs` still replaces macros.
    """

    location: Location
    problem: str = ""
    can_add: bool = True
    is_code: bool = False
