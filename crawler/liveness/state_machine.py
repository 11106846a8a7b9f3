"""Advance the tracked state of a link, mirror or host by one judgement.

Times and random numbers are arguments, so everything is pure. The rules are in docs/verdicts.md:
one failure makes a suspect, only time and repetition make it broken, one success clears it, and a
response that says nothing about the link changes nothing about it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from msgspec.structs import replace

from store.vocabulary import (
    FAILING_STATES,
    HistoryPolicy,
    Judgement,
    Reason,
    Role,
    State,
    TrackedState,
    Verdict,
)

DEFINITE_REASONS: Final = frozenset({Reason.NOT_FOUND, Reason.GONE, Reason.DOMAIN_NOT_FOUND})
# May be caused by our own network or its address, not by the server.
VANTAGE_REASONS: Final = frozenset(
    {Reason.TIMEOUT, Reason.CONNECTION_RESET, Reason.CONNECTION_REFUSED, Reason.TLS_ERROR}
)
# Reasons that decide nothing and rarely change, so that probing again the next day is useless.
_LASTING_REASONS: Final = frozenset({Reason.CLIENT_ERROR, Reason.CLIENT_LIMIT})
UNREACHABLE_FROM_HERE: Final = "unreachable-from-here"
# A nightly run reaches a link somewhat earlier or later than the night before. Without this
# allowance six days would often be minutes short in the sixth night, and the seventh would decide.
_NIGHTLY_ALLOWANCE: Final = timedelta(hours=2)
_MICROSECOND: Final = timedelta(microseconds=1)

_ALIVE_STATES: Final = frozenset({State.ALIVE, State.MOVED})
# A gap between two probes counts as this share of the required time at most. Where the clock was
# set right between them it seems far longer than it was.
_COUNTED_SHARE: Final = 0.5

# Verdicts that end a series of failures, and the resulting state.
_STATE_AFTER_CLEARING: Final = {
    Verdict.ALIVE: State.ALIVE,
    Verdict.MOVED: State.MOVED,
    Verdict.SKIPPED: State.SKIPPED,
}
# States that an unsure verdict replaces, as they say nothing about the link.
_UNKNOWN_STATES: Final = frozenset({State.UNCHECKED, State.UNSURE, State.SKIPPED})


def affects_history(judgement: Judgement) -> bool:
    """Return whether a judgement changes the history: without a network, nothing was learnt."""
    return judgement.reason is not Reason.NETWORK_DOWN


def advance(
    before: TrackedState,
    judgement: Judgement,
    at: datetime,
    policy: HistoryPolicy,
    *,
    random: float,
    archived_since_failure: bool | None = None,
    original_alive: bool = True,
) -> TrackedState:
    """Return the tracked state after one more judgement.

    Args:
        before: The state before.
        judgement: The new judgement.
        at: When the probe was made.
        policy: The settings.
        random: A random number in [0, 1), which spreads the next probe.
        archived_since_failure: Whether an archive has a successful capture since the first failure
            of the present series; None: unknown.
        original_alive: For a mirror, whether its original is alive; if not, it is probed sooner.

    Returns:
        The state after, with the time of the next probe.

    >>> from datetime import UTC
    >>> gone = Judgement(verdict=Verdict.BROKEN, reason=Reason.GONE)
    >>> new_year = datetime(2026, 1, 1, tzinfo=UTC)
    >>> first = advance(TrackedState(), gone, new_year, HistoryPolicy(), random=0)
    >>> str(first.state), first.next_probe_at
    ('suspect', datetime.datetime(2026, 1, 1, 1, 0, tzinfo=datetime.timezone.utc))
    """
    if not affects_history(judgement):
        return before
    changes: dict[str, Any] = {
        "verdict": judgement.verdict,
        "reason": judgement.reason,
        "detail": judgement.detail,
        "checked_at": at,
        "probes": before.probes + 1,
    }
    if state := _STATE_AFTER_CLEARING.get(judgement.verdict):
        changes |= {"state": state, "first_failed_at": None, "consecutive_failures": 0, "note": ""}
        if state in _ALIVE_STATES:
            changes["last_alive_at"] = at
    elif judgement.verdict is Verdict.BLOCKED and before.state not in FAILING_STATES:
        changes["state"] = State.BLOCKED
    elif judgement.verdict is Verdict.UNSURE and before.state in _UNKNOWN_STATES:
        changes["state"] = State.UNSURE
    after = _count_time(before, replace(before, **changes), at, policy)
    if judgement.verdict is Verdict.BROKEN:
        after = _add_failure(after, policy, archived_since_failure)
    wait = _base_wait(after, at, policy, original_alive=original_alive)
    if judgement.reason is Reason.INTERNAL_ERROR:
        wait = max(wait, _double_last_wait(before, at, policy))
    due = at + wait * (1 + policy.jitter * random)
    if after.state is State.SUSPECT:
        due = min(due, _deciding_time(after, at, policy) or due)
    if judgement.retry_at:
        due = max(due, judgement.retry_at)
    since = before.state_since if after.state is before.state else at
    return replace(after, state_since=since, next_probe_at=due)


def _count_time(
    before: TrackedState, after: TrackedState, at: datetime, policy: HistoryPolicy
) -> TrackedState:
    """Count how long the present series of failures has lasted.

    Args:
        before: The state before a probe.
        after: The state after it.
        at: When the probe was made.
        policy: The settings.

    Returns:
        The state after, with the time of the first failure and the counted time since.
    """
    if after.verdict is Verdict.BROKEN and before.first_failed_at is None:
        # By a clock that is behind, it would have failed before it was last seen alive.
        first_failed_at = max(at, before.checked_at or at)
        return replace(after, first_failed_at=first_failed_at, failing_microseconds=0)
    if after.first_failed_at is None:
        return replace(after, failing_microseconds=None)
    counted = _failing_time(before)
    span = _required_span(after, policy)
    longest_gap = span * _COUNTED_SHARE + _nightly_allowance(span)
    gap = max(timedelta(), min(at - (before.checked_at or at), longest_gap))
    # A clock that was ahead for some probes seems to have added time, too.
    total = max(timedelta(), at - after.first_failed_at)
    counted = min(counted + gap, total)
    return replace(after, failing_microseconds=counted // _MICROSECOND)


def _failing_time(tracked: TrackedState) -> timedelta:
    """Return how long the present series of failures has lasted, as far as it counts."""
    if tracked.failing_microseconds is not None:
        return tracked.failing_microseconds * _MICROSECOND
    if tracked.first_failed_at is None or tracked.checked_at is None:
        return timedelta()
    return max(timedelta(), tracked.checked_at - tracked.first_failed_at)


def _add_failure(
    before: TrackedState, policy: HistoryPolicy, archived_since_failure: bool | None
) -> TrackedState:
    """Count a broken probe, and set the state to broken once the failures are confirmed.

    If our own network may be the cause and an archive may have reached the page since, the link
    stays suspect.

    Args:
        before: The state with the new judgement, and how long it has been failing.
        policy: The settings.
        archived_since_failure: As for `advance`.

    Returns:
        The state suspect or broken.
    """
    after = replace(before, consecutive_failures=before.consecutive_failures + 1)
    if before.state is State.BROKEN:
        return after
    if not _is_confirmed(after, policy):
        return replace(after, state=State.SUSPECT, note="")
    if after.reason in VANTAGE_REASONS and archived_since_failure is not False:
        return replace(after, state=State.SUSPECT, note=UNREACHABLE_FROM_HERE)
    return replace(after, state=State.BROKEN, note="")


def _is_confirmed(tracked: TrackedState, policy: HistoryPolicy) -> bool:
    """Return whether the failures are enough in number and in time to call the link broken."""
    if tracked.reason is Reason.HOST_DOWN:
        return True  # the host itself was confirmed by this rule
    has_enough = tracked.consecutive_failures >= policy.confirm_failures
    return has_enough and _missing_span(tracked, policy) <= timedelta()


def _required_span(tracked: TrackedState, policy: HistoryPolicy) -> timedelta:
    """Return how long the failures must last."""
    is_definite = tracked.reason in DEFINITE_REASONS
    return policy.confirm_span_definite if is_definite else policy.confirm_span


def _nightly_allowance(span: timedelta) -> timedelta:
    """Return the allowance for the time of nightly runs."""
    return min(_NIGHTLY_ALLOWANCE, span / 24)


def _missing_span(tracked: TrackedState, policy: HistoryPolicy) -> timedelta:
    """Return how much longer the failures must last, less the allowance; not positive: enough."""
    span = _required_span(tracked, policy)
    return span - _nightly_allowance(span) - _failing_time(tracked)


def _deciding_time(tracked: TrackedState, at: datetime, policy: HistoryPolicy) -> datetime | None:
    """Return when the next failure brings a suspect nearest to its confirmation.

    Returns:
        The time. None if that cannot be planned: more than one failure is still missing, or the
        failures have lasted long enough.
    """
    if tracked.consecutive_failures + 1 < policy.confirm_failures:
        return None
    missing = _missing_span(tracked, policy)
    if missing <= timedelta():
        return None
    longest_gap = _required_span(tracked, policy) * _COUNTED_SHARE
    if missing <= longest_gap:
        return at + missing
    # A longer gap would not count as a whole.
    return at + longest_gap if tracked.verdict is Verdict.BROKEN else None


def _base_wait(
    tracked: TrackedState, at: datetime, policy: HistoryPolicy, *, original_alive: bool
) -> timedelta:
    """Return the wait in a state, before the random extra and the server's `Retry-After`."""
    if tracked.state is State.BROKEN:
        # As long as it has been failing, within limits: ever more rarely, but it is never given up.
        age = at - (tracked.first_failed_at or at)
        return min(max(age, policy.broken_wait), policy.broken_wait_longest)
    if tracked.state is State.SUSPECT:
        number = tracked.consecutive_failures - 1
        has_wait = number < len(policy.suspect_waits)
        wait = policy.suspect_waits[number] if has_wait else policy.alive_wait
        return wait if tracked.verdict is Verdict.BROKEN else max(wait, policy.unsure_wait)
    is_unsure = tracked.verdict is Verdict.UNSURE and tracked.reason not in _LASTING_REASONS
    if is_unsure or tracked.reason is Reason.RATE_LIMITED:
        return policy.unsure_wait
    if tracked.role is Role.MIRROR:
        return policy.mirror_wait if original_alive else policy.mirror_wait / 3
    return policy.alive_wait


def _double_last_wait(before: TrackedState, at: datetime, policy: HistoryPolicy) -> timedelta:
    """Return the wait after a repeated internal error: twice the last one."""
    if before.reason is not Reason.INTERNAL_ERROR or before.checked_at is None:
        return policy.unsure_wait
    return min(2 * (at - before.checked_at), policy.broken_wait_longest)
