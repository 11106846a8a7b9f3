"""Test which copies are due for a check of their parts, and what is stored, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from store.queries.links import link_finding
from store.schema.models import LinkRow, MirrorRow
from store.vocabulary import MirrorQuality, PageEvidence, Reason, State
from store.work.history import record_results
from store.work.page_parts import (
    ArchivedPart,
    archived_parts,
    copies_to_check,
    delete_old_parts,
    record_part_counts,
    record_parts,
    requests_since,
    schedule_part_checks,
)
from store.work.scope import Scope
from tests.integration.store.stored_history import DAY, START, StoredHistory, decide

WAYBACK = "https://web.archive.org/web"
URLS = [f"http://x.example/{name}" for name in "abc"]
COPIES = {url: f"{WAYBACK}/20210805110426/{url}" for url in URLS}
SECOND = f"{WAYBACK}/20200805110426/{URLS[2]}"
LOGO = "http://x.example/logo.png"
SHOWN = PageEvidence(style_sheets=("http://x.example/a.css",), images=(LOGO,))


def mirror_id(stored_history: StoredHistory, url: str) -> int:
    with stored_history.database.read() as connection:
        found: int = connection.execute(
            select(MirrorRow.id).where(MirrorRow.link_id == stored_history.link_id(url))
        ).scalar_one()
        return found


def update_row(stored_history: StoredHistory, model: Any, row_id: int, **values: object) -> None:
    with stored_history.database.write() as connection:
        connection.execute(update(model).where(model.id == row_id).values(values))


@pytest.fixture
def cited(stored_history: StoredHistory) -> StoredHistory:
    """Return a history of three pages with copies, the last with two; all are alive and have parts."""
    text = " ".join(f"[a]({url})" for url in (*URLS, *COPIES.values(), SECOND))
    run = stored_history.run(START, pages={"a.md": text}, answers=dict.fromkeys(URLS, Reason.OK))
    with stored_history.database.write() as connection:
        results = [
            stored_history.result(connection, run, START, url, Reason.OK)
            for url in (*COPIES.values(), SECOND)
        ]
        shown = [replace(each, probe=replace(each.probe, evidence=SHOWN)) for each in results]
        record_results(connection, shown, decide)
    return stored_history


def due(
    stored_history: StoredHistory, *, after: timedelta = DAY, scope: Scope | None = None
) -> Sequence[str]:
    with stored_history.database.read() as connection:
        tasks = copies_to_check(
            connection, services=["wayback"], now=START + after, scope=scope or Scope()
        )
    assert all(task.page == SHOWN and task.has_parts for task in tasks)
    return [task.url for task in tasks]


def test_copies_of_failing_links_and_of_links_with_several_copies_come_first(
    cited: StoredHistory,
) -> None:
    first, second, third = COPIES.values()
    assert due(cited) == [third, SECOND, first, second]  # links with two copies first
    update_row(cited, LinkRow, cited.link_id(URLS[1]), state=State.BROKEN)
    assert due(cited) == [second, third, SECOND, first]  # then copies of failing links
    with cited.database.write() as connection:
        record_part_counts(connection, mirror_id(cited, third), checked=2, missing=1, at=START)
    assert due(cited) == [second, SECOND, third, first]


def test_unusable_broken_recent_postponed_and_out_of_scope_copies_are_not_due(
    cited: StoredHistory,
) -> None:
    first, second, third = COPIES.values()
    update_row(cited, MirrorRow, mirror_id(cited, first), quality=MirrorQuality.UNUSABLE)
    update_row(cited, LinkRow, cited.link_id(second), state=State.BROKEN)
    update_row(cited, MirrorRow, mirror_id(cited, SECOND), captured_at=START - DAY)
    with cited.database.write() as connection:
        later = START + 9 * DAY
        schedule_part_checks(connection, [mirror_id(cited, third)], at=later)
    assert due(cited) == []  # a capture of yesterday may be incomplete
    assert due(cited, after=3 * DAY) == [SECOND]
    assert due(cited, after=10 * DAY) == [SECOND, third]  # never tried, then postponed
    assert due(cited, scope=Scope(link_ids=(cited.link_id(URLS[0]),))) == []
    with cited.database.read() as connection:
        assert not copies_to_check(connection, services=["loc.gov"], now=START + DAY)


def part(url: str, *, is_there: bool, at: timedelta = timedelta()) -> ArchivedPart:
    return ArchivedPart(
        url=url, is_there=is_there, captured_at=None, target_time=START, checked_at=START + at
    )


def test_the_result_for_a_part_is_replaced_and_expires(cited: StoredHistory) -> None:
    with cited.database.write() as connection:
        record_parts(connection, "wayback", [part(LOGO, is_there=True)])
        record_parts(connection, "wayback", [part(LOGO, is_there=False, at=DAY)])
        record_parts(connection, "loc.gov", [part(LOGO, is_there=True)])
        urls = [LOGO, "http://x.example/other.png"]
        stored = archived_parts(connection, "wayback", urls, since=START)
        assert stored == {LOGO: part(LOGO, is_there=False, at=DAY)}
        assert not archived_parts(connection, "wayback", urls, since=START + 2 * DAY)
        delete_old_parts(connection, before=START + DAY)
        assert archived_parts(connection, "wayback", urls, since=START)
        assert not archived_parts(connection, "loc.gov", urls, since=START)


def test_requests_for_parts_are_counted_with_the_probes_of_the_archive(
    cited: StoredHistory,
) -> None:
    with cited.database.write() as connection:
        record_parts(connection, "wayback", [part(LOGO, is_there=True)])
        before = START - DAY
        assert (
            requests_since(connection, "web.archive.org", "wayback", before, until=START + DAY) == 5
        )
        assert (
            requests_since(connection, "unknown.example", "wayback", before, until=START + DAY) == 1
        )
        assert (
            requests_since(connection, "web.archive.org", "wayback", START + DAY, until=START + DAY)
            == 0
        )


def test_reports_read_the_numbers_of_parts(cited: StoredHistory) -> None:
    copy = COPIES[URLS[0]]
    with cited.database.write() as connection:
        record_part_counts(connection, mirror_id(cited, copy), checked=9, missing=3, at=START)
        link = link_finding(connection, URLS[0], wiki="")
    assert link is not None
    (mirror,) = link.mirrors
    assert (mirror.parts_checked, mirror.parts_missing) == (9, 3)
    assert mirror.parts_checked_at == START
