"""Test the states of links from run to run, and the history that a report shows."""

from __future__ import annotations

from sqlalchemy import select

from crawler.liveness import make_judgement
from store.queries.link_history import recent_histories
from store.queries.trends import states_by_run
from store.schema.engine import Database
from store.schema.models import LinkRow
from store.vocabulary import Judgement, Reason, State
from store.work.runs import RunOutcome
from tests.integration.store.stored_history import DAY, START, StoredHistory

PAGE = "[a](http://a.example/) [b](http://b.example/) [c](https://web.archive.org/web/20200101000000/http://c.example/)\n"
COPY = "https://web.archive.org/web/20200101000000/http://c.example/"


def states_after_runs(
    database: Database, wiki: str = "notes", limit: int = 60
) -> list[tuple[int, dict[State, int]]]:
    with database.read() as connection:
        return [
            (run.run_id, dict(run.states))
            for run in states_by_run(connection, wiki=wiki, limit=limit)
        ]


def test_each_link_is_counted_in_its_state_at_the_end_of_the_run(database: Database) -> None:
    stored_history = StoredHistory(database, "notes")
    first = stored_history.run(
        START, pages={"a.md": PAGE}, answers={"http://a.example/": Reason.OK, COPY: Reason.OK}
    )
    stored_history.run(
        START + DAY, answers={"http://b.example/": Reason.OK}, outcome=RunOutcome.INTERRUPTED
    )
    stored_history.run(START + DAY, command="scan")
    second = stored_history.run(START + 2 * DAY, answers={"http://a.example/": Reason.NOT_FOUND})
    third = stored_history.run(
        START + 3 * DAY,
        answers={"http://a.example/": Reason.GONE, "http://c.example/": Reason.FORBIDDEN},
    )
    fourth = stored_history.run(START + 4 * DAY, answers={"http://a.example/": Reason.OK})
    expected = [
        (first, {State.ALIVE: 1}),
        (second, {State.ALIVE: 1, State.SUSPECT: 1}),
        (third, {State.ALIVE: 1, State.SUSPECT: 1, State.BLOCKED: 1}),
        (fourth, {State.ALIVE: 2, State.BLOCKED: 1}),
    ]
    assert states_after_runs(database) == expected
    assert states_after_runs(database, limit=2) == expected[2:]


def test_states_by_run_distinguish_broken_from_suspect(database: Database) -> None:
    """A link is broken from its third failure after six days until it is alive, whatever fails."""
    stored_history, url = StoredHistory(database, "notes"), "http://a.example/"
    stored_history.run(START, pages={"a.md": f"[a]({url})\n"}, answers={url: Reason.OK})
    for day, reason in [
        (1, Reason.NOT_FOUND),
        (4, Reason.GONE),
        (8, Reason.GONE),
        (9, Reason.NOT_FOUND),
        (10, Reason.FORBIDDEN),
    ]:
        stored_history.run(START + day * DAY, answers={url: reason})
    stored_history.run(START + 11 * DAY, answers={url: Reason.OK})
    expected = [
        State.ALIVE,
        State.SUSPECT,
        State.SUSPECT,
        State.BROKEN,
        State.BROKEN,
        State.BROKEN,
        State.ALIVE,
    ]
    assert [states for _, states in states_after_runs(database)] == [
        {state: 1} for state in expected
    ]


def test_a_response_that_says_nothing_leaves_a_link_in_its_state(database: Database) -> None:
    """After each run, the chart counts the state that the report of that run shows."""
    stored_history, url = StoredHistory(database, "notes"), "http://a.example/"
    states = []
    for day, (reason, state) in enumerate(
        [
            (Reason.DNS_FAILURE, State.UNSURE),
            (Reason.OK, State.ALIVE),
            (Reason.DNS_FAILURE, State.ALIVE),
            (Reason.NOT_FOUND, State.SUSPECT),
            (Reason.FORBIDDEN, State.SUSPECT),
            (Reason.DNS_FAILURE, State.SUSPECT),
            (Reason.OK, State.ALIVE),
            (Reason.FORBIDDEN, State.BLOCKED),
            (Reason.DNS_FAILURE, State.BLOCKED),
            (Reason.EXCLUDED, State.SKIPPED),
            (Reason.DNS_FAILURE, State.UNSURE),
            (Reason.FORBIDDEN, State.BLOCKED),
        ]
    ):
        pages = {} if day else {"a.md": f"[a]({url})\n"}
        stored_history.run(START + day * DAY, pages=pages, answers={url: reason})
        with database.read() as connection:
            stored = connection.execute(select(LinkRow.state).where(LinkRow.url == url))
            assert stored.scalar_one() is state, reason
        states.append({state: 1})
    assert [counted for _, counted in states_after_runs(database)] == states


def test_only_links_that_the_wiki_cites_now_are_counted(database: Database) -> None:
    stored_history = StoredHistory(database, "notes")
    stored_history.run(
        START,
        pages={"a.md": PAGE},
        answers={"http://a.example/": Reason.OK, "http://b.example/": Reason.OK},
    )
    stored_history.run(START + DAY, pages={"a.md": "[a](http://a.example/)\n"})
    assert [states for _, states in states_after_runs(database)] == [{State.ALIVE: 1}] * 2
    assert [states for _, states in states_after_runs(database, wiki="other")] == [{}] * 2


def test_the_history_has_the_last_spans_and_an_informative_last_probe(
    database: Database,
) -> None:
    stored_history = StoredHistory(database, "notes")
    moved = make_judgement(Reason.MOVED_PERMANENTLY, target="http://elsewhere.example/")
    stored_history.run(START, pages={"a.md": PAGE}, answers={"http://b.example/": Reason.OK})
    answers: list[Reason | Judgement] = [
        Reason.OK,
        Reason.TIMEOUT,
        Reason.OK,
        Reason.OK,
        Reason.GONE,
        Reason.OK,
        moved,
    ]
    for day, answer in enumerate(answers):
        stored_history.run(START + day * DAY, answers={"http://a.example/": answer})
    ids = {
        url: stored_history.link_id(url)
        for url in ("http://a.example/", "http://b.example/", "http://c.example/")
    }
    with database.read() as connection:
        pasts = recent_histories(connection, list(ids.values()))
        assert recent_histories(connection, []) == {}
        outer = [ids["http://a.example/"], ids["http://c.example/"]]
        assert set(recent_histories(connection, outer)) == {
            outer[0]
        }  # the spans between are left out
    spans = [(span.reason, span.probes) for span in pasts[ids["http://a.example/"]].spans]
    assert spans == [
        (Reason.TIMEOUT, 1),
        (Reason.OK, 2),
        (Reason.GONE, 1),
        (Reason.OK, 1),
        (Reason.MOVED_PERMANENTLY, 1),
    ]
    assert [request.url for request in pasts[ids["http://a.example/"]].requests] == [
        "http://a.example/",
        "http://elsewhere.example/",
    ]
    assert pasts[ids["http://b.example/"]].requests == ()
    assert ids["http://c.example/"] not in pasts
