"""Lookups: the links whose snapshots are to be looked up at an archive, and the results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
    update,
)

from store.schema.dialects import chunks, insert_missing
from store.schema.models import CitationRow, LinkRow, LookupRow, MirrorRow, PageRow, RunRow, aliased
from store.vocabulary import (
    CONCLUSIVE_OUTCOMES,
    FAILING_STATES,
    LIVING_STATES,
    LookupOutcome,
    LookupResult,
    MirrorOrigin,
    MirrorQuality,
    Role,
    State,
)
from store.work.archives.mirrors import end_of_day, has_mirror, store_snapshot
from store.work.links import LinkRegistry
from store.work.scope import EVERYTHING, Scope


class LookupTask(Struct, frozen=True, kw_only=True):
    """A link to look up at an archive.

    Attributes:
        link_id: The link.
        url: Its URL.
        target_time: When the author read the page: the newest snapshot until then is wanted.
        is_failing: Whether the link's state is suspect or broken.
        unusable: URLs of its unusable mirrors at the archive, which are not wanted again.
        prefer_earlier: Whether a snapshot after `target_time` is wanted only if there is none
            before. If False, the nearest one is wanted, to replace a cited copy of that time.
        first_since: Whether the first snapshot after `target_time` is wanted: it shows whether
            others were served then.
        is_further: Whether a further snapshot is wanted, as those found so far differ from the
            cited copy that is to be replaced.
    """

    link_id: int
    url: str
    target_time: datetime
    is_failing: bool = False
    unusable: tuple[str, ...] = ()
    prefer_earlier: bool = True
    first_since: bool = False
    is_further: bool = False


def found_share(connection: Connection, service: str) -> float | None:
    """Return the share of a service's conclusive lookups that found a snapshot.

    Returns:
        0 to 1; None if no lookup was conclusive.
    """
    statement = select(LookupRow.outcome, func.count()).where(
        LookupRow.service == service, LookupRow.outcome.in_(CONCLUSIVE_OUTCOMES)
    )
    rows = connection.execute(statement.group_by(LookupRow.outcome))
    counts = {row[0]: row[1] for row in rows}
    total = sum(counts.values())
    return counts.get(LookupOutcome.FOUND, 0) / total if total else None


def links_to_look_up(
    connection: Connection,
    service: str,
    *,
    now: datetime,
    limit: int,
    looked_up_at_service: str | None = None,
    less_trusted: Collection[str] = (),
    scope: Scope = EVERYTHING,
) -> Sequence[LookupTask]:
    """List links without a living mirror whose lookup at a service is due, failing links first.

    Of equals, those come first that were never looked up there, then those that wait longest.

    Links whose only living mirrors are on less trusted services come last: they need a copy on
    another one. A lookup that found nothing while the link was alive is repeated once it fails: for
    a failing link, archives are searched for more spellings of its URL.

    Args:
        connection: A connection in a transaction.
        service: The archive to look them up at.
        now: The time.
        limit: Maximum number of links.
        looked_up_at_service: Only links that were looked up at this other service already, whatever
            the result. None: all links.
        less_trusted: Services whose mirrors alone are not enough.
        scope: Only links in this scope.

    Returns:
        The tasks.
    """
    statement = _select_links_without_mirror(less_trusted, scope).where(~_is_waiting(service, now))
    statement = statement.order_by(*longest_wait_first(service))
    if looked_up_at_service is not None:
        is_looked_up = exists().where(
            LookupRow.link_id == LinkRow.id, LookupRow.service == looked_up_at_service
        )
        statement = statement.where(is_looked_up)
    rows = connection.execute(statement.limit(limit)).all()
    unusable = _unusable_mirrors(connection, service, [row.id for row in rows])
    tasks = []
    for row in rows:
        # A living copy on a less trusted service is to be replaced by one of about its own time.
        copied_at = row.copied_at if row.has_copy else None
        read_at = (
            end_of_day(row.accessed)
            or copied_at
            or end_of_day(row.dated or row.added)
            or row.started_at
        )
        task = LookupTask(
            link_id=row.id,
            url=row.url,
            target_time=read_at,
            is_failing=row.state in FAILING_STATES,
            unusable=tuple(unusable.get(row.id, ())),
            prefer_earlier=copied_at is None,
        )
        tasks.append(task)
    return tasks


def longest_wait_first(service: str) -> Sequence[ColumnElement[Any]]:
    """Return the terms of an ORDER BY: never looked up at a service first, then longest ago.

    A lookup without an answer is repeated soon. It must not keep a run from those after it.
    """
    requested_at = (
        select(LookupRow.requested_at)
        .where(LookupRow.link_id == LinkRow.id, LookupRow.service == service)
        .correlate(LinkRow)
        .scalar_subquery()
    )
    return (requested_at.nulls_first(), LinkRow.id)


def _is_waiting(service: str, now: datetime) -> ColumnElement[bool]:
    """Return the condition that a link's next lookup at a service is not due yet."""
    return exists().where(
        LookupRow.link_id == LinkRow.id,
        LookupRow.service == service,
        LookupRow.next_lookup_at > now,
        or_(
            LookupRow.outcome != LookupOutcome.NONE,
            LinkRow.first_failed_at.is_(None),
            LookupRow.requested_at >= LinkRow.first_failed_at,
        ),
    )


def _select_links_without_mirror(
    less_trusted: Collection[str], scope: Scope
) -> Select[*tuple[Any, ...]]:
    """Select links without a living mirror and their citations' dates, failing links first."""
    return (
        select(
            LinkRow.id,
            LinkRow.url,
            LinkRow.state,
            RunRow.started_at,
            func.min(CitationRow.accessed).label("accessed"),
            func.min(PageRow.dated).label("dated"),
            func.min(CitationRow.added).label("added"),
            _time_of_first_cited_copy().label("copied_at"),
            has_mirror(*LIVING_STATES, State.UNCHECKED).label("has_copy"),
        )
        .join(
            CitationRow, and_(CitationRow.link_id == LinkRow.id, CitationRow.gone_run_id.is_(None))
        )
        .join(PageRow, PageRow.id == CitationRow.page_id)
        .join(RunRow, RunRow.id == LinkRow.first_run_id)
        .where(
            LinkRow.role == Role.LINK,
            LinkRow.state != State.SKIPPED,
            ~has_mirror(*LIVING_STATES, State.UNCHECKED, except_on=less_trusted),
            scope.contains_link(),
        )
        .group_by(LinkRow.id, LinkRow.url, LinkRow.state, RunRow.started_at)
        .order_by(
            has_mirror(*LIVING_STATES, State.UNCHECKED),
            LinkRow.state.in_(FAILING_STATES).desc(),
        )
    )


def _time_of_first_cited_copy() -> ScalarSelect[Any]:
    """Select the capture time of the oldest copy of a link that pages cite now or cited before."""
    return (
        select(func.min(MirrorRow.captured_at))
        .where(MirrorRow.original_id == LinkRow.id, MirrorRow.origin == MirrorOrigin.CITED)
        .correlate(LinkRow)
        .scalar_subquery()
    )


def _unusable_mirrors(
    connection: Connection, service: str, link_ids: Sequence[int]
) -> Mapping[int, Sequence[str]]:
    """Map links to the URLs of their mirrors at a service that are known to be unusable."""
    mirror_link = aliased(LinkRow)
    found: dict[int, list[str]] = defaultdict(list)
    for batch in chunks(link_ids):
        statement = (
            select(MirrorRow.original_id, mirror_link.url)
            .join(mirror_link, mirror_link.id == MirrorRow.link_id)
            .where(
                MirrorRow.original_id.in_(batch),
                MirrorRow.service == service,
                MirrorRow.quality == MirrorQuality.UNUSABLE,
            )
            .order_by(MirrorRow.id)
        )
        for original_id, url in connection.execute(statement):
            if original_id is not None:
                found[original_id].append(url)
    return found


def record_lookup(
    connection: Connection,
    registry: LinkRegistry,
    task: LookupTask,
    result: LookupResult,
    *,
    service: str,
    run_id: int,
    at: datetime,
    next_lookup_at: datetime,
) -> None:
    """Store the result of a lookup in place of the last one, and the mirror it found.

    Args:
        connection: A connection in a transaction that writes.
        registry: Stores the mirror.
        task: The link.
        result: The archive's answer.
        service: The archive.
        run_id: The run.
        at: The time of the lookup.
        next_lookup_at: When the link is due again at this archive.
    """
    mirror_id = None
    if result.snapshot:
        mirror_id = store_snapshot(registry, result.snapshot, task.link_id, MirrorOrigin.FOUND)
    values = {
        "run_id": run_id,
        "requested_at": at,
        "outcome": result.outcome,
        "detail": result.detail,
        "next_lookup_at": next_lookup_at,
        "mirror_id": mirror_id,
    }
    key = {"link_id": task.link_id, "service": service}
    insert_missing(connection, LookupRow, [key | values])
    connection.execute(
        update(LookupRow)
        .where(LookupRow.link_id == task.link_id, LookupRow.service == service)
        .values(values)
    )


def postpone_further_lookup(
    connection: Connection,
    task: LookupTask,
    *,
    service: str,
    detail: str,
    run_id: int,
    at: datetime,
    next_lookup_at: datetime,
) -> None:
    """Store why a lookup for a further copy had no result; the copy found before stays."""
    connection.execute(
        update(LookupRow)
        .where(LookupRow.link_id == task.link_id, LookupRow.service == service)
        .values(run_id=run_id, requested_at=at, detail=detail, next_lookup_at=next_lookup_at)
    )
