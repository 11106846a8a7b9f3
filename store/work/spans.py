"""The spans of a link: rows of consecutive probes with the same verdict and reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from store.schema.dialects import chunks
from store.schema.models import SpanRow
from store.vocabulary import Judgement, State

# The key of a span, and the columns that another probe changes
SPAN_UPDATE_COLUMNS = ("id", "last_at", "probes", "last_run_id", "confirmed_run_id")


def latest_spans(connection: Connection, link_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Map links to their latest spans, each as a dict of values by column."""
    spans: dict[int, dict[str, Any]] = {}
    for batch in chunks(link_ids):
        for row in connection.execute(_select_latest_spans(), {"ids": batch}).mappings():
            spans[row["link_id"]] = dict(row)
    return spans


def extend_or_begin_span(  # noqa: PLR0917  the parts of one probe
    span: dict[str, Any] | None,
    judgement: Judgement,
    state: State,
    link_id: int,
    run_id: int,
    at: datetime,
) -> dict[str, Any]:
    """Add a probe to a link's latest span, or begin the next span.

    Args:
        span: The latest span as values by column; it is changed. None if there is none.
        judgement: The probe's judgement.
        state: The link's state after the probe.
        link_id: The link.
        run_id: The run of the probe.
        at: The time of the probe.

    Returns:
        `span` itself if it was extended; otherwise the values of the new span, without an id.
    """
    confirmed = run_id if state is State.BROKEN else None
    if span and (span["verdict"], span["reason"]) == (judgement.verdict, judgement.reason):
        span["last_at"] = max(at, span["last_at"])
        span["probes"] += 1
        span["last_run_id"] = run_id
        span["confirmed_run_id"] = span["confirmed_run_id"] or confirmed
        return span
    return {
        "link_id": link_id,
        "verdict": judgement.verdict,
        "reason": judgement.reason,
        "first_at": at,
        "last_at": at,
        "probes": 1,
        "first_run_id": run_id,
        "last_run_id": run_id,
        "confirmed_run_id": confirmed,
    }


@cache
def _select_latest_spans() -> Select[*tuple[Any, ...]]:
    """Return the statement. It is built once, as building it takes longer than executing it."""
    columns = [getattr(SpanRow, name) for name in SPAN_UPDATE_COLUMNS]
    of_links = SpanRow.link_id.in_(bindparam("ids", expanding=True))
    latest = select(func.max(SpanRow.id)).where(of_links).group_by(SpanRow.link_id)
    return select(SpanRow.link_id, SpanRow.verdict, SpanRow.reason, *columns).where(
        SpanRow.id.in_(latest)
    )
