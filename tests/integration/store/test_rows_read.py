"""Test how much of the database a query reads, in steps of SQLite's virtual machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

import pytest
from sqlalchemy import Connection, select

from store.queries.link_counts import links_in_page_order
from store.queries.link_records import LinkFinding
from store.queries.links import link_findings
from store.queries.pages import page_warnings
from store.queries.returned_links import links_alive_again
from store.schema.engine import Database, open_database
from store.schema.models import LinkRow
from store.vocabulary import Reason, State
from store.work.cited_fragments import cited_fragments
from tests.integration.store.stored_history import START, StoredHistory

_FEW = 20  # links that the reads are limited to
_STEP = 10  # SQLite calls the counter after so many steps


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = open_database(sqlite_url, durable=False)
    yield opened
    opened.close()


def sqlite_steps(database: Database, read: Callable[[Connection], object]) -> int:
    """Return how many steps SQLite makes for what a function reads."""
    counts = [0]

    def count() -> None:
        counts[0] += _STEP

    with database.read() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_progress_handler(count, _STEP)
        try:
            read(connection)
        finally:
            driver.set_progress_handler(None, 0)
    return counts[0]


def few_link_ids(connection: Connection) -> list[int]:
    return list(connection.scalars(select(LinkRow.id).order_by(LinkRow.id).limit(_FEW)))


READS: dict[str, Callable[[Connection], object]] = {
    "the fragments of some links": lambda connection: cited_fragments(
        connection, few_link_ids(connection)
    ),
    "the warnings of a wiki": lambda connection: page_warnings(connection, wiki="notes"),
    "links that are alive again": lambda connection: links_alive_again(connection, wiki="notes"),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_citations_of_other_pages_are_not_read(
    database: Database, read: Callable[[Connection], object]
) -> None:
    """By an index, SQLite would read all citations without a copy, which are most citations."""
    StoredHistory(database, "notes").run(START, pages={"a.md": page(0, _FEW)})
    before = sqlite_steps(database, read)
    StoredHistory(database, "other").run(START, pages={"b.md": page(_FEW, 1_000)})
    assert sqlite_steps(database, read) < before + 1_000, before


def test_only_the_citations_of_the_selected_links_are_read(database: Database) -> None:
    def failing(connection: Connection) -> list[LinkFinding]:
        return list(link_findings(connection, wiki="", states=[State.SUSPECT]))

    stored_history, first = StoredHistory(database), page(0, _FEW)
    stored_history.run(
        START, pages={"a.md": first}, answers={"http://host-3.example/3": Reason.NOT_FOUND}
    )
    with database.read() as connection:
        assert [found.url for found in failing(connection)] == ["http://host-3.example/3#part"]
    before = sqlite_steps(database, failing)
    stored_history.run(START, pages={"a.md": first, "b.md": page(_FEW, 1_000)})
    assert sqlite_steps(database, failing) < before + 1_000, before


def page(first: int, count: int) -> str:
    return "".join(f"<http://host-{n % 7}.example/{n}#part>\n" for n in range(first, first + count))


def test_links_in_page_order_are_sorted_once(database: Database) -> None:
    """All of them cost about as much as the first one, which needs all to be sorted."""

    def read(connection: Connection, limit: int | None) -> list[int]:
        ids = links_in_page_order(connection, wiki="notes", states=[State.UNCHECKED])
        return list(islice(ids, limit))

    StoredHistory(database, "notes").run(START, pages={"a.md": page(0, 1_000)})
    assert len(set(read_in_transaction(database, partial(read, limit=None)))) == 1_000
    first = sqlite_steps(database, partial(read, limit=1))
    assert sqlite_steps(database, partial(read, limit=None)) < 2 * first


def read_in_transaction(database: Database, read: Callable[[Connection], list[int]]) -> list[int]:
    with database.read() as connection:
        return read(connection)
