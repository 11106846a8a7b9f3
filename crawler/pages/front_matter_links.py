"""Add the title, the date and the links in the front matter of a page to its record."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.pages.bare_urls import bare_url_length, find_url_starts
from crawler.pages.front_matter import FrontMatter
from crawler.pages.front_matter_values import FrontMatterValue
from crawler.pages.page_builder import PageBuilder
from crawler.pages.raw_links import Location, RawLink
from crawler.pages.source_text import SourceText
from crawler.pages.string_literals import DecodedString, decode_string
from store.vocabulary import CitationKind

_SPACE = re.compile(r"\s")


def add_front_matter(builder: PageBuilder, source: SourceText, matter: FrontMatter) -> None:
    """Add title, date and links of the front matter to a page's record, and warn if it is broken.

    Args:
        builder: The record.
        source: The page.
        matter: Its front matter.
    """
    if matter.error:
        message = f"the front matter cannot be read: {matter.error}"
        builder.warn(matter.error_line, "broken-front-matter", message)
    builder.title, builder.dated = matter.title, matter.dated
    builder.add_links(front_matter_links(source, matter))


def front_matter_links(source: SourceText, matter: FrontMatter) -> Iterator[RawLink]:
    """Yield the URLs in the values of the front matter, or in its whole text if it is broken."""
    values = matter.values or {"": FrontMatterValue("", matter.start, matter.body)}
    problem = "the front matter is broken" if matter.error else ""
    for keys, value in values.items():
        written = source.text[value.start : value.end]
        if "http" not in written and "www." not in written and "\\" not in written:
            continue
        string = DecodedString(written) if matter.error else decode_string(written)
        data, read_up_to = string.text.encode(), 0
        for at in find_url_starts(data):
            if at < read_up_to:
                continue
            rest = data[at:].decode()
            is_whole_value = value.text.startswith(rest[:8]) and not _SPACE.search(rest)
            if is_whole_value:  # `rest` can have the closing quotation mark of the value
                whole = value.text if value.text and rest.startswith(value.text) else rest
                url = _without_last_quote(whole)
            else:
                url = rest[: bare_url_length(rest)]
            read_up_to = at + len(url.encode())
            first = len(data[:at].decode())
            start, end = (
                source.byte_offset(value.start + string.written_at(index))
                for index in (first, first + len(url))
            )
            link = RawLink(start, end, url, CitationKind.FRONTMATTER, Location(), (start, end))
            link.text, link.problem = keys, problem
            yield link


def _without_last_quote(text: str) -> str:
    """Return a text without the quotation marks at its end that are not opened in it."""
    while text.endswith(("'", '"')) and text.count(text[-1]) % 2:
        text = text[:-1]
    return text
