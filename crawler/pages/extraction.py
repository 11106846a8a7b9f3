"""From the bytes of a page to its record: the way of one page through the readers of this package."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from crawler.pages.bare_urls import bare_url_length, find_url_starts
from crawler.pages.decode import decode
from crawler.pages.dialect import Dialect, is_mkdocs_text, mark_indented_blocks
from crawler.pages.front_matter import FrontMatter, FrontMatterValue, read_front_matter
from crawler.pages.ignore_markers import ignored_spans
from crawler.pages.inline_text import find_bare_urls, find_wikilinks
from crawler.pages.markdown import MarkdownContent, mask_indentation, read_markdown
from crawler.pages.page_builder import PageBuilder
from crawler.pages.raw_html import RawHtmlReader
from crawler.pages.raw_links import Location, RawLink
from crawler.pages.reference_definitions import read_definitions
from crawler.pages.source_text import SourceText
from store.vocabulary import CitationKind, Page

_SPACE = re.compile(r"\s")
_PARAGRAPH = re.compile(rb"[^\s>].*(?:\n[ \t>]*[^\s>].*)*")  # lines without a blank one between them


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
    page = SourceText(decoded.text)
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
    assembly.add_links(_front_matter_urls(page, matter))
    _read_body(page, assembly, matter.body, dialect)
    return assembly.build(matter.title, matter.dated)


def _read_body(source: SourceText, assembly: PageBuilder, index: int, dialect: Dialect) -> None:
    """Read what stands behind the front matter, from a character index on."""
    body = source.byte_offset(index)
    text = "\n" * body + source.text[index:]
    if dialect is Dialect.MKDOCS:
        text = mark_indented_blocks(text)
    reading = read_markdown(source, text)
    places = reading.locations
    html = RawHtmlReader(source, places)
    for start, end in list(reading.html_spans):
        nested = html.read_block(start, end, dialect)
        if nested is not None:
            reading.merge(nested)
    if dialect is Dialect.MKDOCS:
        _read_indented_text(source, reading)
    html.read_inline(reading.inline_html_spans)
    code = [*reading.code_spans, *((start, end) for start, end, _ in reading.indented_code)]
    definitions = read_definitions(source, text, [*reading.leaf_spans, *code])
    covered = [
        (0, body),
        *reading.link_spans,
        *code,
        *html.covered_spans,
        *(definition.span for definition in definitions),
    ]
    assembly.locations = places
    assembly.add_links(reading.raw_links)
    assembly.add_references(definitions, reading.reference_uses, last_wins=dialect is Dialect.MKDOCS)
    assembly.add_links(html.raw_links)
    assembly.add_links(find_bare_urls(source, covered, places))
    assembly.add_links(find_wikilinks(source, covered, places))
    assembly.ignored_spans = ignored_spans(source, code)
    assembly.add_structure(reading, html.anchors)


def _read_indented_text(source: SourceText, reading: MarkdownContent) -> None:
    """Read the links in what is indented code to CommonMark alone; bare URLs in it stay unread, as in code."""
    for start, end, depth in list(reading.indented_code):
        for chunk in _PARAGRAPH.finditer(source.data, start, end):
            if is_mkdocs_text(source, chunk.start(), depth):
                reading.merge(
                    read_markdown(
                        source, mask_indentation(chunk[0]), chunk.start(), reading.locations.at(start)
                    )
                )


def _front_matter_urls(source: SourceText, matter: FrontMatter) -> Iterator[RawLink]:
    """The URLs in the values of the front matter; where it is broken, whatever looks like one in it."""
    values = matter.values or {"": FrontMatterValue("", matter.start, matter.body)}
    wrong = "the front matter is broken" if matter.error else ""
    for keys, value in values.items():
        written = source.text[value.start : value.end]
        if "http" not in written and "www." not in written:
            continue
        base, data, read_up_to = source.byte_offset(value.start), written.encode(), 0
        for at in find_url_starts(data):
            if at < read_up_to:
                continue
            rest = data[at:].decode()
            url = (
                rest.rstrip("'\"")
                if value.text.startswith(rest[:8]) and not _SPACE.search(rest)
                else rest[: bare_url_length(rest)]
            )
            read_up_to = at + len(url.encode())
            span = (base + at, base + read_up_to)
            yield RawLink(
                *span, url, CitationKind.FRONTMATTER, Location(), span, text=keys, problem=wrong
            )
