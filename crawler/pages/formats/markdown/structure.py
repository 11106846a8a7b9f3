"""Add the reference definitions, headings and footnotes of a Markdown page to its record."""

from __future__ import annotations

from collections.abc import Iterable

from crawler.pages.anchors import attribute_ids, heading_anchors, html_headings
from crawler.pages.formats.markdown.content import MarkdownContent
from crawler.pages.formats.markdown.reference_definitions import (
    ReferenceDefinition,
    normalise_label,
)
from crawler.pages.page_builder import PageBuilder
from crawler.pages.raw_links import RawLink
from store.vocabulary import CitationKind


def add_references(
    builder: PageBuilder,
    definitions: Iterable[ReferenceDefinition],
    uses: Iterable[tuple[str, RawLink]],
    *,
    last_wins: bool,
) -> None:
    """Add a link for each use of a definition, and one for each unused definition.

    The URL of a use has the span of the definition, where a fix changes it.

    Args:
        builder: The record of the page.
        definitions: The definitions in page order.
        uses: Labels as written, each with the link that uses it.
        last_wins: Of two definitions with one label the last counts, as for Python-Markdown;
            otherwise the first, as for CommonMark. The other is added as unused.
    """
    by_key = _effective_definitions(builder, definitions, last_wins=last_wins)
    used = set()
    for label, link in uses:
        key = normalise_label(label)
        used.add(key)
        if definition := by_key.get(key):
            link.start, link.end = definition.start, definition.end
            link.url, link.title = definition.url, definition.title
        builder.raw_links.append(link)
    for key, definition in by_key.items():
        if key not in used:
            _add_unused(builder, definition)


def _effective_definitions(
    builder: PageBuilder, definitions: Iterable[ReferenceDefinition], *, last_wins: bool
) -> dict[str, ReferenceDefinition]:
    """Return the definition that counts for each label, and report the duplicates."""
    by_key: dict[str, ReferenceDefinition] = {}
    for definition in definitions:
        key = normalise_label(definition.label)
        other = by_key.setdefault(key, definition)
        if other is definition:
            continue
        if other.url != definition.url:
            first_line = builder.source.line_at(other.start)
            message = f"[{definition.label}] is already defined on line {first_line}"
            builder.warn(builder.source.line_at(definition.start), "duplicate-definition", message)
        if last_wins:
            by_key[key] = definition
        _add_unused(builder, other if last_wins else definition)
    return by_key


def _add_unused(builder: PageBuilder, definition: ReferenceDefinition) -> None:
    """Add the link of a definition that nothing uses, with the label as its text."""
    location = builder.location_at(definition.start)
    builder.raw_links.append(
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


def add_structure(builder: PageBuilder, content: MarkdownContent, anchors: Iterable[str]) -> None:
    """Add headings and anchors, and report footnotes that are defined twice.

    Args:
        builder: The record of the page.
        content: The parsed page.
        anchors: The fragments that elements of raw HTML define.
    """
    has_html = content.html_spans or content.inline_html_spans
    in_html = html_headings(builder.source.data) if has_html else ()
    headings = [*content.headings, *in_html]
    builder.outline = content.headings
    ids = (*anchors, *attribute_ids(builder.source.data))
    builder.anchors = tuple(dict.fromkeys([*heading_anchors(headings), *ids]))
    builder.top_headings = [heading.text for heading in content.headings if heading.level == 1]
    lines: dict[str, int] = {}
    for label, offset in content.footnotes:
        line = builder.source.line_at(offset)
        first_line = lines.setdefault(normalise_label(label), line)
        if first_line != line:
            message = f"[^{label}] is already defined on line {first_line}"
            builder.warn(line, "duplicate-footnote", message)
