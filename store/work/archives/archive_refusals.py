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
from store.work.archives.capture_conditions import has_local_copy, has_public_copy

# The states of links that no archive could copy: they are gone, or were not requested.
_UNCOPYABLE_STATES = (State.BROKEN, State.SKIPPED, State.UNCHECKED)
# A robots.txt that was read earlier is out of date: that of a living link is read every week.
_MAX_ROBOTS_AGE = timedelta(days=60)
_WALLS: Mapping[Reason, RefusalKind] = {
    Reason.LOGIN_WALL: RefusalKind.LOGIN,
    Reason.UNAUTHORIZED: RefusalKind.LOGIN,
    Reason.PAYWALL: RefusalKind.PAYWALL,
}


def archive_refusals(connection: Connection, *, now: datetime) -> Mapping[int, ArchiveRefusal]:
    """Map the ids of links that public archives may not copy to the reason for it.

    A refusal by a capture service counts until a public archive has a later copy: of the page, or,
    if the site as a whole refused, of any page of its host.

    Args:
        connection: A connection in a transaction.
        now: The time. A robots.txt that was read 60 days ago or earlier does not count.

    Returns:
        The refusal of each link that has one; of several, the first in the order of `RefusalKind`.
    """
    found: dict[int, ArchiveRefusal] = {}
    # In the reverse order of `RefusalKind`: each replaces those before it.
    found |= _behind_walls(connection)
    found |= _excluded_by_archives(connection)
    found |= _refused_by_services(connection)
    found |= _refused_by_robots(connection, now - _MAX_ROBOTS_AGE)
    kept, public = _links_with_copies(connection, found)
    return {
        link_id: replace(refusal, kept=link_id in kept, public_copy=link_id in public)
        for link_id, refusal in found.items()
    }


def _can_be_copied() -> ColumnElement[bool]:
    """Return the condition that an archive could still copy a link."""
    # Not `in_`: SQLite would read nearly all links by their states, for the few with a refusal.
    return and_(LinkRow.role == Role.LINK, LinkRow.state.not_in(_UNCOPYABLE_STATES))


def _refused_by_robots(connection: Connection, since: datetime) -> Mapping[int, ArchiveRefusal]:
    """Return the refusals by robots.txt that were read since a time."""
    statement = (
        select(LinkRow.id, LinkRow.refused_robot)
        .join(HostRow, HostRow.id == LinkRow.host_id)
        .where(_can_be_copied(), LinkRow.refused_robot != "", HostRow.robots_read_at >= since)
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


def _excluded_by_archives(connection: Connection) -> Mapping[int, ArchiveRefusal]:
    """Return the refusals of links that an archive excludes from its lookups."""
    statement = (
        select(LinkRow.id, LookupRow.service)
        .join(LookupRow, LookupRow.link_id == LinkRow.id)
        .where(
            _can_be_copied(),
            LookupRow.outcome == LookupOutcome.EXCLUDED,
            LookupRow.detail != NOT_LOOKED_UP,
        )
        .order_by(LookupRow.service.desc())
    )
    return {
        link_id: ArchiveRefusal(kind=RefusalKind.EXCLUDED, detail=service)
        for link_id, service in connection.execute(statement)
    }


def _refused_by_services(connection: Connection) -> Mapping[int, ArchiveRefusal]:
    """Return the refusals by capture services. Those of a whole site count for each link there."""
    codes = sorted(SITE_REFUSAL_CODES | PAGE_REFUSAL_CODES)
    refused_at: ColumnElement[datetime] = func.coalesce(
        CaptureRow.finished_at, CaptureRow.requested_at, CaptureRow.queued_at
    )
    statement = (
        select(LinkRow.id, LinkRow.host_id, CaptureRow.service, CaptureRow.code, refused_at)
        .join(CaptureRow, CaptureRow.link_id == LinkRow.id)
        .where(
            LinkRow.role == Role.LINK,
            CaptureRow.service != LOCAL,
            CaptureRow.status == CaptureStatus.FAILED,
            CaptureRow.code.in_(codes),
        )
        .order_by(CaptureRow.id)
    )
    rows = connection.execute(statement).all()
    copied_links, copied_hosts = _latest_copies(connection, {row.host_id for row in rows})
    links: dict[int, ArchiveRefusal] = {}
    hosts: dict[int, ArchiveRefusal] = {}
    for link_id, host_id, service, code, refusal_time in rows:
        refusal = ArchiveRefusal(kind=RefusalKind.SERVICE, detail=f"{service}: {code}")
        is_whole_site = code in SITE_REFUSAL_CODES
        copied_at = copied_hosts.get(host_id) if is_whole_site else copied_links.get(link_id)
        if copied_at is None or copied_at < refusal_time:
            links[link_id] = refusal
            if is_whole_site:
                hosts[host_id] = refusal
    return {**_refusals_of_hosts(connection, hosts), **_keep_copyable(connection, links)}


def _latest_copies(
    connection: Connection, host_ids: Collection[int]
) -> tuple[Mapping[int, datetime], Mapping[int, datetime]]:
    """Return when public archives last made a usable copy, by link and by host."""
    by_link: dict[int, datetime] = {}
    by_host: dict[int, datetime] = {}
    for batch in chunks(sorted(host_ids)):
        statement = (
            select(LinkRow.id, LinkRow.host_id, func.max(MirrorRow.captured_at).label("at"))
            .join(MirrorRow, MirrorRow.original_id == LinkRow.id)
            .where(
                LinkRow.host_id.in_(batch),
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


def _refusals_of_hosts(
    connection: Connection, hosts: Mapping[int, ArchiveRefusal]
) -> Mapping[int, ArchiveRefusal]:
    """Return the refusal of its host for each link that could still be copied."""
    found: dict[int, ArchiveRefusal] = {}
    for batch in chunks(sorted(hosts)):
        statement = select(LinkRow.id, LinkRow.host_id).where(
            _can_be_copied(), LinkRow.host_id.in_(batch)
        )
        for link_id, host_id in connection.execute(statement):
            found[link_id] = hosts[host_id]
    return found


def _keep_copyable(
    connection: Connection, links: Mapping[int, ArchiveRefusal]
) -> Mapping[int, ArchiveRefusal]:
    """Return the refusals of those links that an archive could still copy."""
    found: dict[int, ArchiveRefusal] = {}
    for batch in chunks(sorted(links)):
        statement = select(LinkRow.id).where(_can_be_copied(), LinkRow.id.in_(batch))
        found |= {link_id: links[link_id] for link_id in connection.scalars(statement)}
    return found


def _links_with_copies(
    connection: Connection, link_ids: Collection[int]
) -> tuple[Collection[int], Collection[int]]:
    """Find the copies of the given links.

    Returns:
        The ids of the links with a copy in the local archive, and of those with a public copy.
    """
    kept, public = set[int](), set[int]()
    for batch in chunks(sorted(link_ids)):
        of_links = select(LinkRow.id).where(LinkRow.id.in_(batch))
        kept.update(connection.scalars(of_links.where(has_local_copy())))
        public.update(connection.scalars(of_links.where(has_public_copy())))
    return kept, public
