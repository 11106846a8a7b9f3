"""Build a page's record: classify raw links, add their context, and number their blocks."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from crawler.http.urls import is_web_url
from crawler.pages.anchors import Heading
from crawler.pages.citation_context import (
    BYTES_AFTER,
    BYTES_BEFORE,
    NO_CONTEXT,
    CitationContext,
    find_dead_mark,
    read_context,
)
from crawler.pages.raw_links import (
    Location,
    LocationIndex,
    RawLink,
    SurroundingText,
    split_off_title,
)
from crawler.pages.source.bare_urls import remove_invisible
from crawler.pages.source.intervals import UncoveredOffsets
from crawler.pages.source.link_repair import repair_destination
from crawler.pages.source.placeholders import has_placeholder
from crawler.pages.source.regex_fallback import READ_PLAINLY, fallback_warning, urls_by_regex
from crawler.pages.source.source_text import SourceText
from store.vocabulary import Citation, CitationKind, InternalLink, Page, PageWarning

_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.\-]{1,31}):")
_TITLE_URL = re.compile(r"(?:^|[\s,，、;；|])https?://")
_MAX_SALVAGE_WARNINGS = 20
_MAX_TEXT = 1000  # characters of a heading or link text, of which each citation gets a copy
_FOOTNOTE_KINDS = frozenset(
    [CitationKind.INLINE, CitationKind.REFERENCE, CitationKind.AUTOLINK, CitationKind.BARE]
)


class PageBuilder:
    """Collect what the readers find on one page, and build its record.

    Attributes:
        read_mode: How the page is read, see `Page.read_mode`.
        title: The page's own title; if it is "", the first top-level heading is used.
        dated: The page's own date.
        locations: The structure of the page; None if its links have their surrounding text.
        code_spans: Spans of code, in which a comment is an example.
        ignored_spans: Spans whose citations the author excludes.
        footnotes_after: Returns the labels of the footnotes that are marked at an offset.
        anchors: The fragments that the page's headings and elements define.
        top_headings: The texts of its top-level headings.
        outline: Its headings of all levels, where its format has them.
        raw_links: The links found so far.
        citations: The citations of pages embedded in this one, already complete.
        internal_links: The internal links of pages embedded in this one.
        skipped: Numbers of links that are not checked, by scheme or reason.
        block_count: The number of blocks of the embedded pages so far.
        warnings: The problems of the page that its author should look at.
    """

    def __init__(self, source: SourceText, path: str, *, sha256: str, encoding: str) -> None:
        self.source, self.path, self.sha256, self.encoding = source, path, sha256, encoding
        self.read_mode = ""
        self.title = ""
        self.dated: date | None = None
        self.locations: LocationIndex | None = None
        self.code_spans: Sequence[tuple[int, int]] = ()
        self.ignored_spans: Sequence[tuple[int, int]] = ()
        self.footnotes_after: Callable[[bytes, int], tuple[str, ...]] = _no_footnotes
        self.anchors: tuple[str, ...] = ()
        self.top_headings: list[str] = []
        self.outline: Sequence[Heading] = ()
        self.raw_links: list[RawLink] = []
        self.citations: list[Citation] = []
        self.internal_links: list[InternalLink] = []
        self.skipped: Counter[str] = Counter()
        self.block_count = 0
        self._salvaged = 0
        self.warnings: list[PageWarning] = []

    def warn(self, line: int, code: str, message: str) -> None:
        """Add a warning; `code` is a stable word."""
        self.warnings.append(PageWarning(page=self.path, line=line, code=code, message=message))

    def add_links(self, links: Iterable[RawLink]) -> None:
        """Add the links that a reader found."""
        self.raw_links += links

    def location_at(self, offset: int) -> Location:
        """Return the structure around an offset; without `locations`, the page as a whole."""
        return self.locations.at(offset) if self.locations else Location()

    def salvage(self, start: int, end: int, reason: str, *, line: int | None = None) -> None:
        """Find the URLs of a part that cannot be read, and add one warning.

        A page with many such parts gets a limited number of warnings.

        Args:
            start: The first byte of the part.
            end: The byte after it.
            reason: Why it cannot be read; it goes into the warning.
            line: The line of the warning; by default that of the part.
        """
        line = self.source.line_at(start) if line is None else line
        self._salvaged += 1
        if self._salvaged <= _MAX_SALVAGE_WARNINGS:
            self.warn(line, READ_PLAINLY, fallback_warning(reason))
        for first, last, url in urls_by_regex(self.source, start, end):
            link = RawLink(first, last, url, CitationKind.BARE, Location(), (first, last))
            link.problem, link.is_reported = reason, True
            self.raw_links.append(link)

    def build(self) -> Page:
        """Return the record of the page."""
        links = self._links_to_read()
        skipped = self.skipped
        if len(links) < len(self.raw_links):
            skipped["ignored"] = len(self.raw_links) - len(links)
        markup_starts = [link.markup[0] for link in links]
        links.sort(key=lambda link: (link.start, link.markup))
        citations, internal = self.citations, self.internal_links
        has_embedded_pages = bool(citations or internal)
        blocks: dict[tuple[int, int], int] = {}
        for link in links:
            scheme = _SCHEME.match(link.url)
            if _leads_to_web(link) or self._repair(link):
                if has_placeholder(link.url):
                    skipped["placeholder"] += 1
                else:
                    citations.append(self._citation(link, blocks, markup_starts))
            elif scheme and not link.is_wikilink:
                skipped[scheme[1].lower()] += 1
            elif link.url.strip():
                internal.append(self._internal_link(link))
        if has_embedded_pages:
            citations.sort(key=_start)
            internal.sort(key=_start)
        return Page(
            path=self.path,
            sha256=self.sha256,
            encoding=self.encoding,
            read_mode=self.read_mode,
            title=self.title or next(iter(self.top_headings), ""),
            dated=self.dated,
            citations=tuple(citations),
            internal_links=tuple(internal),
            anchors=self.anchors,
            skipped=dict(skipped),
            warnings=tuple(sorted(self.warnings, key=lambda warning: warning.line)),
        )

    def _links_to_read(self) -> list[RawLink]:
        """Return the links that the author does not exclude, in the order of their markup."""
        self.raw_links.sort(key=lambda link: link.markup)
        uncovered = UncoveredOffsets(self.ignored_spans)
        return [link for link in self.raw_links if uncovered.contains(link.markup[0])]

    def _repair(self, link: RawLink) -> bool:
        """Replace an incomplete URL by the one meant.

        Returns:
            False if the link's destination is no URL, but a path or the name of a page.
        """
        if link.is_wikilink:
            return False
        repaired = repair_destination(link.url)
        if repaired is None:
            return False
        written = repaired.encode("utf-8", "replace")
        start = self.source.data.find(written, link.start, link.end)
        if start >= 0:
            link.start, link.end = start, start + len(written)
        link.url, link.problem = repaired, "the destination of a link is not a complete URL"
        return True

    def _citation(
        self, link: RawLink, blocks: dict[tuple[int, int], int], markup_starts: Sequence[int]
    ) -> Citation:
        """Return the citation of a link.

        Args:
            link: A link with a web URL.
            blocks: The number of each unit so far, by the numbers of its block and line; a new
                unit is added. The line is 0 if the whole block is one unit.
            markup_starts: The offsets at which the page's links begin, in order.
        """
        if '"' in link.url:
            split_off_title(link, in_brackets=self.source.data.startswith(b"<", link.start - 1))
        if not link.url.isascii() and (visible := remove_invisible(link.url).strip()) != link.url:
            link.url, link.problem = visible, "a URL has invisible characters"
        line, column = self.source.position(link.start)
        location = link.location
        unit = (
            location.block,
            0 if location.is_single_unit else self.source.line_at(link.markup[0]),
        )
        context = self._context(link, markup_starts)
        problem = link.problem
        if link.title.count("://") > 1 and len(_TITLE_URL.findall(link.title)) > 1:
            problem = problem or "a title has two URLs; the first is used as the original"
        if problem and not link.is_reported:
            self.warn(line, "salvaged", f"{problem}: {link.url}")
        kind = link.kind
        if location.footnote is not None and kind in _FOOTNOTE_KINDS:
            kind = CitationKind.FOOTNOTE
        return Citation(
            page=self.path,
            line=line,
            column=column,
            start=link.start,
            end=link.end,
            url=link.url if link.url[0] != "/" else f"https:{link.url}",
            text=link.text[:_MAX_TEXT],
            title=link.title or None,
            named_original=link.named_original,
            kind=kind,
            footnote=location.footnote,
            section=tuple(heading[:_MAX_TEXT] for heading in location.section),
            quoted=location.quoted,
            accessed=context.accessed,
            published=context.published,
            marked_dead=context.marked_dead,
            salvaged=bool(problem),
            block=blocks.setdefault(unit, self.block_count + len(blocks)),
            notes=self.footnotes_after(self.source.data, link.markup[1]),
        )

    def _context(self, link: RawLink, markup_starts: Sequence[int]) -> CitationContext:
        """Return the dates and the dead mark in the text around a link and in its title."""
        if link.kind is CitationKind.FRONTMATTER:
            return NO_CONTEXT
        around = link.surrounding_text or self._surrounding_text(link, markup_starts)
        context = read_context(*around, in_citation_block=link.location.is_single_unit)
        if context.marked_dead or not link.title:
            return context
        return context._replace(marked_dead=find_dead_mark("", link.title))

    def _surrounding_text(self, link: RawLink, markup_starts: Sequence[int]) -> SurroundingText:
        """Return the text around a link, from its line and block in the source."""
        source, (link_start, link_end) = self.source, link.markup
        end = link_end
        if self.locations:
            end = max(link_end, min(self.locations.block_end(link_start), link_end + BYTES_AFTER))
        following = bisect_left(markup_starts, link_end)
        next_start = markup_starts[following] if following < len(markup_starts) else end
        after = source.text_between(link_end, end).rstrip()
        next_link_at = len(after)
        if next_start < end:
            next_link_at = len(source.text_between(link_end, next_start))
        earliest = max(0, link_start - BYTES_BEFORE)
        line_start = source.data.rfind(b"\n", earliest, link_start) + 1
        before = source.text_between(line_start or earliest, link_start)
        return SurroundingText(before, after, next_link_at)

    def _internal_link(self, link: RawLink) -> InternalLink:
        """Return the record of a link within the wiki."""
        line, column = self.source.position(link.start)
        return InternalLink(
            page=self.path,
            line=line,
            column=column,
            start=link.start,
            end=link.end,
            target=link.url,
            text=link.text,
            fragment=link.url.partition("#")[2],
            wiki=link.is_wikilink,
        )


def _leads_to_web(link: RawLink) -> bool:
    """Return whether a link has a web URL, or one without its scheme (`//a.example/`)."""
    return is_web_url(link.url) or link.url.startswith("//")


def _start(found: Citation | InternalLink) -> int:
    return found.start


def _no_footnotes(_data: bytes, _end: int) -> tuple[str, ...]:
    return ()
