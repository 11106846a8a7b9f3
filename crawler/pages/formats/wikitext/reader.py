"""Read MediaWiki pages."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import ClassVar

from crawler.pages.anchors import heading_anchors
from crawler.pages.formats.wikitext.fix_writer import WikitextFixWriter
from crawler.pages.formats.wikitext.patterns import reference_label
from crawler.pages.formats.wikitext.scanner import WikitextScanner
from crawler.pages.formats.wikitext.template_names import (
    ACCESS_PARAMETERS,
    ARCHIVE_PARAMETERS,
    PUBLISHED_PARAMETERS,
    TITLE_PARAMETERS,
    URL_PARAMETERS,
)
from crawler.pages.formats.wikitext.templates import Template, WikiForm, WikiLink
from crawler.pages.interface import FormatReader, ReadOptions
from crawler.pages.page_builder import PageBuilder
from crawler.pages.raw_links import SurroundingText
from crawler.pages.source.source_text import SourceText
from store.vocabulary import Page
from store.vocabulary.fixes import FixWriter

_WAYBACK = "https://web.archive.org/web/"
_MAX_NOTES_BYTES = 2000  # of the references directly after a link
_NOTES = re.compile(rb"(?:\s?<ref\b[^<>]*?(?:/>|>[^<]{0,600}</ref\s*>))+", re.IGNORECASE)
_NOTE = re.compile(r"<ref\b[^<>]*>", re.IGNORECASE)
# A date with a day: as an ISO date, or as words such as `3 May 2020`
_DAY = re.compile(r"\d{4}-\d\d?-\d\d?\Z|.*\d.*[ ,年].*\d", re.DOTALL)


class WikitextReader(FormatReader):
    """Read MediaWiki pages."""

    name: ClassVar[str] = "wikitext"
    title: ClassVar[str] = "MediaWiki"
    suffixes: ClassVar[frozenset[str]] = frozenset([".wiki", ".mediawiki", ".wikitext"])

    def read(self, source: SourceText, builder: PageBuilder, options: ReadOptions) -> None:
        """Add the links, headings and warnings of a page to its record."""
        del options
        scanner = scan(source)
        builder.footnotes_after = _footnotes_after
        builder.locations, builder.code_spans = scanner.locations, scanner.code_spans
        builder.add_links(each.link for each in scanner.links)
        builder.add_links(scanner.internal)
        builder.outline = scanner.headings
        builder.top_headings = [each.text for each in scanner.headings if each.level == 1]
        builder.anchors = tuple(dict.fromkeys(heading_anchors(scanner.headings)))
        if scanner.unclosed is not None:
            line = source.line_at(scanner.unclosed)
            builder.warn(line, "broken-template", "a template is never closed")

    def fix_writer(self, text: bytes, page: Page, link_text: str) -> FixWriter:
        """Return the writer of one page's fixes."""
        del page
        source = SourceText(text.decode(errors="replace"))
        return WikitextFixWriter(source, scan(source).links, link_text)


def scan(source: SourceText) -> WikitextScanner:
    """Return the scanner of a page after reading; links in citation templates have their dates."""
    scanner = WikitextScanner(source)
    scanner.read()
    originals: dict[int, list[str]] = defaultdict(list)  # by the index of the template
    for each in scanner.links:
        if each.template and each.parameter in URL_PARAMETERS:
            originals[each.template.start].append(each.link.url)
    for each in scanner.links:
        template = each.template
        if each.form is not WikiForm.PARAMETER or template is None:
            continue
        if template.is_citation or template.is_dead_link_note:
            _describe(each, template, originals[template.start])
        elif each.parameter == "url" and each.link.url.count("://") == 1 and template.capture_time:
            each.link.url = f"{_WAYBACK}{template.capture_time}/{each.link.url}"
            each.is_built = True
    return scanner


def _describe(found: WikiLink, template: Template, originals: Sequence[str]) -> None:
    """Add the title, dates and status in a citation template to a link in it.

    Dates and status are read from the text around any link. So they are written as such a text, in
    words that `crawler.pages.citation_context` knows.

    Args:
        found: The link.
        template: The template.
        originals: The URLs in its `URL_PARAMETERS`, one of which a copy may be of.
    """
    link = found.link
    title = template.value(TITLE_PARAMETERS)
    published, accessed = template.value(PUBLISHED_PARAMETERS), template.value(ACCESS_PARAMETERS)
    after = f" {published}." if _DAY.match(published) else ""
    after += f" Accessed {accessed}." if accessed else ""
    if found.parameter in ARCHIVE_PARAMETERS:
        if len(originals) == 1 and link.url.count("://") == 1:
            link.title = originals[0]  # the URL of the copy does not contain its original
        after = ""
    else:
        link.text = link.text or re.sub(r"'{2,}|\[\[(?:[^\]|]*\|)?|\]\]", "", title)
        if template.says_dead:
            after += " Dead link."
    # No other link follows in this text.
    link.surrounding_text = SurroundingText("", after, next_link_at=len(after))
    if not found.in_reference:
        link.location = link.location._replace(block=template.start, is_single_unit=True)


def _footnotes_after(data: bytes, end: int) -> tuple[str, ...]:
    """Return the names of the references directly after a link that ends at a byte.

    >>> _footnotes_after(b'[http://a.example a]<ref name="b">x</ref><ref name=c/>', 20)
    ('b', 'c')
    """
    notes = _NOTES.match(data, end, end + _MAX_NOTES_BYTES)
    tags = _NOTE.findall(notes[0].decode(errors="replace")) if notes else ()
    return tuple(filter(None, map(reference_label, tags)))
