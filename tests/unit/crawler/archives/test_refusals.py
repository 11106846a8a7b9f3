"""What a refused capture means for the next one."""

from __future__ import annotations

import pytest

from crawler.archives.interface import ArchiveError, Excluded, NoAnswer, RateLimited
from crawler.archives.refusals import failed_capture
from store.vocabulary import CaptureStatus, RetryWhen


@pytest.mark.parametrize(
    ("error", "status", "code", "retry", "retry_after"),
    [
        (RateLimited("HTTP 429", status=429, retry_after=90.0), "failed", "too-many-requests", "soon", 90.0),
        (RateLimited("You cannot make more than 200 captures per day.", status=429, retry_after=60.0), "failed", "too-many-daily-captures", "tomorrow", 60.0),
        (NoAnswer("error:too-many-daily-captures", status=200), "failed", "too-many-daily-captures", "tomorrow", None),
        (Excluded("Blocked Site Error"), "failed", "excluded", "never", None),
        (NoAnswer("connection refused", sent=False), "failed", "unreachable", "later", None),
        (NoAnswer("read timed out"), "asked", "no-answer", "later", None),
        (NoAnswer("Job failed", status=200), "failed", "no-snapshot", "later", None),
        (NoAnswer("session limit", status=509), "failed", "too-many-sessions", "soon", None),
        (NoAnswer("bad gateway", status=502), "failed", "http-502", "soon", None),
        (NoAnswer("log in", status=401), "failed", "http-401", "later", None),
    ],
)  # fmt: skip
def test_each_failure_says_when_to_ask_again(error: ArchiveError, status: str, code: str, retry: str, retry_after: float | None) -> None:
    answer = failed_capture(error)
    assert answer.status is CaptureStatus(status)
    assert (answer.code, answer.retry, answer.retry_after, answer.detail) == (code, RetryWhen(retry), retry_after, str(error))
    assert answer.snapshot is None
