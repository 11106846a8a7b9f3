"""What asking the archives came to: look-ups without an answer, captures made and failed, what archives met, links that hang by one copy."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select
from sqlalchemy.orm import aliased

from store.schema.models import Capture, Citation, Link, Lookup, Mirror, Page
from store.vocabulary import CaptureStatus, LookupOutcome, MirrorQuality, Reason, Role, State

_UNSETTLED = (CaptureStatus.QUEUED, CaptureStatus.ASKED, CaptureStatus.PENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnansweredLookup:
    """A link about which a service gave no answer, or will give none (`excluded`)."""

    url: str
    service: str
    outcome: LookupOutcome
    detail: str
    asked_at: datetime
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
class Sighting:
    """What an archive itself met at a link it was to capture: a second pair of eyes, from another place."""

    url: str
    service: str
    seen: Reason
    at: datetime
    state: State  # what we think of the link


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinCover:
    """A link that hangs by one good mirror. `doubted` tells that it is on a service we trust less."""

    url: str
    mirror: str
    service: str
    doubted: bool


def unanswered_lookups(connection: Connection, *, wiki: str) -> Sequence[UnansweredLookup]:
    """List the look-ups of links the wiki cites now that came to nothing, by service and link."""
    statement = (
        select(Link.url, Lookup.service, Lookup.outcome, Lookup.detail, Lookup.asked_at, Lookup.next_lookup_at)
        .join(Link, Link.id == Lookup.link_id)
        .where(Lookup.outcome.in_((LookupOutcome.UNKNOWN, LookupOutcome.EXCLUDED)), _is_cited(wiki))
        .order_by(Lookup.service, Link.id)
    )
    return [
        UnansweredLookup(
            url=row.url,
            service=row.service,
            outcome=row.outcome,
            detail=row.detail,
            asked_at=row.asked_at,
            next_lookup_at=row.next_lookup_at,
        )
        for row in connection.execute(statement)
    ]


def captures_since(connection: Connection, since: datetime | None, *, wiki: str) -> Sequence[CaptureFinding]:
    """List the captures that are under way, and those that ended since a moment (None: ever), in the order they were decided on."""
    address = aliased(Link)
    statement = (
        select(
            *(Link.url, Capture.service, Capture.status, Capture.queued_at, Capture.finished_at, Capture.next_try_at),
            *(Capture.code, Capture.detail, address.url.label("mirror")),
        )
        .join(Link, Link.id == Capture.link_id)
        .outerjoin(Mirror, Mirror.id == Capture.mirror_id)
        .outerjoin(address, address.id == Mirror.link_id)
        .where(_is_cited(wiki))
        .order_by(Capture.queued_at, Capture.id)
    )
    if since is not None:
        statement = statement.where(or_(Capture.status.in_(_UNSETTLED), Capture.finished_at >= since))
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


def sightings(connection: Connection, *, wiki: str) -> Sequence[Sighting]:
    """List what archives met at links the wiki cites now, where it tells of the link; the latest for each service."""
    latest = (
        select(func.max(Capture.id))
        .where(Capture.seen.is_not(None), Capture.finished_at.is_not(None))
        .group_by(Capture.link_id, Capture.service)
    )
    statement = (
        select(Link.url, Link.state, Capture.service, Capture.seen, Capture.finished_at)
        .join(Link, Link.id == Capture.link_id)
        .where(Capture.id.in_(latest), _is_cited(wiki))
        .order_by(Capture.service, Link.id)
    )
    return [
        Sighting(url=row.url, service=row.service, seen=row.seen, at=row.finished_at, state=row.state)
        for row in connection.execute(statement)
    ]


def thin_cover(connection: Connection, *, wiki: str, doubted: Collection[str] = ()) -> Sequence[ThinCover]:
    """List cited links with exactly one good mirror, those on a `doubted` service first: without a second copy, one loss is all it takes."""
    address = aliased(Link)
    only = (  # counted before anything else is read: of most links there is more to read than this
        select(Mirror.original_id, func.min(Mirror.id).label("id"))
        .join(address, address.id == Mirror.link_id)
        .where(Mirror.quality != MirrorQuality.WORTHLESS, address.state.in_((State.ALIVE, State.MOVED)))
        .group_by(Mirror.original_id)
        .having(func.count(Mirror.id) == 1)
        .subquery()
    )
    copy = aliased(Link)
    statement = (
        select(Link.url, copy.url, Mirror.service)
        .join(only, only.c.original_id == Link.id)
        .join(Mirror, Mirror.id == only.c.id)
        .join(copy, copy.id == Mirror.link_id)
        .where(Link.role == Role.LINK, _is_cited(wiki))
        .order_by(Link.id)
    )
    thin = [
        ThinCover(url=url, mirror=mirror, service=service, doubted=service in doubted)
        for url, mirror, service in connection.execute(statement).all()
    ]
    return sorted(thin, key=lambda cover: not cover.doubted)


def _is_cited(wiki: str) -> ColumnElement[bool]:
    return exists().where(Citation.link_id == Link.id, Citation.gone_run_id.is_(None), Page.id == Citation.page_id, Page.wiki == wiki)
