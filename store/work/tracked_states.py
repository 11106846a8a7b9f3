"""Read tracked states from the rows of links and hosts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from store.schema.dialects import chunks
from store.schema.models import HostRow
from store.vocabulary import Role, TrackedState

TRACKED_STATE_COLUMNS = tuple(name for name in TrackedState.__struct_fields__ if name != "role")


def tracked_state_from_row(row: Any, role: Role = Role.LINK) -> TrackedState:
    """Build a tracked state from a row that has the columns `TRACKED_STATE_COLUMNS`."""
    values = {name: getattr(row, name) for name in TRACKED_STATE_COLUMNS}
    return TrackedState(role=role, **values)


def tracked_state_values(state: TrackedState) -> dict[str, Any]:
    """Return the values of a tracked state by the names of their columns."""
    return {name: getattr(state, name) for name in TRACKED_STATE_COLUMNS}


def host_tracked_states(
    connection: Connection, host_ids: Collection[int]
) -> Mapping[int, TrackedState]:
    """Map the ids of hosts to the tracked states of the hosts themselves, not of their links."""
    states: dict[int, TrackedState] = {}
    for batch in chunks(sorted(host_ids)):
        rows = connection.execute(_select_hosts(), {"ids": batch})
        states |= {row.id: tracked_state_from_row(row) for row in rows}
    return states


@cache
def _select_hosts() -> Select[*tuple[Any, ...]]:
    """Return the statement for the tracked states of the given hosts."""
    columns = [getattr(HostRow, name) for name in TRACKED_STATE_COLUMNS]
    of_ids = HostRow.id.in_(bindparam("ids", expanding=True))
    return select(HostRow.id, *columns).where(of_ids)
