"""What is due: the frontier of every job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from store.schema.models import HostRow, LinkRow, MirrorRow, ProbeRow
from store.vocabulary import (
    LOCAL,
    MirrorAddress,
    MirrorOrigin,
    OriginalSource,
    Role,
    State,
    Verdict,
)
from store.work.scope import EVERYTHING, Scope

_HOST = (HostRow.id, HostRow.name, HostRow.next_allowed_at, HostRow.observed_interval_ms)
_S = TypeVar("_S", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True, kw_only=True)
class DueHost:
    """A host with links that are due, and how many. `kept_interval` are the seconds between requests it made of ours when it slowed us down."""

    id: int
    name: str
    links: int
    next_allowed_at: datetime | None
    observed_interval: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLink:
    """A link or mirror to be probed now. `probes` counts those it has had; `address` says what a mirror's URL says."""

    id: int
    url: str
    role: Role
    state: State
    probes: int
    address: MirrorAddress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFilter:
    """Which of the due links a job is about. `ids` and `everything` set aside that a link must be due.

    `new_mirrors` wants only mirrors found or captured, not cited, that were never asked yet; `scope` only what certain pages cite;
    `checked_before` only what was not checked since.
    """

    now: datetime
    ignore_schedule: bool = False
    ids: tuple[int, ...] = ()
    hosts: tuple[str, ...] = ()
    new_mirrors: bool = False
    scope: Scope = EVERYTHING
    checked_before: datetime | None = None


def due_hosts(connection: Connection, wanted: DueFilter) -> Sequence[DueHost]:
    """List hosts with due links, the longest queue first: the busiest host's own time is the bound of the whole job."""
    links = func.count(LinkRow.id).label("links")
    statement = _due(select(*_HOST, links).join(LinkRow, LinkRow.host_id == HostRow.id), wanted)
    statement = statement.group_by(*_HOST).order_by(links.desc(), HostRow.id)
    return [_due_host(row, row.links) for row in connection.execute(statement)]


def due_host(connection: Connection, host_id: int, wanted: DueFilter) -> DueHost | None:
    """Give one host, with how many of its links are due, maybe none; None where there is no such host."""
    row = connection.execute(select(*_HOST).where(HostRow.id == host_id)).first()
    if row is None:
        return None
    return _due_host(
        row,
        connection.execute(
            _due(select(func.count(LinkRow.id)).where(LinkRow.host_id == host_id), wanted)
        ).scalar_one(),
    )


def _due_host(row: Any, links: int) -> DueHost:
    kept = (row.observed_interval_ms or 0) / 1000
    return DueHost(
        id=row.id,
        name=row.name,
        links=links,
        next_allowed_at=row.next_allowed_at,
        observed_interval=kept,
    )


def due_links(
    connection: Connection, host_id: int, wanted: DueFilter, *, after: int = 0, limit: int = 200
) -> Sequence[DueLink]:
    """List a host's due links by ascending id, at most `limit`, from behind the link `after`."""
    return due_links_by_host(connection, [host_id], wanted, after=after, limit=limit)[host_id]


def due_links_by_host(
    connection: Connection,
    host_ids: Sequence[int],
    wanted: DueFilter,
    *,
    after: int = 0,
    limit: int = 200,
) -> Mapping[int, Sequence[DueLink]]:
    """List several hosts' due links, at most `limit` of all of them together; see `due_links`."""
    found: dict[int, list[DueLink]] = {host_id: [] for host_id in host_ids}
    for row in connection.execute(
        _links_of_hosts(wanted), {"host_ids": host_ids, "after": after, "limit": limit}
    ):
        link = DueLink(
            id=row.id,
            url=row.url,
            role=row.role,
            state=row.state,
            probes=row.probes,
            address=mirror_address_from_row(row),
        )
        found[row.host_id].append(link)
    return found


def probes_since(connection: Connection, host_id: int, since: datetime) -> int:
    """Count the probes a host has had since a moment, those not counted that asked nothing."""
    asked = (
        LinkRow.host_id == host_id,
        ProbeRow.started_at > since,
        ProbeRow.verdict != Verdict.SKIPPED,
    )
    return connection.execute(
        select(func.count(ProbeRow.id)).join(LinkRow, LinkRow.id == ProbeRow.link_id).where(*asked)
    ).scalar_one()


@lru_cache(maxsize=16)
def _links_of_hosts(wanted: DueFilter) -> Select[*tuple[Any, ...]]:
    """Build the statement once a job: hosts number thousands, and building it takes longer than running it."""
    original = aliased(LinkRow)
    return (
        _due(
            select(
                *(
                    LinkRow.id,
                    LinkRow.host_id,
                    LinkRow.url,
                    LinkRow.role,
                    LinkRow.state,
                    LinkRow.probes,
                ),
                *(
                    MirrorRow.service,
                    MirrorRow.timestamp,
                    MirrorRow.snapshot_id,
                    MirrorRow.original_source,
                ),
                original.url.label("original"),
            ),
            wanted,
        )
        .outerjoin(MirrorRow, MirrorRow.link_id == LinkRow.id)
        .outerjoin(original, original.id == MirrorRow.original_id)
        .where(
            LinkRow.host_id.in_(bindparam("host_ids", expanding=True)),
            LinkRow.id > bindparam("after"),
        )
        .order_by(LinkRow.host_id, LinkRow.id)
        .limit(bindparam("limit"))
    )


def _due(statement: _S, wanted: DueFilter) -> _S:
    if wanted.checked_before:
        statement = statement.where(
            or_(LinkRow.checked_at.is_(None), LinkRow.checked_at < wanted.checked_before)
        )
    if wanted.ids:
        return statement.where(LinkRow.id.in_(wanted.ids))
    if wanted.hosts:
        statement = statement.where(
            LinkRow.host_id.in_(select(HostRow.id).where(HostRow.name.in_(wanted.hosts)))
        )
    if wanted.new_mirrors:
        found = select(MirrorRow.link_id).where(MirrorRow.origin != MirrorOrigin.CITED)
        statement = statement.where(LinkRow.state == State.UNCHECKED, LinkRow.id.in_(found))
    statement = statement.where(wanted.scope.contains_link())
    if wanted.ignore_schedule:
        return statement.where(~LinkRow.key.startswith(f"{LOCAL}:"))
    return statement.where(LinkRow.next_probe_at <= wanted.now)


def mirror_address_from_row(row: Any) -> MirrorAddress | None:
    """Read what a mirror's URL says from a row outer-joined with `mirror` and, as `original`, the URL of its original."""
    if row.service is None:
        return None
    source = OriginalSource(row.original_source) if row.original_source else None
    return MirrorAddress(
        service=row.service,
        timestamp=row.timestamp,
        snapshot_id=row.snapshot_id,
        original=row.original,
        original_source=source,
    )
