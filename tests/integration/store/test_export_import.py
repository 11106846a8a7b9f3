"""Test export and import: every row of every table, from one kind of database to the other and back."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import func, insert, null, select

from store.errors import ImportFailed
from store.maintenance.export_import import export_lines, import_lines
from store.schema.engine import Database, open_database
from store.schema.models import ArchivedPartRow, Base, HostRow, LinkRow
from store.schema.upgrade import HEAD
from store.vocabulary import (
    DriftOutcome,
    EvidenceKind,
    LookupOutcome,
    LookupResult,
    MoveEvidence,
    MoveProposal,
    Reason,
    SearchOutcome,
    Snapshot,
)
from store.work.archives.captures import queue_captures
from store.work.archives.lookups import LookupTask, record_lookup
from store.work.archives.mementos import StoredMemento
from store.work.comparisons import ComparisonTask, record_comparison
from store.work.pending_notifications import add_pending
from store.work.searches import record_search
from tests.integration.store.stored_history import DAY, START, StoredHistory

LF = b"\n"
PAGE = """# 石桥论坛

[一个问题](https://a.example/q?id=1#x "https://b.example/ https://d.example/") 和 <https://c.example/%E7%9F%B3>[^1]

[^1]: [存档](https://web.archive.org/web/20210805110426/https://a.example/q?id=1)，另见[别页](missing.md)。 https://long.example/a。b
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def target(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Return another empty database, of either kind."""
    url = (
        "sqlite://"
        if request.param == "sqlite"
        else request.getfixturevalue("postgresql").new_database()
    )
    opened = open_database(url)
    yield opened
    opened.close()


@pytest.fixture
def filled(stored_history: StoredHistory) -> Database:
    fill(stored_history)
    return stored_history.database


@pytest.fixture(scope="module")
def content() -> bytes:
    """Return the export of a filled database."""
    database = open_database("sqlite://")
    fill(StoredHistory(database))
    content = exported(database)
    database.close()
    return content


def fill(stored_history: StoredHistory) -> None:
    """Write rows into every table, with texts and values that are hard to encode."""
    run = stored_history.run(
        START,
        pages={"论坛.md": PAGE},
        answers={"https://a.example/q?id=1": Reason.OK, "https://c.example/%E7%9F%B3": Reason.GONE},
    )
    stored_history.run(
        START + DAY,
        answers={
            "https://a.example/q?id=1": Reason.TIMEOUT,
            "https://c.example/%E7%9F%B3": Reason.GONE,
        },
    )
    snapshot = Snapshot(
        service="wayback",
        url="https://web.archive.org/web/2020/https://c.example/",
        original="https://c.example/",
        captured_at=START,
    )
    link_id = stored_history.link_id("https://c.example/%E7%9F%B3")
    with stored_history.database.write() as connection:
        task = LookupTask(link_id=link_id, url="https://c.example/", target_time=START)
        answer = LookupResult(
            outcome=LookupOutcome.FOUND, snapshot=snapshot, detail='"quoted"\n\t\u2028'
        )
        registry = stored_history.link_registry(connection, run, START)
        record_lookup(
            connection,
            registry,
            task,
            answer,
            service="wayback",
            run_id=run,
            at=START,
            next_lookup_at=START + DAY,
        )
        queue_captures(
            connection,
            [link_id],
            service="wayback",
            run_id=run,
            at=START.replace(microsecond=123_457),
        )
        proposal = MoveProposal(
            url="https://c.example/石",
            confidence=0.1,
            similarity=1 / 3,
            evidence=(MoveEvidence(EvidenceKind.SAME_NAME, "x"),),
        )
        times: Any = {"run_id": run, "at": START}
        record_search(
            connection,
            link_id,
            SearchOutcome.FOUND,
            [proposal],
            detail="",
            next_search_at=START + DAY,
            **times,
        )
        memento = StoredMemento(
            mirror_id=1, link_id=1, url="", original="", timestamp="", captured_at=START
        )
        compared = ComparisonTask(
            link_id=link_id, url="", memento=memento, page=None, mirror_page=None
        )
        record_comparison(
            connection,
            compared,
            DriftOutcome.PARTLY_CHANGED,
            remaining_share=0.7,
            detail="",
            passages=[("-", "旧\u2028")],
            next_comparison_at=START + DAY,
            **times,
        )
        add_pending(connection, wiki="石桥", channel="mail", run_ids={run}, at=START)
        connection.execute(
            insert(ArchivedPartRow).values(
                service="wayback",
                url="https://x.example/a.png",
                is_there=False,
                asked_for=START,
                checked_at=START,
            )
        )
        connection.execute(
            insert(HostRow).values(id=4711, name="far.example", lease_owner="x", lease_until=START)
        )


def exported(database: Database) -> bytes:
    with database.read() as connection:
        return b"".join(export_lines(connection))


def import_content(database: Database, content: bytes) -> int:
    with database.write() as connection:
        return import_lines(connection, io.BytesIO(content))


def test_every_row_is_imported_and_exported_unchanged(filled: Database, target: Database) -> None:
    content = exported(filled)
    with filled.read() as connection:
        counts = {
            table.name: connection.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
        }
    assert all(counts.values()), f"a table the test does not fill: {counts}"
    assert import_content(target, content) == sum(filter(None, counts.values()))
    assert exported(target) == content


def test_a_host_without_a_sibling_has_none_after_an_import(
    database: Database, target: Database
) -> None:
    with database.write() as connection:
        connection.execute(insert(HostRow).values(name="a.example"))
    content = exported(database)
    with target.write() as connection:
        import_lines(connection, io.BytesIO(content))
        without_sibling = select(HostRow.name).where(HostRow.sibling.is_(null()))
        assert connection.scalars(without_sibling).all() == ["a.example"]


def test_new_rows_get_ids_behind_those_imported(content: bytes, target: Database) -> None:
    import_content(target, content)
    with target.write() as connection:
        connection.execute(insert(HostRow).values(name="new.example"))
        assert (
            connection.scalars(select(HostRow.id).where(HostRow.name == "new.example")).one()
            == 4712
        )


def test_lines_are_a_header_then_tables_whose_rows_refer_upward_then_the_count(
    content: bytes,
) -> None:
    lines = [json.loads(line) for line in content.splitlines()]
    assert lines[0] == {"holdfast-export": {"format": 1, "schema": HEAD}}
    assert lines[-1] == {"end": {"rows": len(lines) - 2}}
    order = [table.name for table in Base.metadata.sorted_tables]
    places = [order.index(next(iter(line))) for line in lines[1:-1]]
    assert all(before <= after for before, after in pairwise(places))


def test_database_in_use_is_not_imported_into(filled: Database) -> None:
    before = exported(filled)
    with pytest.raises(ImportFailed, match="not empty"):
        import_content(filled, before)
    assert exported(filled) == before


def test_an_empty_database_is_exported_and_imported(database: Database, target: Database) -> None:
    assert import_content(target, exported(database)) == 0


@pytest.mark.parametrize("lost", [2, 20, 400])
def test_file_cut_off_is_refused_whole(content: bytes, target: Database, lost: int) -> None:
    rest = content[:-lost]
    with pytest.raises(ImportFailed, match=f"line {rest.count(LF) + 1}: .*cut off"):
        import_content(target, rest)
    with target.read() as connection:
        assert connection.scalar(select(func.count(LinkRow.id))) == 0


def with_replacement(content: bytes, before: bytes, after: bytes) -> bytes:
    assert before in content
    return content.replace(before, after, 1)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (b"holdfast-export", b"something-else", "line 1: not an export"),
        (b'"format":1', b'"format":2', "line 1: .*format 2"),
        (f'"schema":"{HEAD}"'.encode(), b'"schema":"0999"', "line 1: .*schema 0999"),
        (b'{"run":', b'{"ran":', "line [0-9]+: unknown table 'ran'"),
        (b'"lease_token":', b'"leased":', "line [0-9]+: .*leased"),
        (
            b'"lease_token":0',
            b'"lease_token":"0"',
            "line [0-9]+: Expected `int`, got `str`.*lease_token",
        ),
        (b'"lease_token":0', b'"lease_token":99999999999999', "line [0-9]+: .*lease_token"),
        (b'"state":"unchecked"', b'"state":"undead"', "line [0-9]+: .*undead"),
        (
            b'"started_at":"2026-03-02T03:00:00Z"',
            b'"started_at":"2026-03-02T03:00:00"',
            "line [0-9]+: .*started_at",
        ),
        (
            b'"host_id":1',
            b'"host_id":77',
            "lines [0-9]+ to [0-9]+: invalid rows of 'link': .*(?i:foreign)",
        ),
        (
            b'"id":2',
            b'"id":1',
            "lines [0-9]+ to [0-9]+: invalid rows of 'host': .*(?i:unique)",
        ),
        (b'"end":{"rows":', b'"end":{"rows":1', "line [0-9]+: .*some are missing"),
        ("石桥".encode(), b"\xff", "line [0-9]+: "),
    ],
)
def test_an_unknown_or_damaged_line_is_named_by_its_number(
    content: bytes, target: Database, before: bytes, after: bytes, message: str
) -> None:
    with pytest.raises(ImportFailed, match=message):
        import_content(target, with_replacement(content, before, after))


def test_tables_out_of_order_are_refused(content: bytes, target: Database) -> None:
    header, *rows, end = content.splitlines(keepends=True)
    with pytest.raises(ImportFailed, match="the order of the lines was changed"):
        import_content(target, b"".join([header, *reversed(rows), end]))


def test_two_exports_in_one_file_are_refused(content: bytes, target: Database) -> None:
    with pytest.raises(ImportFailed, match="import one export at a time"):
        import_content(target, content * 2)


def test_endless_line_is_refused_without_reading_it_all(target: Database) -> None:
    class Endless(io.BytesIO):
        read_so_far = 0

        def readline(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert size > 0
            self.read_so_far += size
            return b"x" * size

    endless = Endless()
    with pytest.raises(ImportFailed, match="line 1: too long"), target.write() as connection:
        import_lines(connection, endless)
    assert endless.read_so_far <= 64 * 1024 * 1024
