"""Test texts longer than PostgreSQL's limit on index entries (2,704 bytes)."""

from __future__ import annotations

from store.queries.links import link_finding
from store.schema.engine import Database
from store.vocabulary import MoveProposal, Reason, SearchOutcome, State
from store.work.searches import proposals_of, record_search
from store.work.stored_pages import page_hashes, page_ids
from tests.integration.store.leasing import ensure_host
from tests.integration.store.stored_history import DAY, START, StoredHistory

# Without repetition, so that the database cannot compress it below the limit.
LONG = "".join(f"{number:x}-" for number in range(4_000))
URL = f"https://a.example/{LONG}"
OTHER = f"{URL}?other"


def test_long_urls_are_scanned_probed_and_looked_up(
    database: Database, stored_history: StoredHistory
) -> None:
    pages = {"a.md": f"<{URL}> <{OTHER}> <https://web.archive.org/web/20210805110426/{URL}>"}
    stored_history.run(START, pages=pages, answers={URL: Reason.OK, OTHER: Reason.NOT_FOUND})
    stored_history.run(START + DAY, pages=pages)
    with database.read() as connection:
        found = [link_finding(connection, url, wiki="") for url in (URL, OTHER)]
    assert [each and each.tracked_state.state for each in found] == [State.ALIVE, State.SUSPECT]
    assert [each and len(each.mirrors) for each in found] == [1, 0]


def test_long_host_names_are_stored_once(database: Database) -> None:
    names = [f"{LONG}.example", f"{LONG}.test"]
    with database.write() as connection:
        first, second = (ensure_host(connection, name) for name in names)
        assert first != second
        assert [ensure_host(connection, name) for name in names] == [first, second]


def test_long_paths_of_pages_are_stored_once(
    database: Database, stored_history: StoredHistory
) -> None:
    path = f"{LONG}.md"
    for day in range(2):
        stored_history.run(START + day * DAY, pages={path: f"<https://a.example/{day}>"})
    with database.read() as connection:
        assert list(page_hashes(connection, "")) == [path]
        assert list(page_ids(connection, "", [path, "b.md"])) == [path]


def test_long_proposals_are_replaced_by_the_next_search(
    database: Database, stored_history: StoredHistory
) -> None:
    old = "https://a.example/old"
    run_id = stored_history.run(START, pages={"a.md": f"<{old}>"}, answers={old: Reason.NOT_FOUND})
    link_id = stored_history.link_id(old)
    for found in ([URL, OTHER], [OTHER]):
        proposals = [
            MoveProposal(url=url, confidence=0.5, similarity=None, evidence=()) for url in found
        ]
        with database.write() as connection:
            record_search(
                connection,
                link_id,
                SearchOutcome.FOUND,
                proposals,
                detail="",
                run_id=run_id,
                at=START,
                next_search_at=START + DAY,
            )
    with database.read() as connection:
        stored = proposals_of(connection, [link_id])[link_id]
    assert [each.proposal.url for each in stored] == [OTHER]
