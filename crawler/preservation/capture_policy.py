"""Decide whether the result of a capture is usable, and when the capture is continued or retried.

Nothing here reads the database or sends a request.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from crawler.archives.capture_errors import EXCLUDED, NO_ANSWER, impossible_copy
from crawler.archives.spellings import is_same_page
from crawler.http.urls import host_of
from crawler.items import CaptureItem
from crawler.jobs.failed_items import INTERNAL_ERROR_CODE, MAX_RETRY_WAIT
from crawler.liveness.rules.redirects import is_home_page
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
from store.work.archives.captures import CaptureTask

# The wait after a request without a response, before the capture is looked up in the index. No
# capture takes longer.
CONFIRM_AFTER: Final = timedelta(minutes=10)
# The longest time until a new capture appears in the index.
INDEX_LAG: Final = timedelta(days=1)
# The wait between a capture and the probe that verifies it.
VERIFY_AFTER: Final = timedelta(hours=1)
# The code of a capture without a response that was looked up once and not found.
NOT_IN_INDEX: Final = "not-in-the-index"

# The codes of captures that are not new copies of the requested page.
OTHER_ADDRESS: Final = "other-address"
OLDER_COPY: Final = "older-copy"

_MAX_CLOCK_AHEAD: Final = timedelta(days=1)  # of the archive's clock, before ours
_MAX_URL_SHOWN: Final = 500  # characters in a message
_RETRY_AFTER: Final = {
    RetryWhen.SOON: timedelta(minutes=5),
    RetryWhen.LATER: timedelta(hours=12),
}
_MAX_TRIES: Final = 5  # requests for one capture
_MAX_DOUBLINGS: Final = 10  # of the wait after internal errors; `MAX_RETRY_WAIT` is far shorter


def is_copy_of(recorded: str, *urls: str | None) -> bool:
    """Return whether a copy recorded under a URL certainly shows the page with one of the others.

    Args:
        recorded: The URL under which the archive recorded the copy.
        urls: The URLs of the page; empty ones and None are ignored.
    """
    return any(is_same_page(recorded, url) for url in urls if url)


def reject_other_copies(
    task: CaptureTask, result: CaptureResult, *, max_age: timedelta, now: datetime
) -> CaptureResult:
    """Return a capture's result; `UNUSABLE` if the copy named is too old or of another page.

    A service may name an old copy instead of a new one, or a copy of another address, such as a
    consent page or an embedded frame. A copy of another address at the same host is accepted here:
    its text is compared when it is probed.

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
    """Return whether a copy is of another host than a page, or of a home page instead of it."""
    if is_copy_of(recorded, *urls):
        return False
    hosts = {host_of(url).removeprefix("www.") for url in urls if url}
    return host_of(recorded).removeprefix("www.") not in hosts or is_home_page(recorded)


def max_copy_age(not_archived_within: str) -> timedelta:
    """Return how old a copy may be that a service names in place of a new one.

    It is the time of the setting and one day.

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
            doubled_wait = _RETRY_AFTER[RetryWhen.LATER] * (1 << doublings)
            since_request = now - (task.requested_at or now)
            return now + min(max(doubled_wait, since_request), MAX_RETRY_WAIT)
        case CaptureStatus.REQUESTED:
            return now + CONFIRM_AFTER
        case CaptureStatus.QUEUED | CaptureStatus.PENDING:
            return now
        case CaptureStatus.CAPTURED:
            # A capture in the local archive was read back when it was written.
            return None if item.service == LOCAL else now + VERIFY_AFTER
        case CaptureStatus.FAILED:
            return _retry_at(item, now)
        case _:
            return None


def _retry_at(item: CaptureItem, now: datetime) -> datetime | None:
    """Return when a failed capture is requested again; None for never."""
    result = item.result
    # Neither a failure of the service counts as a try of the link, nor one without a request.
    is_try = result.was_requested and result.failure_scope is not FailureScope.SERVICE
    has_no_tries_left = item.task.tries + 1 >= _MAX_TRIES and is_try
    if result.retry is RetryWhen.NEVER or has_no_tries_left:
        return None
    if result.code == SESSION_LIMIT:  # the run waits for a free session
        return now
    if result.retry is RetryWhen.TOMORROW:
        tomorrow = now + timedelta(days=1)
        at = tomorrow.replace(hour=0, minute=5, second=0, microsecond=0)
    elif result.retry is RetryWhen.SOON and result.is_pause_stated:
        at = now  # the pause that the service states replaces the default wait
    else:
        at = now + _RETRY_AFTER[result.retry]
    # A pause that the service requested is the minimum.
    return max(at, now + timedelta(seconds=result.retry_after or 0))


def capture_from_index(found: LookupResult, passed: timedelta, tries: int) -> CaptureResult:
    """Return the result of a capture that got no response, from a later lookup in the index.

    A missing snapshot is believed only after `INDEX_LAG`.

    Args:
        found: The result of the lookup.
        passed: The time since the capture was requested.
        tries: How often the link was requested; after `_MAX_TRIES` it is given up.
    """
    match found.outcome:
        case LookupOutcome.FOUND:
            return CaptureResult(
                status=CaptureStatus.CAPTURED, snapshot=found.snapshot, detail="found in the index"
            )
        case LookupOutcome.NONE if passed >= INDEX_LAG and tries >= _MAX_TRIES:
            return CaptureResult(
                status=CaptureStatus.FAILED,
                code="no-result",
                detail=f"no capture after {tries} requests",
                retry=RetryWhen.NEVER,
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
                code=EXCLUDED,
                detail=found.detail,
                retry=RetryWhen.NEVER,
            )
        case LookupOutcome.UNKNOWN:
            return CaptureResult(
                status=CaptureStatus.REQUESTED, code=NO_ANSWER, detail=found.detail
            )
