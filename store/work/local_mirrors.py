"""Mirrors in an archive of our own: what is to be looked at again, under which address readers find them, what the archive is a copy of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, or_, select
from sqlalchemy.orm import aliased

from store.schema.dialects import update_rows
from store.schema.json_codec import unpack
from store.schema.models import Link, Mirror, Probe
from store.vocabulary import MirrorOrigin, MirrorQuality, PageEvidence

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMirror:
    """A mirror we keep ourselves. `key` names its record for good; `url` is where readers find it, or the key."""

    link_id: int
    key: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage:
    """A page an archive of our own is there for, with the title it showed."""

    key: str
    original: str
    title: str


def own_mirrors(
    connection: Connection, service: str, *, after: int = 0, checked_before: datetime | None = None, limit: int = _AT_ONCE
) -> Sequence[OwnMirror]:
    """List mirrors we made there, by ascending id of their links; with `checked_before` those not looked at since."""
    statement = _captured(service).where(Link.id > after).order_by(Link.id).limit(limit)
    if checked_before is not None:
        statement = statement.where(or_(Link.checked_at.is_(None), Link.checked_at < checked_before))
    return [OwnMirror(link_id=row.id, key=row.key, url=row.url) for row in connection.execute(statement)]


def misspelt(connection: Connection, service: str, spell: Callable[[str], str]) -> Mapping[int, str]:
    """Map the links of mirrors we made there to the address that `spell` makes of their keys, where they have another one."""
    after, found = 0, dict[int, str]()
    while mirrors := own_mirrors(connection, service, after=after):
        found |= {mirror.link_id: url for mirror in mirrors if (url := spell(mirror.key)) != mirror.url}
        after = mirrors[-1].link_id
    return found


def respell(connection: Connection, addresses: Mapping[int, str]) -> None:
    """Give links other addresses; their keys stay."""
    update_rows(connection, Link, [{"id": link_id, "url": url} for link_id, url in addresses.items()])


def own_pages(connection: Connection, service: str) -> Iterator[OwnPage]:
    """Give the pages we keep there, but those whose copies proved worthless, in the order they were captured."""
    original = aliased(Link)
    latest = (
        select(Probe.evidence)
        .where(Probe.link_id == Link.id, Probe.evidence.is_not(None))
        .order_by(Probe.started_at.desc(), Probe.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        _captured(service)
        .add_columns(original.url.label("original"), latest.label("evidence"))
        .join(original, original.id == Mirror.original_id)
        .where(Mirror.quality != MirrorQuality.WORTHLESS)
        .order_by(Mirror.captured_at, Link.id)
    )
    for row in connection.execute(statement):
        title = unpack(PageEvidence, row.evidence).title if row.evidence else ""
        yield OwnPage(key=row.key, original=row.original, title=title)


def _captured(service: str) -> Select[*tuple[Any, ...]]:
    return (
        select(Link.id, Link.key, Link.url)
        .join(Mirror, Mirror.link_id == Link.id)
        .where(Mirror.service == service, Mirror.origin == MirrorOrigin.CAPTURED)
    )
