"""Test which results of captures are usable, and when captures are retried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.items import CaptureItem
from crawler.preservation.capture_policy import (
    NOT_IN_INDEX,
    next_try_at,
    reject_other_copies,
)
from store.vocabulary import CaptureResult, CaptureStatus, RetryWhen, Snapshot
from store.work.archives.captures import CaptureTask

NOW = datetime(2026, 5, 4, 22, 30, tzinfo=UTC)
TOMORROW = datetime(2026, 5, 5, 0, 5, tzinfo=UTC)


def retry_time(
    retry: RetryWhen,
    *,
    status: CaptureStatus = CaptureStatus.FAILED,
    tries: int = 1,
    retry_after: float | None = None,
    is_pause_stated: bool = False,
) -> datetime | None:
    task = CaptureTask(
        capture_id=1, link_id=1, url="https://a.example/", tries=tries, requested_at=None
    )
    result = CaptureResult(
        status=status, retry=retry, retry_after=retry_after, is_pause_stated=is_pause_stated
    )
    return next_try_at(CaptureItem(service="wayback", task=task, result=result), NOW)


@pytest.mark.parametrize(
    ("retry", "moment"),
    [
        (RetryWhen.SOON, NOW + timedelta(minutes=5)),
        (RetryWhen.LATER, NOW + timedelta(hours=12)),
        (RetryWhen.TOMORROW, TOMORROW),  # quotas end with the UTC day
        (RetryWhen.NEVER, None),
    ],
)
def test_a_failed_capture_is_retried_when_the_archive_allows_it(
    retry: RetryWhen, moment: datetime | None
) -> None:
    assert retry_time(retry) == moment


def test_a_pause_the_archive_states_is_the_minimum_and_replaces_our_own() -> None:
    assert retry_time(RetryWhen.SOON, retry_after=3600) == NOW + timedelta(hours=1)
    for seconds in (0, 5, 3600):
        retry_at = retry_time(RetryWhen.SOON, retry_after=seconds, is_pause_stated=True)
        assert retry_at == NOW + timedelta(seconds=seconds)
    assert retry_time(RetryWhen.LATER, retry_after=5, is_pause_stated=True) == NOW + timedelta(
        hours=12
    )
    assert retry_time(RetryWhen.TOMORROW, retry_after=5, is_pause_stated=True) == TOMORROW
    assert retry_time(RetryWhen.SOON, retry_after=1) == NOW + timedelta(minutes=5)
    assert retry_time(RetryWhen.TOMORROW, retry_after=86_400) == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("status", "moment"),
    [
        (CaptureStatus.CAPTURED, NOW + timedelta(hours=1)),  # to be verified
        (CaptureStatus.REQUESTED, NOW + timedelta(minutes=10)),  # to be looked up
        (CaptureStatus.PENDING, NOW),
        (CaptureStatus.QUEUED, NOW),
        (CaptureStatus.VERIFIED, None),
        (CaptureStatus.UNUSABLE, None),
    ],
)
def test_each_status_has_its_due_time(status: CaptureStatus, moment: datetime | None) -> None:
    assert retry_time(RetryWhen.SOON, status=status) == moment


def test_a_lost_capture_is_looked_up_in_the_index_a_day_after_its_request() -> None:
    requested_at = NOW - timedelta(minutes=11)
    task = CaptureTask(
        capture_id=1, link_id=1, url="https://a.example/", tries=1, requested_at=requested_at
    )
    item = CaptureItem(
        service="wayback",
        task=task,
        result=CaptureResult(status=CaptureStatus.REQUESTED, code=NOT_IN_INDEX),
    )
    assert next_try_at(item, NOW) == requested_at + timedelta(days=1)


def test_a_capture_is_requested_five_times_at_most() -> None:
    """`tries` counts the requests before the last one."""
    assert retry_time(RetryWhen.SOON, tries=3) is not None
    assert retry_time(RetryWhen.SOON, tries=4) is None


@pytest.mark.parametrize("status", [CaptureStatus.REQUESTED, CaptureStatus.FAILED])
def test_the_wait_doubles_with_each_internal_error(
    status: CaptureStatus,
) -> None:
    result = CaptureResult(status=status, code="internal-error", retry=RetryWhen.LATER)
    waits = []
    for tries in (0, 1, 2, 20):
        task = CaptureTask(
            capture_id=1, link_id=1, url="https://a.example/", tries=tries, requested_at=None
        )
        due = next_try_at(CaptureItem(service="wayback", task=task, result=result), NOW)
        assert due is not None  # never given up
        waits.append(due - NOW)
    assert waits == [
        timedelta(hours=12),
        timedelta(hours=24),
        timedelta(hours=48),
        timedelta(days=90),
    ]


def test_the_wait_after_an_internal_error_is_at_least_the_time_since_the_request() -> None:
    result = CaptureResult(status=CaptureStatus.REQUESTED, code="internal-error")
    task = CaptureTask(
        capture_id=1,
        link_id=1,
        url="https://a.example/",
        tries=1,
        requested_at=NOW - timedelta(days=5),
    )
    assert next_try_at(
        CaptureItem(service="wayback", task=task, result=result), NOW
    ) == NOW + timedelta(days=5)


@pytest.mark.parametrize(
    ("original", "age", "status", "code"),
    [
        ("http://www.a.example/x/", timedelta(0), CaptureStatus.CAPTURED, ""),
        ("https://a.example/new", timedelta(0), CaptureStatus.CAPTURED, ""),  # it redirects there
        ("https://a.example/other", timedelta(0), CaptureStatus.CAPTURED, ""),  # its text decides
        ("https://a.example/x", timedelta(hours=1), CaptureStatus.CAPTURED, ""),
        ("https://a.example/x", timedelta(days=2_500), CaptureStatus.UNUSABLE, "older-copy"),
        ("https://a.example/x", timedelta(days=-2), CaptureStatus.UNUSABLE, "impossible-copy"),
        ("https://a.example/x", timedelta(hours=-2), CaptureStatus.CAPTURED, ""),
        ("https://a.example/", timedelta(0), CaptureStatus.UNUSABLE, "other-address"),
        ("https://consent.example/?c=1", timedelta(0), CaptureStatus.UNUSABLE, "other-address"),
    ],
)
def test_old_copies_and_copies_of_other_pages_are_unusable(
    original: str, age: timedelta, status: CaptureStatus, code: str
) -> None:
    task = CaptureTask(
        capture_id=1,
        link_id=1,
        url="https://a.example/x",
        tries=1,
        requested_at=NOW,
        final_url="https://a.example/new",
    )
    snapshot = Snapshot(service="wayback", url="", original=original, captured_at=NOW - age)
    result = CaptureResult(status=CaptureStatus.CAPTURED, snapshot=snapshot)
    found = reject_other_copies(task, result, max_age=timedelta(days=1), now=NOW)
    assert (found.status, found.code) == (status, code)
    # An older copy of the page is kept: it may be the best one.
    assert (found.snapshot is None) is (code in ("other-address", "impossible-copy"))
