"""Candidates for a local capture: cited copies on distrusted archives."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, or_, select

from store.schema.models import CitationRow, HostRow, LinkRow, MirrorRow, RunRow
from store.vocabulary import LIVING_STATES, LOCAL, CaptureStatus
from store.work.archives.capture_candidates import CaptureCandidate
from store.work.archives.capture_conditions import (
    has_capture,
    has_local_copy,
    must_not_copy_locally,
)
from store.work.scope import EVERYTHING, Scope


def distrusted_copy_candidates(
    connection: Connection,
    distrusted: Collection[str],
    *,
    now: datetime,
    scope: Scope = EVERYTHING,
) -> Sequence[CaptureCandidate]:
    """List cited mirrors on distrusted archives of which the local archive has no copy.

    A candidate's link is the mirror's own URL: the local archive captures what the archive shows.

    Args:
        connection: A connection in a transaction.
        distrusted: The archives whose trust is `doubted` or `ended`.
        now: The time.
        scope: Only links in this scope.

    Returns:
        The candidates by link id.
    """
    return [
        CaptureCandidate(
            link_id=row.id,
            url=row.url,
            host=row.name,
            moved=False,
            read_at=row.captured_at or row.started_at,
            host_links=1,  # no ranking by host: it would be the archive's
            host_broken=0,
            mirror_service=row.service,
            is_queued=row.is_queued,
        )
        for row in connection.execute(_select_copies(distrusted, now, scope))
    ]


def _select_copies(
    distrusted: Collection[str], now: datetime, scope: Scope
) -> Select[*tuple[Any, ...]]:
    """Select the rows of `distrusted_copy_candidates`, by link id."""
    is_queued = has_capture(LOCAL, CaptureStatus.QUEUED, CaptureStatus.REQUESTED)
    is_cited = exists().where(
        CitationRow.mirror_id == MirrorRow.id, CitationRow.gone_run_id.is_(None)
    )
    return (
        select(
            LinkRow.id,
            LinkRow.url,
            HostRow.name,
            RunRow.started_at,
            MirrorRow.captured_at,
            MirrorRow.service,
            is_queued.label("is_queued"),
        )
        .join(MirrorRow, MirrorRow.link_id == LinkRow.id)
        .join(RunRow, RunRow.id == LinkRow.first_run_id)
        .join(HostRow, HostRow.id == LinkRow.host_id)
        .where(
            LinkRow.state.in_(LIVING_STATES),
            MirrorRow.service.in_(sorted(distrusted)),
            is_cited,
            ~has_local_copy(),
            or_(is_queued, ~must_not_copy_locally(now=now)),
            scope.contains_link(),
        )
        .order_by(LinkRow.id)
    )
