"""Comparisons of living pages with mementos of what was cited: which are due, and the results."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, exists, or_, select, update

from store.schema.dialects import chunks, insert_missing
from store.schema.models import ComparisonRow, LinkRow, MirrorRow, aliased
from store.vocabulary import LIVING_STATES, DriftOutcome, PageEvidence, Role, State
from store.work.archives.mementos import StoredMemento, memento_conditions, mementos_of
from store.work.page_evidence import last_page_seen
from store.work.scope import EVERYTHING, Scope
from store.work.turns import alternate_hosts


class ComparisonTask(Struct, frozen=True, kw_only=True):
    """A living link that is to be compared with a memento of it.

    Attributes:
        link_id: The link.
        url: Its URL.
        memento: The memento.
        page: What our latest probe of the link showed; None if nothing is stored.
        mirror_page: What our latest probe of the memento showed. If both are the same,
            the comparison needs no request.
    """

    link_id: int
    url: str
    memento: StoredMemento
    page: PageEvidence | None
    mirror_page: PageEvidence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftFinding:
    """The result of the latest comparison of a link.

    Attributes:
        link_id: The link.
        outcome: The outcome.
        remaining_share: Share of the memento's main text that the page still has, 0 to 1. None:
            they could not be compared.
        detail: The reason why they could not be compared.
        passages: Pairs of a sign and a text: "-" for what only the memento has, "+" for what only
            the page has.
        mirror: The memento's URL.
        captured_at: The memento's capture time; None if it is unknown.
        compared_at: The time of the comparison.
        since: When the outcome was first this one.
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
    """List living links with a memento whose comparison is due, those never compared first.

    If more are due, hosts take turns.

    Args:
        connection: A connection in a transaction.
        services: The services whose mementos are used.
        now: The time.
        limit: Maximum number of links.
        scope: Only links in this scope.

    Returns:
        The tasks.
    """
    is_due = or_(ComparisonRow.link_id.is_(None), ComparisonRow.next_comparison_at <= now)
    statement = (
        select(LinkRow.id, LinkRow.url)
        .outerjoin(ComparisonRow, ComparisonRow.link_id == LinkRow.id)
        .where(
            LinkRow.role == Role.LINK,
            LinkRow.state == State.ALIVE,
            _has_memento(services),
            scope.contains_link(),
            is_due,
        )
        .order_by(*alternate_hosts(ComparisonRow.next_comparison_at))
        .limit(limit)
    )
    rows = connection.execute(statement).all()
    mementos = mementos_of(connection, [row.id for row in rows], services=services)
    tasks = []
    for row in rows:
        if mementos.get(row.id):
            memento = mementos[row.id][0]
            task = ComparisonTask(
                link_id=row.id,
                url=row.url,
                memento=memento,
                page=last_page_seen(connection, row.id),
                mirror_page=last_page_seen(connection, memento.link_id),
            )
            tasks.append(task)
    return tasks


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
    """Store the result of a comparison, replacing the link's last one (see `DriftFinding`)."""
    before = connection.execute(
        select(ComparisonRow.outcome, ComparisonRow.since).where(
            ComparisonRow.link_id == task.link_id
        )
    ).first()
    is_same = before is not None and before.outcome == outcome
    values = {
        "mirror_id": task.memento.mirror_id,
        "run_id": run_id,
        "compared_at": at,
        "outcome": outcome,
        "remaining_share": remaining_share,
        "detail": detail,
        "passages": [list(passage) for passage in passages],
        "since": before.since if before is not None and is_same else at,
        "next_comparison_at": next_comparison_at,
    }
    insert_missing(connection, ComparisonRow, [{"link_id": task.link_id, **values}])
    connection.execute(
        update(ComparisonRow).where(ComparisonRow.link_id == task.link_id).values(values)
    )


def postpone_comparison(connection: Connection, task: ComparisonTask, *, until: datetime) -> bool:
    """Postpone the next comparison of a link, and keep what the last one found.

    Args:
        connection: A connection in a transaction that writes.
        task: A comparison without a result, because a response was missing.
        until: When the link is due again.

    Returns:
        False, with nothing changed, if no earlier comparison with the same memento had a result.
    """
    result = connection.execute(
        update(ComparisonRow)
        .where(
            ComparisonRow.link_id == task.link_id,
            ComparisonRow.mirror_id == task.memento.mirror_id,
            ComparisonRow.outcome != DriftOutcome.UNKNOWN,
        )
        .values(next_comparison_at=until)
    )
    return result.rowcount > 0


def drift_findings(connection: Connection, link_ids: Collection[int]) -> Mapping[int, DriftFinding]:
    """Return the latest comparison results of those of the given links that are alive, by id."""
    found: dict[int, DriftFinding] = {}
    mirror_link = aliased(LinkRow)
    for batch in chunks(sorted(link_ids)):
        statement = (
            select(
                ComparisonRow.link_id,
                ComparisonRow.outcome,
                ComparisonRow.remaining_share,
                ComparisonRow.detail,
                ComparisonRow.passages,
                ComparisonRow.compared_at,
                ComparisonRow.since,
                mirror_link.url.label("mirror"),
                MirrorRow.captured_at,
            )
            .join(LinkRow, LinkRow.id == ComparisonRow.link_id)
            .join(MirrorRow, MirrorRow.id == ComparisonRow.mirror_id)
            .join(mirror_link, mirror_link.id == MirrorRow.link_id)
            .where(ComparisonRow.link_id.in_(batch), LinkRow.state.in_(LIVING_STATES))
        )
        for row in connection.execute(statement).mappings():
            passages = tuple((sign, text) for sign, text in row["passages"])
            found[row["link_id"]] = DriftFinding(**{**row, "passages": passages})
    return found


def changed_drift_findings(connection: Connection) -> Mapping[int, DriftFinding]:
    """Return the latest comparisons of living links whose text changed, by link id."""
    changed = select(ComparisonRow.link_id).where(ComparisonRow.outcome == DriftOutcome.CHANGED)
    return drift_findings(connection, connection.scalars(changed).all())


def _has_memento(services: Collection[str]) -> ColumnElement[bool]:
    """Return the condition that a link has a memento on one of the given services."""
    mirror_link = aliased(LinkRow)
    return exists().where(
        MirrorRow.original_id == LinkRow.id,
        MirrorRow.link_id == mirror_link.id,
        *memento_conditions(mirror_link, services),
    )
