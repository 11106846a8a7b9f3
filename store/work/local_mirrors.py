"""Mirrors in an archive of our own: what is to be looked at again, under which address readers find them, what the archive is a copy of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, or_, select
from sqlalchemy.orm import aliased

from store.schema.dialects import update_rows
from store.schema.json_codec import decode
from store.schema.models import LinkRow, MirrorRow, ProbeRow
from store.vocabulary import MirrorOrigin, MirrorQuality, PageEvidence

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalMirror:
    """A mirror we keep ourselves. `key` names its record for good; `url` is where readers find it, or the key."""

    link_id: int
    key: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPage:
    """A page an archive of our own is there for, with the title it showed."""

    key: str
    original: str
    title: str


def local_mirrors(
    connection: Connection,
    service: str,
    *,
    after: int = 0,
    checked_before: datetime | None = None,
    limit: int = _AT_ONCE,
) -> Sequence[LocalMirror]:
    """List mirrors we made there, by ascending id of their links; with `checked_before` those not looked at since."""
    statement = _captured(service).where(LinkRow.id > after).order_by(LinkRow.id).limit(limit)
    if checked_before is not None:
        statement = statement.where(
            or_(LinkRow.checked_at.is_(None), LinkRow.checked_at < checked_before)
        )
    return [
        LocalMirror(link_id=row.id, key=row.key, url=row.url)
        for row in connection.execute(statement)
    ]


def stale_urls(
    connection: Connection, service: str, url_of: Callable[[str], str]
) -> Mapping[int, str]:
    """Map the links of mirrors we made there to the address that `spell` makes of their keys, where they have another one."""
    after, found = 0, dict[int, str]()
    while mirrors := local_mirrors(connection, service, after=after):
        found |= {
            mirror.link_id: url for mirror in mirrors if (url := url_of(mirror.key)) != mirror.url
        }
        after = mirrors[-1].link_id
    return found


def update_urls(connection: Connection, addresses: Mapping[int, str]) -> None:
    """Give links other addresses; their keys stay."""
    update_rows(
        connection, LinkRow, [{"id": link_id, "url": url} for link_id, url in addresses.items()]
    )


def local_pages(connection: Connection, service: str) -> Iterator[LocalPage]:
    """Give the pages we keep there, but those whose copies proved worthless, in the order they were captured."""
    original = aliased(LinkRow)
    latest = (
        select(ProbeRow.evidence)
        .where(ProbeRow.link_id == LinkRow.id, ProbeRow.evidence.is_not(None))
        .order_by(ProbeRow.started_at.desc(), ProbeRow.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        _captured(service)
        .add_columns(original.url.label("original"), latest.label("evidence"))
        .join(original, original.id == MirrorRow.original_id)
        .where(MirrorRow.quality != MirrorQuality.UNUSABLE)
        .order_by(MirrorRow.captured_at, LinkRow.id)
    )
    for row in connection.execute(statement):
        title = decode(PageEvidence, row.evidence).title if row.evidence else ""
        yield LocalPage(key=row.key, original=row.original, title=title)


def _captured(service: str) -> Select[*tuple[Any, ...]]:
    return (
        select(LinkRow.id, LinkRow.key, LinkRow.url)
        .join(MirrorRow, MirrorRow.link_id == LinkRow.id)
        .where(MirrorRow.service == service, MirrorRow.origin == MirrorOrigin.CAPTURED)
    )
