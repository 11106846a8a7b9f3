"""Read the mirrors in the local archive and the pages they copy, and replace their URLs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Select, or_, select

from store.schema.dialects import update_rows
from store.schema.json_codec import decode
from store.schema.models import LinkRow, MirrorRow, ProbeRow, aliased
from store.schema.rows import rows_as
from store.vocabulary import MirrorOrigin, MirrorQuality, PageEvidence

_BATCH_SIZE = 1_000  # mirrors read at once


class LocalMirror(Struct, frozen=True, kw_only=True):
    """A mirror in the local archive."""

    link_id: int
    key: str  # `LinkRow.key`: it names the record of the local archive, and never changes
    url: str  # where readers find it; the key if readers have no such URL


class LocalPage(Struct, frozen=True, kw_only=True):
    """A page that the local archive has a copy of."""

    key: str
    original: str
    title: str


def local_mirrors(
    connection: Connection,
    service: str,
    *,
    after: int = 0,
    checked_before: datetime | None = None,
    limit: int = _BATCH_SIZE,
) -> Sequence[LocalMirror]:
    """List the mirrors in the local archive, by ascending link id.

    Args:
        connection: A connection in a transaction.
        service: The local archive.
        after: Only mirrors with a higher link id.
        checked_before: Only mirrors that were not probed at this time or later. None: all of them.
        limit: Maximum number of mirrors.

    Returns:
        The mirrors.
    """
    statement = (
        _select_captured(service).where(LinkRow.id > after).order_by(LinkRow.id).limit(limit)
    )
    if checked_before is not None:
        statement = statement.where(
            or_(LinkRow.checked_at.is_(None), LinkRow.checked_at < checked_before)
        )
    return rows_as(LocalMirror, connection.execute(statement))


def stale_urls(
    connection: Connection, service: str, url_of: Callable[[str], str]
) -> Mapping[int, str]:
    """Return the new URLs of local mirrors whose stored URL is out of date.

    Args:
        connection: A connection in a transaction.
        service: The local archive.
        url_of: Returns the present URL of a mirror by its key.

    Returns:
        The new URLs by link id.
    """
    after = 0
    stale: dict[int, str] = {}
    while mirrors := local_mirrors(connection, service, after=after):
        for mirror in mirrors:
            url = url_of(mirror.key)
            if url != mirror.url:
                stale[mirror.link_id] = url
        after = mirrors[-1].link_id
    return stale


def update_urls(connection: Connection, urls: Mapping[int, str]) -> None:
    """Replace the URLs of links, given by link id. The links keep their keys."""
    rows = [{"id": link_id, "url": url} for link_id, url in urls.items()]
    update_rows(connection, LinkRow, rows)


def local_pages(connection: Connection, service: str) -> Iterator[LocalPage]:
    """Yield the pages with a copy that is not known to be unusable, in the order of capture."""
    original = aliased(LinkRow)
    latest_evidence = (
        select(ProbeRow.evidence)
        .where(ProbeRow.link_id == LinkRow.id, ProbeRow.evidence.is_not(None))
        .order_by(ProbeRow.started_at.desc(), ProbeRow.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        _select_captured(service)
        .add_columns(original.url.label("original"), latest_evidence.label("evidence"))
        .join(original, original.id == MirrorRow.original_id)
        .where(MirrorRow.quality != MirrorQuality.UNUSABLE)
        .order_by(MirrorRow.captured_at, LinkRow.id)
    )
    for row in connection.execute(statement):
        title = decode(PageEvidence, row.evidence).title if row.evidence else ""
        yield LocalPage(key=row.key, original=row.original, title=title)


def _select_captured(service: str) -> Select[*tuple[Any, ...]]:
    """Select the mirrors that the local archive captured, with the columns of a `LocalMirror`."""
    return (
        select(LinkRow.id.label("link_id"), LinkRow.key, LinkRow.url)
        .join(MirrorRow, MirrorRow.link_id == LinkRow.id)
        .where(MirrorRow.service == service, MirrorRow.origin == MirrorOrigin.CAPTURED)
    )
