"""Puts a page's record together: what was found becomes citations, internal links and counts, each with its context."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from crawler.http.urls import is_external
from crawler.pages.anchors import heading_anchors
from crawler.pages.citation_context import (
    BYTES_BEFORE,
    NO_CONTEXT,
    BYTES_AFTER,
    CitationContext,
    find_dead_mark,
    footnote_labels_after,
    read_context,
)
from crawler.pages.intervals import UncoveredOffsets
from crawler.pages.link_repair import repair_destination
from crawler.pages.markdown import MarkdownContent
from crawler.pages.raw_links import Location, Locations, RawLink
from crawler.pages.reference_definitions import ReferenceDefinition, normalise_label
from crawler.pages.source_text import SourceText
from store.vocabulary import Citation, CitationKind, InternalLink, Page, PageWarning

_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.\-]{1,31}):")
_TITLE_URL = re.compile(r"(?:^|[\s,，、;；|])https?://")
_FOOTNOTE_KINDS = frozenset(
    [CitationKind.INLINE, CitationKind.REFERENCE, CitationKind.AUTOLINK, CitationKind.BARE]
)


class PageBuilder:
    """The record of one page in the making."""

    def __init__(self, source: SourceText, path: str, *, sha256: str, encoding: str) -> None:
        self.source, self.path, self.sha256, self.encoding = source, path, sha256, encoding
        self.locations: Locations | None = None
        self.ignored_spans: Sequence[tuple[int, int]] = ()
        self.anchors: tuple[str, ...] = ()
        self.headings: list[str] = []
        self.raw_links: list[RawLink] = []
        self.warnings: list[PageWarning] = []

    def warn(self, line: int, code: str, message: str) -> None:
        """Note something a person should look at."""
        self.warnings.append(PageWarning(page=self.path, line=line, code=code, message=message))

    def add_links(self, found: Iterable[RawLink]) -> None:
        """Add what a reader found."""
        self.raw_links += found

    def add_references(
        self,
        definitions: Iterable[ReferenceDefinition],
        uses: Iterable[tuple[str, RawLink]],
        *,
        last_wins: bool,
    ) -> None:
        """Add each use of a definition, at the definition's place, and the definitions nothing uses.

        Of two for one label CommonMark heeds the first, Python-Markdown the last; the other is reported and kept.
        """
        heeded: dict[str, ReferenceDefinition] = {}
        for definition in definitions:
            other = heeded.setdefault(normalise_label(definition.label), definition)
            if other is not definition:
                lines = self.source.line_at(other.start), self.source.line_at(definition.start)
                self.warn(
                    lines[1],
                    "duplicate-definition",
                    f"[{definition.label}] is defined on line {lines[0]} already",
                )
                if last_wins:
                    heeded[normalise_label(definition.label)] = definition
                self._add_unused(other if last_wins else definition)
        used = set()
        for label, found in uses:
            key = normalise_label(label)
            used.add(key)
            if key in heeded:
                found.start, found.end, found.url, found.title = (
                    heeded[key].start,
                    heeded[key].end,
                    heeded[key].url,
                    heeded[key].title,
                )
            self.raw_links.append(found)
        for key, definition in heeded.items():
            if key not in used:
                self._add_unused(definition)

    def _add_unused(self, definition: ReferenceDefinition) -> None:
        place = self.locations.at(definition.start) if self.locations else Location()
        self.raw_links.append(
            RawLink(
                definition.start,
                definition.end,
                definition.url,
                CitationKind.REFERENCE,
                place._replace(quoted=False, end=definition.span[1]),
                definition.span,
                definition.label,
                definition.title,
            )
        )

    def add_structure(self, reading: MarkdownContent, anchors: Iterable[str]) -> None:
        """Add headings and their anchors, and report footnotes defined twice."""
        self.anchors = tuple(dict.fromkeys([*heading_anchors(reading.headings), *anchors]))
        self.headings = [heading.text for heading in reading.headings if heading.level == 1]
        lines: dict[str, int] = {}
        for label, offset in reading.footnotes:
            line = self.source.line_at(offset)
            if lines.setdefault(normalise_label(label), line) != line:
                self.warn(
                    line,
                    "duplicate-footnote",
                    f"[^{label}] is defined on line {lines[normalise_label(label)]} already",
                )

    def build(self, title: str, dated: date | None) -> Page:
        """The finished record."""
        kept = self._without_ignored()
        skipped = Counter(
            {"ignored": len(self.raw_links) - len(kept)} if len(kept) < len(self.raw_links) else {}
        )
        markups = [found.markup[0] for found in kept]
        kept.sort(key=lambda found: (found.start, found.markup))
        citations, internal = [], []
        blocks: dict[tuple[int, int], int] = {}
        for found in kept:
            scheme = _SCHEME.match(found.url)
            if (
                is_external(found.url)
                or found.url.startswith("//")
                or (not found.is_wikilink and self._repair(found))
            ):
                citations.append(self._citation(found, blocks, markups))
            elif scheme and not found.is_wikilink:
                skipped[scheme[1].lower()] += 1
            elif found.url.strip():
                internal.append(self._internal_link(found))
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

    def _without_ignored(self) -> list[RawLink]:
        """What the author did not ask to leave alone, in the order of its markup."""
        self.raw_links.sort(key=lambda found: found.markup)
        read = UncoveredOffsets(self.ignored_spans)
        return [found for found in self.raw_links if read.contains(found.markup[0])]

    def _repair(self, found: RawLink) -> bool:
        """Make a destination that is no whole URL the URL its writer meant, if one was meant."""
        mended = repair_destination(found.url)
        if mended is None:
            return False
        written = mended.encode("utf-8", "replace")
        start = self.source.data.find(written, found.start, found.end)
        if start >= 0:
            found.start, found.end = start, start + len(written)
        found.url, found.problem = mended, "the destination of a link is no whole URL"
        return True

    def _split_off_title(self, found: RawLink) -> None:
        """Take off a title that nothing parts from its destination: [text](url"title")."""
        found.url, _, title = found.url.partition('"')
        found.title = found.title or title.rstrip('"')
        found.end = found.start + len(found.url.encode())
        found.problem = found.problem or "no space parts a destination from its title"

    def _citation(
        self, found: RawLink, blocks: dict[tuple[int, int], int], markups: Sequence[int]
    ) -> Citation:
        if '"' in found.url:
            self._split_off_title(found)
        line, column = self.source.position(found.start)
        place = found.location
        unit = (place.block, 0 if place.whole else self.source.line_at(found.markup[0]))
        context = self._context(found, markups)
        salvaged = found.problem
        if found.title.count("://") > 1 and len(_TITLE_URL.findall(found.title)) > 1:
            salvaged = salvaged or "a title holds two URLs; the first is taken for the original"
        if salvaged:
            self.warn(line, "salvaged", f"{salvaged}: {found.url}")
        return Citation(
            page=self.path,
            line=line,
            column=column,
            start=found.start,
            end=found.end,
            url=found.url if found.url[0] != "/" else f"https:{found.url}",
            text=found.text,
            title=found.title or None,
            kind=CitationKind.FOOTNOTE
            if place.footnote is not None and found.kind in _FOOTNOTE_KINDS
            else found.kind,
            footnote=place.footnote,
            section=place.section,
            quoted=place.quoted,
            accessed=context.accessed,
            published=context.published,
            marked_dead=context.marked_dead,
            salvaged=bool(salvaged),
            block=blocks.setdefault(unit, len(blocks)),
            notes=footnote_labels_after(self.source.data, found.markup[1]),
        )

    def _context(self, found: RawLink, markups: Sequence[int]) -> CitationContext:
        if found.kind is CitationKind.FRONTMATTER:
            return NO_CONTEXT
        before, behind, upto = found.surrounding_text or self._surrounding_text(found, markups)
        context = read_context(before, behind, upto, in_citation_block=found.location.whole)
        return (
            context
            if context.marked_dead or not found.title
            else context._replace(marked_dead=find_dead_mark("", found.title))
        )

    def _surrounding_text(self, found: RawLink, markups: Sequence[int]) -> tuple[str, str, int]:
        first, start = found.markup
        end = max(start, min(self.locations.block_end(first), start + BYTES_AFTER)) if self.locations else start
        following = bisect_left(markups, start)
        next_start = markups[following] if following < len(markups) else end
        behind = self.source.text_between(start, end).rstrip()
        upto = len(behind) if next_start >= end else len(self.source.text_between(start, next_start))
        line_start = self.source.data.rfind(b"\n", max(0, first - BYTES_BEFORE), first) + 1
        return self.source.text_between(line_start or max(0, first - BYTES_BEFORE), first), behind, upto

    def _internal_link(self, found: RawLink) -> InternalLink:
        line, column = self.source.position(found.start)
        return InternalLink(
            page=self.path,
            line=line,
            column=column,
            start=found.start,
            end=found.end,
            target=found.url,
            text=found.text,
            fragment=found.url.partition("#")[2],
            wiki=found.is_wikilink,
        )
