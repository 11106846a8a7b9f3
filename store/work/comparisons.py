"""Living links held against the mementos of what was cited: which are due, and what was seen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, update
from sqlalchemy.orm import aliased

from store.queries.link_history import last_page_seen
from store.schema.dialects import chunks, insert_missing
from store.schema.models import ComparisonRow, LinkRow, MirrorRow
from store.vocabulary import DriftOutcome, MirrorQuality, PageEvidence, Role, State
from store.work.mementos import StoredMemento, mementos_of
from store.work.scope import EVERYTHING, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonTask:
    """A living link to be compared with a memento of it.

    `page` and `replay` are what our last probes saw of either: where these are the same already, nobody need be asked.
    """

    link_id: int
    url: str
    host_id: int
    memento: StoredMemento
    page: PageEvidence | None
    mirror_page: PageEvidence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftFinding:
    """What the last comparison of a link showed. `kept` is how much of the memento's main text the page still has, 0 to 1.

    `passages` are (sign, text) pairs: "-" for what only the memento at `mirror` has, "+" for what only the page has. `since` is when the
    outcome was first this one.
    """

    link_id: int
    outcome: DriftOutcome
    remaining_share: float | None
    detail: str
    passages: tuple[tuple[str, str], ...]
    mirror: str
    captured_at: datetime | None
    compared_at: datetime
    since: datetime


def links_to_compare(
    connection: Connection,
    *,
    services: Collection[str],
    now: datetime,
    limit: int,
    scope: Scope = EVERYTHING,
) -> Sequence[ComparisonTask]:
    """List living links with a living memento on one of some services that were not compared of late, those never compared first."""
    statement = (
        select(LinkRow.id, LinkRow.url, LinkRow.host_id)
        .outerjoin(ComparisonRow, ComparisonRow.link_id == LinkRow.id)
        .where(
            *(
                LinkRow.role == Role.LINK,
                LinkRow.state == State.ALIVE,
                _has_memento(services),
                scope.contains_link(),
            ),
            or_(ComparisonRow.link_id.is_(None), ComparisonRow.next_comparison_at <= now),
        )
        .order_by(ComparisonRow.link_id.is_not(None), ComparisonRow.next_comparison_at, LinkRow.id)
        .limit(limit)
    )
    rows = connection.execute(statement).all()
    mementos = mementos_of(connection, [row.id for row in rows], services=services)
    return [
        ComparisonTask(
            link_id=row.id,
            url=row.url,
            host_id=row.host_id,
            memento=mementos[row.id][0],
            page=last_page_seen(connection, row.id),
            mirror_page=last_page_seen(connection, mementos[row.id][0].link_id),
        )
        for row in rows
        if mementos.get(row.id)
    ]


def record_comparison(
    connection: Connection,
    task: ComparisonTask,
    outcome: DriftOutcome,
    *,
    remaining_share: float | None,
    detail: str,
    passages: Sequence[tuple[str, str]],
    run_id: int,
    at: datetime,
    next_comparison_at: datetime,
) -> None:
    """Keep what a comparison showed in the place of the last one."""
    before = connection.execute(
        select(ComparisonRow.outcome, ComparisonRow.since).where(
            ComparisonRow.link_id == task.link_id
        )
    ).first()
    values = {
        "mirror_id": task.memento.mirror_id,
        "run_id": run_id,
        "compared_at": at,
        "outcome": outcome,
        "remaining_share": remaining_share,
        "detail": detail,
        "passages": [list(passage) for passage in passages],
        "since": before.since if before and before.outcome == outcome else at,
        "next_comparison_at": next_comparison_at,
    }
    insert_missing(connection, ComparisonRow, [{"link_id": task.link_id, **values}])
    connection.execute(
        update(ComparisonRow).where(ComparisonRow.link_id == task.link_id).values(values)
    )


def drift_findings(connection: Connection, link_ids: Collection[int]) -> Mapping[int, DriftFinding]:
    """Map living links to what their last comparison showed."""
    found: dict[int, DriftFinding] = {}
    address = aliased(LinkRow)
    for some in chunks(sorted(link_ids)):
        statement = (
            select(ComparisonRow, address.url, MirrorRow.captured_at)
            .join(LinkRow, LinkRow.id == ComparisonRow.link_id)
            .join(MirrorRow, MirrorRow.id == ComparisonRow.mirror_id)
            .join(address, address.id == MirrorRow.link_id)
            .where(ComparisonRow.link_id.in_(some), LinkRow.state.in_((State.ALIVE, State.MOVED)))
        )
        for row in connection.execute(statement):
            found[row.link_id] = DriftFinding(
                link_id=row.link_id,
                outcome=row.outcome,
                remaining_share=row.remaining_share,
                detail=row.detail,
                passages=tuple((sign, text) for sign, text in row.passages),
                mirror=row.url,
                captured_at=row.captured_at,
                compared_at=row.compared_at,
                since=row.since,
            )
    return found


def changed_drift_findings(connection: Connection) -> Mapping[int, DriftFinding]:
    """Map every living link that no longer says what was cited to what its last comparison showed."""
    return drift_findings(
        connection,
        connection.scalars(
            select(ComparisonRow.link_id).where(ComparisonRow.outcome == DriftOutcome.CHANGED)
        ).all(),
    )


def _has_memento(services: Collection[str]) -> ColumnElement[bool]:
    address = aliased(LinkRow)
    return exists().where(
        and_(
            *(
                MirrorRow.original_id == LinkRow.id,
                MirrorRow.link_id == address.id,
                MirrorRow.service.in_(services),
                MirrorRow.captured_at.is_not(None),
            ),
            *(
                MirrorRow.quality.in_((MirrorQuality.UNVERIFIED, MirrorQuality.FAITHFUL)),
                address.state == State.ALIVE,
            ),
        )
    )
