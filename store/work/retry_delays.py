"""Read the delays that were set after internal errors, so that the next delay can be longer."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, select

from store.schema.models import ComparisonRow, LookupRow, SearchRow
from store.schema.models.base import Base
from store.vocabulary import Reason


def lookup_retry_delay(connection: Connection, link_id: int, service: str) -> timedelta | None:
    """Return the delay after a link's latest lookup at a service.

    Returns:
        The time from that lookup to the next one; None if it met no internal error.
    """
    of_task = (LookupRow.link_id == link_id) & (LookupRow.service == service)
    return _delay(connection, LookupRow, "requested_at", "next_lookup_at", of_task)


def search_retry_delay(connection: Connection, link_id: int) -> timedelta | None:
    """Return the delay after a link's latest search; None if it met no internal error."""
    of_task = SearchRow.link_id == link_id
    return _delay(connection, SearchRow, "searched_at", "next_search_at", of_task)


def comparison_retry_delay(connection: Connection, link_id: int) -> timedelta | None:
    """Return the delay after a link's latest comparison; None if it met no internal error."""
    of_task = ComparisonRow.link_id == link_id
    return _delay(connection, ComparisonRow, "compared_at", "next_comparison_at", of_task)


def _delay(
    connection: Connection,
    table: type[Base],
    last: str,
    following: str,
    of_task: ColumnElement[bool],
) -> timedelta | None:
    """Return the time between two columns of a task's row, if it met an internal error."""
    columns = table.__table__.c
    statement = select(columns[last], columns[following]).where(
        of_task, columns["detail"].startswith(Reason.INTERNAL_ERROR.value)
    )
    row = connection.execute(statement).first()
    if row is None:
        return None
    delay: timedelta = row[1] - row[0]
    return delay
