"""How long an internal error was to count: what fails again and again is tried ever more rarely."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, select

from store.schema.models import Drift, Lookup, Search
from store.vocabulary import Reason


def wait_of_failed_lookup(connection: Connection, link_id: int, service: str) -> timedelta | None:
    """Return how long a link's last look-up at a service was to count; None where it met no internal error."""
    statement = select(Lookup.asked_at, Lookup.next_lookup_at).where(Lookup.link_id == link_id, Lookup.service == service)
    return _wait(connection, statement.where(Lookup.detail.startswith(Reason.INTERNAL_ERROR.value)))


def wait_of_failed_search(connection: Connection, link_id: int) -> timedelta | None:
    """Return how long a link's last search was to count; None where it met no internal error."""
    statement = select(Search.searched_at, Search.next_search_at).where(Search.link_id == link_id)
    return _wait(connection, statement.where(Search.detail.startswith(Reason.INTERNAL_ERROR.value)))


def wait_of_failed_comparison(connection: Connection, link_id: int) -> timedelta | None:
    """Return how long a link's last comparison was to count; None where it met no internal error."""
    statement = select(Drift.compared_at, Drift.next_comparison_at).where(Drift.link_id == link_id)
    return _wait(connection, statement.where(Drift.detail.startswith(Reason.INTERNAL_ERROR.value)))


def _wait(connection: Connection, statement: Select[datetime, datetime]) -> timedelta | None:
    row = connection.execute(statement).first()
    return row[1] - row[0] if row else None
