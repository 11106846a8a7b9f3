"""What asking the archives came to: look-ups without an answer, captures made and failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, or_, select
from sqlalchemy.orm import aliased

from store.models import Capture, Citation, Link, Lookup, Mirror, Page
from store.vocabulary import CaptureStatus, LookupOutcome

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


def _is_cited(wiki: str) -> ColumnElement[bool]:
    return exists().where(Citation.link_id == Link.id, Citation.gone_run_id.is_(None), Page.id == Citation.page_id, Page.wiki == wiki)
