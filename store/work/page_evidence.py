"""Read what pages and their mementos showed when they were probed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select

from store.schema.dialects import chunks
from store.schema.json_codec import decode
from store.schema.models import LinkRow, MirrorRow, ProbeRow, RunRow
from store.vocabulary import (
    OWN_CAPTURE,
    OWN_PROBE,
    SERVED_VERDICTS,
    MirrorOrigin,
    PageEvidence,
    Role,
    State,
)
from store.work.archives.mementos import mirror_conditions, nearest_memento, reading_dates
from store.work.archives.mirrors import end_of_day


def last_page_seen(connection: Connection, link_id: int) -> PageEvidence | None:
    """Return what the page of a link or mirror showed when it was last served.

    Returns:
        The evidence of the latest probe with the verdict alive or moved; None if there is none
        in the store.
    """
    found = last_page_with_time(connection, link_id)
    return found[0] if found else None


def last_page_with_time(
    connection: Connection, link_id: int
) -> tuple[PageEvidence, datetime] | None:
    """Return what the page of a link or mirror showed when last served, and the probe's time."""
    statement = (
        select(ProbeRow.evidence, ProbeRow.started_at)
        .where(
            ProbeRow.link_id == link_id,
            ProbeRow.evidence.is_not(None),
            ProbeRow.verdict.in_(SERVED_VERDICTS),
        )
        .order_by(ProbeRow.started_at.desc(), ProbeRow.id.desc())
        .limit(1)
    )
    row = connection.execute(statement).one_or_none()
    return (decode(PageEvidence, row.evidence), row.started_at) if row else None


def last_pages_seen(
    connection: Connection, link_ids: Collection[int]
) -> Mapping[int, PageEvidence]:
    """Map links and mirrors to what their pages showed when they were last served."""
    found: dict[int, PageEvidence] = {}
    for batch in chunks(sorted(link_ids)):
        for row in connection.execute(_select_last_evidence(), {"ids": batch}):
            found[row.id] = decode(PageEvidence, row.evidence)
    return found


def archived_pages(
    connection: Connection, link_ids: Collection[int], *, services: Collection[str]
) -> Mapping[int, PageEvidence]:
    """Map links to what a memento of them showed when it was last probed.

    If there are several mementos, `store.work.archives.mementos.nearest_memento` chooses one.

    Args:
        connection: A connection in a transaction.
        link_ids: The links.
        services: The services whose mementos show the captured page without a frame around it.

    Returns:
        The evidence, for the links that have a living memento with text and a probe in the store.
        Its `html_markers` include `OWN_CAPTURE` if the memento was captured at our request.
    """
    found: dict[int, PageEvidence] = {}
    for batch in chunks(sorted(link_ids)):
        mirrors = connection.execute(_select_captures(tuple(services)), {"ids": batch}).all()
        if not mirrors:
            continue
        mirror_ids = [mirror.link_id for mirror in mirrors]
        shown = {
            row.id: row.evidence
            for row in connection.execute(_select_last_evidence(), {"ids": mirror_ids})
            if row.state is State.ALIVE and row.evidence.get("simhash") is not None
        }
        candidates: dict[int, list[Any]] = defaultdict(list)
        for mirror in mirrors:
            if mirror.link_id in shown:
                candidates[mirror.original_id].append(mirror)
        days = reading_dates(
            connection, [key for key, mementos in candidates.items() if len(mementos) > 1]
        )
        for link_id, mementos in candidates.items():
            nearest = nearest_memento(mementos, end_of_day(days.get(link_id)))
            page = decode(PageEvidence, shown[nearest.link_id])
            if nearest.origin is MirrorOrigin.CAPTURED:
                page = replace(page, html_markers=(*page.html_markers, OWN_CAPTURE))
            found[link_id] = page
    return found


def earlier_pages(
    connection: Connection, link_ids: Collection[int], *, services: Collection[str]
) -> Mapping[int, PageEvidence]:
    """Map links to what they showed earlier: a memento, or else the page that was read first.

    Args:
        connection: A connection in a transaction.
        link_ids: The links.
        services: The services whose mementos show the captured page without a frame around it.

    Returns:
        The evidence of `archived_pages`, and for the other links that of the first stored probe
        that was served, with `OWN_PROBE` among its `html_markers`.
    """
    found = dict(archived_pages(connection, link_ids, services=services))
    for batch in chunks(sorted(set(link_ids) - found.keys())):
        for row in connection.execute(_select_first_evidence(), {"ids": batch}):
            page = decode(PageEvidence, row.evidence)
            found[row.id] = replace(page, html_markers=(*page.html_markers, OWN_PROBE))
    return found


def links_with_new_mementos(connection: Connection, run_id: int) -> Mapping[int, bool]:
    """Return the links of which a run probed both the page and a memento.

    Args:
        connection: A connection in a transaction.
        run_id: The run.

    Returns:
        Whether the run is the first to probe the link, by link id.
    """
    begun_at = select(RunRow.started_at).where(RunRow.id == run_id).scalar_subquery()
    of_run = (ProbeRow.run_id == run_id, ProbeRow.started_at >= begun_at)
    has_page = (ProbeRow.evidence.is_not(None), *of_run)
    shown = (
        select(MirrorRow.original_id)
        .join(ProbeRow, ProbeRow.link_id == MirrorRow.link_id)
        .where(*has_page, ProbeRow.verdict.in_(SERVED_VERDICTS))
    )
    statement = (
        select(LinkRow.id, LinkRow.probes, func.count(ProbeRow.id).label("of_run"))
        .join(ProbeRow, ProbeRow.link_id == LinkRow.id)
        .where(*has_page, LinkRow.role == Role.LINK, LinkRow.id.in_(shown))
        .group_by(LinkRow.id, LinkRow.probes)
    )
    return {row.id: row.probes == row.of_run for row in connection.execute(statement)}


@lru_cache(maxsize=4)
def _select_captures(services: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    """Return the statement for the mirrors of the given links that may be mementos."""
    return select(
        MirrorRow.original_id,
        MirrorRow.link_id,
        MirrorRow.captured_at,
        MirrorRow.service,
        MirrorRow.origin,
    ).where(
        MirrorRow.original_id.in_(bindparam("ids", expanding=True)), *mirror_conditions(services)
    )


@cache
def _select_first_evidence() -> Select[*tuple[Any, ...]]:
    """Return the statement for the first served page of the given links or mirrors."""
    return _select_served_page(ProbeRow.started_at, ProbeRow.id)


@cache
def _select_last_evidence() -> Select[*tuple[Any, ...]]:
    """Return the statement for the last served page of the given links or mirrors."""
    return _select_served_page(ProbeRow.started_at.desc(), ProbeRow.id.desc())


def _select_served_page(*order: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Return the statement for the evidence of the first probe in an order that was served.

    A link's state is a column and not a condition: SQLite would then read all living links.
    """
    served = (
        select(ProbeRow.id)
        .where(
            ProbeRow.link_id == LinkRow.id,
            ProbeRow.evidence.is_not(None),
            ProbeRow.verdict.in_(SERVED_VERDICTS),
        )
        .order_by(*order)
        .limit(1)
        .correlate(LinkRow)
        .scalar_subquery()
    )
    return (
        select(LinkRow.id, LinkRow.state, ProbeRow.evidence)
        .select_from(LinkRow)
        .join(ProbeRow, ProbeRow.id == served)
        .where(LinkRow.id.in_(bindparam("ids", expanding=True)))
    )
