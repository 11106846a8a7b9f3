"""Read the links and mirrors that a wiki cites, with their places and mirrors, for reports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, select

from store.queries import link_statements as statements
from store.queries.cited import cited_ids, ids_to_read
from store.queries.link_records import CitedPlace, LinkFinding, MirrorFinding
from store.queries.link_statements import FindingStatements
from store.schema.dialects import chunks, id_ranges
from store.schema.models import LinkRow, PageRow, hash_text
from store.vocabulary import State, TrackedState
from store.work.tracked_states import TRACKED_STATE_COLUMNS

PAGE_ORDER = attrgetter("page", "line", "column")

Pages = Mapping[int, tuple[str, date | None]]
"""The paths and dates of pages by their ids."""


def link_findings(
    connection: Connection,
    *,
    wiki: str,
    pages: Collection[str] | None = None,
    states: Collection[State] | None = None,
    only_ids: Collection[int] | None = None,
) -> Iterator[LinkFinding]:
    """Yield every link and mirror that a wiki cites now, by ascending id.

    About two thousand are in memory at a time.

    Args:
        connection: A connection in a transaction.
        wiki: The wiki's name.
        pages: Only what pages with these paths cite, and only the places on them. None: all pages.
        states: Only what is in one of these states. None: any state.
        only_ids: Only links and mirrors with these ids. None: all of them.
    """
    wanted: set[int] | None = None
    if states is not None:
        statement = select(LinkRow.id).where(LinkRow.state.in_(sorted(states)))
        wanted = set(connection.scalars(statement))
    if only_ids is not None:
        wanted = set(only_ids) if wanted is None else wanted & set(only_ids)
    if wanted is not None and not wanted:
        return
    wanted_pages = {
        page_id: page
        for page_id, page in present_pages(connection, wiki).items()
        if pages is None or page[0] in pages
    }
    if wanted is not None:
        ids = cited_ids(connection, wiki, wanted_pages, wanted)
        yield from findings_on_pages(connection, ids, wanted_pages)
        return
    if pages is None:
        # `_read` leaves out those that are not cited, so that the ids may be listed faster.
        ids = ids_to_read(connection, wiki, wanted_pages)
    else:
        ids = cited_ids(connection, wiki, wanted_pages, None)
    for id_range in id_ranges(ids):
        yield from _read(connection, statements.OF_ID_RANGE, id_range, wanted_pages)


def link_finding(connection: Connection, key: str, *, wiki: str) -> LinkFinding | None:
    """Return the link or mirror with a key, cited or not; None if it is not stored."""
    statement = statements.LINKS.where(LinkRow.key_hash == hash_text(key))
    row = connection.execute(statement).first()
    if row is None:
        return None
    of_id = statements.of_ids()
    citations = _citations(connection, of_id, {"ids": [row.id]}, present_pages(connection, wiki))
    mirrors = _mirrors(connection, of_id, {"ids": [row.id]})
    return _finding_from_row(row, citations.get(row.id, ()), mirrors.get(row.id, ()))


def findings_of(
    connection: Connection, ids: Collection[int], *, wiki: str
) -> Sequence[LinkFinding]:
    """Read a few links and mirrors that a wiki cites now, in the order of the ids given."""
    read = findings_on_pages(connection, sorted(ids), present_pages(connection, wiki))
    by_id = {found.id: found for found in read}
    return [by_id[link_id] for link_id in ids if link_id in by_id]


def present_pages(connection: Connection, wiki: str) -> Pages:
    """Map the ids of a wiki's present pages to their paths and dates."""
    statement = select(PageRow.id, PageRow.path, PageRow.dated).where(
        PageRow.wiki == wiki, PageRow.gone_run_id.is_(None)
    )
    return {page_id: (path, dated) for page_id, path, dated in connection.execute(statement)}


def findings_on_pages(
    connection: Connection, ids: Sequence[int], pages: Pages
) -> Iterator[LinkFinding]:
    """Yield those of the given links and mirrors that the given pages cite now, by ascending id.

    Args:
        connection: A connection in a transaction.
        ids: The ids, in ascending order.
        pages: The pages, as `present_pages` returns them.
    """
    for batch in chunks(ids):
        yield from _read(connection, statements.of_ids(), {"ids": batch}, pages)


def _read(
    connection: Connection, queries: FindingStatements, parameters: Mapping[str, Any], pages: Pages
) -> Iterator[LinkFinding]:
    """Yield the selected links and mirrors that the given pages cite now, by ascending id.

    Args:
        connection: A connection in a transaction.
        queries: The statements.
        parameters: The parameters of the statements, which select links.
        pages: The pages.
    """
    citations = _citations(connection, queries, parameters, pages)
    mirrors = _mirrors(connection, queries, parameters)
    for row in connection.execute(queries.links, parameters).all():
        if row.id in citations:
            yield _finding_from_row(row, citations[row.id], mirrors.get(row.id, ()))


def _citations(
    connection: Connection, queries: FindingStatements, parameters: Mapping[str, Any], pages: Pages
) -> Mapping[int, Sequence[CitedPlace]]:
    """Map links and mirrors to the places on the given pages that cite them, in page order."""
    found: dict[int, list[CitedPlace]] = defaultdict(list)
    for statement in queries.citations:
        # Pages are not joined: SQLite would read all of them for each thousand links.
        for link_id, page_id, *place in connection.execute(statement, parameters).all():
            if page_id in pages:
                found[link_id].append(CitedPlace(*pages[page_id], *place))
    for places in found.values():
        if len(places) > 1:
            places.sort(key=PAGE_ORDER)
    return found


def _mirrors(
    connection: Connection, queries: FindingStatements, parameters: Mapping[str, Any]
) -> Mapping[int, Sequence[MirrorFinding]]:
    """Map links to their mirrors and mirrors to their original's others, oldest capture first."""
    found: dict[int, list[MirrorFinding]] = defaultdict(list)
    for statement in queries.mirrors:
        for link_id, *mirror in connection.execute(statement, parameters).all():
            found[link_id].append(MirrorFinding(*mirror))
    return found


def _finding_from_row(
    row: Row[*tuple[Any, ...]], citations: Sequence[CitedPlace], mirrors: Sequence[MirrorFinding]
) -> LinkFinding:
    """Build a finding from a row: the columns of the link, then those of its tracked state."""
    columns = row[: -len(TRACKED_STATE_COLUMNS)]
    state = TrackedState(row.role, *row[len(columns) :])
    return LinkFinding(state, tuple(citations), tuple(mirrors), *columns)
