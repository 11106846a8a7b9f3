"""Read the states of links by id or key, and count a wiki's links in each state.

A key is equal for all spellings of one URL (`LinkRow.key`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, func, or_, select

from store.queries.cited import on_present_pages
from store.schema.dialects import chunks
from store.schema.models import CitationRow, LinkRow, MirrorRow, hash_text
from store.vocabulary import Role, State


def states_of(connection: Connection, ids: Collection[int]) -> Mapping[int, State]:
    """Return the states of links by their ids."""
    states: dict[int, State] = {}
    for batch in chunks(sorted(ids)):
        statement = select(LinkRow.id, LinkRow.state).where(LinkRow.id.in_(batch))
        states.update((row.id, row.state) for row in connection.execute(statement))
    return states


def ids_by_key(connection: Connection, keys: Iterable[str]) -> Mapping[str, int]:
    """Map the keys of links and mirrors to their ids. Keys that are not stored are left out."""
    return {row.key: row.id for row in _rows_by_key(connection, keys)}


def states_by_key(connection: Connection, keys: Iterable[str]) -> Mapping[str, State]:
    """Map the keys of links and mirrors to their states. Keys that are not stored are left out."""
    return {row.key: row.state for row in _rows_by_key(connection, keys)}


def _rows_by_key(connection: Connection, keys: Iterable[str]) -> Iterator[Any]:
    """Yield the rows (key, id, state) of the stored links and mirrors with one of the keys."""
    hashes = [hash_text(key) for key in sorted(set(keys))]
    for batch in chunks(hashes):
        yield from connection.execute(
            select(LinkRow.key, LinkRow.id, LinkRow.state).where(LinkRow.key_hash.in_(batch))
        )


def count_states(connection: Connection, *, wiki: str) -> Mapping[Role, Mapping[State, int]]:
    """Count the links and mirrors that a wiki cites now, by role and state."""
    ids_of_links = on_present_pages(select(CitationRow.link_id), wiki).where(
        CitationRow.link_id.is_not(None)
    )
    ids_of_mirrors = on_present_pages(select(MirrorRow.link_id), wiki).join(
        MirrorRow, MirrorRow.id == CitationRow.mirror_id
    )
    statement = (
        select(LinkRow.role, LinkRow.state, func.count(LinkRow.id).label("number"))
        .where(or_(LinkRow.id.in_(ids_of_links), LinkRow.id.in_(ids_of_mirrors)))
        .group_by(LinkRow.role, LinkRow.state)
    )
    counts: dict[Role, dict[State, int]] = {role: {} for role in Role}
    for row in connection.execute(statement):
        counts[row.role][row.state] = row.number
    return counts
