"""Read which pages of a wiki are stored: their ids, hashes and read modes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select

from store.schema.dialects import chunks
from store.schema.models import PageRow, RunRow, hash_text


class StoredPage(NamedTuple):
    """The SHA-256 of a page, and how it was read (`Page.read_mode`).

    A page with the same hash, read in the same way, need not be parsed again.
    """

    sha256: str
    read_mode: str


def stored_pages(connection: Connection, wiki: str) -> Mapping[str, StoredPage]:
    """Return the hashes and read modes of a wiki's present pages, by path.

    Args:
        connection: A connection in a transaction.
        wiki: The wiki's name.
    """
    statement = select(PageRow.path, PageRow.sha256, PageRow.dialect).where(
        PageRow.wiki == wiki, PageRow.gone_run_id.is_(None)
    )
    return {row.path: StoredPage(row.sha256, row.dialect) for row in connection.execute(statement)}


def page_hashes(connection: Connection, wiki: str) -> Mapping[str, str]:
    """Return the SHA-256 hashes of a wiki's present pages by path."""
    return {path: page.sha256 for path, page in stored_pages(connection, wiki).items()}


def has_pages(connection: Connection, wikis: Collection[str]) -> bool:
    """Return whether any of the wikis, given by name, has a present page."""
    is_present = PageRow.wiki.in_(wikis) & PageRow.gone_run_id.is_(None)
    return connection.scalar(select(exists().where(is_present))) is True


def page_ids(connection: Connection, wiki: str, paths: Collection[str]) -> Mapping[str, int]:
    """Map paths to the ids of their pages. Pages that are not stored are left out."""
    hashes = {path: hash_text(path) for path in sorted(paths)}
    ids: dict[str, int] = {}
    for batch in chunks(list(hashes.values())):
        statement = select(PageRow.path_hash, PageRow.id).where(has_path_hash(wiki, batch))
        ids |= {row.path_hash: row.id for row in connection.execute(statement)}
    return {path: ids[path_hash] for path, path_hash in hashes.items() if path_hash in ids}


def last_scan_time(connection: Connection, wiki: str) -> datetime | None:
    """Return a time since which every present page of a wiki was scanned.

    Returns:
        The start of the run that scanned the page whose last scan is the oldest; None if no page is
        stored.
    """
    oldest_run = (
        select(func.min(PageRow.last_run_id))
        .where(PageRow.wiki == wiki, PageRow.gone_run_id.is_(None))
        .scalar_subquery()
    )
    statement = select(RunRow.started_at).where(RunRow.id == oldest_run)
    return connection.execute(statement).scalar_one_or_none()


def has_path_hash(wiki: str, path_hashes: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a page of a wiki has one of the given path hashes."""
    return and_(PageRow.wiki == wiki, PageRow.path_hash.in_(path_hashes))
