"""Define the links of an HTML page, with what a fix needs to know."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.pages.raw_links import RawLink


@dataclass(slots=True)
class HtmlLink:
    """A link with the place of its address.

    Attributes:
        link: The link, as it is added to the page's record.
        tag: The element, in lower case.
        attribute: The attribute, in lower case.
        quote: The quotation mark around the attribute's value, or b"".
        is_json: It is a string of JSON-LD. Then `tag` is `script`, and nothing is known of an
            attribute: `attribute` is b"", `value_end` 0.
        value_end: The byte after the attribute, its quotation mark included.
        element_end: The byte after the end tag of an `a` element, 0 if there is none.
        has_block: A block begins or ends in the `a` element.
        title_span: The value of the `title` attribute, if there is one.
        title_quote: The quotation mark around that value, or b"".
        is_robust: Its tag has an attribute of Robust Links.
        date_span: For the URL of a copy: the value of the attribute with the copy's date, if any.
    """

    link: RawLink
    tag: bytes
    attribute: bytes
    quote: bytes = b""
    is_json: bool = False
    value_end: int = 0
    element_end: int = 0
    has_block: bool = False
    title_span: tuple[int, int] | None = None
    title_quote: bytes = b""
    is_robust: bool = False
    date_span: tuple[int, int] | None = None
