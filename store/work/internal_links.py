"""Read the internal links of stored pages, and store where they lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

from sqlalchemy import Connection, select

from store.schema.dialects import update_rows
from store.schema.models import InternalLinkRow, PageRow
from store.vocabulary import InternalLink

INTERNAL_LINK_COLUMNS = tuple(field.name for field in fields(InternalLink) if field.name != "page")


def anchors_of_pages(connection: Connection, wiki: str) -> Mapping[str, Sequence[str]]:
    """Map the paths of a wiki's present pages to the fragments of their headings."""
    statement = select(PageRow.path, PageRow.anchors).where(
        PageRow.wiki == wiki, PageRow.gone_run_id.is_(None)
    )
    return {row.path: row.anchors for row in connection.execute(statement)}


def internal_links(connection: Connection, wiki: str) -> Mapping[int, InternalLink]:
    """Return the internal links on a wiki's present pages by their ids."""
    columns = [getattr(InternalLinkRow, name) for name in INTERNAL_LINK_COLUMNS]
    statement = (
        select(InternalLinkRow.id, PageRow.path.label("page"), *columns)
        .join(PageRow, PageRow.id == InternalLinkRow.page_id)
        .where(PageRow.wiki == wiki, PageRow.gone_run_id.is_(None))
        .order_by(InternalLinkRow.id)
    )
    links: dict[int, InternalLink] = {}
    for row in connection.execute(statement).mappings():
        values = dict(row)
        link_id = values.pop("id")
        links[link_id] = InternalLink(**values)
    return links


def update_internal_links(connection: Connection, links: Mapping[int, InternalLink]) -> None:
    """Store the target paths of internal links, and whether they are broken, by the links' ids."""
    rows = [
        {"id": link_id, "path": link.path, "broken": link.broken} for link_id, link in links.items()
    ]
    update_rows(connection, InternalLinkRow, rows)
