"""Test searches and comparisons: what is due and what is stored, on databases of both kinds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, update

from crawler.archives import parse_mirror
from store.schema.engine import Database
from store.schema.models import LinkRow, MirrorRow, SearchRow
from store.vocabulary import (
    DriftOutcome,
    EvidenceKind,
    MirrorOrigin,
    MirrorQuality,
    MoveEvidence,
    MoveProposal,
    Reason,
    SearchOutcome,
    State,
)
from store.work.archives.mementos import mementos_of
from store.work.comparisons import (
    changed_drift_findings,
    drift_findings,
    links_to_compare,
    record_comparison,
)
from store.work.links import MirrorRecord
from store.work.scope import EVERYTHING, Scope
from store.work.searches import (
    all_proposals,
    known_moves,
    links_to_search,
    proposals_of,
    record_search,
    trusted_new_urls,
)
from tests.integration.store.stored_history import DAY, START, StoredHistory

GONE, MOVED, ALIVE = "http://a.example/gone", "http://a.example/old", "http://a.example/here"
NEW = "http://a.example/new/gone"
PAGE = f"[gone]({GONE}) (accessed 2019-04-01), [moved]({MOVED}), [here]({ALIVE}) (accessed 2019-04-01)\n"
WEEKS = timedelta(days=45)
COPIES = ("20180101000000", "20190402000000", "20220101000000")


def proposal(url: str = NEW, confidence: float = 0.9) -> MoveProposal:
    evidence = (MoveEvidence(EvidenceKind.REDIRECT, url), MoveEvidence(EvidenceKind.TITLE, "“门”"))
    return MoveProposal(
        url=url,
        confidence=confidence,
        similarity=0.75,
        evidence=evidence,
        compared_with="https://web.archive.org/web/x",
    )


@pytest.fixture
def stored_history(database: Database) -> StoredHistory:
    """Return a history with a broken link, a moved and a living one; the archive has copies of the first and the last."""
    stored_history = StoredHistory(database, "notes")
    run = stored_history.run(
        START,
        pages={"a.md": PAGE},
        answers={GONE: Reason.NOT_FOUND, MOVED: Reason.OK, ALIVE: Reason.OK},
    )
    with database.write() as connection:
        connection.execute(update(LinkRow).where(LinkRow.url == GONE).values(state=State.BROKEN))
        connection.execute(
            update(LinkRow)
            .where(LinkRow.url == MOVED)
            .values(state=State.MOVED, final_url="http://a.example/new/old")
        )
        for original in (GONE, ALIVE):
            for stamp in COPIES:
                add_copy(connection, stored_history, run, original, stamp)
    return stored_history


def add_copy(
    connection: Connection, stored_history: StoredHistory, run: int, original: str, stamp: str
) -> None:
    url = f"https://web.archive.org/web/{stamp}/{original}"
    address = parse_mirror(url)
    assert address
    known = MirrorRecord(
        url=url,
        address=address,
        original_id=stored_history.link_id(original),
        origin=MirrorOrigin.FOUND,
    )
    stored_history.link_registry(connection, run, START).mirror_ids([known])
    connection.execute(update(LinkRow).where(LinkRow.url == url).values(state=State.ALIVE))


def search(
    stored_history: StoredHistory,
    *proposals: MoveProposal,
    outcome: SearchOutcome = SearchOutcome.FOUND,
    at: timedelta = DAY,
    detail: str = "",
) -> None:
    with stored_history.database.write() as connection:
        times = {"at": START + at, "next_search_at": START + at + WEEKS}
        record_search(
            connection,
            stored_history.link_id(GONE),
            outcome,
            proposals,
            detail=detail,
            run_id=1,
            **times,
        )


def test_mementos_nearest_the_day_the_link_was_read_come_first_and_worthless_ones_never(
    stored_history: StoredHistory,
) -> None:
    with stored_history.database.write() as connection:
        worthless = (
            select(LinkRow.id)
            .where(LinkRow.url == f"https://web.archive.org/web/{COPIES[0]}/{GONE}")
            .scalar_subquery()
        )
        connection.execute(
            update(MirrorRow)
            .where(MirrorRow.link_id == worthless)
            .values(quality=MirrorQuality.UNUSABLE)
        )
        found = mementos_of(
            connection,
            [stored_history.link_id(GONE), stored_history.link_id(ALIVE)],
            services=("wayback",),
        )
        assert [kept.timestamp for kept in found[stored_history.link_id(GONE)]] == [
            COPIES[1],
            COPIES[2],
        ]
        assert [kept.timestamp for kept in found[stored_history.link_id(ALIVE)]] == [
            COPIES[1],
            COPIES[0],
            COPIES[2],
        ]
        assert not mementos_of(connection, [stored_history.link_id(MOVED)], services=("wayback",))


def test_only_what_is_broken_for_good_is_searched_and_then_rests(
    stored_history: StoredHistory,
) -> None:
    def due(at: timedelta, scope: Scope = EVERYTHING) -> list[str]:
        with stored_history.database.read() as connection:
            return [
                task.url
                for task in links_to_search(
                    connection,
                    services=("wayback",),
                    now=START + at,
                    limit=9,
                    max_per_host=9,
                    scope=scope,
                )
            ]

    assert due(DAY) == [GONE]
    assert due(DAY, scope=Scope(wikis=("another",))) == []
    search(stored_history)
    assert due(2 * DAY) == []
    assert due(2 * DAY + WEEKS) == [GONE]


def test_neither_one_site_nor_repeated_searches_displace_other_links(database: Database) -> None:
    urls = [f"http://a.example/{number}" for number in range(5)] + ["http://b.example/1"]
    stored_history = StoredHistory(database)
    stored_history.run(START, pages={"a.md": "\n\n".join(f"<{url}>" for url in urls)})
    with database.write() as connection:
        connection.execute(update(LinkRow).values(state=State.BROKEN))

    def due(day: int) -> list[str]:
        with database.read() as connection:
            tasks = links_to_search(
                connection, services=(), now=START + day * DAY, limit=3, max_per_host=2
            )
        return [task.url for task in tasks]

    searched: list[list[str]] = []
    for day in range(1, 5):
        searched.append(due(day))
        with database.write() as connection:
            for url in searched[-1]:  # nothing is found, so it is due again on the next day
                record_search(
                    connection,
                    stored_history.link_id(url),
                    SearchOutcome.NO_BASELINE,
                    (),
                    detail="",
                    run_id=1,
                    at=START + day * DAY,
                    next_search_at=START + (day + 1) * DAY,
                )
    assert searched[0] == [urls[0], urls[1], urls[5]]
    assert searched[1] == [urls[2], urls[3], urls[5]]
    assert urls[4] in searched[2]
    assert {url for each in searched for url in each} == set(urls)


def test_moves_of_a_host_are_known_from_its_servers_and_from_earlier_searches(
    stored_history: StoredHistory,
) -> None:
    search(stored_history, proposal())
    with stored_history.database.read() as connection:
        assert set(known_moves(connection, "a.example")) == {
            (MOVED, "http://a.example/new/old", "")
        }  # the other proposal has only three quarters of the text
    search(stored_history, MoveProposal(url=NEW, confidence=0.9, similarity=0.95, evidence=()))
    with stored_history.database.read() as connection:
        assert set(known_moves(connection, "a.example")) == {
            (MOVED, "http://a.example/new/old", ""),
            (GONE, NEW, ""),
        }
        assert not list(known_moves(connection, "b.example"))


def test_proposals_keep_when_they_were_found_and_go_when_they_are_not_found_again(
    stored_history: StoredHistory,
) -> None:
    other = proposal("http://a.example/other", 0.4)
    search(stored_history, proposal(), other)
    search(stored_history, proposal(confidence=0.95), at=50 * DAY)
    with stored_history.database.read() as connection:
        (found,) = proposals_of(connection, [stored_history.link_id(GONE)])[
            stored_history.link_id(GONE)
        ]
    assert (found.proposal, found.found_at, found.confirmed_at) == (
        proposal(confidence=0.95),
        START + DAY,
        START + 50 * DAY,
    )
    search(
        stored_history, outcome=SearchOutcome.UNKNOWN, at=60 * DAY
    )  # no response, so nothing is known
    with stored_history.database.read() as connection:
        assert proposals_of(connection, [stored_history.link_id(GONE)])
    search(stored_history, outcome=SearchOutcome.NONE, at=70 * DAY)
    with stored_history.database.read() as connection:
        assert not proposals_of(connection, [stored_history.link_id(GONE)])
        assert connection.execute(select(SearchRow.outcome)).scalars().all() == [SearchOutcome.NONE]


def test_an_incomplete_search_deletes_no_proposal(stored_history: StoredHistory) -> None:
    other = proposal("http://a.example/other", 0.4)
    search(stored_history, proposal(confidence=0.95))
    search(stored_history, other, at=50 * DAY, detail="the archive did not show its memento")

    def stored_urls() -> list[str]:
        link_id = stored_history.link_id(GONE)
        with stored_history.database.read() as connection:
            found = proposals_of(connection, [link_id])
        return [each.proposal.url for each in found[link_id]]

    assert stored_urls() == [NEW, other.url]
    search(stored_history, other, at=60 * DAY)
    assert stored_urls() == [other.url]


def test_the_most_trusted_address_is_offered_while_the_link_fails(
    stored_history: StoredHistory,
) -> None:
    search(stored_history, proposal(), proposal("http://a.example/other", 0.85))
    with stored_history.database.write() as connection:
        assert trusted_new_urls(connection, 0.8) == {stored_history.link_id(GONE): NEW}
        assert trusted_new_urls(connection, 0.95) == {}
        assert [
            found.proposal.url for found in all_proposals(connection)[stored_history.link_id(GONE)]
        ] == [
            NEW,
            "http://a.example/other",
        ]
        connection.execute(update(LinkRow).where(LinkRow.url == GONE).values(state=State.ALIVE))
        assert trusted_new_urls(connection, 0.8) == {}
        assert not all_proposals(connection)


def test_living_pages_are_compared_with_the_nearest_copy_and_what_changed_is_listed(
    stored_history: StoredHistory,
) -> None:
    def due(at: timedelta) -> list[tuple[str, str]]:
        with stored_history.database.read() as connection:
            tasks = links_to_compare(connection, services=("wayback",), now=START + at, limit=9)
        return [(task.url, task.memento.timestamp) for task in tasks]

    def compare(outcome: DriftOutcome, at: timedelta) -> None:
        with stored_history.database.write() as connection:
            (task,) = links_to_compare(connection, services=("wayback",), now=START + at, limit=9)
            times = {"at": START + at, "next_comparison_at": START + at + WEEKS}
            record_comparison(
                connection,
                task,
                outcome,
                remaining_share=0.25,
                detail="",
                passages=[("-", "灯"), ("+", "船")],
                run_id=1,
                **times,
            )

    assert due(DAY) == [(ALIVE, COPIES[1])]
    compare(DriftOutcome.CHANGED, DAY)
    assert due(2 * DAY) == []
    compare(DriftOutcome.CHANGED, 2 * DAY + WEEKS)
    with stored_history.database.read() as connection:
        ((link_id, drift),) = changed_drift_findings(connection).items()
        assert (link_id, drift.since, drift.compared_at) == (
            stored_history.link_id(ALIVE),
            START + DAY,
            START + 2 * DAY + WEEKS,
        )
        assert (drift.mirror, drift.passages) == (
            f"https://web.archive.org/web/{COPIES[1]}/{ALIVE}",
            (("-", "灯"), ("+", "船")),
        )
    compare(DriftOutcome.UNCHANGED, 4 * DAY + 2 * WEEKS)
    with stored_history.database.read() as connection:
        assert not changed_drift_findings(connection)
        assert (
            drift_findings(connection, [stored_history.link_id(ALIVE)])[
                stored_history.link_id(ALIVE)
            ].since
            == START + 4 * DAY + 2 * WEEKS
        )
