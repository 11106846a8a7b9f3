"""Which links and mirrors a wiki cites now, shared by the queries."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, select

from store.schema.dialects import chunks
from store.schema.models import CitationRow, LinkRow, MirrorRow, PageRow

_FEW = 5_000  # links whose citations are found link by link, not by reading all citations


def is_cited_link(wiki: str) -> ColumnElement[bool]:
    """Return the condition that a page of the wiki cites a link now. Cited mirrors do not count."""
    return exists().where(
        CitationRow.link_id == LinkRow.id,
        CitationRow.gone_run_id.is_(None),
        PageRow.id == CitationRow.page_id,
        PageRow.wiki == wiki,
    )


def on_present_pages(statement: Select[*tuple[Any, ...]], wiki: str) -> Select[*tuple[Any, ...]]:
    """Limit a statement to citations that are on pages of a wiki now."""
    return (
        statement.select_from(CitationRow)
        .join(PageRow, PageRow.id == CitationRow.page_id)
        .where(CitationRow.gone_run_id.is_(None), PageRow.wiki == wiki)
    )


def cited_ids(
    connection: Connection, wiki: str, pages: Collection[int], wanted: Collection[int] | None
) -> Sequence[int]:
    """List the ids of the links and mirrors that some pages of a wiki cite, in ascending order.

    Only the wiki's own citations are read, however many other wikis the store has, and of a few
    links only theirs.

    Args:
        connection: A connection in a transaction.
        wiki: The wiki's name.
        pages: The ids of the pages.
        wanted: List only these of the links and mirrors; None for all.

    Returns:
        The ids.
    """
    if wanted is not None and len(wanted) <= _FEW:
        return _cited_among(connection, pages, sorted(wanted))
    statement = on_present_pages(
        select(CitationRow.page_id, CitationRow.link_id, MirrorRow.link_id.label("address")), wiki
    ).outerjoin(MirrorRow, MirrorRow.id == CitationRow.mirror_id)
    ids = set[int]()
    # Not `all()`: there may be a million citations, of which two numbers each are needed.
    for page_id, *cited in connection.execute(statement):
        if page_id in pages:
            ids.update(
                each for each in cited if each is not None and (wanted is None or each in wanted)
            )
    return array("q", sorted(ids))


def _cited_among(
    connection: Connection, pages: Collection[int], wanted: Sequence[int]
) -> Sequence[int]:
    """List the ids of those of a few links and mirrors that some pages cite, in ascending order."""
    ids = set[int]()
    present = CitationRow.gone_run_id.is_(None)
    for batch in chunks(wanted):
        by_link = select(CitationRow.page_id, CitationRow.link_id).where(
            CitationRow.link_id.in_(batch), present
        )
        by_mirror = (
            select(CitationRow.page_id, MirrorRow.link_id)
            .join(MirrorRow, MirrorRow.id == CitationRow.mirror_id)
            .where(MirrorRow.link_id.in_(batch), present)
        )
        for statement in (by_link, by_mirror):
            for page_id, link_id in connection.execute(statement):
                if page_id in pages and link_id is not None:
                    ids.add(link_id)
    return array("q", sorted(ids))
