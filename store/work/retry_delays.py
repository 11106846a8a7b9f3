"""The delays after internal errors: what fails again and again is retried ever more rarely."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, select

from store.schema.models import ComparisonRow, LookupRow, SearchRow
from store.schema.models.base import Base
from store.vocabulary import Reason


def lookup_retry_delay(connection: Connection, link_id: int, service: str) -> timedelta | None:
    """Return the delay after a link's latest lookup at a service.

    Returns:
        The time from that lookup to the next; None if it met no internal error.
    """
    is_last = (LookupRow.link_id == link_id) & (LookupRow.service == service)
    return _delay(connection, LookupRow, "requested_at", "next_lookup_at", is_last)


def search_retry_delay(connection: Connection, link_id: int) -> timedelta | None:
    """Return the delay after a link's latest search; None if it met no internal error."""
    is_last = SearchRow.link_id == link_id
    return _delay(connection, SearchRow, "searched_at", "next_search_at", is_last)


def comparison_retry_delay(connection: Connection, link_id: int) -> timedelta | None:
    """Return the delay after a link's latest comparison; None if it met no internal error."""
    is_last = ComparisonRow.link_id == link_id
    return _delay(connection, ComparisonRow, "compared_at", "next_comparison_at", is_last)


def _delay(
    connection: Connection, table: type[Base], done: str, due: str, condition: ColumnElement[bool]
) -> timedelta | None:
    columns = table.__table__.c
    statement = select(columns[done], columns[due]).where(
        condition, columns["detail"].startswith(Reason.INTERNAL_ERROR.value)
    )
    row = connection.execute(statement).first()
    if row is None:
        return None
    delay: timedelta = row[1] - row[0]
    return delay
