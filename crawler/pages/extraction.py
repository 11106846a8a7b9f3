"""From the bytes of a page to its record: the way of one page through the readers of this package."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from crawler.pages.bare_urls import bare_length, url_starts
from crawler.pages.decode import decode
from crawler.pages.dialect import Dialect, is_text_to_mkdocs, mark_indented_bodies
from crawler.pages.front_matter import FrontMatter, Value, read_front_matter
from crawler.pages.ignore_markers import ignored_spans
from crawler.pages.inline_text import bare_urls, wikilinks
from crawler.pages.markdown import MarkdownContent, flatten, read_markdown
from crawler.pages.page_builder import PageBuilder
from crawler.pages.raw_html import RawHtml
from crawler.pages.raw_links import Location, RawLink
from crawler.pages.reference_definitions import read_definitions
from crawler.pages.source_text import Source
from store.vocabulary import CitationKind, Page

_SPACE = re.compile(r"\s")
_CHUNK = re.compile(rb"[^\s>].*(?:\n[ \t>]*[^\s>].*)*")  # lines without a blank one between them


def extract(source: bytes | str, *, path: str, dialect: Dialect = Dialect.MKDOCS) -> Page:
    """Read one Markdown page: its citations, internal links, anchors, and what a person should look at. Pure.

    `path` names the page in the record. Raises `NotText` for bytes that are no text. A text is read as UTF-8 would carry it; offsets are bytes
    of that.

    >>> page = extract("《[来源](https://web.archive.org/web/2021/https://a.example/)》, 2021-07-27. (参照 2021-07-28).", path="a.md")
    >>> [(citation.text, str(citation.accessed)) for citation in page.citations]
    [('来源', '2021-07-28')]
    """
    data = source.encode("utf-8", "replace") if isinstance(source, str) else source
    decoded = decode(data)
    page = Source(decoded.text)
    assembly = PageBuilder(
        page, path, sha256=hashlib.sha256(data).hexdigest(), encoding=decoded.encoding
    )
    if decoded.guessed:
        assembly.warn(0, "guessed-encoding", f"not UTF-8; read as {decoded.encoding}")
    matter = read_front_matter(page.text)
    if matter.error:
        assembly.warn(
            matter.error_line,
            "broken-front-matter",
            f"the front matter cannot be read: {matter.error}",
        )
    assembly.add(_front_matter_urls(page, matter))
    _read_body(page, assembly, matter.body, dialect)
    return assembly.page(matter.title, matter.dated)


def _read_body(source: Source, assembly: PageBuilder, index: int, dialect: Dialect) -> None:
    """Read what stands behind the front matter, from a character index on."""
    body = source.offset(index)
    text = "\n" * body + source.text[index:]
    if dialect is Dialect.MKDOCS:
        text = mark_indented_bodies(text)
    reading = read_markdown(source, text)
    places = reading.places
    html = RawHtml(source, places)
    for start, end in list(reading.html):
        nested = html.read_block(start, end, dialect)
        if nested is not None:
            reading.take_in(nested)
    if dialect is Dialect.MKDOCS:
        _read_indented_text(source, reading)
    html.read_inline(reading.inline_html)
    code = [*reading.code, *((start, end) for start, end, _ in reading.indented_code)]
    definitions = read_definitions(source, text, [*reading.leaves, *code])
    covered = [
        (0, body),
        *reading.links,
        *code,
        *html.covered,
        *(definition.span for definition in definitions),
    ]
    assembly.places = places
    assembly.add(reading.found)
    assembly.add_references(definitions, reading.uses, last_wins=dialect is Dialect.MKDOCS)
    assembly.add(html.found)
    assembly.add(bare_urls(source, covered, places))
    assembly.add(wikilinks(source, covered, places))
    assembly.ignored = ignored_spans(source, code)
    assembly.add_structure(reading, html.anchors)


def _read_indented_text(source: Source, reading: MarkdownContent) -> None:
    """Read the links in what is indented code to CommonMark alone; bare URLs in it stay unread, as in code."""
    for start, end, depth in list(reading.indented_code):
        for chunk in _CHUNK.finditer(source.data, start, end):
            if is_text_to_mkdocs(source, chunk.start(), depth):
                reading.take_in(
                    read_markdown(
                        source, flatten(chunk[0]), chunk.start(), reading.places.at(start)
                    )
                )


def _front_matter_urls(source: Source, matter: FrontMatter) -> Iterator[RawLink]:
    """The URLs in the values of the front matter; where it is broken, whatever looks like one in it."""
    values = matter.values or {"": Value("", matter.start, matter.body)}
    wrong = "the front matter is broken" if matter.error else ""
    for keys, value in values.items():
        written = source.text[value.start : value.end]
        if "http" not in written and "www." not in written:
            continue
        base, data, read_up_to = source.offset(value.start), written.encode(), 0
        for at in url_starts(data):
            if at < read_up_to:
                continue
            rest = data[at:].decode()
            url = (
                rest.rstrip("'\"")
                if value.text.startswith(rest[:8]) and not _SPACE.search(rest)
                else rest[: bare_length(rest)]
            )
            read_up_to = at + len(url.encode())
            span = (base + at, base + read_up_to)
            yield RawLink(
                *span, url, CitationKind.FRONTMATTER, Location(), span, text=keys, salvaged=wrong
            )
