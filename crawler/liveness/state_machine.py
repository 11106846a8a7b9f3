"""What the history of a link, a mirror or a host means, and when to ask again. Pure: times and chance come in as arguments.

The rules stand in docs/verdicts.md. The heart of them: one failure makes a suspect, only time and repetition make it broken, one success
clears it, and an answer that says nothing about the link changes nothing about the link.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from store.vocabulary import HistoryPolicy, Judgement, Reason, Role, TrackedState, State, Verdict

HARD_REASONS: Final = frozenset({Reason.NOT_FOUND, Reason.GONE, Reason.DOMAIN_NOT_FOUND})
# What may be our own vantage point, and not the server.
VANTAGE_REASONS: Final = frozenset(
    {Reason.TIMEOUT, Reason.CONNECTION_RESET, Reason.CONNECTION_REFUSED, Reason.TLS_ERROR}
)
UNREACHABLE_FROM_HERE: Final = "unreachable-from-here"

_FAILING_STATES: Final = frozenset({State.SUSPECT, State.BROKEN})
_ALIVE_STATES: Final = frozenset({State.ALIVE, State.MOVED})
# What ends a row of failures, and the state it leads to.
_STATE_AFTER_CLEARING: Final = {
    Verdict.ALIVE: State.ALIVE,
    Verdict.MOVED: State.MOVED,
    Verdict.SKIPPED: State.SKIPPED,
}
# Nobody knows anything yet: whatever is learnt replaces it.
_UNKNOWN_STATES: Final = frozenset({State.UNCHECKED, State.UNSURE, State.SKIPPED})


def affects_history(judgement: Judgement) -> bool:
    """Whether a judgement is part of the history at all: without a network of our own nothing was learnt, and no span ends."""
    return judgement.reason is not Reason.NETWORK_DOWN


def advance(
    standing: TrackedState,
    judgement: Judgement,
    at: datetime,
    policy: HistoryPolicy,
    *,
    random: float,
    archived_since_failure: bool | None = None,
    original_alive: bool = True,
) -> TrackedState:
    """Return where the history stands after one more judgement at `at`.

    `random` in [0, 1) spreads the next probe. `archived_since_failure` says whether an archive has a successful capture since the first
    failure of the present row, None where nobody asked. `original_alive` matters for mirrors: they are asked sooner where it is false.

    >>> from datetime import UTC
    >>> gone, new_year = Judgement(verdict=Verdict.BROKEN, reason=Reason.GONE), datetime(2026, 1, 1, tzinfo=UTC)
    >>> first = advance(Standing(), gone, new_year, HistoryPolicy(), random=0)
    >>> str(first.state), first.next_probe_at
    ('suspect', datetime.datetime(2026, 1, 1, 1, 0, tzinfo=datetime.timezone.utc))
    """
    if not affects_history(judgement):
        return standing
    changes: dict[str, Any] = {
        "verdict": judgement.verdict,
        "reason": judgement.reason,
        "detail": judgement.detail,
        "checked_at": at,
        "probes": standing.probes + 1,
    }
    if state := _STATE_AFTER_CLEARING.get(judgement.verdict):
        changes |= {"state": state, "first_failed_at": None, "consecutive_failures": 0, "note": ""}
        if state in _ALIVE_STATES:
            changes["last_alive_at"] = at
    elif judgement.verdict is Verdict.BLOCKED and standing.state not in _FAILING_STATES:
        changes["state"] = State.BLOCKED
    elif judgement.verdict is Verdict.UNSURE and standing.state in _UNKNOWN_STATES:
        changes["state"] = State.UNSURE
    after = replace(standing, **changes)
    if judgement.verdict is Verdict.BROKEN:
        after = _add_failure(after, at, policy, archived_since_failure)
    wait = _base_wait(after, at, policy, original_alive=original_alive)
    if judgement.reason is Reason.INTERNAL_ERROR:
        wait = max(wait, _double_last_wait(standing, at, policy))
    due = at + wait * (1 + policy.jitter * random)
    since = standing.state_since if after.state is standing.state else at
    return replace(
        after,
        state_since=since,
        next_probe_at=max(due, judgement.retry_at) if judgement.retry_at else due,
    )


def _add_failure(
    standing: TrackedState, at: datetime, policy: HistoryPolicy, archived_since_failure: bool | None
) -> TrackedState:
    """Add a broken probe to the row, and confirm the row when it is long enough in number and time and not our vantage point's doing."""
    after = replace(
        standing,
        consecutive_failures=standing.consecutive_failures + 1,
        first_failed_at=standing.first_failed_at or at,
    )
    if standing.state is State.BROKEN:
        return after
    if not _is_confirmed(after, at, policy):
        return replace(after, state=State.SUSPECT, note="")
    if after.reason in VANTAGE_REASONS and archived_since_failure is not False:
        return replace(after, state=State.SUSPECT, note=UNREACHABLE_FROM_HERE)
    return replace(after, state=State.BROKEN, note="")


def _is_confirmed(standing: TrackedState, at: datetime, policy: HistoryPolicy) -> bool:
    if standing.reason is Reason.HOST_DOWN:
        return True  # the host went through this rule itself
    span = policy.confirm_span_hard if standing.reason in HARD_REASONS else policy.confirm_span
    first = standing.first_failed_at or at
    return standing.consecutive_failures >= policy.confirm_failures and at - first >= span


def _base_wait(
    standing: TrackedState, at: datetime, policy: HistoryPolicy, *, original_alive: bool
) -> timedelta:
    """How long the state as it now stands lets us wait, before chance and the server's floor."""
    regular = policy.alive_wait
    if standing.role is Role.MIRROR:
        regular = policy.mirror_wait if original_alive else policy.mirror_wait / 3
    if standing.state is State.BROKEN:
        # As long again as it has been failing: 14 days at first, then ever more rarely, never not at all.
        age = at - (standing.first_failed_at or at)
        return min(max(age, policy.broken_wait), policy.broken_wait_longest)
    if standing.state is State.SUSPECT:
        tried = standing.consecutive_failures - 1
        wait = (
            policy.suspect_waits[tried] if tried < len(policy.suspect_waits) else policy.alive_wait
        )
        return wait if standing.verdict is Verdict.BROKEN else max(wait, policy.unsure_wait)
    if standing.reason is Reason.RATE_LIMITED or (
        standing.verdict is Verdict.UNSURE and standing.reason is not Reason.CLIENT_ERROR
    ):
        return policy.unsure_wait
    return regular


def _double_last_wait(before: TrackedState, at: datetime, policy: HistoryPolicy) -> timedelta:
    """Return the wait after one more internal error: what fails again and again is asked ever more rarely."""
    if before.reason is not Reason.INTERNAL_ERROR or before.checked_at is None:
        return policy.unsure_wait
    return min(2 * (at - before.checked_at), policy.broken_wait_longest)
