"""Read which pages public archives may not copy, by robots.txt, probes, lookups and captures."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, select

from store.schema.dialects import chunks
from store.schema.models import CaptureRow, HostRow, LinkRow, LookupRow, MirrorRow
from store.vocabulary import (
    LOCAL,
    NOT_LOOKED_UP,
    PAGE_REFUSAL_CODES,
    SITE_REFUSAL_CODES,
    ArchiveRefusal,
    CaptureStatus,
    LookupOutcome,
    MirrorQuality,
    Reason,
    RefusalKind,
    Role,
    State,
)
from store.work.capture_conditions import has_local_copy, has_public_copy

# Of a page that is gone, or was never requested, no archive could make a copy anyway.
_STATES = tuple(set(State) - {State.BROKEN, State.SKIPPED, State.UNCHECKED})
_MAX_AGE = timedelta(days=60)  # of a robots.txt; that of a living link is read every week
_WALLS: Mapping[Reason, RefusalKind] = {
    Reason.LOGIN_WALL: RefusalKind.LOGIN,
    Reason.UNAUTHORIZED: RefusalKind.LOGIN,
    Reason.PAYWALL: RefusalKind.PAYWALL,
}


def archive_refusals(connection: Connection, *, now: datetime) -> Mapping[int, ArchiveRefusal]:
    """Map the ids of links that public archives may not copy to what keeps them from it.

    A refusal by a capture service counts until a public archive has a later copy: of the page, or,
    if the site as a whole refused, of any page of its host.

    Args:
        connection: A connection in a transaction.
        now: The time. What a robots.txt said 60 days ago is out of date.

    Returns:
        The refusal of each link that has one; of several, the first in the order of `RefusalKind`.
    """
    found: dict[int, ArchiveRefusal] = {}
    # The first kind of `RefusalKind` comes last, so that it replaces the others.
    found |= _behind_walls(connection)
    found |= _excluded(connection)
    found |= _refused_services(connection)
    found |= _refused_robots(connection, now - _MAX_AGE)
    kept, public = _with_copies(connection, found)
    return {
        link_id: replace(refusal, kept=link_id in kept, public_copy=link_id in public)
        for link_id, refusal in found.items()
    }


def _is_candidate() -> ColumnElement[bool]:
    """Return the condition that a row is of a link which an archive could still copy."""
    return and_(LinkRow.role == Role.LINK, LinkRow.state.in_(_STATES))


def _refused_robots(connection: Connection, since: datetime) -> Mapping[int, ArchiveRefusal]:
    """Return the refusals by robots.txt that were read since a time."""
    statement = (
        select(LinkRow.id, LinkRow.refused_robot)
        .join(HostRow, HostRow.id == LinkRow.host_id)
        .where(_is_candidate(), LinkRow.refused_robot != "", HostRow.robots_read_at >= since)
    )
    return {
        link_id: ArchiveRefusal(kind=RefusalKind.ROBOTS, detail=robot)
        for link_id, robot in connection.execute(statement)
        if robot
    }


def _behind_walls(connection: Connection) -> Mapping[int, ArchiveRefusal]:
    """Return the refusals of links that are behind a login or a paywall."""
    statement = select(LinkRow.id, LinkRow.reason).where(
        LinkRow.role == Role.LINK, LinkRow.state == State.BLOCKED, LinkRow.reason.in_(_WALLS)
    )
    return {
        link_id: ArchiveRefusal(kind=_WALLS[reason])
        for link_id, reason in connection.execute(statement)
        if reason
    }


def _excluded(connection: Connection) -> Mapping[int, ArchiveRefusal]:
    """Return the refusals of links that an archive excludes from its lookups."""
    statement = (
        select(LinkRow.id, LookupRow.service)
        .join(LookupRow, LookupRow.link_id == LinkRow.id)
        .where(
            _is_candidate(),
            LookupRow.outcome == LookupOutcome.EXCLUDED,
            LookupRow.detail != NOT_LOOKED_UP,
        )
        .order_by(LookupRow.service.desc())
    )
    return {
        link_id: ArchiveRefusal(kind=RefusalKind.EXCLUDED, detail=service)
        for link_id, service in connection.execute(statement)
    }


def _refused_services(connection: Connection) -> Mapping[int, ArchiveRefusal]:
    """Return the refusals of capture services, those of a whole site for every link of its host."""
    codes = sorted(SITE_REFUSAL_CODES | PAGE_REFUSAL_CODES)
    at: ColumnElement[datetime] = func.coalesce(
        CaptureRow.finished_at, CaptureRow.requested_at, CaptureRow.queued_at
    )
    statement = (
        select(LinkRow.id, LinkRow.host_id, CaptureRow.service, CaptureRow.code, at)
        .join(CaptureRow, CaptureRow.link_id == LinkRow.id)
        .where(
            LinkRow.role == Role.LINK,
            CaptureRow.service != LOCAL,
            CaptureRow.status == CaptureStatus.FAILED,
            CaptureRow.code.in_(codes),
        )
        .order_by(CaptureRow.id)
    )
    refused = connection.execute(statement).all()
    copied_links, copied_hosts = _latest_copies(connection, {row.host_id for row in refused})
    links: dict[int, ArchiveRefusal] = {}
    hosts: dict[int, ArchiveRefusal] = {}
    for link_id, host_id, service, code, refused_at in refused:
        refusal = ArchiveRefusal(kind=RefusalKind.SERVICE, detail=f"{service}: {code}")
        is_site = code in SITE_REFUSAL_CODES
        copied_at = copied_hosts.get(host_id) if is_site else copied_links.get(link_id)
        if copied_at is None or copied_at < refused_at:
            links[link_id] = refusal
            if is_site:
                hosts[host_id] = refusal
    return {**_of_hosts(connection, hosts), **_still_candidates(connection, links)}


def _latest_copies(
    connection: Connection, host_ids: Collection[int]
) -> tuple[Mapping[int, datetime], Mapping[int, datetime]]:
    """Return when public archives last made a usable copy, by link and by host."""
    by_link: dict[int, datetime] = {}
    by_host: dict[int, datetime] = {}
    for some in chunks(sorted(host_ids)):
        statement = (
            select(LinkRow.id, LinkRow.host_id, func.max(MirrorRow.captured_at).label("at"))
            .join(MirrorRow, MirrorRow.original_id == LinkRow.id)
            .where(
                LinkRow.host_id.in_(some),
                MirrorRow.service != LOCAL,
                MirrorRow.quality != MirrorQuality.UNUSABLE,
                MirrorRow.captured_at.is_not(None),
            )
            .group_by(LinkRow.id, LinkRow.host_id)
        )
        for link_id, host_id, copied_at in connection.execute(statement):
            if copied_at:
                by_link[link_id] = copied_at
                by_host[host_id] = max(copied_at, by_host.get(host_id, copied_at))
    return by_link, by_host


def _of_hosts(
    connection: Connection, hosts: Mapping[int, ArchiveRefusal]
) -> Mapping[int, ArchiveRefusal]:
    """Return the refusal of its host for each link that could still be copied."""
    found: dict[int, ArchiveRefusal] = {}
    for some in chunks(sorted(hosts)):
        statement = select(LinkRow.id, LinkRow.host_id).where(
            _is_candidate(), LinkRow.host_id.in_(some)
        )
        for link_id, host_id in connection.execute(statement):
            found[link_id] = hosts[host_id]
    return found


def _still_candidates(
    connection: Connection, links: Mapping[int, ArchiveRefusal]
) -> Mapping[int, ArchiveRefusal]:
    """Return the refusals of those links that an archive could still copy."""
    found: dict[int, ArchiveRefusal] = {}
    for some in chunks(sorted(links)):
        statement = select(LinkRow.id).where(_is_candidate(), LinkRow.id.in_(some))
        found |= {link_id: links[link_id] for link_id in connection.scalars(statement)}
    return found


def _with_copies(
    connection: Connection, link_ids: Collection[int]
) -> tuple[Collection[int], Collection[int]]:
    """Return those of some links with a copy in the local archive, and those with a public one."""
    kept, public = set[int](), set[int]()
    for some in chunks(sorted(link_ids)):
        of_links = select(LinkRow.id).where(LinkRow.id.in_(some))
        kept.update(connection.scalars(of_links.where(has_local_copy(LOCAL))))
        public.update(connection.scalars(of_links.where(has_public_copy())))
    return kept, public
