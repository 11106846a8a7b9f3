"""The frontier: the hosts and links that are due to be probed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy import Connection, Select, and_, bindparam, func, or_, select, update

from store.schema.dialects import chunks, in_many
from store.schema.json_codec import decode
from store.schema.models import HostRow, LinkRow, MirrorRow, aliased, hash_text
from store.vocabulary import (
    LOCAL,
    MirrorAddress,
    MirrorOrigin,
    PageEvidence,
    Reason,
    Role,
    State,
    Validators,
)
from store.work.archives.capture_conditions import has_public_copy
from store.work.archives.mirrors import mirror_address_from_row
from store.work.scope import EVERYTHING, Scope

_HOST_COLUMNS = (HostRow.id, HostRow.name, HostRow.next_allowed_at, HostRow.observed_interval_ms)
# Reasons of responses that may ask for a pause in requests to the whole host
_PAUSING_REASONS = frozenset([Reason.RATE_LIMITED, Reason.SERVER_ERROR])
_FIRST_TIME = datetime.min.replace(tzinfo=UTC)
_Statement = TypeVar("_Statement", bound=Select[*tuple[Any, ...]])


class DueHost(Struct, frozen=True, kw_only=True):
    """A host with links that are due."""

    id: int
    name: str
    links: int  # number of due links
    due_at: datetime | None = None  # since when the first of them is due; None if not read
    next_allowed_at: datetime | None
    # Seconds between requests that the host's rate limiting enforced; 0 if it did not limit us
    observed_interval: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLink:
    """A link or mirror that is to be probed now.

    The functions here leave `archived_page`, `fragments` and `cited_as` empty: they are added when
    the work on the host starts (`crawler.probing.host_start`).
    """

    id: int
    url: str
    role: Role
    state: State
    probes: int  # number of earlier probes
    due_at: datetime | None = None  # when it became due; None if it has no next probe
    may_pause_host: bool = False  # its last response may have asked for a pause of the host
    address: MirrorAddress | None = None  # of a mirror
    archived_page: PageEvidence | None = None  # what the newest memento of a link showed
    validators: Validators | None = None  # of the last complete response
    missing_fragments: tuple[str, ...] = ()  # the cited ones that the last page read did not have
    fragments: tuple[str, ...] = ()  # that citations of a link name, without the `#`
    cited_as: tuple[str, ...] = ()  # the texts of a link's citations
    has_public_copy: bool = False  # a public archive has a working copy
    # The archive's robot that robots.txt forbids to request it; "" for none, None if unknown
    refused_robot: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFilter:
    """The conditions on the links that a job probes.

    Attributes:
        now: Links are due if their next probe is at or before this time.
        ignore_schedule: Take links whether they are due or not, except those of the local archive.
        ids: Take exactly these links, whether they are due or not.
        hosts: Take only links of these hosts.
        new_mirrors: Take only mirrors that were found or captured, but never probed.
        scope: Take only links that certain pages cite.
        checked_before: Take only links that were not checked at or after this time. None: whenever
            they were checked.
        fragments: Further fragments to be looked for, beside the cited ones, as pairs of a link id
            and a fragment.
    """

    now: datetime
    ignore_schedule: bool = False
    ids: tuple[int, ...] = ()
    hosts: tuple[str, ...] = ()
    new_mirrors: bool = False
    scope: Scope = EVERYTHING
    checked_before: datetime | None = None
    fragments: tuple[tuple[int, str], ...] = ()

    @property
    def is_scheduled(self) -> bool:
        """Return whether only links are taken that are due."""
        return not self.ids and not self.ignore_schedule


def due_hosts(connection: Connection, wanted: DueFilter) -> Sequence[DueHost]:
    """Return the hosts with due links, those with most links first, as they take longest."""
    return list(iterate_due_hosts(connection, wanted))


def iterate_due_hosts(connection: Connection, wanted: DueFilter) -> Iterator[DueHost]:
    """Yield the hosts of `due_hosts` without keeping them all: there may be tens of thousands."""
    links = func.count(LinkRow.id).label("links")
    due_at = func.min(LinkRow.next_probe_at).label("due_at")
    statement = select(*_HOST_COLUMNS, links, due_at).join(LinkRow, LinkRow.host_id == HostRow.id)
    statement = _apply_filter(statement, wanted)
    statement = statement.group_by(*_HOST_COLUMNS).order_by(links.desc(), HostRow.id)
    for row in connection.execute(statement):
        yield _due_host_from_row(row, row.links, due_at=row.due_at)


def due_host(connection: Connection, host_id: int, wanted: DueFilter) -> DueHost | None:
    """Return a host with the number of its due links, possibly 0; None if it is not stored."""
    row = connection.execute(select(*_HOST_COLUMNS).where(HostRow.id == host_id)).first()
    if row is None:
        return None
    count = select(func.count(LinkRow.id)).where(LinkRow.host_id == host_id)
    links = connection.execute(_apply_filter(count, wanted)).scalar_one()
    return _due_host_from_row(row, links)


def _due_host_from_row(row: Any, links: int, *, due_at: datetime | None = None) -> DueHost:
    return DueHost(
        id=row.id,
        name=row.name,
        links=links,
        due_at=due_at,
        next_allowed_at=row.next_allowed_at,
        observed_interval=(row.observed_interval_ms or 0) / 1000,
    )


def due_links(
    connection: Connection,
    host_id: int,
    wanted: DueFilter,
    *,
    after: DueLink | None = None,
    limit: int = 200,
) -> Sequence[DueLink]:
    """List a host's due links, those first that have been due longest.

    In another order, a limit of probes would keep the same links from their turn in each run. Links
    that are taken whether they are due or not are listed by ascending id.

    Args:
        connection: A connection in a transaction.
        host_id: The host.
        wanted: The conditions.
        after: Only links after this one; None for the first links.
        limit: Maximum number of links.

    Returns:
        The links.
    """
    return due_links_by_host(connection, [host_id], wanted, after=after, limit=limit)[host_id]


def due_links_by_host(
    connection: Connection,
    host_ids: Sequence[int],
    wanted: DueFilter,
    *,
    after: DueLink | None = None,
    limit: int = 200,
) -> Mapping[int, Sequence[DueLink]]:
    """List the due links of several hosts, each host's in the order of `due_links`.

    Args:
        connection: A connection in a transaction.
        host_ids: The hosts.
        wanted: The conditions.
        after: Only links after this one, for a single host; None for the first links.
        limit: Maximum number of links of all hosts together.

    Returns:
        The links by host id.
    """
    found: dict[int, list[DueLink]] = {host_id: [] for host_id in host_ids}
    parameters = {"host_ids": host_ids, "after": after.id if after else 0, "limit": limit}
    if wanted.is_scheduled:
        parameters["after_time"] = (after.due_at if after else None) or _FIRST_TIME
    for row in connection.execute(_select_links_of_hosts(wanted), parameters):
        link = DueLink(
            id=row.id,
            url=row.url,
            role=row.role,
            state=row.state,
            probes=row.probes,
            due_at=row.next_probe_at,
            may_pause_host=row.reason in _PAUSING_REASONS,
            address=mirror_address_from_row(row),
            validators=decode(Validators, row.validators) if row.validators else None,
            missing_fragments=tuple(row.missing_fragments),
            has_public_copy=row.has_public_copy,
            refused_robot=row.refused_robot,
        )
        found[row.host_id].append(link)
    return found


def schedule_probes(connection: Connection, link_ids: Collection[int], *, at: datetime) -> None:
    """Schedule the next probe of the given links, and delete their validators.

    It is for links whose sites are now known better. Their pages are to be judged again, so they
    must be sent whole: without validators, no response is a 304.
    """
    for batch in chunks(sorted(link_ids)):
        statement = update(LinkRow).where(LinkRow.id.in_(batch))
        connection.execute(statement.values(next_probe_at=at, validators=None))


@lru_cache(maxsize=16)
def _select_links_of_hosts(wanted: DueFilter) -> Select[*tuple[Any, ...]]:
    """Return the statement for due links.

    It is built once per job: built anew for each of thousands of hosts, it would take longer than
    all the reading.
    """
    original = aliased(LinkRow)
    statement = (
        select(
            LinkRow.id,
            LinkRow.host_id,
            LinkRow.url,
            LinkRow.role,
            LinkRow.state,
            LinkRow.probes,
            LinkRow.next_probe_at,
            LinkRow.reason,
            LinkRow.validators,
            LinkRow.missing_fragments,
            LinkRow.refused_robot,
            has_public_copy().label("has_public_copy"),
            MirrorRow.service,
            MirrorRow.timestamp,
            MirrorRow.snapshot_id,
            MirrorRow.original_source,
            original.url.label("original"),
        )
        .outerjoin(MirrorRow, MirrorRow.link_id == LinkRow.id)
        .outerjoin(original, original.id == MirrorRow.original_id)
        .where(LinkRow.host_id.in_(bindparam("host_ids", expanding=True)))
        .limit(bindparam("limit"))
    )
    is_after = LinkRow.id > bindparam("after")
    if wanted.is_scheduled:
        # A link that is probed meanwhile is no longer due, so that it is not listed twice.
        is_later = LinkRow.next_probe_at > bindparam("after_time")
        is_of_same_time = LinkRow.next_probe_at == bindparam("after_time")
        statement = statement.where(or_(is_later, and_(is_of_same_time, is_after)))
        statement = statement.order_by(LinkRow.host_id, LinkRow.next_probe_at, LinkRow.id)
    else:
        statement = statement.where(is_after).order_by(LinkRow.host_id, LinkRow.id)
    return _apply_filter(statement, wanted)


def _apply_filter(statement: _Statement, wanted: DueFilter) -> _Statement:
    """Add the conditions of a filter to a statement that selects from `link`."""
    if wanted.checked_before:
        statement = statement.where(
            or_(LinkRow.checked_at.is_(None), LinkRow.checked_at < wanted.checked_before)
        )
    if wanted.ids:
        return statement.where(in_many(LinkRow.id, wanted.ids))
    if wanted.hosts:
        hashes = [hash_text(name) for name in wanted.hosts]
        host_ids = select(HostRow.id).where(HostRow.name_hash.in_(hashes))
        statement = statement.where(LinkRow.host_id.in_(host_ids))
    if wanted.new_mirrors:
        not_cited = select(MirrorRow.link_id).where(MirrorRow.origin != MirrorOrigin.CITED)
        statement = statement.where(LinkRow.state == State.UNCHECKED, LinkRow.id.in_(not_cited))
    statement = statement.where(wanted.scope.contains_link())
    if wanted.ignore_schedule:
        return statement.where(~LinkRow.key.startswith(f"{LOCAL}:"))
    return statement.where(LinkRow.next_probe_at <= wanted.now)
