"""Test the state machine by examples and properties."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from crawler.liveness import advance, affects_history, make_judgement
from crawler.liveness.state_machine import DEFINITE_REASONS, UNREACHABLE_FROM_HERE, VANTAGE_REASONS
from store.vocabulary import (
    VERDICT_OF,
    HistoryPolicy,
    Judgement,
    Reason,
    Role,
    State,
    TrackedState,
    Verdict,
)
from tests.unit.crawler.liveness.probes import NOW

POLICY = HistoryPolicy()
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BROKEN = [reason for reason, verdict in VERDICT_OF.items() if verdict is Verdict.BROKEN]
BLOCKED = [reason for reason, verdict in VERDICT_OF.items() if verdict is Verdict.BLOCKED]
UNSURE = [
    reason
    for reason, verdict in VERDICT_OF.items()
    if verdict is Verdict.UNSURE and reason is not Reason.NETWORK_DOWN
]


def step(
    tracked: TrackedState,
    reason: Reason,
    at: datetime = NOW,
    *,
    policy: HistoryPolicy = POLICY,
    archived: bool | None = None,
    retry_at: datetime | None = None,
    random: float = 0.0,
    original_alive: bool = True,
) -> TrackedState:
    judgement = Judgement(verdict=VERDICT_OF[reason], reason=reason, retry_at=retry_at)
    return advance(
        tracked,
        judgement,
        at,
        policy,
        random=random,
        archived_since_failure=archived,
        original_alive=original_alive,
    )


def follow(
    steps: Iterable[tuple[Reason, float]],
    *,
    archived: bool | None = None,
    policy: HistoryPolicy = POLICY,
) -> TrackedState:
    """Return the state after judgements, each with its day."""
    tracked = TrackedState()
    for reason, day in steps:
        tracked = step(tracked, reason, NOW + day * DAY, archived=archived, policy=policy)
    return tracked


def as_due(
    reason: Reason, times: int, *, archived: bool | None = None, random: float = 0.0
) -> list[TrackedState]:
    """Yield the states of a link that fails at each probe that is due."""
    tracked_states, at = [TrackedState()], NOW
    for _ in range(times):
        tracked_states.append(
            step(tracked_states[-1], reason, at, archived=archived, random=random)
        )
        at = tracked_states[-1].next_probe_at or at
    return tracked_states[1:]


def test_a_failing_link_is_broken_at_its_fifth_probe() -> None:
    tracked_states = as_due(Reason.NOT_FOUND, 6)
    assert [tracked.state for tracked in tracked_states] == [State.SUSPECT] * 4 + [State.BROKEN] * 2
    waits = [
        (tracked.next_probe_at or NOW) - (tracked.checked_at or NOW) for tracked in tracked_states
    ]
    assert waits == [HOUR, DAY, 3 * DAY, 2 * DAY - 3 * HOUR, 14 * DAY, 20 * DAY - 2 * HOUR]
    assert {tracked.first_failed_at for tracked in tracked_states} == {NOW}
    assert tracked_states[4].state_since == NOW + 6 * DAY - 2 * HOUR
    assert tracked_states[5].state_since == tracked_states[4].state_since
    assert tracked_states[5].consecutive_failures == tracked_states[5].probes == 6


def test_a_failure_by_a_clock_that_is_behind_confirms_nothing_sooner() -> None:
    """It would seem to have lasted for a month when the clock is right again."""
    tracked = step(TrackedState(), Reason.OK, NOW)
    states = []
    for day in (-30, -29, 1, 2, 3, 6):
        tracked = step(tracked, Reason.NOT_FOUND, NOW + day * DAY)
        states.append(tracked.state)
    assert states == [State.SUSPECT] * 5 + [State.BROKEN]


@pytest.mark.parametrize("random", [0.0, 0.5, 0.999])
@pytest.mark.parametrize("minutes", [[0] * 9, [40, 3, 70, 12, 0, 25, 0, 61, 5], range(90, 0, -10)])
@pytest.mark.parametrize("failures", [1, 2, 3, 4])
def test_nightly_runs_confirm_on_the_sixth_night(
    failures: int, minutes: Iterable[int], random: float
) -> None:
    policy, tracked = HistoryPolicy(confirm_failures=failures), TrackedState()
    for night, minute in enumerate(minutes):
        if (tracked.next_probe_at or NOW) <= NOW + night * DAY:
            at = NOW + night * DAY + minute * timedelta(minutes=1)
            tracked = step(tracked, Reason.SOFT_404, at, policy=policy, random=random)
            assert (tracked.state is State.BROKEN) is (night >= 6)
    assert tracked.state is State.BROKEN


def test_deciding_probe_is_not_planned_before_enough_failures() -> None:
    policy = HistoryPolicy(confirm_failures=9)
    tracked = TrackedState()
    for day in (0, 1, 2, 5):
        tracked = step(tracked, Reason.GONE, NOW + day * DAY, policy=policy)
    assert tracked.next_probe_at == NOW + 7 * DAY


def test_long_broken_links_are_probed_ever_more_rarely() -> None:
    tracked_states = as_due(Reason.GONE, 40)[4:]
    waits = [
        (tracked.next_probe_at or NOW) - (tracked.checked_at or NOW) for tracked in tracked_states
    ]
    assert waits == sorted(waits)
    assert waits[0] == POLICY.broken_wait
    assert waits[-1] == POLICY.broken_wait_longest


@pytest.mark.parametrize(
    ("days", "state"),
    [
        ([0, 6], State.SUSPECT),  # too few
        ([0, 1, 2, 3, 5.9], State.SUSPECT),  # too soon
        ([0, 1, 2, 3, 5.95], State.BROKEN),  # a nightly run may come somewhat earlier
        ([0, 3, 6], State.BROKEN),
        ([0, 7, 14], State.BROKEN),
        ([0, 30, 60], State.BROKEN),
        ([0, 0.1, 30], State.SUSPECT),  # a long gap may be a clock that was set right
        ([0, 0.1, 30, 30.1, 31, 32], State.SUSPECT),
        ([0, 0.1, 30, 30.1, 31, 32, 33], State.BROKEN),
        ([0, 0.1, 1, 400, 401], State.SUSPECT),
        ([0, 1, 2, 2000, 3], State.SUSPECT),  # a clock that was ahead
        ([0, 1, 2, 2000, 3, 4, 5, 6], State.BROKEN),
        ([0, -3, -8], State.SUSPECT),  # a clock that went back
        ([0, 1, -300, 2, 3, 4, 5], State.SUSPECT),
        ([0, 1, -300, 2, 3, 4, 5, 6], State.BROKEN),
    ],
)
def test_a_broken_link_needs_enough_failures_and_days(days: list[float], state: State) -> None:
    assert follow((Reason.SERVER_ERROR, day) for day in days).state is state


def test_a_series_stored_without_its_counted_time_keeps_the_time_it_has_lasted() -> None:
    """Databases of earlier versions have only the times of the first failure and the last probe."""
    tracked = follow((Reason.GONE, day) for day in (0, 1, 3))
    earlier = replace(tracked, failing_microseconds=None)
    for day, state in ((3.5, State.SUSPECT), (6, State.BROKEN)):
        assert step(earlier, Reason.GONE, NOW + day * DAY).state is state


def test_settings_of_the_rule_are_honoured() -> None:
    days = [0.0, 1, 2]
    quick = HistoryPolicy(confirm_span_definite=DAY)
    assert follow([(Reason.GONE, day) for day in days], policy=quick).state is State.BROKEN
    assert follow([(Reason.SOFT_404, day) for day in days], policy=quick).state is State.SUSPECT
    assert (
        follow(
            [(Reason.GONE, 0)],
            policy=HistoryPolicy(confirm_failures=1, confirm_span_definite=timedelta(0)),
        ).state
        is State.BROKEN
    )


@pytest.mark.parametrize("reason", sorted(VANTAGE_REASONS))
def test_vantage_reasons_are_confirmed_only_by_an_archive(reason: Reason) -> None:
    steps = [(reason, day) for day in (0, 3, 7)]
    for archived in (None, True):
        tracked = follow(steps, archived=archived)
        assert (tracked.state, tracked.note) == (State.SUSPECT, UNREACHABLE_FROM_HERE)
    confirmed = follow(steps, archived=False)
    assert (confirmed.state, confirmed.note) == (State.BROKEN, "")
    cleared = step(follow(steps), Reason.OK, NOW + 8 * DAY)
    assert (cleared.state, cleared.note) == (State.ALIVE, "")


def test_vantage_point_does_not_matter_once_the_server_answers() -> None:
    tracked = follow(
        [(Reason.TIMEOUT, 0), (Reason.TIMEOUT, 3), (Reason.NOT_FOUND, 7)], archived=True
    )
    assert (tracked.state, tracked.note) == (State.BROKEN, "")


@pytest.mark.parametrize("reason", [Reason.OK, Reason.MOVED_PERMANENTLY, Reason.EXCLUDED])
def test_a_served_probe_ends_consecutive_failures(reason: Reason) -> None:
    cleared = follow([(Reason.GONE, 0), (Reason.GONE, 1), (reason, 2)])
    assert (cleared.first_failed_at, cleared.consecutive_failures, cleared.note) == (None, 0, "")
    assert cleared.last_alive_at == (None if reason is Reason.EXCLUDED else NOW + 2 * DAY)
    again = step(cleared, Reason.GONE, NOW + 3 * DAY)
    assert (again.first_failed_at, again.consecutive_failures) == (NOW + 3 * DAY, 1)


@pytest.mark.parametrize(("requested_pause", "due"), [(3 * DAY, 7 * DAY), (9 * DAY, 9 * DAY)])
def test_the_next_probe_waits_for_the_requested_pause(
    requested_pause: timedelta, due: timedelta
) -> None:
    assert (
        step(TrackedState(), Reason.FORBIDDEN, retry_at=NOW + requested_pause).next_probe_at
        == NOW + due
    )


def test_the_note_on_our_vantage_point_is_removed_with_its_cause() -> None:
    assert follow([(Reason.TIMEOUT, 0)]).note == ""
    noted = [(Reason.TIMEOUT, 0.0), (Reason.TIMEOUT, 3.0), (Reason.TIMEOUT, 7.0)]
    broken = follow([*noted, (Reason.NOT_FOUND, 8.0)])
    assert (broken.state, broken.note) == (State.BROKEN, "")
    patient = HistoryPolicy(confirm_span_definite=30 * DAY)
    waiting = follow([*noted, (Reason.NOT_FOUND, 8.0)], policy=patient)
    assert (waiting.state, waiting.note) == (State.SUSPECT, "")
    at_once = HistoryPolicy(confirm_failures=1, confirm_span=timedelta(0))
    first = follow([(Reason.TIMEOUT, 0)], policy=at_once)
    assert (first.state, first.note) == (State.SUSPECT, UNREACHABLE_FROM_HERE)


def test_an_unconfirmable_suspect_is_probed_weekly() -> None:
    last = as_due(Reason.TIMEOUT, 9)[-1]
    assert last.state is State.SUSPECT
    assert last.next_probe_at == (last.checked_at or NOW) + POLICY.alive_wait


@pytest.mark.parametrize(
    ("before", "reason", "after"),
    [
        *((state, reason, State.BLOCKED) for state in (State.UNCHECKED, State.ALIVE, State.MOVED, State.BLOCKED, State.UNSURE, State.SKIPPED) for reason in BLOCKED),
        *((state, reason, State.UNSURE) for state in (State.UNCHECKED, State.UNSURE) for reason in UNSURE),
        *((state, reason, state) for state in (State.ALIVE, State.MOVED, State.BLOCKED) for reason in UNSURE),
        *((state, reason, state) for state in (State.SUSPECT, State.BROKEN) for reason in (*BLOCKED, *UNSURE)),
        *((state, Reason.MOVED_PERMANENTLY, State.MOVED) for state in State),
        *((state, Reason.OK, State.ALIVE) for state in State),
        *((state, Reason.EXCLUDED, State.SKIPPED) for state in State),
        *((state, Reason.NOT_FOUND, State.SUSPECT) for state in State if state is not State.BROKEN),
        (State.BROKEN, Reason.NOT_FOUND, State.BROKEN),
    ],
)  # fmt: skip
def test_state_after(before: State, reason: Reason, after: State) -> None:
    tracked = step(TrackedState(state=before, state_since=NOW - DAY), reason)
    assert tracked.state is after
    assert tracked.state_since == (NOW - DAY if after is before else NOW)
    assert (tracked.verdict, tracked.reason, tracked.checked_at) == (
        VERDICT_OF[reason],
        reason,
        NOW,
    )


@pytest.mark.parametrize(
    ("before", "reason", "wait"),
    [
        (TrackedState(), Reason.OK, 7 * DAY),
        (TrackedState(), Reason.MOVED_PERMANENTLY, 7 * DAY),
        (TrackedState(), Reason.FORBIDDEN, 7 * DAY),
        (TrackedState(), Reason.CLIENT_ERROR, 7 * DAY),
        (TrackedState(), Reason.EXCLUDED, 7 * DAY),
        (TrackedState(), Reason.RATE_LIMITED, DAY),
        (TrackedState(), Reason.DNS_FAILURE, DAY),
        (TrackedState(), Reason.HOST_PAUSED, DAY),
        (TrackedState(), Reason.NOT_FOUND, HOUR),
        (
            TrackedState(state=State.SUSPECT, first_failed_at=NOW - DAY, consecutive_failures=1),
            Reason.CHALLENGE,
            DAY,
        ),
        (
            TrackedState(state=State.SUSPECT, first_failed_at=NOW - DAY, consecutive_failures=3),
            Reason.HOST_PAUSED,
            3 * DAY,
        ),
        (
            TrackedState(
                state=State.BROKEN, first_failed_at=NOW - 30 * DAY, consecutive_failures=5
            ),
            Reason.CHALLENGE,
            30 * DAY,
        ),
        (TrackedState(role=Role.MIRROR), Reason.OK, 90 * DAY),
        (TrackedState(role=Role.MIRROR), Reason.CHALLENGE, 90 * DAY),
        (TrackedState(role=Role.MIRROR), Reason.RATE_LIMITED, DAY),
        (TrackedState(role=Role.MIRROR), Reason.NOT_FOUND, HOUR),
    ],
)
def test_wait_of_each_state(before: TrackedState, reason: Reason, wait: timedelta) -> None:
    assert step(before, reason).next_probe_at == NOW + wait
    assert step(before, reason, random=0.5).next_probe_at == NOW + wait * 1.05


def test_the_detail_of_a_probe_is_stored_unchanged() -> None:
    gone = make_judgement(Reason.GONE, "410 at https://example.org/b")
    tracked = advance(TrackedState(probes=4), gone, NOW, POLICY, random=0)
    assert (tracked.verdict, tracked.reason, tracked.detail, tracked.probes) == (
        Verdict.BROKEN,
        Reason.GONE,
        gone.detail,
        5,
    )


def test_mirrors_of_failing_originals_are_probed_sooner() -> None:
    assert (
        step(TrackedState(role=Role.MIRROR), Reason.OK, original_alive=False).next_probe_at
        == NOW + 30 * DAY
    )
    assert step(TrackedState(), Reason.OK, original_alive=False).next_probe_at == NOW + 7 * DAY
    assert (
        advance(
            TrackedState(role=Role.MIRROR), make_judgement(Reason.OK), NOW, POLICY, random=0
        ).next_probe_at
        == NOW + 90 * DAY
    )


def test_no_network_changes_nothing_at_all() -> None:
    for tracked in (TrackedState(), follow([(Reason.NOT_FOUND, 0)]), follow([(Reason.OK, 0)])):
        assert step(tracked, Reason.NETWORK_DOWN, NOW + 5 * DAY) is tracked
    assert not affects_history(make_judgement(Reason.NETWORK_DOWN))


# Any events in any order and at any intervals. Not HOST_DOWN, which follows from the history of the host.
EVENTS = st.tuples(
    st.sampled_from([reason for reason in Reason if reason is not Reason.HOST_DOWN]),
    st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=40)),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from([None, True, False]),
    st.one_of(st.none(), st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30))),
)
Event = tuple[Reason, timedelta, float, bool | None, timedelta | None]
HISTORIES = st.lists(EVENTS, max_size=30)


def replay(history: list[Event]) -> list[tuple[datetime, Reason, TrackedState]]:
    at, tracked, steps_made = NOW, TrackedState(), []
    for reason, gap, random, archived, floor in history:
        at += gap
        retry_at = at + floor if floor is not None else None
        tracked = step(tracked, reason, at, random=random, archived=archived, retry_at=retry_at)
        steps_made.append((at, reason, tracked))
    return steps_made


@given(HISTORIES)
def test_nothing_is_broken_before_three_failures_and_six_days_in_a_row(
    history: list[Event],
) -> None:
    row: list[datetime] = []
    for at, reason, tracked in replay(history):
        verdict = VERDICT_OF[reason]
        if verdict in {Verdict.ALIVE, Verdict.MOVED, Verdict.SKIPPED}:
            row = []
        elif verdict is Verdict.BROKEN:
            row.append(at)
        assert tracked.consecutive_failures == len(row)
        assert tracked.first_failed_at == (row[0] if row else None)
        if tracked.state is State.BROKEN:
            assert len(row) >= 3
            assert row[-1] - row[0] >= 6 * DAY - 2 * HOUR


@given(
    HISTORIES,
    st.sampled_from(
        [Reason.OK, Reason.CANONICALISED, Reason.REDIRECTED_TEMPORARILY, Reason.MOVED_PERMANENTLY]
    ),
)
def test_one_success_clears_a_failing_link(history: list[Event], reason: Reason) -> None:
    _, _, tracked = replay([*history, (reason, DAY, 0.0, None, None)])[-1]
    assert tracked.state is State(VERDICT_OF[reason].value)
    assert (tracked.consecutive_failures, tracked.first_failed_at, tracked.note) == (0, None, "")
    assert tracked.last_alive_at == tracked.checked_at


@given(HISTORIES, st.sampled_from([*BLOCKED, *UNSURE]))
def test_blocked_and_unsure_verdicts_never_break_a_link(
    history: list[Event], reason: Reason
) -> None:
    steps_made = replay([*history, (reason, DAY, 0.0, None, None)])
    before = steps_made[-2][2] if len(steps_made) > 1 else TrackedState()
    after = steps_made[-1][2]
    assert after.consecutive_failures == before.consecutive_failures
    assert after.first_failed_at == before.first_failed_at
    if before.state in {State.SUSPECT, State.BROKEN}:
        assert after.state is before.state
    else:
        assert after.state not in {State.SUSPECT, State.BROKEN}


@given(HISTORIES)
def test_a_next_probe_is_always_planned_and_not_before_retry_after(history: list[Event]) -> None:
    for (at, reason, tracked), (_, _, _, _, floor) in zip(replay(history), history, strict=True):
        if reason is Reason.NETWORK_DOWN:
            continue
        assert tracked.next_probe_at is not None
        assert tracked.next_probe_at > at
        assert tracked.next_probe_at <= at + 99 * DAY
        if floor is not None:
            assert tracked.next_probe_at >= at + floor


@given(HISTORIES)
def test_the_same_history_has_the_same_state(history: list[Event]) -> None:
    assert replay(history) == replay(history)


@given(HISTORIES)
def test_probes_without_network_change_no_state(history: list[Event]) -> None:
    at, tracked = NOW, TrackedState()
    for reason, gap, random, archived, floor in history:
        at += gap
        tracked = step(tracked, Reason.NETWORK_DOWN, at)
        tracked = step(
            tracked,
            reason,
            at,
            random=random,
            archived=archived,
            retry_at=at + floor if floor is not None else None,
        )
    assert tracked == (replay(history)[-1][2] if history else TrackedState())


def test_hard_reasons_are_those_of_the_design() -> None:
    assert {Reason.NOT_FOUND, Reason.GONE, Reason.DOMAIN_NOT_FOUND} == DEFINITE_REASONS


@pytest.mark.parametrize("before", [State.UNCHECKED, State.ALIVE])
def test_an_internal_error_is_followed_by_ever_longer_waits(before: State) -> None:
    tracked, at, waits = (
        TrackedState(state=before, reason=Reason.OK, checked_at=NOW - DAY),
        NOW,
        [],
    )
    for _ in range(9):
        tracked = step(tracked, Reason.INTERNAL_ERROR, at)
        assert tracked.next_probe_at is not None
        waits.append((tracked.next_probe_at - at) / DAY)
        at = tracked.next_probe_at
    assert waits == [1, 2, 4, 8, 16, 32, 64, 90, 90]
    assert tracked.state is (State.UNSURE if before is State.UNCHECKED else before)


def test_an_internal_error_leaves_a_broken_link_its_longer_wait() -> None:
    broken = TrackedState(
        state=State.BROKEN, first_failed_at=NOW - 30 * DAY, consecutive_failures=5
    )
    assert step(broken, Reason.INTERNAL_ERROR).next_probe_at == NOW + 30 * DAY
