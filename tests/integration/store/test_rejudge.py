"""Test judging stored probes again: only changed rules change histories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from crawler.archives.link_identity import identify
from crawler.config import Config
from crawler.jobs.isolation import InternalErrors
from crawler.liveness import judge, make_judgement
from crawler.politeness.url_filters import UrlFilters
from crawler.probing import stored_probes
from crawler.probing.stored_probes import rejudge, rejudge_probe
from store.maintenance.integrity import check_database
from store.maintenance.link_rejudger import RejudgedLink
from store.maintenance.pruning import prune
from store.maintenance.rejudge import rejudge_probes, write_rejudged
from store.queries.link_history import SpanRecord, spans_of
from store.schema.engine import Database
from store.schema.json_codec import encode
from store.schema.models import Base, LinkRow, LookupRow, ProbeRow, SpanRow
from store.vocabulary import (
    FRAGMENT_MISSING,
    OTHER_CAPTURE,
    Fault,
    HistoryPolicy,
    Judgement,
    LookupOutcome,
    PageEvidence,
    ProbeRequest,
    Reason,
    Role,
    State,
)
from store.vocabulary import Probe as ProbeRecord
from store.work.history import ProbeResult, record_results
from store.work.runs import begin_run
from tests.integration.store.stored_history import DAY, HOUR, START, StoredHistory, decide

A, B = "https://a.example/one", "https://b.example/two"
PAGES = {"page.md": f"[a]({A}) [b]({B})"}
# The status or fault that a probe records, by the name of a server's response.
ANSWERS: Mapping[str, tuple[int | None, Fault | None]] = {
    "ok": (200, None),
    "not-found": (404, None),
    "gone": (410, None),
    "forbidden": (403, None),
    "server-error": (500, None),
    "timeout": (None, Fault.TIMEOUT),
    "refused": (None, Fault.REFUSED),
    "name": (None, Fault.NAME_UNKNOWN),
    "teapot": (418, None),
    "unchanged": (304, None),
    "head": (200, None),
    "fragment": (200, None),
}


def probe_of(url: str, at: datetime, answer: str) -> ProbeRecord:
    if answer == "host-paused":
        return ProbeRecord(
            url=url, role=Role.LINK, started_at=at, finished_at=at, skipped=Reason.HOST_PAUSED
        )
    status, fault = ANSWERS[answer]
    request = ProbeRequest(
        method="HEAD" if answer == "head" else "GET",
        url=url,
        at=at,
        elapsed_ms=20,
        status=status,
        fault=fault,
        headers={"content-type": "text/html"},
        conditional=status == 304,
    )
    page = (
        PageEvidence(length=900, title="石桥", text="一座石桥的记述 " * 20)
        if status == 200 and answer != "head"
        else None
    )
    if page and answer == "fragment":
        page = replace(page, fragment_found=False, missing_fragments=("part",))
    return ProbeRecord(
        url=url, role=Role.LINK, started_at=at, finished_at=at, requests=(request,), evidence=page
    )


def probe_link(
    stored_history: StoredHistory, url: str, answers: Sequence[tuple[datetime, str]]
) -> None:
    """Store one run and probe of a link for each answer, judged by the present rules."""
    link_id = stored_history.link_id(url)
    with stored_history.database.write() as connection:  # one transaction takes half the time
        for at, answer in answers:
            run_id = begin_run(connection, command="run", at=at, owner="test:1", version="0")
            probe = probe_of(url, at, answer)
            result = ProbeResult(
                link_id=link_id, run_id=run_id, lease=None, probe=probe, judgement=judge(probe)
            )
            record_results(connection, [result], decide)


def spans(stored_history: StoredHistory, url: str) -> Sequence[SpanRecord]:
    with stored_history.database.read() as connection:
        return spans_of(connection, stored_history.link_id(url))


def rejudged_links(
    stored_history: StoredHistory, *, write: bool = False, policy: HistoryPolicy | None = None
) -> Mapping[str, RejudgedLink]:
    return {
        result.url: result
        for result in rejudge(stored_history.database, policy or HistoryPolicy(), write=write)
    }


def rows(database: Database) -> Sequence[object]:
    """Return all rows that rejudging may write."""
    tables = [Base.metadata.tables[name] for name in ("link", "span", "probe")]
    with database.read() as connection:
        return [connection.execute(select(table).order_by(table.c.id)).all() for table in tables]


@pytest.fixture
def cited(stored_history: StoredHistory) -> StoredHistory:
    stored_history.run(START - DAY, pages=PAGES)
    return stored_history


def some_history(seed: int) -> list[tuple[datetime, str]]:
    random = Random(seed)
    at, history = START, []
    for _ in range(30):
        answer = random.choice([*ANSWERS, "host-paused", "ok", "not-found"])
        for _ in range(random.choice([1, 1, 2, 5])):
            history.append((at, answer))
            at += random.choice([HOUR, DAY, 3 * DAY])
    return history


@pytest.mark.parametrize("seed", range(6))
def test_same_rules_change_nothing(cited: StoredHistory, seed: int) -> None:
    probe_link(cited, A, some_history(seed))
    before = rows(cited.database)
    found = rejudged_links(cited, write=True)
    assert not found[A].differs
    assert found[A].probes == len(some_history(seed))
    assert (
        found[A].after == found[A].before
    )  # also the time of the next probe: `decide` has no random part
    assert rows(cited.database) == before


@pytest.mark.parametrize("seed", range(6))
def test_same_rules_change_nothing_where_the_older_probes_are_gone(
    cited: StoredHistory, seed: int
) -> None:
    history = some_history(seed)
    probe_link(cited, A, history)
    for kept_days in (20, 5, 1):
        assert prune(cited.database, max_age=kept_days * DAY, now=history[-1][0]) > 0
        found = rejudged_links(cited)[A]
        assert found.rejudged == 0
        assert not found.state_changed
        assert found.after.probes == found.before.probes
        before = spans(cited, A)
        rejudge_as_if_something_differed(cited)
        assert spans(cited, A) == before
        assert list(check_database(cited.database)) == []


def rejudge_as_if_something_differed(cited: StoredHistory) -> None:
    with cited.database.write() as connection:
        rejudged = rejudge_probes(connection, [cited.link_id(A)], rejudge_probe, decide)
        write_rejudged(connection, list(rejudged))


def test_a_mirror_keeps_the_url_of_the_capture_that_it_shows(cited: StoredHistory) -> None:
    mirror = f"https://web.archive.org/web/2021/{A}"
    capture = f"https://web.archive.org/web/20210805110426/{A}"
    judgement = make_judgement(Reason.OK, target=capture, warnings=(OTHER_CAPTURE,))
    run_id = cited.run(START, pages={"copy.md": f"[a]({mirror})"})
    link_id = cited.link_id(mirror)
    probe = replace(probe_of(mirror, START, "ok"), role=Role.MIRROR)
    result = ProbeResult(
        link_id=link_id, run_id=run_id, lease=None, probe=probe, judgement=judgement
    )
    with cited.database.write() as connection:
        record_results(connection, [result], decide)
    with cited.database.write() as connection:
        rejudged = rejudge_probes(connection, [link_id], lambda *_: judgement, decide)
        write_rejudged(connection, list(rejudged))
        final_url = select(LinkRow.final_url).where(LinkRow.id == link_id)
        assert connection.scalar(final_url) == capture


def test_a_status_accepted_since_is_accepted_in_stored_probes_too(cited: StoredHistory) -> None:
    probe_link(cited, A, [(START, "forbidden")])
    probe_link(cited, B, [(START, "forbidden")])
    found = {
        one.url: one.after
        for one in rejudge(
            cited.database,
            HistoryPolicy(),
            UrlFilters.from_config(Config(accept={A: (403,)})).accepted_statuses,
            write=False,
        )
    }
    assert (found[A].state, found[A].reason) == (State.ALIVE, Reason.OK)
    assert (found[B].state, found[B].reason) == (State.BLOCKED, Reason.FORBIDDEN)


def test_a_304_of_a_page_that_a_new_rule_finds_broken_is_broken_too(
    cited: StoredHistory,
) -> None:
    answers = ["ok", *["unchanged"] * 6, "forbidden", "unchanged"]
    probe_link(cited, A, [(START + day * DAY, answer) for day, answer in enumerate(answers)])
    assert not any(one.differs for one in rejudged_links(cited).values())
    missing = PageEvidence(
        length=90, title="页面不存在", text="您访问的页面不存在或已被删除。", simhash=1
    )
    with cited.database.write() as connection:
        connection.execute(
            update(ProbeRow)
            .where(ProbeRow.link_id == cited.link_id(A), ProbeRow.evidence.is_not(None))
            .values(evidence=encode(missing))
        )
    found = rejudged_links(cited, write=True)[A]
    assert (found.after.state, found.after.reason) == (State.BROKEN, Reason.SOFT_404)
    assert found.rejudged == 8  # all but the refusal


@pytest.mark.parametrize(
    ("answers", "has_warning"),
    [
        (["fragment", "head"], True),
        (["fragment", "unchanged", "head", "unchanged"], True),
        (["fragment", "forbidden", "fragment", "head"], True),
        (["fragment", "ok", "head"], False),
        (["fragment", "not-found", "head"], False),
    ],
)
@pytest.mark.parametrize("kept", [100, 1.5, 0.5], ids="{} days".format)
def test_a_missing_fragment_is_still_missing_after_probes_that_read_no_page(
    cited: StoredHistory, answers: Sequence[str], kept: float, *, has_warning: bool
) -> None:
    probe_link(cited, A, [(START + day * DAY, answer) for day, answer in enumerate(answers)])
    prune(cited.database, max_age=kept * DAY, now=START + (len(answers) - 1) * DAY)
    before = rows(cited.database)[0]
    rejudge_as_if_something_differed(cited)
    assert rows(cited.database)[0] == before
    with cited.database.read() as connection:
        row = connection.execute(select(LinkRow.__table__).where(LinkRow.url == A)).one()
    assert (FRAGMENT_MISSING in row.warnings) == bool(row.missing_fragments) == has_warning


def test_rejudging_shows_changes_before_it_writes_them(cited: StoredHistory) -> None:
    """The stored verdicts of a missing page are those of older rules: alive."""
    probe_link(cited, A, [(START + day * DAY, "not-found") for day in range(9)])
    probe_link(cited, B, [(START, "ok")])
    with cited.database.write() as connection:
        link_id = cited.link_id(A)
        connection.execute(
            update(ProbeRow).where(ProbeRow.link_id == link_id).values(verdict="alive", reason="ok")
        )
        connection.execute(
            update(SpanRow).where(SpanRow.link_id == link_id).values(verdict="alive", reason="ok")
        )
        tracked_state = {
            "state": "alive",
            "verdict": "alive",
            "reason": "ok",
            "first_failed_at": None,
            "consecutive_failures": 0,
        }
        connection.execute(
            update(LinkRow)
            .where(LinkRow.id == link_id)
            .values(**tracked_state, previous_state="unchecked")
        )
    before = rows(cited.database)
    shown = rejudged_links(cited)
    assert rows(cited.database) == before
    assert (shown[A].before.state, shown[A].after.state, shown[A].rejudged) == (
        State.ALIVE,
        State.BROKEN,
        9,
    )
    assert not shown[B].differs
    assert rejudged_links(cited, write=True)[A].after.state is State.BROKEN
    assert [
        (span.reason, span.first_at, span.last_at, span.probes) for span in spans(cited, A)
    ] == [(Reason.NOT_FOUND, START, START + 8 * DAY, 9)]
    with cited.database.read() as connection:
        row = connection.execute(
            select(*LinkRow.__table__.columns).where(LinkRow.id == link_id)
        ).one()
        verdicts = set(
            connection.scalars(select(ProbeRow.reason).where(ProbeRow.link_id == link_id))
        )
    assert (row.state, row.previous_state, row.status_code, row.state_since) == (
        State.BROKEN,
        State.SUSPECT,
        404,
        START + 6 * DAY,
    )
    assert verdicts == {Reason.NOT_FOUND}
    assert list(check_database(cited.database)) == []
    assert not any(one.differs for one in rejudged_links(cited).values())


def test_spans_older_than_the_kept_probes_stay(cited: StoredHistory) -> None:
    probe_link(
        cited, A, [(START + day * DAY, "gone" if day < 5 else "not-found") for day in range(12)]
    )
    prune(cited.database, max_age=3 * DAY, now=START + 11 * DAY)
    with cited.database.write() as connection:  # as if older rules had judged the kept probes alive
        link_id = cited.link_id(A)
        connection.execute(
            update(ProbeRow).where(ProbeRow.link_id == link_id).values(verdict="alive", reason="ok")
        )
    first, second = spans(cited, A)
    rejudged_links(cited, write=True)
    assert spans(cited, A) == [first, second]
    assert list(check_database(cited.database)) == []


def test_span_the_kept_probes_begin_in_is_cut_where_they_differ(cited: StoredHistory) -> None:
    probe_link(cited, A, [(START + day * DAY, "ok") for day in range(10)])
    prune(cited.database, max_age=3 * DAY, now=START + 9 * DAY)
    with cited.database.write() as connection:
        for probe_id, requests in connection.execute(select(ProbeRow.id, ProbeRow.requests)).all():
            connection.execute(
                update(ProbeRow)
                .where(ProbeRow.id == probe_id)
                .values(requests=[{**requests[0], "status": 404}], evidence=None)
            )
    rejudged_links(cited, write=True)
    assert [
        (span.reason, span.first_at, span.last_at, span.probes) for span in spans(cited, A)
    ] == [
        (Reason.OK, START, START + 6 * DAY, 6),
        (Reason.NOT_FOUND, START + 6 * DAY, START + 9 * DAY, 4),
    ]
    assert list(check_database(cited.database)) == []


def test_a_stricter_policy_applies_to_all_stored_probes(cited: StoredHistory) -> None:
    probe_link(cited, A, [(START + day * DAY, "not-found") for day in range(8)])
    policy = HistoryPolicy(confirm_span_definite=timedelta(days=30))
    found = rejudged_links(cited, policy=policy)[A]
    assert (found.before.state, found.after.state, found.rejudged) == (
        State.BROKEN,
        State.SUSPECT,
        0,
    )
    assert rejudged_links(cited, policy=policy, write=True)[A].differs
    assert rejudged_links(cited, policy=policy)[A].before.state is State.SUSPECT


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(LookupOutcome.NONE, State.BROKEN), (LookupOutcome.UNKNOWN, State.SUSPECT)],
)
def test_results_of_archive_lookups_count_in_rejudging(
    cited: StoredHistory, outcome: LookupOutcome, state: State
) -> None:
    """A timeout is confirmed by an archive without a later capture, but not by one without response."""
    probe_link(cited, A, [(START, "timeout")])
    with cited.database.write() as connection:
        values = {
            "link_id": cited.link_id(A),
            "service": "wayback",
            "run_id": 1,
            "requested_at": START + HOUR,
            "detail": "",
        }
        connection.execute(
            insert(LookupRow).values(**values, outcome=outcome, next_lookup_at=START + DAY)
        )
    probe_link(cited, A, [(START + day * DAY, "timeout") for day in range(1, 9)])
    found = rejudged_links(cited)[A]
    assert found.before.state is state
    assert not found.differs


def test_every_link_is_rejudged(cited: StoredHistory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_probes, "_LINKS_PER_TRANSACTION", 3)
    urls = [f"https://a.example/{number}" for number in range(10)]
    cited.run(START, pages={"more.md": " ".join(f"<{url}>" for url in urls)})
    for url in urls:
        probe_link(cited, url, [(START, "ok")])
    assert sorted(rejudged_links(cited)) == sorted(urls)
    assert identify(A).url not in rejudged_links(cited)  # never probed


def test_a_link_that_cannot_be_rejudged_costs_no_other(
    stored_history: StoredHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = "https://a.example/bad", "https://a.example/good"
    stored_history.run(
        START,
        pages={"a.md": f"<{bad}> <{good}>"},
        answers={bad: Reason.NOT_FOUND, good: Reason.NOT_FOUND},
    )

    def fail_for_one(probe: ProbeRecord, *arguments: Any) -> Judgement:
        if probe.url == bad:
            raise ZeroDivisionError
        return make_judgement(Reason.OK)

    monkeypatch.setattr(stored_probes, "judge", fail_for_one)
    errors = InternalErrors(Counter())
    results = list(
        stored_probes.rejudge(stored_history.database, HistoryPolicy(), write=True, errors=errors)
    )
    assert [result.url for result in results] == [good]
    assert (errors.count(), errors.first and errors.first.subject) == (1, bad)
    with stored_history.database.read() as connection:
        rows = connection.execute(select(LinkRow.url, LinkRow.state))
        states = {row.url: row.state for row in rows}
    assert states == {bad: State.SUSPECT, good: State.ALIVE}
