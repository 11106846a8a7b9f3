"""Test which requests are retried, and after how many seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.liveness import earliest_retry, needs_retry, retry_wait
from store.vocabulary import Fault, ProbeRequest
from tests.unit.crawler.liveness.probes import NOW, failure, response

RESPONDED_AT = NOW + timedelta(milliseconds=120)

CLEARABLE = [
    *(response(code) for code in (101, 408, 425, 429, 500, 502, 503, 504, 520)),
    *(
        failure(fault)
        for fault in (
            Fault.NAME_UNKNOWN,
            Fault.NAME_NOT_FOUND,
            Fault.REFUSED,
            Fault.RESET,
            Fault.CONNECT_TIMEOUT,
            Fault.TLS,
            Fault.BAD_RESPONSE,
        )
    ),
    failure(Fault.TRUNCATED),
]
SETTLED = [
    *(
        response(code)
        for code in (200, 204, 301, 302, 400, 401, 403, 404, 405, 410, 451, 499, 600, 999)
    ),
    *(
        failure(fault)
        for fault in (
            Fault.UNSAFE_ADDRESS,
            Fault.INVALID_URL,
            Fault.INTERRUPTED,
        )
    ),
]


@pytest.mark.parametrize(
    "request_", CLEARABLE, ids=lambda request_: str(request_.fault or request_.status)
)
def test_temporary_failures_are_retried(request_: ProbeRequest) -> None:
    assert needs_retry(request_, 0)
    assert not needs_retry(request_, 3)


@pytest.mark.parametrize(
    "request_", SETTLED, ids=lambda request_: str(request_.fault or request_.status)
)
def test_definite_responses_are_not_retried(request_: ProbeRequest) -> None:
    assert not needs_retry(request_, 0)
    assert retry_wait(request_, 0, 0.5) is None


def test_waits_grow_and_spread() -> None:
    waits = [retry_wait(response(503), attempt, 0.5) for attempt in range(3)]
    assert waits == [2.0, 6.0, None]
    assert retry_wait(response(503), 0, 0.0) == 1.0
    assert retry_wait(response(503), 0, 1.0) == 3.0


@pytest.mark.parametrize(
    ("status", "value", "floor"),
    [
        (503, "120", RESPONDED_AT + timedelta(seconds=120)),
        (429, " 120 ", RESPONDED_AT + timedelta(seconds=120)),
        (
            429,
            format_datetime(datetime(2026, 5, 4, 13, tzinfo=UTC), usegmt=True),
            datetime(2026, 5, 4, 13, tzinfo=UTC),
        ),
        (503, "Monday, 04-May-26 13:00:00 GMT", datetime(2026, 5, 4, 13, tzinfo=UTC)),
        (503, "Mon, 04 May 2026 15:00:00 +0200", datetime(2026, 5, 4, 13, tzinfo=UTC)),
        (503, "Mon, 04 May 2026 13:00:00 -0000", datetime(2026, 5, 4, 13, tzinfo=UTC)),
        (503, "Mon, 04 May 2020 13:00:00 GMT", RESPONDED_AT),  # past: no wait
        (400, "120", RESPONDED_AT + timedelta(seconds=120)),
        (399, "120", None),
        (503, "00000120", RESPONDED_AT + timedelta(seconds=120)),
        (503, "99999999999999999999", RESPONDED_AT + timedelta(days=7)),
        (503, "Fri, 31 Dec 9999 23:59:59 GMT", RESPONDED_AT + timedelta(days=7)),
        (503, "later", None),
        (503, "-5", None),
        (503, "1.5", None),
        (503, "٣", None),
        (503, "", None),
        (200, "120", None),
        (302, "120", None),
    ],
)
def test_retry_after_is_read(status: int, value: str, floor: datetime | None) -> None:
    assert earliest_retry(response(status, headers={"retry-after": value})) == floor


def test_a_requested_wait_is_never_shortened() -> None:
    busy = response(429, headers={"retry-after": "90"})
    assert retry_wait(busy, 0, 0.5) == 90.0
    assert retry_wait(busy, 0, 0.5, first_wait=100) == 100.0


@given(st.text(max_size=60))
def test_any_retry_after_raises_nothing(value: str) -> None:
    floor = earliest_retry(response(503, headers={"retry-after": value}))
    assert floor is None or RESPONDED_AT <= floor <= RESPONDED_AT + timedelta(days=7)


@given(
    seconds=st.integers(min_value=0, max_value=100_000),
    attempt=st.integers(0, 1),
    random=st.floats(0, 1, exclude_max=True),
)
def test_retry_after_is_a_floor(seconds: int, attempt: int, random: float) -> None:
    wait = retry_wait(response(429, headers={"retry-after": str(seconds)}), attempt, random)
    assert wait is not None
    assert wait >= seconds
