"""Test pages and citations over repeated scans."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, select

from store.schema.engine import Database
from store.schema.models import (
    CitationRow,
    InternalLinkRow,
    LinkRow,
    MirrorRow,
    PageRow,
    PageWarningRow,
)
from store.vocabulary import InternalLink as InternalLinkRecord
from store.vocabulary import MirrorOrigin, Role
from store.vocabulary import Page as PageRecord
from store.vocabulary import PageWarning as PageWarningRecord
from store.work.pages import ScanTotals, mark_removed, mark_seen
from store.work.stored_pages import page_hashes
from tests.integration.store.stored_history import DAY, START, StoredHistory, read

MIRROR = "https://web.archive.org/web/20210805110426/http://paper.example/a"
PAGE = f"""# 灯
读 [报道](http://paper.example/a) 与 [存档]({MIRROR})。
另见 http://PAPER.example/a#later 。
"""


def rows(database: Database, model: Any, *columns: str) -> Sequence[tuple[Any, ...]]:
    with database.read() as connection:
        return [
            tuple(row)
            for row in connection.execute(
                select(*(getattr(model, name) for name in columns)).order_by(model.id)
            )
        ]


def test_scan_keeps_each_place_and_joins_spellings_of_one_link(
    database: Database, stored_history: StoredHistory
) -> None:
    run = stored_history.begin(START)
    assert stored_history.scan(run, START, {"灯.md": PAGE}) == ScanTotals(pages=1, citations_new=3)
    original, mirror = (
        stored_history.link_id("http://paper.example/a"),
        stored_history.link_id(MIRROR),
    )
    assert rows(
        database, CitationRow, "line", "column", "url", "text", "link_id", "gone_run_id"
    ) == [
        (2, 8, "http://paper.example/a", "报道", original, None),
        (2, 39, MIRROR, "存档", original, None),
        (3, 4, "http://PAPER.example/a#later", "", original, None),
    ]
    assert rows(database, LinkRow, "id", "url", "role", "next_probe_at") == [
        (original, "http://paper.example/a", Role.LINK, START),
        (mirror, MIRROR, Role.MIRROR, START),
    ]
    assert rows(
        database, MirrorRow, "link_id", "original_id", "service", "timestamp", "origin"
    ) == [(mirror, original, "wayback", "20210805110426", MirrorOrigin.CITED)]


def test_citation_that_moves_within_its_page_keeps_its_row(
    database: Database, stored_history: StoredHistory
) -> None:
    run = stored_history.begin(START)
    stored_history.scan(run, START, {"a.md": "[x](http://x.example/) and [y](http://y.example/)\n"})
    before = dict(rows(database, CitationRow, "url", "id"))
    again = stored_history.begin(START + DAY)
    assert stored_history.scan(
        again,
        START + DAY,
        {"a.md": "A new line.\n\n[Y](http://y.example/) then [x](http://x.example/)\n"},
    ) == ScanTotals(pages=1)
    assert rows(
        database, CitationRow, "url", "id", "line", "text", "first_run_id", "gone_run_id"
    ) == [
        ("http://x.example/", before["http://x.example/"], 3, "x", run, None),
        ("http://y.example/", before["http://y.example/"], 3, "Y", run, None),
    ]


def test_of_two_citations_of_one_url_the_first_stays_the_first(
    database: Database, stored_history: StoredHistory
) -> None:
    run = stored_history.begin(START)
    stored_history.scan(
        run, START, {"a.md": "[one](http://x.example/)\n\n[two](http://x.example/)\n"}
    )
    again = stored_history.begin(START + DAY)
    assert stored_history.scan(
        again, START + DAY, {"a.md": "[one](http://x.example/)\n"}
    ) == ScanTotals(pages=1, citations_removed=1)
    assert rows(database, CitationRow, "text", "gone_run_id") == [("one", None), ("two", again)]


def test_citation_that_left_is_marked_and_one_that_returns_is_new(
    database: Database, stored_history: StoredHistory
) -> None:
    runs = [stored_history.begin(START + number * DAY) for number in range(3)]
    texts = ("[x](http://x.example/)", "nothing", "[x](http://x.example/)")
    totals = [
        stored_history.scan(run, START, {"a.md": text})
        for run, text in zip(runs, texts, strict=True)
    ]
    assert [(total.citations_new, total.citations_removed) for total in totals] == [
        (1, 0),
        (0, 1),
        (1, 0),
    ]
    assert rows(database, CitationRow, "first_run_id", "gone_run_id") == [
        (runs[0], runs[1]),
        (runs[2], None),
    ]
    assert len(rows(database, LinkRow, "id")) == 1


def test_a_removed_page_and_its_citations_are_marked_and_return_together(
    database: Database, stored_history: StoredHistory
) -> None:
    first, second, third = (stored_history.begin(START + number * DAY) for number in range(3))
    stored_history.scan(first, START, {"a.md": PAGE, "b.md": PAGE})
    with database.write() as connection:
        assert mark_removed(connection, ["a.md", "never.md"], wiki="", run_id=second) == ScanTotals(
            citations_removed=3
        )
        assert mark_removed(connection, ["a.md"], wiki="", run_id=third) == ScanTotals()
        assert set(page_hashes(connection, "")) == {"b.md"}
    assert rows(database, PageRow, "path", "gone_run_id") == [("a.md", second), ("b.md", None)]
    assert stored_history.scan(third, START, {"a.md": PAGE}).citations_new == 3
    assert rows(database, PageRow, "path", "gone_run_id", "first_run_id", "last_run_id") == [
        ("a.md", None, first, third),
        ("b.md", None, first, first),
    ]


def test_unchanged_page_is_only_marked_as_seen(
    database: Database, stored_history: StoredHistory
) -> None:
    first, second = stored_history.begin(START), stored_history.begin(START + DAY)
    stored_history.scan(first, START, {"a.md": PAGE})
    with database.write() as connection:
        assert page_hashes(connection, "") == {"a.md": read("a.md", PAGE).sha256}
        mark_seen(connection, ["a.md"], wiki="", run_id=second)
    assert rows(database, PageRow, "first_run_id", "last_run_id") == [(first, second)]


def test_wikis_keep_their_pages_apart_and_share_their_links(database: Database) -> None:
    one, two = StoredHistory(database, "one"), StoredHistory(database, "two")
    run = one.begin(START)
    one.scan(run, START, {"a.md": PAGE})
    two.scan(run, START, {"a.md": PAGE})
    assert rows(database, PageRow, "wiki", "path") == [("one", "a.md"), ("two", "a.md")]
    assert len(rows(database, LinkRow, "id")) == 2
    with database.write() as connection:
        mark_removed(connection, ["a.md"], wiki="one", run_id=run)
        assert not page_hashes(connection, "one")
        assert set(page_hashes(connection, "two")) == {"a.md"}


def test_an_original_found_later_is_added_and_never_replaced(
    database: Database, stored_history: StoredHistory
) -> None:
    texts = (
        "[copy](https://archive.ph/XZn19)",
        '[copy](https://archive.ph/XZn19 "http://paper.example/a")',
        '[copy](https://archive.ph/XZn19 "http://other.example/b")',
    )
    known = []
    for number, text in enumerate(texts):
        run = stored_history.begin(START + number * DAY)
        stored_history.scan(run, START, {"a.md": text})
        ((original,),) = rows(database, MirrorRow, "original_id")
        known.append(original)
    paper = stored_history.link_id("http://paper.example/a")
    assert known == [None, paper, paper]


@pytest.mark.parametrize("count", [1, 499, 500, 501, 1_200])
def test_long_pages_are_stored_whole(
    database: Database, stored_history: StoredHistory, count: int
) -> None:
    """Around the size at which statements are cut into pieces."""
    lines = [f"[{number}](http://x.example/{number})\n\n" for number in range(count)]
    first, second = stored_history.begin(START), stored_history.begin(START + DAY)
    assert stored_history.scan(first, START, {"a.md": "".join(lines)}) == ScanTotals(
        pages=1, citations_new=count
    )
    assert stored_history.scan(second, START, {"a.md": "".join(lines[: count // 2])}) == ScanTotals(
        pages=1, citations_removed=count - count // 2
    )
    assert len(rows(database, LinkRow, "id")) == count


def test_links_within_the_wiki_and_warnings_are_those_of_the_last_scan(
    database: Database, stored_history: StoredHistory
) -> None:
    def page(*targets: str) -> PageRecord:
        return PageRecord(
            path="a.md",
            sha256="0",
            dated=date(2021, 8, 5),
            internal_links=tuple(
                InternalLinkRecord(
                    page="a.md",
                    line=3,
                    column=1,
                    start=9,
                    end=12,
                    target=target,
                    broken="missing-page",
                )
                for target in targets
            ),
            warnings=tuple(
                PageWarningRecord(page="a.md", line=0, code="not-utf-8", message=target)
                for target in targets
            ),
        )

    run = stored_history.begin(START)
    stored_history.store(run, START, [page("old.md", "older.md")])
    stored_history.store(run, START, [page("new.md")])
    assert rows(database, InternalLinkRow, "target", "broken") == [("new.md", "missing-page")]
    assert rows(database, PageWarningRow, "code", "message") == [("not-utf-8", "new.md")]
    assert rows(database, PageRow, "dated") == [(date(2021, 8, 5),)]


def test_a_page_with_very_many_citations_is_stored_a_part_at_a_time(
    database: Database, stored_history: StoredHistory
) -> None:
    rows_at_once: list[int] = []

    def count(
        _connection: object, _cursor: object, _statement: str, parameters: Any, *_more: object
    ) -> None:
        rows_at_once.append(len(parameters) if isinstance(parameters, list) else 1)

    text = "".join(f"- https://many.example/{number}\n" for number in range(12_000))
    event.listen(database.engine, "before_cursor_execute", count)
    run = stored_history.begin(START)
    first = stored_history.scan(run, START, {"a.md": text})
    later = stored_history.scan(run, START + DAY, {"a.md": f"# Moved\n\n{text[:-30]}"})
    event.remove(database.engine, "before_cursor_execute", count)
    assert first == ScanTotals(pages=1, citations_new=12_000)
    assert (later.citations_new, later.citations_removed) == (0, 1)
    assert 1_000 < max(rows_at_once) <= 5_000
    assert len({row[0] for row in rows(database, CitationRow, "link_id")}) == 12_000


def test_what_was_stored_of_a_page_leaves_the_memory(
    database: Database, stored_history: StoredHistory
) -> None:
    run = stored_history.begin(START)

    def peak(citations: int) -> int:
        urls = (f"- https://kept.example/{number}\n" for number in range(citations))
        page = read(f"{citations}.md", "".join(urls))
        tracemalloc.start()
        try:
            stored_history.store(run, START, [page])
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = peak(6_000), peak(10_000)
    assert many - few < 1_500_000  # fewer than 400 bytes a citation
