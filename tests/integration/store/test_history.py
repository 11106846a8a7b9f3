"""Test how probes become spans, states and changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crawler.liveness import make_judgement
from store.schema.engine import Database
from store.schema.json_codec import decode
from store.schema.models import LinkRow, ProbeRow, SpanRow
from store.vocabulary import (
    Judgement,
    LookupOutcome,
    LookupResult,
    PageEvidence,
    ProbeRequest,
    Reason,
    Role,
    Snapshot,
    State,
    TrackedState,
    Verdict,
)
from store.vocabulary import Probe as ProbeRecord
from store.work.archives.archive_context import Circumstances
from store.work.archives.lookups import LookupTask, record_lookup
from store.work.history import HostResult, ProbeResult, record_results
from store.work.leases import Release
from store.work.tracked_states import host_tracked_states
from tests.integration.store.leasing import acquire_lease, ensure_host
from tests.integration.store.stored_history import DAY, HOUR, START, StoredHistory, decide

URL = "http://x.example/a"
MIRROR = f"https://web.archive.org/web/20210805110426/{URL}"
PAGES = {"a.md": f"[x]({URL}) and [copy]({MIRROR})"}


@pytest.fixture
def cited(stored_history: StoredHistory) -> StoredHistory:
    """Return a history whose first run scanned a page with a link and its mirror."""
    stored_history.run(START, pages=PAGES)
    return stored_history


def link(database: Database, url: str = URL) -> Any:
    with database.read() as connection:
        return connection.execute(
            select(*LinkRow.__table__.columns).where(LinkRow.url == url)
        ).one()


def spans(database: Database) -> list[tuple[Any, ...]]:
    columns = (
        SpanRow.verdict,
        SpanRow.reason,
        SpanRow.first_at,
        SpanRow.last_at,
        SpanRow.probes,
        SpanRow.first_run_id,
        SpanRow.last_run_id,
    )
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(SpanRow.id))]


def test_same_answers_extend_a_span_and_another_opens_the_next(
    database: Database, cited: StoredHistory
) -> None:
    answers = (Reason.OK, Reason.OK, Reason.NOT_FOUND, Reason.GONE, Reason.OK)
    runs = [
        cited.run(START + number * DAY, answers={URL: answer})
        for number, answer in enumerate(answers)
    ]
    assert spans(database) == [
        (Verdict.ALIVE, Reason.OK, START, START + DAY, 2, runs[0], runs[1]),
        (Verdict.BROKEN, Reason.NOT_FOUND, START + 2 * DAY, START + 2 * DAY, 1, runs[2], runs[2]),
        (Verdict.BROKEN, Reason.GONE, START + 3 * DAY, START + 3 * DAY, 1, runs[3], runs[3]),
        (Verdict.ALIVE, Reason.OK, START + 4 * DAY, START + 4 * DAY, 1, runs[4], runs[4]),
    ]


def test_state_follows_history_and_names_the_run_it_changed_in(
    database: Database, cited: StoredHistory
) -> None:
    runs, seen = [], []
    for days, answer in (
        (0, Reason.OK),
        (1, Reason.NOT_FOUND),
        (4, Reason.NOT_FOUND),
        (7, Reason.NOT_FOUND),
        (8, Reason.NOT_FOUND),
    ):
        runs.append(cited.run(START + days * DAY, answers={URL: answer}))
        row = link(database)
        seen.append((row.state, row.previous_state, row.changed_run_id, row.consecutive_failures))
    assert seen == [
        (State.ALIVE, State.UNCHECKED, runs[0], 0),
        (State.SUSPECT, State.ALIVE, runs[1], 1),
        (State.SUSPECT, State.ALIVE, runs[1], 2),
        (State.BROKEN, State.SUSPECT, runs[3], 3),
        (State.BROKEN, State.SUSPECT, runs[3], 4),
    ]
    row = link(database)
    assert (row.last_alive_at, row.first_failed_at, row.state_since) == (
        START,
        START + DAY,
        START + 7 * DAY,
    )


def test_several_probes_of_a_link_in_one_batch_count_in_order(
    database: Database, cited: StoredHistory
) -> None:
    run = cited.begin(START)
    with database.write() as connection:
        results = [
            cited.result(connection, run, START + hours * HOUR, URL, answer)
            for hours, answer in (
                (1, Reason.OK),
                (2, Reason.NOT_FOUND),
                (3, Reason.NOT_FOUND),
                (4, Reason.OK),
                (5, Reason.OK),
            )
        ]
        states: list[State] = []

        def record_state(*arguments: Any) -> TrackedState:
            after = decide(*arguments)
            states.append(after.state)
            return after

        record_results(connection, results, record_state)
    assert states == [
        State.ALIVE,
        State.SUSPECT,
        State.SUSPECT,
        State.ALIVE,
        State.ALIVE,
    ]
    assert [(span[0], span[4]) for span in spans(database)] == [
        (Verdict.ALIVE, 1),
        (Verdict.BROKEN, 2),
        (Verdict.ALIVE, 2),
    ]
    row = link(database)
    assert (row.state, row.previous_state, row.probes, row.checked_at) == (
        State.ALIVE,
        State.SUSPECT,
        5,
        START + 5 * HOUR,
    )
    # The next batch extends the span of this one.
    cited.run(START + DAY, answers={URL: Reason.OK})
    assert [(span[0], span[4]) for span in spans(database)] == [
        (Verdict.ALIVE, 1),
        (Verdict.BROKEN, 2),
        (Verdict.ALIVE, 3),
    ]


def test_missing_network_is_recorded_and_changes_nothing(
    database: Database, cited: StoredHistory
) -> None:
    cited.run(START, answers={URL: Reason.OK})
    before, spans_before = link(database), spans(database)
    cited.run(START + DAY, answers={URL: Reason.NETWORK_DOWN})
    assert link(database) == before
    assert spans(database) == spans_before
    with database.read() as connection:
        assert list(connection.scalars(select(ProbeRow.reason).order_by(ProbeRow.id))) == [
            Reason.OK,
            Reason.NETWORK_DOWN,
        ]


def test_link_keeps_how_its_last_probe_ended(database: Database, cited: StoredHistory) -> None:
    moved = Judgement(
        verdict=Verdict.MOVED,
        reason=Reason.MOVED_PERMANENTLY,
        target="http://y.example/",
        status_code=200,
        warnings=("fragment-missing",),
    )
    cited.run(START, answers={URL: moved})
    row = link(database)
    assert (row.status_code, row.final_url, row.redirects, row.warnings) == (
        200,
        "http://y.example/",
        1,
        ("fragment-missing",),
    )


def test_every_field_of_a_probe_is_stored(database: Database, cited: StoredHistory) -> None:
    request = ProbeRequest(
        method="HEAD",
        url=URL,
        at=START,
        elapsed_ms=12,
        status=404,
        headers={"server": "x"},
        peer="127.0.0.1",
    )
    evidence = PageEvidence(
        title="没有",
        text="…",
        simhash=2**64 - 1,
        fragment_found=False,
        html_markers=("captcha",),
    )
    record = ProbeRecord(
        url=URL,
        role=Role.LINK,
        started_at=START,
        finished_at=START + HOUR,
        requests=(request,),
        evidence=evidence,
    )
    with database.write() as connection:
        result = ProbeResult(
            link_id=cited.link_id(URL),
            run_id=1,
            lease=None,
            probe=record,
            judgement=make_judgement(Reason.NOT_FOUND, "404"),
        )
        record_results(connection, [result], decide)
        row = connection.execute(select(*ProbeRow.__table__.columns)).one()
    assert (row.started_at, row.finished_at, row.verdict, row.reason, row.detail) == (
        START,
        START + HOUR,
        Verdict.BROKEN,
        Reason.NOT_FOUND,
        "404",
    )
    assert [decode(ProbeRequest, packed) for packed in row.requests] == [request]
    assert decode(PageEvidence, row.evidence) == evidence


def test_a_batch_that_fails_halfway_is_not_written(
    database: Database, cited: StoredHistory
) -> None:
    def fail(_before: TrackedState, judgement: Judgement, *_: object) -> TrackedState:
        if judgement.verdict is Verdict.ALIVE:
            return TrackedState(checked_at=START)
        raise RuntimeError("the rules have a fault")

    def write() -> None:
        with database.write() as connection:
            results = [
                cited.result(connection, 1, START, url, answer)
                for url, answer in ((MIRROR, Reason.OK), (URL, Reason.GONE))
            ]
            record_results(connection, results, fail)

    with pytest.raises(RuntimeError):
        write()
    with database.read() as connection:
        assert connection.execute(select(ProbeRow.id)).first() is None
    assert link(database, MIRROR).state is State.UNCHECKED


def test_more_links_than_one_statement_holds(
    database: Database, stored_history: StoredHistory
) -> None:
    urls = [f"http://x.example/{number}" for number in range(1_201)]
    stored_history.run(START, pages={"a.md": "\n\n".join(f"<{url}>" for url in urls)})
    stored_history.probe(1, START, dict.fromkeys(urls, Reason.OK))
    with database.read() as connection:
        assert list(connection.scalars(select(LinkRow.state))) == [State.ALIVE] * 1_201


class _RecordingAdvance:
    """A state machine that records the circumstances it gets, and uses the default policy."""

    def __init__(self) -> None:
        self.circumstances: list[Circumstances] = []

    def __call__(
        self, before: TrackedState, judgement: Judgement, at: Any, circumstances: Circumstances
    ) -> TrackedState:
        self.circumstances.append(circumstances)
        return decide(before, judgement, at, circumstances)


def circumstances_of(stored_history: StoredHistory, url: str, at: Any) -> Circumstances:
    advance = _RecordingAdvance()
    with stored_history.database.write() as connection:
        record_results(
            connection, [stored_history.result(connection, 1, at, url, Reason.TIMEOUT)], advance
        )
    return advance.circumstances[0]


def look_up(stored_history: StoredHistory, at: Any, snapshot: Snapshot | None) -> None:
    answer = LookupResult(
        outcome=LookupOutcome.FOUND if snapshot else LookupOutcome.NONE, snapshot=snapshot
    )
    task = LookupTask(link_id=stored_history.link_id(URL), url=URL, target_time=at)
    with stored_history.database.write() as connection:
        record_lookup(
            connection,
            stored_history.link_registry(connection, 1, at),
            task,
            answer,
            service="wayback",
            run_id=1,
            at=at,
            next_lookup_at=at + DAY,
        )


def snapshot_at(at: Any, status: int = 200) -> Snapshot:
    stamp = f"{at:%Y%m%d%H%M%S}"
    return Snapshot(
        service="wayback",
        url=f"https://web.archive.org/web/{stamp}/{URL}",
        original=URL,
        captured_at=at,
        status=status,
    )


def test_rules_get_the_archive_observations_since_the_first_failure(cited: StoredHistory) -> None:
    cited.run(START, answers={URL: Reason.TIMEOUT})
    assert circumstances_of(cited, URL, START + DAY).archived_since_failure is None
    look_up(cited, START + 2 * DAY, None)
    assert circumstances_of(cited, URL, START + 2 * DAY + HOUR).archived_since_failure is False
    look_up(cited, START + 3 * DAY, snapshot_at(START - DAY))
    assert circumstances_of(cited, URL, START + 3 * DAY).archived_since_failure is False
    look_up(cited, START + 4 * DAY, snapshot_at(START + DAY, status=503))
    assert circumstances_of(cited, URL, START + 4 * DAY).archived_since_failure is False
    look_up(cited, START + 5 * DAY, snapshot_at(START + DAY + HOUR))
    assert circumstances_of(cited, URL, START + 5 * DAY).archived_since_failure is True


@pytest.mark.parametrize(
    ("answer", "alive"), [(Reason.OK, True), (Reason.MOVED_PERMANENTLY, True), (Reason.GONE, False)]
)
def test_the_rules_get_the_state_of_a_mirrors_original(
    cited: StoredHistory, answer: Reason, alive: bool
) -> None:
    cited.run(START, answers={URL: answer})
    assert circumstances_of(cited, MIRROR, START + DAY).original_alive is alive
    assert circumstances_of(cited, URL, START + DAY).original_alive is None


def test_host_has_a_history_of_its_own(database: Database) -> None:
    with database.write() as connection:
        host = ensure_host(connection, "down.example")
        for days in (0, 3, 7):
            at = START + timedelta(days=days)
            lease = acquire_lease(connection, host, owner="one", now=at, length=HOUR)
            assert lease is not None
            release = Release(lease=lease, next_allowed_at=at)
            record_results(
                connection,
                [
                    HostResult(
                        release=release, judgement=make_judgement(Reason.DOMAIN_NOT_FOUND), at=at
                    )
                ],
                decide,
            )
        after = host_tracked_states(connection, [host])[host]
    assert (after.state, after.consecutive_failures, after.first_failed_at) == (
        State.BROKEN,
        3,
        START,
    )
