"""Decide what is captured, in which order, and when a capture is dealt with again.

Nothing here reads the database or sends a request.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from crawler.archives.capture_errors import impossible_copy
from crawler.archives.spellings import spelling_of
from crawler.http.url_privacy import may_publish
from crawler.http.urls import host_of
from crawler.items import CaptureItem
from crawler.jobs.failed_items import INTERNAL_ERROR_CODE, MAX_RETRY_WAIT
from crawler.liveness.redirects import is_home_page
from store.vocabulary import (
    LOCAL,
    SESSION_LIMIT,
    CaptureResult,
    CaptureStatus,
    FailureScope,
    LookupOutcome,
    LookupResult,
    RetryWhen,
)
from store.work.capture_candidates import CaptureCandidate
from store.work.captures import CaptureTask

# After a capture request without a response: no capture takes longer.
CONFIRM_AFTER: Final = timedelta(minutes=10)
# After which a capture is in the index too, if it was made.
INDEX_LAG: Final = timedelta(days=1)
# After a capture: its first verification.
VERIFY_AFTER: Final = timedelta(hours=1)
# The code of a capture without a response that was looked up once and not found.
NOT_IN_INDEX: Final = "not-in-the-index"

# The codes of captures of something else than what was requested.
OTHER_ADDRESS: Final = "other-address"
OLDER_COPY: Final = "older-copy"

_MAX_CLOCK_AHEAD: Final = timedelta(days=1)  # of the archive's clock
_MAX_URL_SHOWN: Final = 500  # characters in a message
_RETRY_AFTER: Final = {
    RetryWhen.SOON: timedelta(minutes=5),
    RetryWhen.LATER: timedelta(hours=12),
}
_MAX_TRIES: Final = 5
_MAX_DOUBLINGS: Final = 10  # of the wait after internal errors; exceeds the longest wait by far
_YEAR: Final = timedelta(days=365)

Isolate = Callable[[str], AbstractContextManager[object]]
"""Returns a context that confines unexpected exceptions about a URL to its block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureChoice:
    """A link that should be captured.

    Attributes:
        link_id: The link.
        url: Its URL.
        reasons: Why it comes at this position, for people; the weightiest first.
        is_queued: Whether its capture is already decided on.
    """

    link_id: int
    url: str
    reasons: tuple[str, ...]
    is_queued: bool


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A candidate with the reasons for its capture and their weights."""

    candidate: CaptureCandidate
    reasons: list[tuple[int, str]]

    @property
    def level(self) -> tuple[bool, bool, int]:
        """Return the first sort key: links without a good mirror first, then by weight.

        Before all others come those that no other archive may copy.
        """
        weight = sum(weight for weight, _ in self.reasons)
        return not self.candidate.refused, self.candidate.only_service is not None, -weight


def rank_candidates(
    candidates: Iterable[CaptureCandidate], *, now: datetime, isolate: Isolate = nullcontext
) -> Sequence[CaptureChoice]:
    """Return the links to capture in their order, without those that must not be published.

    Links that public archives may not copy come first. Links without a good mirror come before
    those that have one on a less trusted service, and fragile ones before others. Among equals,
    hosts take turns, which counts earlier captures of them, so that no host uses up the quota of a
    day, or of all days.

    Args:
        candidates: The links that may be captured.
        now: The present time.
        isolate: Confines unexpected exceptions; a candidate that raises one is left out.
    """
    weighed: list[_Weighed] = []
    for candidate in candidates:
        with isolate(candidate.url):
            if may_publish(candidate.url):
                weighed.append(_Weighed(candidate, _reasons(candidate, now)))
    weighed.sort(key=lambda entry: (entry.level, entry.candidate.link_id))
    turns: Counter[tuple[tuple[bool, bool, int], str]] = Counter()
    ordered = []
    for entry in weighed:
        candidate, level = entry.candidate, entry.level
        turns[level, candidate.host] += 1
        turn = candidate.host_captures + turns[level, candidate.host]
        ordered.append(((level, turn, candidate.link_id), entry))
    ordered.sort(key=lambda pair: pair[0])
    return [_choice(entry) for _, entry in ordered]


def _choice(entry: _Weighed) -> CaptureChoice:
    by_weight = sorted(entry.reasons, key=lambda reason: -reason[0])
    return CaptureChoice(
        link_id=entry.candidate.link_id,
        url=entry.candidate.url,
        reasons=tuple(text for _, text in by_weight),
        is_queued=entry.candidate.is_queued,
    )


def _reasons(candidate: CaptureCandidate, now: datetime) -> list[tuple[int, str]]:
    """Return the reasons why a link is fragile: pairs of a weight and a text for people."""
    if candidate.service_count >= 2:
        copies = f"copies on {candidate.service_count} archives"
    elif candidate.only_service is None:
        copies = "no copy in any archive"
    else:
        copies = f"its only copy is on {candidate.only_service}"
    reasons = [(0, copies)]
    if candidate.refused:
        reasons.append((3, "public archives may not copy it"))
    if candidate.host_dead:
        share = candidate.host_dead / candidate.host_links
        text = f"{candidate.host_dead} of {candidate.host_links} links at its host are broken"
        reasons.append((1 + round(3 * share), text))
    if candidate.moved:
        reasons.append((2, "it has moved"))
    years = (now - candidate.read_at) // _YEAR
    if years:
        plural = "s" if years > 1 else ""
        reasons.append((min(years // 3, 3), f"read {years} year{plural} ago"))
    return reasons


def is_copy_of(recorded: str, *urls: str | None) -> bool:
    """Return whether a copy recorded under a URL is one of a page with one of these URLs."""
    trusted = (spelling_of(recorded, url) for url in urls if url)
    return any(spelling is not None and not spelling.needs_text for spelling in trusted)


def reject_other_copies(
    task: CaptureTask, result: CaptureResult, *, max_age: timedelta, now: datetime
) -> CaptureResult:
    """Return a capture's result, unusable if what the service names is no capture of the page.

    A service may name a copy that it has had for years, or one of another address: of a consent
    page, or of what the page embeds. Of another address at the same host the text will decide, once
    the copy was probed.

    Args:
        task: The capture.
        result: The service's result.
        max_age: How much older than the request the copy may be.
        now: The present time.
    """
    snapshot = result.snapshot
    if result.status is not CaptureStatus.CAPTURED or snapshot is None:
        return result
    if _is_elsewhere(snapshot.original, task.url, task.final_url):
        detail = f"the archive made a copy of {snapshot.original[:_MAX_URL_SHOWN]} instead"
        return replace(
            result,
            status=CaptureStatus.UNUSABLE,
            code=OTHER_ADDRESS,
            detail=detail,
            snapshot=None,
        )
    if snapshot.captured_at - now > _MAX_CLOCK_AHEAD:
        return impossible_copy(f"the archive named a copy of {snapshot.captured_at:%Y-%m-%d}")
    if task.requested_at and task.requested_at - snapshot.captured_at > max_age:
        detail = f"the archive named a copy of {snapshot.captured_at:%Y-%m-%d} and made none"
        return replace(result, status=CaptureStatus.UNUSABLE, code=OLDER_COPY, detail=detail)
    return result


def _is_elsewhere(recorded: str, *urls: str | None) -> bool:
    """Return whether a copy is of another host than a page, or of a home page in its place."""
    if is_copy_of(recorded, *urls):
        return False
    hosts = {host_of(url).removeprefix("www.") for url in urls if url}
    return host_of(recorded).removeprefix("www.") not in hosts or is_home_page(recorded)


def max_copy_age(not_archived_within: str) -> timedelta:
    """Return how old a copy may be that a service names in place of a new one.

    Args:
        not_archived_within: The setting `if_not_archived_within`, as in "3d 5h" or seconds.

    >>> max_copy_age("")
    datetime.timedelta(days=1)
    >>> max_copy_age("30d 2h")
    datetime.timedelta(days=31, seconds=7200)
    """
    units = {"d": 86_400, "h": 3_600, "m": 60, "s": 1, "": 1}
    parts = re.findall(r"(\d+)([dhms]?)", not_archived_within)
    seconds = sum(int(number) * units[unit] for number, unit in parts)
    return timedelta(days=1, seconds=min(seconds, 10**9))


def next_try_at(item: CaptureItem, now: datetime) -> datetime | None:
    """Return when a capture is requested, looked up, polled or verified again; None for never.

    Args:
        item: The capture and its latest result.
        now: The present time.
    """
    task, result = item.task, item.result
    match result.status:
        case CaptureStatus.REQUESTED if result.code == NOT_IN_INDEX and task.requested_at:
            return max(task.requested_at + INDEX_LAG, now + CONFIRM_AFTER)
        case CaptureStatus.REQUESTED | CaptureStatus.FAILED if result.code == INTERNAL_ERROR_CODE:
            doublings = min(task.tries, _MAX_DOUBLINGS)
            by_tries = _RETRY_AFTER[RetryWhen.LATER] * (1 << doublings)
            passed = now - (task.requested_at or now)
            return now + min(max(by_tries, passed), MAX_RETRY_WAIT)
        case CaptureStatus.REQUESTED:
            return now + CONFIRM_AFTER
        case CaptureStatus.QUEUED | CaptureStatus.PENDING:
            return now
        case CaptureStatus.CAPTURED:
            # The local archive needs no probe to show what it contains.
            return None if item.service == LOCAL else now + VERIFY_AFTER
        case CaptureStatus.FAILED:
            return _retry_at(item, now)
        case _:
            return None


def _retry_at(item: CaptureItem, now: datetime) -> datetime | None:
    """Return when a failed capture is requested again; None for never."""
    result = item.result
    is_of_service = result.failure_scope is FailureScope.SERVICE
    # What the service cannot do now counts as no try of the link.
    has_no_tries_left = item.task.tries + 1 >= _MAX_TRIES and not is_of_service
    if result.retry is RetryWhen.NEVER or has_no_tries_left:
        return None
    if result.code == SESSION_LIMIT:  # the run waits for a free session
        return now
    if result.retry is RetryWhen.TOMORROW:
        tomorrow = now + timedelta(days=1)
        at = tomorrow.replace(hour=0, minute=5, second=0, microsecond=0)
    elif result.retry is RetryWhen.SOON and result.states_pause:
        at = now  # our own wait is for services that do not say how long theirs is
    else:
        at = now + _RETRY_AFTER[result.retry]
    # A pause that the service asked for is the minimum.
    return max(at, now + timedelta(seconds=result.retry_after or 0))


def capture_from_index(found: LookupResult, passed: timedelta) -> CaptureResult:
    """Return the result of a capture that got no response, by a later lookup in the index.

    A missing snapshot is believed only after `INDEX_LAG`.

    Args:
        found: The result of the lookup.
        passed: The time since the capture was requested.
    """
    match found.outcome:
        case LookupOutcome.FOUND:
            return CaptureResult(
                status=CaptureStatus.CAPTURED, snapshot=found.snapshot, detail="found in the index"
            )
        case LookupOutcome.NONE if passed >= INDEX_LAG:
            return CaptureResult(
                status=CaptureStatus.QUEUED, detail="the last request produced no capture"
            )
        case LookupOutcome.NONE:
            return CaptureResult(
                status=CaptureStatus.REQUESTED, code=NOT_IN_INDEX, detail="not in the index yet"
            )
        case LookupOutcome.EXCLUDED:
            return CaptureResult(
                status=CaptureStatus.FAILED,
                code="excluded",
                detail=found.detail,
                retry=RetryWhen.NEVER,
            )
        case LookupOutcome.UNKNOWN:
            return CaptureResult(
                status=CaptureStatus.REQUESTED, code="no-answer", detail=found.detail
            )
