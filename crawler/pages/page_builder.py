"""Build a page's record: classify raw links, add their context, and number their blocks."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from crawler.http.urls import is_external
from crawler.pages.anchors import attribute_ids, heading_anchors, html_headings
from crawler.pages.bare_urls import remove_invisible
from crawler.pages.citation_context import (
    BYTES_AFTER,
    BYTES_BEFORE,
    NO_CONTEXT,
    CitationContext,
    find_dead_mark,
    footnote_labels_after,
    read_context,
)
from crawler.pages.intervals import UncoveredOffsets
from crawler.pages.link_repair import repair_destination
from crawler.pages.markdown_content import MarkdownContent
from crawler.pages.placeholders import has_placeholder
from crawler.pages.raw_links import Location, LocationIndex, RawLink, split_off_title
from crawler.pages.reference_definitions import ReferenceDefinition, normalise_label
from crawler.pages.source_text import SourceText
from store.vocabulary import Citation, CitationKind, InternalLink, Page, PageWarning

_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.\-]{1,31}):")
_TITLE_URL = re.compile(r"(?:^|[\s,，、;；|])https?://")
_FOOTNOTE_KINDS = frozenset(
    [CitationKind.INLINE, CitationKind.REFERENCE, CitationKind.AUTOLINK, CitationKind.BARE]
)


class PageBuilder:
    """Collect what the readers find on one page, and build its record.

    Attributes:
        locations: The structure of the page; None for HTML, whose links bring their own context.
        ignored_spans: Spans whose citations the author excludes.
        anchors: The fragments that the page's headings and elements define.
        headings: The texts of its top-level headings.
        raw_links: The links found so far.
        warnings: What a person should look at.
    """

    def __init__(self, source: SourceText, path: str, *, sha256: str, encoding: str) -> None:
        self.source, self.path, self.sha256, self.encoding = source, path, sha256, encoding
        self.locations: LocationIndex | None = None
        self.ignored_spans: Sequence[tuple[int, int]] = ()
        self.anchors: tuple[str, ...] = ()
        self.headings: list[str] = []
        self.raw_links: list[RawLink] = []
        self.warnings: list[PageWarning] = []

    def warn(self, line: int, code: str, message: str) -> None:
        """Add a warning; `code` is a stable word."""
        self.warnings.append(PageWarning(page=self.path, line=line, code=code, message=message))

    def add_links(self, links: Iterable[RawLink]) -> None:
        """Add the links that a reader found."""
        self.raw_links += links

    def add_references(
        self,
        definitions: Iterable[ReferenceDefinition],
        uses: Iterable[tuple[str, RawLink]],
        *,
        last_wins: bool,
    ) -> None:
        """Add each use of a definition, at the location of the definition, and unused definitions.

        Args:
            definitions: In page order.
            uses: Labels as written, with the links that use them.
            last_wins: Of two definitions with one label the last counts, as for Python-Markdown;
                otherwise the first, as for CommonMark. The other is added as unused.
        """
        by_key = self._effective_definitions(definitions, last_wins=last_wins)
        used = set()
        for label, link in uses:
            key = normalise_label(label)
            used.add(key)
            if definition := by_key.get(key):
                link.start, link.end = definition.start, definition.end
                link.url, link.title = definition.url, definition.title
            self.raw_links.append(link)
        for key, definition in by_key.items():
            if key not in used:
                self._add_unused(definition)

    def _effective_definitions(
        self, definitions: Iterable[ReferenceDefinition], *, last_wins: bool
    ) -> dict[str, ReferenceDefinition]:
        """Return the definition that counts for each label, and report the duplicates."""
        by_key: dict[str, ReferenceDefinition] = {}
        for definition in definitions:
            key = normalise_label(definition.label)
            other = by_key.setdefault(key, definition)
            if other is definition:
                continue
            if other.url != definition.url:  # else it is the same whichever one counts
                first_line = self.source.line_at(other.start)
                message = f"[{definition.label}] is already defined on line {first_line}"
                self.warn(self.source.line_at(definition.start), "duplicate-definition", message)
            if last_wins:
                by_key[key] = definition
            self._add_unused(other if last_wins else definition)
        return by_key

    def _add_unused(self, definition: ReferenceDefinition) -> None:
        location = self.locations.at(definition.start) if self.locations else Location()
        self.raw_links.append(
            RawLink(
                definition.start,
                definition.end,
                definition.url,
                CitationKind.REFERENCE,
                location._replace(quoted=False, end=definition.span[1]),
                definition.span,
                definition.label,
                definition.title,
            )
        )

    def add_structure(self, content: MarkdownContent, anchors: Iterable[str]) -> None:
        """Add headings and anchors, and report footnotes that are defined twice."""
        has_html = content.html_spans or content.inline_html_spans
        in_html = html_headings(self.source.data) if has_html else ()
        headings = [*content.headings, *in_html]
        ids = (*anchors, *attribute_ids(self.source.data))
        self.anchors = tuple(dict.fromkeys([*heading_anchors(headings), *ids]))
        self.headings = [heading.text for heading in content.headings if heading.level == 1]
        lines: dict[str, int] = {}
        for label, offset in content.footnotes:
            line = self.source.line_at(offset)
            first_line = lines.setdefault(normalise_label(label), line)
            if first_line != line:
                message = f"[^{label}] is already defined on line {first_line}"
                self.warn(line, "duplicate-footnote", message)

    def build(self, title: str, dated: date | None) -> Page:
        """Return the record of the page.

        Args:
            title: From the front matter; "" takes the first top-level heading.
            dated: The page's own date.
        """
        links = self._links_to_read()
        skipped: Counter[str] = Counter()
        if len(links) < len(self.raw_links):
            skipped["ignored"] = len(self.raw_links) - len(links)
        markup_starts = [link.markup[0] for link in links]
        links.sort(key=lambda link: (link.start, link.markup))
        citations, internal = [], []
        blocks: dict[tuple[int, int], int] = {}
        for link in links:
            scheme = _SCHEME.match(link.url)
            if self._is_citation(link):
                if has_placeholder(link.url):
                    skipped["placeholder"] += 1
                else:
                    citations.append(self._citation(link, blocks, markup_starts))
            elif scheme and not link.is_wikilink:
                skipped[scheme[1].lower()] += 1
            elif link.url.strip():
                internal.append(self._internal_link(link))
        return Page(
            path=self.path,
            sha256=self.sha256,
            encoding=self.encoding,
            title=title or next(iter(self.headings), ""),
            dated=dated,
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

    def _is_citation(self, link: RawLink) -> bool:
        """Return whether a link is external, repairing its URL if that makes it so."""
        if is_external(link.url) or link.url.startswith("//"):
            return True
        return not link.is_wikilink and self._repair(link)

    def _repair(self, link: RawLink) -> bool:
        """Replace an incomplete URL by the one meant, and return whether there is one."""
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
            link: An external link.
            blocks: Numbers of the units seen so far; a new unit is added.
            markup_starts: The offsets at which the page's links begin, in order.
        """
        if '"' in link.url:
            split_off_title(link, in_brackets=self.source.data.startswith(b"<", link.start - 1))
        if not link.url.isascii() and (visible := remove_invisible(link.url)) != link.url:
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
        if problem:
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
            text=link.text,
            title=link.title or None,
            kind=kind,
            footnote=location.footnote,
            section=location.section,
            quoted=location.quoted,
            accessed=context.accessed,
            published=context.published,
            marked_dead=context.marked_dead,
            salvaged=bool(problem),
            block=blocks.setdefault(unit, len(blocks)),
            notes=footnote_labels_after(self.source.data, link.markup[1]),
        )

    def _context(self, link: RawLink, markup_starts: Sequence[int]) -> CitationContext:
        if link.kind is CitationKind.FRONTMATTER:
            return NO_CONTEXT
        around = link.surrounding_text or self._surrounding_text(link, markup_starts)
        context = read_context(*around, in_citation_block=link.location.is_single_unit)
        if context.marked_dead or not link.title:
            return context
        return context._replace(marked_dead=find_dead_mark("", link.title))

    def _surrounding_text(
        self, link: RawLink, markup_starts: Sequence[int]
    ) -> tuple[str, str, int]:
        """Return the text before a link, after it, and the length of the latter up to the next."""
        source, (first, start) = self.source, link.markup
        end = start
        if self.locations:
            end = max(start, min(self.locations.block_end(first), start + BYTES_AFTER))
        following = bisect_left(markup_starts, start)
        next_start = markup_starts[following] if following < len(markup_starts) else end
        after = source.text_between(start, end).rstrip()
        next_link_at = len(after)
        if next_start < end:
            next_link_at = len(source.text_between(start, next_start))
        earliest = max(0, first - BYTES_BEFORE)
        line_start = source.data.rfind(b"\n", earliest, first) + 1
        return source.text_between(line_start or earliest, first), after, next_link_at

    def _internal_link(self, link: RawLink) -> InternalLink:
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
