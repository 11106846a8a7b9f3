"""What is recorded in the place of an outcome that an internal error prevented: that there is none, so that it is due again later."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from crawler.items import CaptureItem, DriftItem, LookupItem, SearchItem
from crawler.jobs.isolation import InternalError
from crawler.page_text import TextComparison
from store.vocabulary import (
    LOCAL,
    CaptureResult,
    CaptureStatus,
    LookupOutcome,
    LookupResult,
    Reason,
    RetryWhen,
    SearchOutcome,
)
from store.work.captures import CaptureTask, LookupTask
from store.work.comparisons import ComparisonTask
from store.work.searches import SearchTask

INTERNAL_ERROR_CODE: Final = (
    Reason.INTERNAL_ERROR.value
)  # of a capture; the details of all begin with it
MAX_RETRY_WAIT: Final = timedelta(days=90)


def failed_lookup(service: str, task: LookupTask, error: InternalError) -> LookupItem:
    answer = LookupResult(outcome=LookupOutcome.UNKNOWN, detail=str(error))
    return LookupItem(service=service, task=task, result=answer)


def failed_capture(service: str, task: CaptureTask, error: InternalError) -> CaptureItem:
    """Return that a capture failed before the archive was asked for it, or for reasons that are not the archive's."""
    answer = CaptureResult(
        status=CaptureStatus.FAILED,
        code=INTERNAL_ERROR_CODE,
        detail=str(error),
        retry=RetryWhen.LATER,
    )
    return CaptureItem(service=service, task=task, result=answer)


def unconfirmed_capture(service: str, task: CaptureTask, error: InternalError) -> CaptureItem:
    """Return that a capture was asked for, and is to be looked for in the archive's index."""
    answer = CaptureResult(
        status=CaptureStatus.REQUESTED, code=INTERNAL_ERROR_CODE, detail=str(error)
    )
    return CaptureItem(service=service, task=task, result=answer)


def failed_search(task: SearchTask, error: InternalError) -> SearchItem:
    return SearchItem(task=task, outcome=SearchOutcome.UNKNOWN, detail=str(error))


def failed_comparison(task: ComparisonTask, error: InternalError) -> DriftItem:
    return DriftItem(
        task=task, comparison=TextComparison(kept=None, detail=str(error)), compared=False
    )


def replacement_for(item: object, error: InternalError) -> object | None:
    """Return what is stored in the place of an item that could not be; None where there is nothing to say."""
    match item:
        case LookupItem():
            return failed_lookup(item.service, item.task, error)
        case CaptureItem() if item.service == LOCAL or item.result.status is CaptureStatus.FAILED:
            return failed_capture(item.service, item.task, error)
        case CaptureItem():
            return unconfirmed_capture(item.service, item.task, error)
        case SearchItem():
            return failed_search(item.task, error)
        case DriftItem():
            return failed_comparison(item.task, error)
    return None


def doubled_wait(first: timedelta, last: timedelta | None) -> timedelta:
    """Return how long to wait after an internal error.

    Args:
        first: The wait where the last answer was no internal error.
        last: How long was waited after the last answer, if that was one; None: it was not.

    >>> longer_wait(timedelta(hours=12), None), longer_wait(timedelta(hours=12), timedelta(days=60))
    (datetime.timedelta(seconds=43200), datetime.timedelta(days=90))
    """
    return first if last is None else max(first, min(2 * last, MAX_RETRY_WAIT))
