"""Select and list the links and mirrors that a wiki cites now, for the other queries."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, select

from store.schema.dialects import chunks
from store.schema.models import CitationRow, LinkRow, MirrorRow, PageRow

# Up to this number of wanted links, their citations are found by an index instead of reading all.
_MAX_INDEXED = 5_000
_PARTITION = 10_000  # ids fetched at once


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


def has_no_other_wiki(connection: Connection, wiki: str) -> bool:
    """Return whether all pages in the store are of one wiki, so that citations need no page.

    With pages, SQLite reads the citations page by page, which takes five times as long as all.
    """
    other = select(PageRow.id).where(PageRow.wiki != wiki).limit(1)
    return connection.execute(other).first() is None


def ids_to_read(connection: Connection, wiki: str, pages: Collection[int]) -> Sequence[int]:
    """List at least the ids of all links and mirrors that a wiki cites, in ascending order.

    Args:
        connection: A connection in a transaction.
        wiki: The wiki's name.
        pages: The ids of its pages.

    Returns:
        The ids. If there is no other wiki, those of links that are not cited are among them.
    """
    if has_no_other_wiki(connection, wiki):
        all_ids = connection.scalars(select(LinkRow.id).order_by(LinkRow.id))
        ids = array("q")
        # One by one takes three times as long, and all at once much more memory.
        for partition in all_ids.partitions(_PARTITION):
            ids.extend(partition)
        return ids
    return cited_ids(connection, wiki, pages, None)


def cited_ids(
    connection: Connection, wiki: str, pages: Collection[int], wanted: Collection[int] | None
) -> Sequence[int]:
    """List the ids of the links and mirrors that the given pages of a wiki cite, ascending.

    The citations of other wikis are not read. If few links are wanted, only theirs are.

    Args:
        connection: A connection in a transaction.
        wiki: The wiki's name.
        pages: The ids of the pages.
        wanted: List only these of the links and mirrors; None for all.

    Returns:
        The ids.
    """
    if wanted is not None and len(wanted) <= _MAX_INDEXED:
        return _cited_ids_by_index(connection, pages, sorted(wanted))
    statement = on_present_pages(
        select(CitationRow.page_id, CitationRow.link_id, MirrorRow.link_id.label("mirror_link_id")),
        wiki,
    ).outerjoin(MirrorRow, MirrorRow.id == CitationRow.mirror_id)
    ids = set[int]()
    # Not fetched by `all()`: there may be a million citations, and only ids are kept.
    for page_id, *cited in connection.execute(statement):
        if page_id in pages:
            for link_id in cited:
                if link_id is not None and (wanted is None or link_id in wanted):
                    ids.add(link_id)
    return array("q", sorted(ids))


def _cited_ids_by_index(
    connection: Connection, pages: Collection[int], wanted: Sequence[int]
) -> Sequence[int]:
    """List the wanted links and mirrors that the given pages cite, by ascending id."""
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
