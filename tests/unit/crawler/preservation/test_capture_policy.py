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
from store.work.captures import CaptureTask

NOW = datetime(2026, 5, 4, 22, 30, tzinfo=UTC)
TOMORROW = datetime(2026, 5, 5, 0, 5, tzinfo=UTC)


def again(
    retry: RetryWhen,
    *,
    status: CaptureStatus = CaptureStatus.FAILED,
    tries: int = 1,
    retry_after: float | None = None,
    states_pause: bool = False,
) -> datetime | None:
    task = CaptureTask(
        capture_id=1, link_id=1, url="https://a.example/", tries=tries, requested_at=None
    )
    answer = CaptureResult(
        status=status, retry=retry, retry_after=retry_after, states_pause=states_pause
    )
    return next_try_at(CaptureItem(service="wayback", task=task, result=answer), NOW)


@pytest.mark.parametrize(
    ("retry", "moment"),
    [
        (RetryWhen.SOON, NOW + timedelta(minutes=5)),
        (RetryWhen.LATER, NOW + timedelta(hours=12)),
        (RetryWhen.TOMORROW, TOMORROW),  # quotas end with the UTC day
        (RetryWhen.NEVER, None),
    ],
)
def test_the_retry_time_of_the_archive_is_kept(retry: RetryWhen, moment: datetime | None) -> None:
    assert again(retry) == moment


def test_a_pause_the_archive_states_is_the_minimum_and_replaces_our_own() -> None:
    assert again(RetryWhen.SOON, retry_after=3600) == NOW + timedelta(hours=1)
    for seconds in (0, 5, 3600):
        told = again(RetryWhen.SOON, retry_after=seconds, states_pause=True)
        assert told == NOW + timedelta(seconds=seconds)
    assert again(RetryWhen.LATER, retry_after=5, states_pause=True) == NOW + timedelta(hours=12)
    assert again(RetryWhen.TOMORROW, retry_after=5, states_pause=True) == TOMORROW
    assert again(RetryWhen.SOON, retry_after=1) == NOW + timedelta(minutes=5)
    assert again(RetryWhen.TOMORROW, retry_after=86_400) == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("status", "moment"),
    [
        (
            CaptureStatus.CAPTURED,
            NOW + timedelta(hours=1),
        ),  # to be looked at when it has reached the index
        (CaptureStatus.REQUESTED, NOW + timedelta(minutes=10)),  # to be looked for
        (CaptureStatus.PENDING, NOW),
        (CaptureStatus.QUEUED, NOW),
        (CaptureStatus.VERIFIED, None),
        (CaptureStatus.UNUSABLE, None),
    ],
)
def test_captures_that_did_not_fail_have_due_times_of_their_own(
    status: CaptureStatus, moment: datetime | None
) -> None:
    assert again(RetryWhen.SOON, status=status) == moment


def test_a_lost_capture_is_looked_up_in_the_index_a_day_after_its_request() -> None:
    asked = NOW - timedelta(minutes=11)
    task = CaptureTask(
        capture_id=1, link_id=1, url="https://a.example/", tries=1, requested_at=asked
    )
    item = CaptureItem(
        service="wayback",
        task=task,
        result=CaptureResult(status=CaptureStatus.REQUESTED, code=NOT_IN_INDEX),
    )
    assert next_try_at(item, NOW) == asked + timedelta(days=1)


def test_there_is_an_end_to_trying() -> None:
    """`tries` counts the earlier ones."""
    assert again(RetryWhen.SOON, tries=3) is not None
    assert again(RetryWhen.SOON, tries=4) is None


@pytest.mark.parametrize("status", [CaptureStatus.REQUESTED, CaptureStatus.FAILED])
def test_captures_that_meet_internal_errors_are_dealt_with_ever_more_rarely(
    status: CaptureStatus,
) -> None:
    answer = CaptureResult(status=status, code="internal-error", retry=RetryWhen.LATER)
    waits = []
    for tries in (0, 1, 2, 20):
        task = CaptureTask(
            capture_id=1, link_id=1, url="https://a.example/", tries=tries, requested_at=None
        )
        due = next_try_at(CaptureItem(service="wayback", task=task, result=answer), NOW)
        assert due is not None  # never given up
        waits.append(due - NOW)
    assert waits == [
        timedelta(hours=12),
        timedelta(hours=24),
        timedelta(hours=48),
        timedelta(days=90),
    ]


def test_a_lost_capture_that_cannot_be_looked_for_waits_as_long_again() -> None:
    answer = CaptureResult(status=CaptureStatus.REQUESTED, code="internal-error")
    task = CaptureTask(
        capture_id=1,
        link_id=1,
        url="https://a.example/",
        tries=1,
        requested_at=NOW - timedelta(days=5),
    )
    assert next_try_at(
        CaptureItem(service="wayback", task=task, result=answer), NOW
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
def test_a_capture_is_of_what_was_cited_or_it_is_none(
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
    answer = CaptureResult(status=CaptureStatus.CAPTURED, snapshot=snapshot)
    found = reject_other_copies(task, answer, max_age=timedelta(days=1), now=NOW)
    assert (found.status, found.code) == (status, code)
    # An older copy of the page is a find all the same.
    assert (found.snapshot is None) is (code in ("other-address", "impossible-copy"))
