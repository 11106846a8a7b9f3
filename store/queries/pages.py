"""Read the problems of the wiki's own pages: broken internal links, and warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Text, cast, select

from store.schema.dialects import chunks, is_null_unindexed
from store.schema.models import CitationRow, InternalLinkRow, LinkRow, PageRow, PageWarningRow
from store.schema.rows import rows_as
from store.vocabulary import FRAGMENT_MISSING, LIVING_STATES, InternalLink, PageWarning

_PLACE = attrgetter("page", "line")
_CITATIONS = (
    select(PageRow.path, CitationRow.line, CitationRow.id, CitationRow.url, CitationRow.link_id)
    .join(PageRow, PageRow.id == CitationRow.page_id)
    .where(
        PageRow.gone_run_id.is_(None),
        CitationRow.gone_run_id.is_(None),
        is_null_unindexed(CitationRow.mirror_id),  # the index of `mirror_id` would be slower
    )
)


class BrokenInternalLink(Struct, frozen=True, kw_only=True):
    """A link to the wiki itself that does not resolve."""

    page: str
    line: int
    column: int
    target: str  # as written; of `[[text|page]]` the page
    text: str
    broken: str  # a stable word: `missing-page`, `missing-heading` or `outside-root`


def broken_internal_links(connection: Connection, *, wiki: str) -> Sequence[BrokenInternalLink]:
    """List the internal links of present pages that do not resolve, in page order."""
    statement = (
        select(
            PageRow.path.label("page"),
            InternalLinkRow.line,
            InternalLinkRow.column,
            InternalLinkRow.target,
            InternalLinkRow.text,
            InternalLinkRow.broken,
            InternalLinkRow.path,
            InternalLinkRow.fragment,
            InternalLinkRow.wiki,
        )
        .join(PageRow, PageRow.id == InternalLinkRow.page_id)
        .where(
            PageRow.wiki == wiki, PageRow.gone_run_id.is_(None), InternalLinkRow.broken.is_not(None)
        )
        .order_by(PageRow.path, InternalLinkRow.line, InternalLinkRow.column)
    )
    return [_broken_link(**row) for row in connection.execute(statement).mappings()]


def _broken_link(**row: Any) -> BrokenInternalLink:
    """Return a link that does not resolve, with `[[text|page]]` read as text and page."""
    link = InternalLink(start=0, end=0, **row).with_page_as_target()
    return BrokenInternalLink(
        page=link.page,
        line=link.line,
        column=link.column,
        target=link.target,
        text=link.text,
        broken=str(link.broken),
    )


def page_titles(connection: Connection, *, wiki: str) -> Mapping[str, str]:
    """Map the paths of present pages to their titles; pages without one are left out."""
    statement = select(PageRow.path, PageRow.title).where(
        PageRow.wiki == wiki, PageRow.gone_run_id.is_(None), PageRow.title != ""
    )
    return {row.path: row.title for row in connection.execute(statement)}


def page_warnings(connection: Connection, *, wiki: str) -> Sequence[PageWarning]:
    """List the warnings of present pages, in page order.

    Returns:
        The warnings, among them citations of a part (`#…`) that the cited page does not have.
    """
    statement = (
        select(
            PageRow.path.label("page"),
            PageWarningRow.line,
            PageWarningRow.code,
            PageWarningRow.message,
        )
        .join(PageRow, PageRow.id == PageWarningRow.page_id)
        .where(PageRow.wiki == wiki, PageRow.gone_run_id.is_(None))
        .order_by(PageRow.path, PageWarningRow.line, PageWarningRow.id)
    )
    stored = rows_as(PageWarning, connection.execute(statement))
    found = _fragment_warnings(connection, wiki)
    return sorted([*stored, *found], key=_PLACE) if found else stored


def _fragment_warnings(connection: Connection, wiki: str) -> Sequence[PageWarning]:
    """List the citations of parts that were missing when the cited page was last read."""
    # Links are read first: few have missing fragments, and a wiki may have a million citations.
    statement = select(LinkRow.id, LinkRow.missing_fragments).where(
        cast(LinkRow.missing_fragments, Text) != "[]", LinkRow.state.in_(LIVING_STATES)
    )
    missing: dict[Any, Any] = {
        row.id: row.missing_fragments for row in connection.execute(statement)
    }
    found = list[tuple[str, int, int, str]]()  # page, line, id and URL of each citation
    for batch in chunks(sorted(missing)):
        citations = _CITATIONS.where(PageRow.wiki == wiki, CitationRow.link_id.in_(batch))
        for path, line, citation_id, url, link_id in connection.execute(citations):
            if url.partition("#")[2] in missing[link_id]:
                found.append((path, line, citation_id, url))
    return [
        PageWarning(
            page=path,
            line=line,
            code=FRAGMENT_MISSING,
            message=f"the cited page has no such part: correct the fragment of {url}",
        )
        for path, line, _, url in sorted(found)
    ]
