"""Query the results of work with archives: failed lookups, captures, links with one mirror."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, and_, func, or_, select

from store.queries.cited import is_cited_link
from store.schema.models import CaptureRow, LinkRow, LookupRow, MirrorRow, aliased
from store.schema.rows import rows_as
from store.vocabulary import (
    LIVING_STATES,
    SERVED_VERDICTS,
    CaptureStatus,
    LookupOutcome,
    MirrorQuality,
    Reason,
    Role,
    State,
    Verdict,
)
from store.work.archives.captures import UNFINISHED


class FailedLookup(Struct, frozen=True, kw_only=True):
    """A lookup that got no usable response, or whose link the archive excludes."""

    url: str
    service: str
    outcome: LookupOutcome
    detail: str
    requested_at: datetime
    next_lookup_at: datetime


class CaptureFinding(Struct, frozen=True, kw_only=True):
    """A capture and its progress."""

    url: str
    service: str
    status: CaptureStatus
    queued_at: datetime
    finished_at: datetime | None
    next_try_at: datetime | None
    code: str  # the service's own error code
    detail: str
    mirror: str | None  # the URL of the mirror that the capture made


class ArchiveObservation(Struct, frozen=True, kw_only=True):
    """The response that an archive got from a link, from a network that is not ours.

    Attributes:
        url: The link.
        service: The archive.
        observed_reason: The reason why the capture failed. For a link that blocks us: the reason of
            the verdict on the mirror that was captured since then.
        at: When the capture ended or was made.
        state: Our own state of the link.
    """

    url: str
    service: str
    observed_reason: Reason
    at: datetime
    state: State


class SingleCopy(Struct, frozen=True, gc=False):
    """A link with exactly one mirror that is alive and not known to be unusable.

    Attributes:
        url: The link.
        mirror: The URL of the mirror.
        service: The mirror's service.
        less_trusted: Whether that service is trusted less.
    """

    url: str
    mirror: str
    service: str
    less_trusted: bool


def failed_lookups(connection: Connection, *, wiki: str) -> Sequence[FailedLookup]:
    """List lookups that got no usable response or that the archive excludes.

    Args:
        connection: A connection in a transaction.
        wiki: Only links that this wiki cites.

    Returns:
        The lookups, by service and link.
    """
    statement = (
        select(
            LinkRow.url,
            LookupRow.service,
            LookupRow.outcome,
            LookupRow.detail,
            LookupRow.requested_at,
            LookupRow.next_lookup_at,
        )
        .join(LinkRow, LinkRow.id == LookupRow.link_id)
        .where(
            LookupRow.outcome.in_((LookupOutcome.UNKNOWN, LookupOutcome.EXCLUDED)),
            is_cited_link(wiki),
        )
        .order_by(LookupRow.service, LinkRow.id)
    )
    return rows_as(FailedLookup, connection.execute(statement))


def captures_since(
    connection: Connection, since: datetime | None, *, wiki: str
) -> Sequence[CaptureFinding]:
    """List unfinished captures, and those that finished since a time, by queueing time.

    Args:
        connection: A connection in a transaction.
        since: The time; None for all captures.
        wiki: Only links that this wiki cites.

    Returns:
        The captures.
    """
    mirror_link = aliased(LinkRow)
    statement = (
        select(
            LinkRow.url,
            CaptureRow.service,
            CaptureRow.status,
            CaptureRow.queued_at,
            CaptureRow.finished_at,
            CaptureRow.next_try_at,
            CaptureRow.code,
            CaptureRow.detail,
            mirror_link.url.label("mirror"),
        )
        .join(LinkRow, LinkRow.id == CaptureRow.link_id)
        .outerjoin(MirrorRow, MirrorRow.id == CaptureRow.mirror_id)
        .outerjoin(mirror_link, mirror_link.id == MirrorRow.link_id)
        .where(is_cited_link(wiki))
        .order_by(CaptureRow.queued_at, CaptureRow.id)
    )
    if since is not None:
        statement = statement.where(
            or_(CaptureRow.status.in_(UNFINISHED), CaptureRow.finished_at >= since)
        )
    return rows_as(CaptureFinding, connection.execute(statement))


def archive_observations(connection: Connection, *, wiki: str) -> Sequence[ArchiveObservation]:
    """List what archives got when they captured links that a wiki cites.

    Returns:
        The latest failed capture of each link and archive, by service. Then the captures of
        blocked links, made since the links block us.
    """
    latest = (
        select(func.max(CaptureRow.id))
        .where(CaptureRow.observed_reason.is_not(None), CaptureRow.finished_at.is_not(None))
        .group_by(CaptureRow.link_id, CaptureRow.service)
    )
    statement = (
        select(
            LinkRow.url,
            LinkRow.state,
            CaptureRow.service,
            CaptureRow.observed_reason,
            CaptureRow.finished_at.label("at"),
        )
        .join(LinkRow, LinkRow.id == CaptureRow.link_id)
        .where(CaptureRow.id.in_(latest), is_cited_link(wiki))
        .order_by(CaptureRow.service, LinkRow.id)
    )
    observed = rows_as(ArchiveObservation, connection.execute(statement))
    return [*observed, *_captures_of_blocked_links(connection, wiki)]


def _captures_of_blocked_links(connection: Connection, wiki: str) -> Sequence[ArchiveObservation]:
    """List the captures of links that block us, made since then, if their mirrors were probed."""
    mirror_link = aliased(LinkRow)
    statement = (
        select(
            LinkRow.url,
            MirrorRow.service,
            mirror_link.reason,
            MirrorRow.captured_at,
            LinkRow.state,
        )
        .select_from(LinkRow)
        .join(MirrorRow, MirrorRow.original_id == LinkRow.id)
        .join(mirror_link, mirror_link.id == MirrorRow.link_id)
        .where(
            LinkRow.role == Role.LINK,
            LinkRow.state == State.BLOCKED,
            MirrorRow.captured_at >= LinkRow.state_since,
            # A mirror that replays, but not the cited page, is no evidence.
            or_(
                mirror_link.verdict == Verdict.BROKEN,
                and_(
                    mirror_link.verdict.in_(SERVED_VERDICTS),
                    MirrorRow.quality != MirrorQuality.UNUSABLE,
                ),
            ),
            is_cited_link(wiki),
        )
        .order_by(MirrorRow.service, LinkRow.id, MirrorRow.captured_at)
    )
    return [
        ArchiveObservation(
            url=url, service=service, observed_reason=reason, at=captured_at, state=state
        )
        for url, service, reason, captured_at, state in connection.execute(statement)
        if reason is not None and captured_at is not None
    ]


def single_copies(
    connection: Connection, *, wiki: str, less_trusted: Collection[str] = ()
) -> Sequence[SingleCopy]:
    """List links that a wiki cites and that have exactly one mirror to rely on (`SingleCopy`).

    Args:
        connection: A connection in a transaction.
        wiki: The wiki's name.
        less_trusted: Services that are trusted less.

    Returns:
        The links by id, those on less trusted services first.
    """
    mirror_link = aliased(LinkRow)
    # Counted in a subquery first: most links have more mirrors, and need not be read.
    sole_mirror = (
        select(MirrorRow.original_id, func.min(MirrorRow.id).label("id"))
        .join(mirror_link, mirror_link.id == MirrorRow.link_id)
        .where(MirrorRow.quality != MirrorQuality.UNUSABLE, mirror_link.state.in_(LIVING_STATES))
        .group_by(MirrorRow.original_id)
        .having(func.count(MirrorRow.id) == 1)
        .subquery()
    )
    sole_mirror_link = aliased(LinkRow)
    statement = (
        select(LinkRow.url, sole_mirror_link.url.label("mirror"), MirrorRow.service)
        .join(sole_mirror, sole_mirror.c.original_id == LinkRow.id)
        .join(MirrorRow, MirrorRow.id == sole_mirror.c.id)
        .join(sole_mirror_link, sole_mirror_link.id == MirrorRow.link_id)
        .where(LinkRow.role == Role.LINK, is_cited_link(wiki))
        .order_by(LinkRow.id)
    )
    copies = [
        SingleCopy(url, mirror, service, service in less_trusted)
        for url, mirror, service in connection.execute(statement).all()
    ]
    return sorted(copies, key=lambda copy: not copy.less_trusted)
