"""Make the items that are stored in place of results that an internal error prevented.

They record that there is no result, so that the work becomes due again: `doubled_wait` later.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from crawler.items import CaptureItem, DriftItem, LookupItem, PartsItem, SearchItem
from crawler.jobs.isolation import InternalError
from crawler.page_text.comparison import TextComparison
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
from store.work.archives.captures import CaptureTask
from store.work.archives.lookups import LookupTask
from store.work.comparisons import ComparisonTask
from store.work.history import ProbeResult
from store.work.page_parts import PartsFound, PartsTask
from store.work.searches import SearchTask

# The code of a capture that met an internal error; the details of all such items begin with it.
INTERNAL_ERROR_CODE: Final = Reason.INTERNAL_ERROR.value
MAX_RETRY_WAIT: Final = timedelta(days=90)


def failed_lookup(service: str, task: LookupTask, error: InternalError) -> LookupItem:
    """Return the item of a lookup that met an internal error: its result is unknown."""
    result = LookupResult(outcome=LookupOutcome.UNKNOWN, detail=str(error))
    return LookupItem(service=service, task=task, result=result)


def failed_capture(service: str, task: CaptureTask, error: InternalError) -> CaptureItem:
    """Return the item of a failed capture; the cause is an internal error, not the archive."""
    result = CaptureResult(
        status=CaptureStatus.FAILED,
        code=INTERNAL_ERROR_CODE,
        detail=str(error),
        retry=RetryWhen.LATER,
    )
    return CaptureItem(service=service, task=task, result=result)


def unconfirmed_capture(service: str, task: CaptureTask, error: InternalError) -> CaptureItem:
    """Return the item of a capture that was requested and whose result an internal error lost.

    A later run looks for the memento in the archive's index.
    """
    result = CaptureResult(
        status=CaptureStatus.REQUESTED, code=INTERNAL_ERROR_CODE, detail=str(error)
    )
    return CaptureItem(service=service, task=task, result=result)


def failed_search(task: SearchTask, error: InternalError) -> SearchItem:
    """Return the item of a search for a moved page that met an internal error."""
    return SearchItem(task=task, outcome=SearchOutcome.UNKNOWN, detail=str(error))


def failed_comparison(task: ComparisonTask, error: InternalError) -> DriftItem:
    """Return the item of a comparison with a memento that met an internal error."""
    comparison = TextComparison(remaining_share=None, detail=str(error))
    return DriftItem(task=task, comparison=comparison, is_final=False)


def failed_parts(task: PartsTask) -> PartsItem:
    """Return the item of an archive copy that counts all parts of the page as unknown."""
    page = task.page
    parts = len(page.style_sheets) + len(page.frames) + len(page.images)
    return PartsItem(task=task, found=PartsFound(unknown=parts))


def failed_probe(result: ProbeResult, error: InternalError) -> ProbeResult:
    """Return the result of a probe that could not be written: without requests, as failed."""
    from crawler.liveness import make_judgement  # noqa: PLC0415  its import takes long

    probe = replace(result.probe, requests=(), evidence=None, skipped=Reason.INTERNAL_ERROR)
    judgement = make_judgement(Reason.INTERNAL_ERROR, str(error))
    return replace(result, probe=probe, judgement=judgement)


def replacement_for(item: object, error: InternalError) -> object | None:
    """Return the item to store instead of one that could not be stored.

    None for probes and pages: nothing of them is stored, so the link stays due, and the next scan
    reads the page again. A capture for the local archive is never unconfirmed, as there is no index
    of a service in which a later run could look for it.
    """
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
        case PartsItem():
            return failed_parts(item.task)
    return None


def doubled_wait(first: timedelta, last: timedelta | None) -> timedelta:
    """Return how long to wait after an internal error, `MAX_RETRY_WAIT` at most.

    Args:
        first: The wait if the previous attempt met no internal error.
        last: The wait after the previous attempt; None if that met no internal error.

    >>> doubled_wait(timedelta(hours=12), None)
    datetime.timedelta(seconds=43200)
    >>> doubled_wait(timedelta(hours=12), timedelta(days=60))
    datetime.timedelta(days=90)
    """
    if last is None:
        return first
    return max(first, min(2 * last, MAX_RETRY_WAIT))
