"""Test that work which is due again soon, or of one large site, leaves the rest its turn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest
from sqlalchemy import update

from crawler.archives import parse_mirror
from store.schema.models import LinkRow
from store.vocabulary import (
    LookupOutcome,
    LookupResult,
    MirrorOrigin,
    Reason,
    SearchOutcome,
    State,
)
from store.work.archives.lookups import LookupTask, links_to_look_up, record_lookup
from store.work.archives.unconfirmed_lookups import links_to_confirm
from store.work.comparisons import links_to_compare
from store.work.links import MirrorRecord
from store.work.page_parts import copies_to_check, schedule_part_checks
from store.work.searches import links_to_search, record_search
from tests.integration.store.stored_history import DAY, HOUR, START, StoredHistory

LARGE = tuple(f"http://large.example/{number}" for number in range(3))
SMALL = "http://small.example/a"
URLS = (*LARGE, SMALL)


@pytest.fixture
def cited(stored_history: StoredHistory) -> StoredHistory:
    """Return a history with three links of a site, stored before the only one of another."""
    text = " ".join(f"[a]({url})" for url in URLS)
    stored_history.run(START, pages={"a.md": text}, answers=dict.fromkeys(URLS, Reason.NOT_FOUND))
    return stored_history


def set_state(cited: StoredHistory, state: State) -> None:
    with cited.database.write() as connection:
        connection.execute(update(LinkRow).where(LinkRow.url.in_(URLS)).values(state=state))


def add_copies(cited: StoredHistory) -> None:
    """Store a living copy of each link."""
    records = []
    for url in URLS:
        copy = f"https://web.archive.org/web/20200101000000/{url}"
        address = parse_mirror(copy)
        assert address
        original_id = cited.link_id(url)
        record = MirrorRecord(
            url=copy, address=address, original_id=original_id, origin=MirrorOrigin.FOUND
        )
        records.append(record)
    with cited.database.write() as connection:
        cited.link_registry(connection, 1, START).mirror_ids(records)
        urls = [record.url for record in records]
        connection.execute(update(LinkRow).where(LinkRow.url.in_(urls)).values(state=State.ALIVE))


def due_searches(cited: StoredHistory, at: datetime, *, limit: int) -> Sequence[str]:
    with cited.database.read() as connection:
        tasks = links_to_search(
            connection, services=["wayback"], now=at, limit=limit, max_per_host=9
        )
    return [task.url for task in tasks]


def test_searches_on_a_large_site_leave_others_their_turn(cited: StoredHistory) -> None:
    set_state(cited, State.BROKEN)
    assert due_searches(cited, START, limit=2) == [LARGE[0], SMALL]


def test_a_search_without_result_does_not_come_before_those_never_made(
    cited: StoredHistory,
) -> None:
    set_state(cited, State.BROKEN)
    with cited.database.write() as connection:
        for number, url in enumerate((LARGE[0], SMALL)):
            record_search(
                connection,
                cited.link_id(url),
                SearchOutcome.NO_BASELINE,
                (),
                detail="",
                run_id=1,
                at=START,
                next_search_at=START + DAY - number * HOUR,
            )
    assert due_searches(cited, START + DAY, limit=1) == [LARGE[1]]
    assert due_searches(cited, START + DAY, limit=2) == [LARGE[1], LARGE[2]]
    # Of those made before, the one that has waited longest
    assert due_searches(cited, START + DAY, limit=3) == [LARGE[1], LARGE[2], SMALL]


def test_comparisons_of_a_large_site_leave_others_their_turn(cited: StoredHistory) -> None:
    set_state(cited, State.ALIVE)
    add_copies(cited)
    with cited.database.read() as connection:
        tasks = links_to_compare(connection, services=["wayback"], now=START, limit=2)
    assert [task.url for task in tasks] == [LARGE[0], SMALL]


def store_unknown_lookup(cited: StoredHistory, url: str) -> None:
    with cited.database.write() as connection:
        record_lookup(
            connection,
            cited.link_registry(connection, 1, START),
            LookupTask(link_id=cited.link_id(url), url=url, target_time=START),
            LookupResult(outcome=LookupOutcome.UNKNOWN, detail="HTTP 503"),
            service="wayback",
            run_id=1,
            at=START,
            next_lookup_at=START + HOUR,
        )


def test_a_lookup_without_answer_does_not_come_before_those_never_made(
    cited: StoredHistory,
) -> None:
    store_unknown_lookup(cited, LARGE[0])
    with cited.database.read() as connection:
        tasks = links_to_look_up(connection, "wayback", now=START + DAY, limit=3)
        unconfirmed = links_to_confirm(
            connection, "wayback", [Reason.NOT_FOUND], now=START + 2 * DAY, limit=3
        )
    assert [task.url for task in tasks] == [LARGE[1], LARGE[2], SMALL]
    assert [task.url for task in unconfirmed] == [LARGE[1], LARGE[2], SMALL]


def test_parts_that_could_not_be_looked_for_do_not_come_before_those_never_tried(
    cited: StoredHistory,
) -> None:
    set_state(cited, State.ALIVE)
    add_copies(cited)

    def due(at: datetime) -> list[int]:
        with cited.database.read() as connection:
            return [
                task.mirror_id for task in copies_to_check(connection, services=["wayback"], now=at)
            ]

    first, *others = due(START)
    with cited.database.write() as connection:
        schedule_part_checks(connection, [first], at=START + DAY)
    assert due(START + 2 * DAY) == [*others, first]
