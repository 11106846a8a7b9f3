"""Add the title, the date and the links in the front matter of a page to its record."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.pages.front_matter.reader import FrontMatter
from crawler.pages.front_matter.values import FrontMatterValue
from crawler.pages.page_builder import PageBuilder
from crawler.pages.raw_links import Location, RawLink
from crawler.pages.source.bare_urls import bare_url_length, find_url_starts
from crawler.pages.source.source_text import SourceText
from crawler.pages.source.string_literals import DecodedString, decode_string
from store.vocabulary import CitationKind

_SPACE = re.compile(r"\s")
_USUAL_LENGTH = 4_000  # characters of a URL; only longer ones are searched for to the next space
_CHARACTERS_AFTER = 300  # that may show where a URL ends


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
    for key_path, value in values.items():
        written = source.text[value.start : value.end]
        if "http" not in written and "www." not in written and "\\" not in written:
            continue
        string = DecodedString(written) if matter.error else decode_string(written)
        for first, url in _urls_in(string.text, value.text):
            first_written = string.written_at(first)
            last_written = string.written_at(first + len(url))
            start = source.byte_offset(value.start + first_written)
            end = source.byte_offset(value.start + last_written)
            link = RawLink(start, end, url, CitationKind.FRONTMATTER, Location(), (start, end))
            link.text, link.problem = key_path, problem
            yield link


def _urls_in(text: str, value: str) -> Iterator[tuple[int, str]]:
    """Yield the index and the text of each URL in a string.

    Args:
        text: The string.
        value: The value that the string stands for, which may be a URL as a whole.
    """
    read_up_to, space_at = 0, -1
    for first in _url_starts(text):
        if first < read_up_to:
            continue
        if space_at < first:  # else the space found last is also the next one
            space = _SPACE.search(text, first)
            space_at = space.start() if space else len(text)
        url = _url_at(text, first, space_at, value)
        read_up_to = first + len(url)
        yield first, url


def _url_starts(text: str) -> Iterator[int]:
    """Yield the indexes of characters at which a URL begins (`find_url_starts`)."""
    data, index, counted = text.encode(), 0, 0
    for at in find_url_starts(data):
        index += len(data[counted:at].decode())
        counted = at
        yield index


def _url_at(text: str, first: int, space_at: int, value: str) -> str:
    """Return the URL that begins at an index of a string.

    Args:
        text: The string.
        first: The index.
        space_at: The index of the next space, or the string's length.
        value: The value that the string stands for, which may be a URL as a whole.
    """
    if space_at == len(text) and value.startswith(text[first : first + 8]):
        # All of the value is taken as the URL. The text can have its closing quotation mark, too.
        is_value = value and text.startswith(value, first)
        return _without_last_quote(value if is_value else text[first:])
    rest = text[first : min(space_at, first + _USUAL_LENGTH) + _CHARACTERS_AFTER]
    length = bare_url_length(rest)
    if length >= _USUAL_LENGTH:
        length = bare_url_length(text[first : space_at + _CHARACTERS_AFTER])
    return text[first : first + length]


def _without_last_quote(text: str) -> str:
    """Return a text without the quotation marks at its end that are not opened in it."""
    while text.endswith(("'", '"')) and text.count(text[-1]) % 2:
        text = text[:-1]
    return text
