"""What asking the archives came to: look-ups without an answer, captures made and failed, what archives met, links that hang by one copy."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select
from sqlalchemy.orm import aliased

from store.schema.models import CaptureRow, CitationRow, LinkRow, LookupRow, MirrorRow, PageRow
from store.vocabulary import CaptureStatus, LookupOutcome, MirrorQuality, Reason, Role, State

_UNSETTLED = (CaptureStatus.QUEUED, CaptureStatus.REQUESTED, CaptureStatus.PENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnansweredLookup:
    """A link about which a service gave no answer, or will give none (`excluded`)."""

    url: str
    service: str
    outcome: LookupOutcome
    detail: str
    requested_at: datetime
    next_lookup_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureFinding:
    """A capture and how far it has come. `mirror` is the address of what it made; `code` and `detail` are the service's own words."""

    url: str
    service: str
    status: CaptureStatus
    queued_at: datetime
    finished_at: datetime | None
    next_try_at: datetime | None
    code: str
    detail: str
    mirror: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveObservation:
    """What an archive itself met at a link it was to capture: a second pair of eyes, from another place."""

    url: str
    service: str
    observed_reason: Reason
    at: datetime
    state: State  # what we think of the link


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleCopy:
    """A link that hangs by one good mirror. `doubted` tells that it is on a service we trust less."""

    url: str
    mirror: str
    service: str
    less_trusted: bool


def unanswered_lookups(connection: Connection, *, wiki: str) -> Sequence[UnansweredLookup]:
    """List the look-ups of links the wiki cites now that came to nothing, by service and link."""
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
            LookupRow.outcome.in_((LookupOutcome.UNKNOWN, LookupOutcome.EXCLUDED)), _is_cited(wiki)
        )
        .order_by(LookupRow.service, LinkRow.id)
    )
    return [
        UnansweredLookup(
            url=row.url,
            service=row.service,
            outcome=row.outcome,
            detail=row.detail,
            requested_at=row.requested_at,
            next_lookup_at=row.next_lookup_at,
        )
        for row in connection.execute(statement)
    ]


def captures_since(
    connection: Connection, since: datetime | None, *, wiki: str
) -> Sequence[CaptureFinding]:
    """List the captures that are under way, and those that ended since a moment (None: ever), in the order they were decided on."""
    address = aliased(LinkRow)
    statement = (
        select(
            *(
                LinkRow.url,
                CaptureRow.service,
                CaptureRow.status,
                CaptureRow.queued_at,
                CaptureRow.finished_at,
                CaptureRow.next_try_at,
            ),
            *(CaptureRow.code, CaptureRow.detail, address.url.label("mirror")),
        )
        .join(LinkRow, LinkRow.id == CaptureRow.link_id)
        .outerjoin(MirrorRow, MirrorRow.id == CaptureRow.mirror_id)
        .outerjoin(address, address.id == MirrorRow.link_id)
        .where(_is_cited(wiki))
        .order_by(CaptureRow.queued_at, CaptureRow.id)
    )
    if since is not None:
        statement = statement.where(
            or_(CaptureRow.status.in_(_UNSETTLED), CaptureRow.finished_at >= since)
        )
    return [
        CaptureFinding(
            url=row.url,
            service=row.service,
            status=row.status,
            queued_at=row.queued_at,
            finished_at=row.finished_at,
            next_try_at=row.next_try_at,
            code=row.code,
            detail=row.detail,
            mirror=row.mirror,
        )
        for row in connection.execute(statement)
    ]


def archive_observations(connection: Connection, *, wiki: str) -> Sequence[ArchiveObservation]:
    """List what archives met at links the wiki cites now, where it tells of the link; the latest for each service."""
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
            CaptureRow.finished_at,
        )
        .join(LinkRow, LinkRow.id == CaptureRow.link_id)
        .where(CaptureRow.id.in_(latest), _is_cited(wiki))
        .order_by(CaptureRow.service, LinkRow.id)
    )
    return [
        ArchiveObservation(
            url=row.url,
            service=row.service,
            observed_reason=row.observed_reason,
            at=row.finished_at,
            state=row.state,
        )
        for row in connection.execute(statement)
    ]


def single_copies(
    connection: Connection, *, wiki: str, less_trusted: Collection[str] = ()
) -> Sequence[SingleCopy]:
    """List cited links with exactly one good mirror, those on a `doubted` service first: without a second copy, one loss is all it takes."""
    address = aliased(LinkRow)
    only = (  # counted before anything else is read: of most links there is more to read than this
        select(MirrorRow.original_id, func.min(MirrorRow.id).label("id"))
        .join(address, address.id == MirrorRow.link_id)
        .where(
            MirrorRow.quality != MirrorQuality.UNUSABLE,
            address.state.in_((State.ALIVE, State.MOVED)),
        )
        .group_by(MirrorRow.original_id)
        .having(func.count(MirrorRow.id) == 1)
        .subquery()
    )
    copy = aliased(LinkRow)
    statement = (
        select(LinkRow.url, copy.url, MirrorRow.service)
        .join(only, only.c.original_id == LinkRow.id)
        .join(MirrorRow, MirrorRow.id == only.c.id)
        .join(copy, copy.id == MirrorRow.link_id)
        .where(LinkRow.role == Role.LINK, _is_cited(wiki))
        .order_by(LinkRow.id)
    )
    thin = [
        SingleCopy(url=url, mirror=mirror, service=service, less_trusted=service in less_trusted)
        for url, mirror, service in connection.execute(statement).all()
    ]
    return sorted(thin, key=lambda cover: not cover.less_trusted)


def _is_cited(wiki: str) -> ColumnElement[bool]:
    return exists().where(
        CitationRow.link_id == LinkRow.id,
        CitationRow.gone_run_id.is_(None),
        PageRow.id == CitationRow.page_id,
        PageRow.wiki == wiki,
    )
