"""How long an internal error was to count: what fails again and again is tried ever more rarely."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, select

from store.schema.models import ComparisonRow, LookupRow, SearchRow
from store.vocabulary import Reason


def lookup_retry_delay(connection: Connection, link_id: int, service: str) -> timedelta | None:
    """Return how long a link's last look-up at a service was to count; None where it met no internal error."""
    statement = select(LookupRow.requested_at, LookupRow.next_lookup_at).where(
        LookupRow.link_id == link_id, LookupRow.service == service
    )
    return _wait(
        connection, statement.where(LookupRow.detail.startswith(Reason.INTERNAL_ERROR.value))
    )


def search_retry_delay(connection: Connection, link_id: int) -> timedelta | None:
    """Return how long a link's last search was to count; None where it met no internal error."""
    statement = select(SearchRow.searched_at, SearchRow.next_search_at).where(
        SearchRow.link_id == link_id
    )
    return _wait(
        connection, statement.where(SearchRow.detail.startswith(Reason.INTERNAL_ERROR.value))
    )


def comparison_retry_delay(connection: Connection, link_id: int) -> timedelta | None:
    """Return how long a link's last comparison was to count; None where it met no internal error."""
    statement = select(ComparisonRow.compared_at, ComparisonRow.next_comparison_at).where(
        ComparisonRow.link_id == link_id
    )
    return _wait(
        connection, statement.where(ComparisonRow.detail.startswith(Reason.INTERNAL_ERROR.value))
    )


def _wait(connection: Connection, statement: Select[datetime, datetime]) -> timedelta | None:
    row = connection.execute(statement).first()
    return row[1] - row[0] if row else None
