"""What is to be captured, in which order, and when a capture is dealt with again. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from crawler.http.url_privacy import may_publish
from crawler.items import CaptureItem
from crawler.jobs.failed_items import INTERNAL_ERROR_CODE, MAX_RETRY_WAIT
from store.vocabulary import LOCAL, CaptureStatus, RetryWhen
from store.work.capture_candidates import CaptureCandidate

CONFIRM_AFTER: Final = timedelta(
    minutes=10
)  # after an asking without an answer: no capture takes longer
INDEX_LAG: Final = timedelta(days=1)  # by then what was captured stands in the index, too
VERIFY_AFTER: Final = timedelta(hours=1)  # at what was captured
NOT_IN_INDEX: Final = "not-in-the-index"  # the code of a lost capture that was looked for once

_RETRY_AFTER: Final = {
    RetryWhen.SOON: timedelta(minutes=5),
    RetryWhen.LATER: timedelta(hours=12),
}
_MOST_TRIES: Final = 5
_MOST_DOUBLINGS: Final = 10  # of the wait after internal errors: far beyond the longest
_YEAR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureChoice:
    """A link to be captured, and why it comes where it does, for a person."""

    link_id: int
    url: str
    reasons: tuple[str, ...]
    is_queued: bool  # its capture is decided on already


def rank_candidates(
    candidates: Iterable[CaptureCandidate], *, now: datetime
) -> Sequence[CaptureChoice]:
    """Put links in the order they are to be captured, leaving out what must not be published.

    Those without any good mirror come before those that have one on a service we trust less, the fragile before the sturdy. Among equals
    hosts take turns, counting what was captured of them before: none takes up a day's budget alone, or that of all days.
    """
    weighed = [
        (candidate, _reasons(candidate, now))
        for candidate in candidates
        if may_publish(candidate.url)
    ]
    weighed.sort(
        key=lambda pair: (_class(pair[0]), -sum(weight for weight, _ in pair[1]), pair[0].link_id)
    )
    turns: Counter[tuple[tuple[bool, int], str]] = Counter()
    ordered = []
    for candidate, reasons in weighed:
        level = (_class(candidate), -sum(weight for weight, _ in reasons))
        turns[level, candidate.host] += 1
        turn = candidate.host_captures + turns[level, candidate.host]
        ordered.append(((*level, turn, candidate.link_id), candidate, reasons))
    ordered.sort(key=lambda entry: entry[0])
    return [
        CaptureChoice(
            link_id=candidate.link_id,
            url=candidate.url,
            reasons=tuple(text for weight, text in sorted(reasons, key=lambda reason: -reason[0])),
            is_queued=candidate.waiting,
        )
        for _, candidate, reasons in ordered
    ]


def _class(candidate: CaptureCandidate) -> bool:
    return candidate.only_service is not None


def _reasons(candidate: CaptureCandidate, now: datetime) -> list[tuple[int, str]]:
    """What makes a link fragile, each with its weight."""
    where = (
        "no copy anywhere"
        if candidate.only_service is None
        else f"its only copy is on {candidate.only_service}"
    )
    reasons = [
        (
            0,
            where
            if candidate.service_count < 2
            else f"copies on {candidate.service_count} archives",
        )
    ]
    if candidate.host_dead:
        share = candidate.host_dead / candidate.host_links
        reasons.append(
            (
                1 + round(3 * share),
                f"{candidate.host_dead} of {candidate.host_links} links at its host are dead",
            )
        )
    if candidate.moved:
        reasons.append((2, "it has moved"))
    if years := (now - candidate.read_at) // _YEAR:
        reasons.append((min(years // 3, 3), f"read {years} year{'s' * (years > 1)} ago"))
    return reasons


def next_try_at(item: CaptureItem, now: datetime) -> datetime | None:
    """Say when a capture is dealt with again: asked for, looked for, or looked at. None: never."""
    task, answer = item.task, item.result
    match answer.status:
        case CaptureStatus.REQUESTED if answer.code == NOT_IN_INDEX and task.requested_at:
            return max(task.requested_at + INDEX_LAG, now + CONFIRM_AFTER)
        case CaptureStatus.REQUESTED | CaptureStatus.FAILED if answer.code == INTERNAL_ERROR_CODE:
            doublings = min(task.tries, _MOST_DOUBLINGS)
            by_tries = _RETRY_AFTER[RetryWhen.LATER] * (1 << doublings)
            return now + min(max(by_tries, now - (task.requested_at or now)), MAX_RETRY_WAIT)
        case CaptureStatus.REQUESTED:
            return now + CONFIRM_AFTER
        case CaptureStatus.QUEUED | CaptureStatus.PENDING:
            return now
        case CaptureStatus.CAPTURED:
            return (
                None if item.service == LOCAL else now + VERIFY_AFTER
            )  # no request shows what is in our own archive
        case CaptureStatus.FAILED if (
            answer.retry is not RetryWhen.NEVER and task.tries + 1 < _MOST_TRIES
        ):
            tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=5, second=0, microsecond=0)
            then = (
                tomorrow if answer.retry is RetryWhen.TOMORROW else now + _RETRY_AFTER[answer.retry]
            )
            return max(
                then, now + timedelta(seconds=answer.retry_after or 0)
            )  # a pause the service asked for is a floor
        case _:
            return None
