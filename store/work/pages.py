"""Store the pages and citations that a scan read, and mark those that were removed.

Nothing is deleted: what a scan no longer finds gets the id of the run in `gone_run_id`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select, update

from store.schema.dialects import chunks, update_rows
from store.schema.models import (
    CitationRow,
    InternalLinkRow,
    MirrorRow,
    PageRow,
    PageWarningRow,
    hash_text,
)
from store.vocabulary import Citation, MirrorOrigin, OriginalSource, Page, Role, citation_fields
from store.work.internal_links import INTERNAL_LINK_COLUMNS
from store.work.links import LinkRegistry, MirrorRecord
from store.work.stored_pages import has_path_hash, page_ids

_ROWS_AT_ONCE = 5_000  # rows in memory: a single page may have hundreds of thousands


class ScanTotals(Struct, frozen=True):
    """The counts of what a scan stored."""

    pages: int = 0
    citations_new: int = 0
    citations_removed: int = 0

    def __add__(self, other: ScanTotals) -> ScanTotals:
        return ScanTotals(
            self.pages + other.pages,
            self.citations_new + other.citations_new,
            self.citations_removed + other.citations_removed,
        )


def record_pages(
    connection: Connection,
    registry: LinkRegistry,
    pages: Sequence[Page],
    *,
    wiki: str,
    run_id: int,
) -> ScanTotals:
    """Store pages as a scan read them.

    A citation that moved within its page keeps its row; a missing one is marked as removed. Pass
    many pages at once: a hundred cost little more than one.

    Args:
        connection: A connection in a transaction that writes.
        registry: Stores the cited links and mirrors.
        pages: The pages.
        wiki: The wiki's name.
        run_id: The run of the scan.

    Returns:
        The counts.
    """
    ids = _record_page_rows(connection, pages, wiki=wiki, run_id=run_id)
    stored = _present_citations(connection, list(ids.values()))
    citations = ((ids[page.path], citation) for page in pages for citation in page.citations)
    new_count = 0
    while batch := list(islice(citations, _ROWS_AT_ONCE)):
        new: list[dict[str, Any]] = []
        known: list[dict[str, Any]] = []
        for row in _citation_rows(connection, registry, batch):
            ids_of_url = stored.get((row["page_id"], row["url"]))
            if ids_of_url:
                known.append({"id": ids_of_url.pop(), **row})
            else:
                new.append({"first_run_id": run_id, **row})
        if new:
            connection.execute(insert(CitationRow), new)
        update_rows(connection, CitationRow, known)
        new_count += len(new)
    removed = [citation_id for ids_left in stored.values() for citation_id in ids_left]
    for batch_ids in chunks(removed):
        connection.execute(
            update(CitationRow).where(CitationRow.id.in_(batch_ids)).values(gone_run_id=run_id)
        )
    _replace_internal_links_and_warnings(connection, pages, ids)
    return ScanTotals(len(pages), new_count, len(removed))


def mark_seen(connection: Connection, paths: Collection[str], *, wiki: str, run_id: int) -> None:
    """Store that a run found pages unchanged."""
    for batch in chunks(sorted(map(hash_text, paths))):
        connection.execute(
            update(PageRow).where(has_path_hash(wiki, batch)).values(last_run_id=run_id)
        )


def mark_removed(
    connection: Connection, paths: Collection[str], *, wiki: str, run_id: int
) -> ScanTotals:
    """Mark pages and their citations as removed.

    Args:
        connection: A connection in a transaction that writes.
        paths: The paths of the pages.
        wiki: The wiki's name.
        run_id: The run that did not find them.

    Returns:
        Totals in which only `citations_removed` is set.
    """
    removed = 0
    for batch in chunks(sorted(map(hash_text, paths))):
        statement = select(PageRow.id).where(
            has_path_hash(wiki, batch), PageRow.gone_run_id.is_(None)
        )
        ids = connection.scalars(statement).all()
        connection.execute(update(PageRow).where(PageRow.id.in_(ids)).values(gone_run_id=run_id))
        mark = (
            update(CitationRow)
            .where(CitationRow.page_id.in_(ids), CitationRow.gone_run_id.is_(None))
            .values(gone_run_id=run_id)
        )
        removed += connection.execute(mark).rowcount
    return ScanTotals(citations_removed=removed)


def _record_page_rows(
    connection: Connection, pages: Sequence[Page], *, wiki: str, run_id: int
) -> Mapping[str, int]:
    """Insert or update the rows of pages. Returns: their ids by path."""
    ids = page_ids(connection, wiki, [page.path for page in pages])
    new, known = [], []
    for page in {page.path: page for page in pages}.values():
        row = {
            "sha256": page.sha256,
            "encoding": page.encoding,
            "dialect": page.read_mode,
            "title": page.title,
            "dated": page.dated,
            "anchors": list(page.anchors),
            "skipped": dict(page.skipped),
            "last_run_id": run_id,
            "gone_run_id": None,
        }
        if page.path in ids:
            known.append({"id": ids[page.path], **row})
        else:
            new.append({"wiki": wiki, "path": page.path, "first_run_id": run_id, **row})
    if new:
        connection.execute(insert(PageRow), new)
    update_rows(connection, PageRow, known)
    return page_ids(connection, wiki, [page.path for page in pages])


def _citation_rows(
    connection: Connection, registry: LinkRegistry, citations: Sequence[tuple[int, Citation]]
) -> Sequence[dict[str, Any]]:
    """Store the links and mirrors of citations, and return the citations' rows.

    Args:
        connection: A connection in a transaction that writes.
        registry: Stores the links and mirrors.
        citations: The citations, each with the id of its page.

    Returns:
        The rows as values by column.
    """
    originals = [citation.original for _, citation in citations if citation.original]
    links = registry.link_ids(originals, Role.LINK)
    mirrors = registry.mirror_ids(
        [
            MirrorRecord(
                url=citation.url,
                address=citation.archive,
                original_id=links[citation.original] if citation.original else None,
                origin=MirrorOrigin.CITED,
            )
            for _, citation in citations
            if citation.archive
        ]
    )
    guesses = [
        mirrors[citation.url] for _, citation in citations if _is_paired_with_neighbour(citation)
    ]
    reported = _reported_originals(connection, guesses)
    rows = []
    for page_id, citation in citations:
        link_id = links[citation.original] if citation.original else None
        mirror_id = mirrors[citation.url] if citation.archive else None
        if mirror_id is not None and _is_paired_with_neighbour(citation):
            link_id = reported.get(mirror_id, link_id)
        ids = {"page_id": page_id, "link_id": link_id, "mirror_id": mirror_id}
        rows.append(ids | _citation_values(citation))
    return rows


def _is_paired_with_neighbour(citation: Citation) -> bool:
    """Return whether a mirror's original was guessed from the link next to it."""
    archive = citation.archive
    return archive is not None and archive.original_source is OriginalSource.NEIGHBOUR


def _reported_originals(
    connection: Connection, mirror_ids: Collection[int]
) -> Mapping[int, int | None]:
    """Map those of the given mirrors whose archive reported the original to the original's id."""
    found: dict[int, int | None] = {}
    for batch in chunks(sorted(set(mirror_ids))):
        statement = select(MirrorRow.id, MirrorRow.original_id).where(
            MirrorRow.id.in_(batch), MirrorRow.original_source == OriginalSource.LOOKUP
        )
        found |= {row.id: row.original_id for row in connection.execute(statement)}
    return found


def _citation_values(citation: Citation) -> dict[str, Any]:
    """Return the values of a citation by column, without the ids of what it belongs to."""
    return citation_fields(citation) | {
        "block": citation.block,
        "notes": list(citation.notes) or None,
    }


def _present_citations(
    connection: Connection, page_ids: Sequence[int]
) -> Mapping[tuple[int, str], list[int]]:
    """Return the ids of the present citations of the given pages.

    Returns:
        The ids by page id and URL, in the reverse order of the page: `pop` returns the first.
    """
    present: dict[tuple[int, str], list[int]] = {}
    for batch in chunks(page_ids):
        statement = (
            select(CitationRow.page_id, CitationRow.url, CitationRow.id)
            .where(CitationRow.page_id.in_(batch), CitationRow.gone_run_id.is_(None))
            .order_by(CitationRow.start.desc())
        )
        for page_id, url, citation_id in connection.execute(statement):
            present.setdefault((page_id, url), []).append(citation_id)
    return present


def _replace_internal_links_and_warnings(
    connection: Connection, pages: Sequence[Page], ids: Mapping[str, int]
) -> None:
    """Replace the stored internal links and warnings of pages: they have no history."""
    for batch in chunks(list(ids.values())):
        connection.execute(delete(InternalLinkRow).where(InternalLinkRow.page_id.in_(batch)))
        connection.execute(delete(PageWarningRow).where(PageWarningRow.page_id.in_(batch)))
    links = (
        {
            "page_id": ids[page.path],
            **{name: getattr(link, name) for name in INTERNAL_LINK_COLUMNS},
        }
        for page in pages
        for link in page.internal_links
    )
    warnings = (
        {
            "page_id": ids[page.path],
            "line": warning.line,
            "code": warning.code,
            "message": warning.message,
        }
        for page in pages
        for warning in page.warnings
    )
    for table, rows in ((InternalLinkRow, links), (PageWarningRow, warnings)):
        while some_rows := list(islice(rows, _ROWS_AT_ONCE)):
            connection.execute(insert(table), some_rows)
