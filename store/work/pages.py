"""Pages and their citations: what a scan found becomes rows, and what it no longer finds is marked gone."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from store.schema.dialects import chunks, update_rows
from store.schema.models import CitationRow, InternalLinkRow, PageRow, PageWarningRow, RunRow
from store.vocabulary import Citation as CitationRecord
from store.vocabulary import InternalLink as InternalLinkRecord
from store.vocabulary import MirrorOrigin, Role
from store.vocabulary import Page as PageRecord
from store.vocabulary import citation_fields
from store.work.links import MirrorRecord, LinkRegistry


@dataclass(frozen=True, slots=True)
class ScanTotals:
    """What storing a scan came to."""

    pages: int = 0
    citations_new: int = 0
    citations_gone: int = 0

    def __add__(self, other: ScanTotals) -> ScanTotals:
        return ScanTotals(
            self.pages + other.pages,
            self.citations_new + other.citations_new,
            self.citations_gone + other.citations_gone,
        )


def known_pages(
    connection: Connection, wiki: str, *, dialect: str | None = None
) -> Mapping[str, str]:
    """Map each present page's path to its hash: what need not be parsed again, where it was read in the same dialect."""
    statement = select(PageRow.path, PageRow.sha256).where(
        PageRow.wiki == wiki, PageRow.gone_run_id.is_(None)
    )
    if dialect is not None:
        statement = statement.where(PageRow.dialect == dialect)
    return {row.path: row.sha256 for row in connection.execute(statement)}


def page_ids(connection: Connection, wiki: str, paths: Collection[str]) -> Mapping[str, int]:
    """Map the paths of pages to their ids; a page the store does not know is left out."""
    ids: dict[str, int] = {}
    for some in chunks(sorted(paths)):
        statement = select(PageRow.path, PageRow.id).where(
            PageRow.wiki == wiki, PageRow.path.in_(some)
        )
        ids |= {row.path: row.id for row in connection.execute(statement)}
    return ids


def record_pages(
    connection: Connection,
    book: LinkRegistry,
    pages: Sequence[PageRecord],
    *,
    wiki: str,
    run_id: int,
    dialect: str = "mkdocs",
) -> ScanTotals:
    """Store pages as read now. A citation that moved within its page keeps its row; one that left is marked gone.

    One call is one batch: a hundred pages cost little more than one.
    """
    ids = _record_page_rows(connection, pages, wiki=wiki, run_id=run_id, dialect=dialect)
    every = [citation for page in pages for citation in page.citations]
    links = book.link_ids([citation.original for citation in every if citation.original], Role.LINK)
    mirrors = book.mirror_ids(
        [
            MirrorRecord(
                url=citation.url,
                address=citation.archive,
                original_id=links[citation.original] if citation.original else None,
                origin=MirrorOrigin.CITED,
            )
            for citation in every
            if citation.archive
        ]
    )
    present = _present_citations(connection, list(ids.values()))
    new: list[dict[str, Any]] = []
    kept: list[dict[str, Any]] = []
    for page in pages:
        page_id = ids[page.path]
        for citation in page.citations:
            row = {
                "page_id": page_id,
                "link_id": links[citation.original] if citation.original else None,
                "mirror_id": mirrors[citation.url] if citation.archive else None,
                **_columns(citation),
            }
            same_url = present[page_id, citation.url]
            if same_url:
                kept.append({"id": same_url.popleft(), **row})
            else:
                new.append({"first_run_id": run_id, **row})
    gone = [citation_id for left_over in present.values() for citation_id in left_over]
    if new:
        connection.execute(insert(CitationRow), new)
    update_rows(connection, CitationRow, kept)
    for some in chunks(gone):
        connection.execute(
            update(CitationRow).where(CitationRow.id.in_(some)).values(gone_run_id=run_id)
        )
    _replace_details(connection, pages, ids)
    return ScanTotals(len(pages), len(new), len(gone))


def mark_seen(connection: Connection, paths: Collection[str], *, wiki: str, run_id: int) -> None:
    """Note that pages were looked at and had not changed."""
    for some in chunks(sorted(paths)):
        connection.execute(
            update(PageRow)
            .where(PageRow.wiki == wiki, PageRow.path.in_(some))
            .values(last_run_id=run_id)
        )


def mark_gone(
    connection: Connection, paths: Collection[str], *, wiki: str, run_id: int
) -> ScanTotals:
    """Note that pages are no longer there, and their citations with them. Nothing is deleted."""
    gone = 0
    for some in chunks(sorted(paths)):
        ids = list(
            connection.scalars(
                select(PageRow.id).where(
                    PageRow.wiki == wiki, PageRow.path.in_(some), PageRow.gone_run_id.is_(None)
                )
            )
        )
        connection.execute(update(PageRow).where(PageRow.id.in_(ids)).values(gone_run_id=run_id))
        statement = (
            update(CitationRow)
            .where(CitationRow.page_id.in_(ids), CitationRow.gone_run_id.is_(None))
            .values(gone_run_id=run_id)
        )
        gone += connection.execute(statement).rowcount
    return ScanTotals(citations_gone=gone)


def _record_page_rows(
    connection: Connection, pages: Sequence[PageRecord], *, wiki: str, run_id: int, dialect: str
) -> Mapping[str, int]:
    ids = page_ids(connection, wiki, [page.path for page in pages])
    rows = {
        page.path: {
            "sha256": page.sha256,
            "encoding": page.encoding,
            "dialect": dialect,
            "title": page.title,
            "dated": page.dated,
            "anchors": list(page.anchors),
            "skipped": dict(page.skipped),
            "last_run_id": run_id,
            "gone_run_id": None,
        }
        for page in pages
    }
    if new := [
        {"wiki": wiki, "path": path, "first_run_id": run_id, **row}
        for path, row in rows.items()
        if path not in ids
    ]:
        connection.execute(insert(PageRow), new)
    update_rows(
        connection, PageRow, [{"id": ids[path], **row} for path, row in rows.items() if path in ids]
    )
    return page_ids(connection, wiki, rows)


def _present_citations(
    connection: Connection, page_ids: Sequence[int]
) -> dict[tuple[int, str], deque[int]]:
    """Map page and URL to the citations the store has of it, in page order."""
    present: dict[tuple[int, str], deque[int]] = defaultdict(deque)
    for some in chunks(page_ids):
        statement = (
            select(CitationRow.page_id, CitationRow.url, CitationRow.id)
            .where(CitationRow.page_id.in_(some), CitationRow.gone_run_id.is_(None))
            .order_by(CitationRow.start)
        )
        for row in connection.execute(statement):
            present[row.page_id, row.url].append(row.id)
    return present


def _columns(citation: CitationRecord) -> dict[str, Any]:
    fields = citation_fields(citation)
    return {**fields, "block": citation.block, "notes": list(citation.notes) or None}


def _replace_details(
    connection: Connection, pages: Sequence[PageRecord], ids: Mapping[str, int]
) -> None:
    """Write the internal links and warnings of pages anew: they have no history."""
    for some in chunks(list(ids.values())):
        connection.execute(delete(InternalLinkRow).where(InternalLinkRow.page_id.in_(some)))
        connection.execute(delete(PageWarningRow).where(PageWarningRow.page_id.in_(some)))
    links = [
        {
            "page_id": ids[page.path],
            **{item.name: getattr(link, item.name) for item in fields(link) if item.name != "page"},
        }
        for page in pages
        for link in page.internal_links
    ]
    warnings = [
        {
            "page_id": ids[page.path],
            "line": warning.line,
            "code": warning.code,
            "message": warning.message,
        }
        for page in pages
        for warning in page.warnings
    ]
    if links:
        connection.execute(insert(InternalLinkRow), links)
    if warnings:
        connection.execute(insert(PageWarningRow), warnings)


def undated_citations(
    connection: Connection, wiki: str, run_id: int
) -> Mapping[str, Sequence[int]]:
    """Map the URLs a run found new on a wiki's pages to the citations of which neither they nor their pages say when they were read."""
    statement = (
        select(CitationRow.url, CitationRow.id)
        .join(PageRow, PageRow.id == CitationRow.page_id)
        .where(
            *(
                CitationRow.first_run_id == run_id,
                CitationRow.gone_run_id.is_(None),
                CitationRow.accessed.is_(None),
                CitationRow.added.is_(None),
            ),
            *(PageRow.wiki == wiki, PageRow.dated.is_(None)),
        )
        .order_by(CitationRow.id)
    )
    found: dict[str, list[int]] = defaultdict(list)
    for url, citation_id in connection.execute(statement):
        found[url].append(citation_id)
    return found


def set_added_dates(connection: Connection, days: Mapping[int, date]) -> None:
    """Keep the days on which citations came into their wiki, by their ids."""
    update_rows(
        connection,
        CitationRow,
        [{"id": citation_id, "added": day} for citation_id, day in days.items()],
    )


def last_scan_time(connection: Connection, wiki: str) -> datetime | None:
    """When the run began by which all present pages of a wiki had been looked at last; None where the store knows none."""
    ran = (
        select(func.min(PageRow.last_run_id))
        .where(PageRow.wiki == wiki, PageRow.gone_run_id.is_(None))
        .scalar_subquery()
    )
    return connection.execute(
        select(RunRow.started_at).where(RunRow.id == ran)
    ).scalar_one_or_none()


def anchors_of_pages(connection: Connection, wiki: str) -> Mapping[str, Sequence[str]]:
    """Map each present page's path to the fragments its headings answer to."""
    statement = select(PageRow.path, PageRow.anchors).where(
        PageRow.wiki == wiki, PageRow.gone_run_id.is_(None)
    )
    return {row.path: row.anchors for row in connection.execute(statement)}


def internal_links(connection: Connection, wiki: str) -> Mapping[int, InternalLinkRecord]:
    """Map ids to the internal links of present pages."""
    columns = [
        getattr(InternalLinkRow, item.name)
        for item in fields(InternalLinkRecord)
        if item.name != "page"
    ]
    statement = (
        select(InternalLinkRow.id, PageRow.path.label("page"), *columns)
        .join(PageRow, PageRow.id == InternalLinkRow.page_id)
        .where(PageRow.wiki == wiki, PageRow.gone_run_id.is_(None))
        .order_by(InternalLinkRow.id)
    )
    return {
        row.id: InternalLinkRecord(
            page=row.page, **{column.key: getattr(row, column.key) for column in columns}
        )
        for row in connection.execute(statement)
    }


def update_internal_links(connection: Connection, links: Mapping[int, InternalLinkRecord]) -> None:
    """Keep where internal links lead."""
    update_rows(
        connection,
        InternalLinkRow,
        [
            {"id": link_id, "path": link.path, "broken": link.broken}
            for link_id, link in links.items()
        ],
    )
