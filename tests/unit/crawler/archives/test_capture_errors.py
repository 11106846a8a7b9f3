"""Test the classification of refused captures, with every known code of the service."""

from __future__ import annotations

import pytest

from crawler.archives.capture_errors import FAILURE_CODES, classify_code, classify_error
from crawler.archives.interface import (
    ArchiveError,
    CaptureExcluded,
    InvalidKeys,
    NoUsableResponse,
    RateLimited,
)
from store.vocabulary import CaptureStatus, FailureScope, Reason, RetryWhen

SOON = [
    "user-session-limit",
    "celery",
    "cannot-fetch",
    "no-browsers-available",
    "browsing-timeout",
    "proxy-error",
    "protocol-error",
    "read-timeout",
    "soft-time-limit-exceeded",
    "internal-server-error",
    "job-failed",
    "capture-location-error",
    "service-unavailable",
    "bad-gateway",
    "gateway-timeout",
    "invalid-server-response",
    "no-captures",
    "redis-error",
    "too-many-requests",
]
LATER = ["bandwidth-limit-exceeded"]
TOMORROW = [
    "too-many-daily-captures",
    "max-daily-bandwidth",
    "max-daily-bandwidth-from-ip",
    "max-daily-bandwidth-host",
    "daily-limit",
]
NEVER = [
    "blocked-url",
    "blocked",
    "blocked-client-ip",
    "invalid-url-syntax",
    "bad-request",
    "filesize-limit",
    "too-many-redirects",
    "ftp-access-denied",
    "method-not-allowed",
    "not-implemented",
    "http-version-not-supported",
    "network-authentication-required",
    "unauthorized",
    "no-access",
    "not-found",
    "invalid-host-resolution",
    "robots-txt",
]
HOST_CODES = {"too-many-requests", "max-daily-bandwidth-host", "bandwidth-limit-exceeded"}
SERVICE_CODES = {
    "user-session-limit",
    "max-daily-bandwidth",
    "max-daily-bandwidth-from-ip",
    "daily-limit",
}
OBSERVED = {
    "no-access": Reason.FORBIDDEN,
    "not-found": Reason.NOT_FOUND,
    "invalid-host-resolution": Reason.DOMAIN_NOT_FOUND,
}

TABLE = [
    (code, retry)
    for retry, codes in (
        (RetryWhen.SOON, SOON),
        (RetryWhen.LATER, LATER),
        (RetryWhen.TOMORROW, TOMORROW),
        (RetryWhen.NEVER, NEVER),
    )
    for code in codes
]


@pytest.mark.parametrize(("code", "retry"), TABLE)
def test_every_code_has_a_retry_a_scope_and_an_observation(code: str, retry: RetryWhen) -> None:
    result = classify_code(f"error:{code}", "as the service words it")
    assert (result.status, result.code, result.detail, result.retry) == (
        CaptureStatus.FAILED,
        code,
        "as the service words it",
        retry,
    )
    scope = (
        FailureScope.HOST
        if code in HOST_CODES
        else FailureScope.SERVICE
        if code in SERVICE_CODES
        else FailureScope.LINK
    )
    assert (result.failure_scope, result.observed_reason) == (scope, OBSERVED.get(code))


def test_the_table_has_no_code_that_is_not_tested() -> None:
    assert set(FAILURE_CODES) == {code for code, _ in TABLE}


@pytest.mark.parametrize("code", ["error:something-new", "error:", ""])
def test_an_unknown_code_is_retried_later(code: str) -> None:
    result = classify_code(code, "?")
    assert (result.retry, result.failure_scope, result.code) == (
        RetryWhen.LATER,
        FailureScope.LINK,
        code.removeprefix("error:") or "refused",
    )


@pytest.mark.parametrize(
    "message",
    [
        "You cannot make more than 30000 captures per day.",
        "You cannot make more than 30,000 captures per day. Please contact us",
        "You have reached the daily not-logged-in captures limit",
    ],
)
def test_a_message_about_the_daily_limit_overrides_the_code(message: str) -> None:
    result = classify_code("error:too-many-daily-captures", message)
    assert (result.code, result.retry, result.failure_scope) == (
        "daily-limit",
        RetryWhen.TOMORROW,
        FailureScope.SERVICE,
    )
    assert (
        classify_code(
            "error:too-many-daily-captures", "This URL has been captured 10 times today."
        ).failure_scope
        is FailureScope.LINK
    )


@pytest.mark.parametrize(
    ("error", "status", "code", "retry"),
    [
        (RateLimited("HTTP 429", status=429, retry_after=90.0), "failed", "rate-limited", ("soon", "service", 90.0)),
        (RateLimited("You cannot make more than 200 captures per day.", status=429, retry_after=60.0), "failed", "daily-limit", ("tomorrow", "service", 60.0)),
        (NoUsableResponse("error:too-many-daily-captures", status=200), "failed", "too-many-daily-captures", ("tomorrow", "link", None)),
        (NoUsableResponse("Job failed. error:blocked-url by request", status=200), "failed", "blocked-url", ("never", "link", None)),
        (CaptureExcluded("Blocked Site Error"), "failed", "excluded", ("never", "link", None)),
        (InvalidKeys("HTTP 401: error:unauthorized"), "failed", "keys-refused", ("later", "service", None)),
        (NoUsableResponse("connection refused", sent=False), "failed", "unreachable", ("later", "service", None)),
        (NoUsableResponse("read timed out"), "requested", "no-answer", ("later", "link", None)),
        (NoUsableResponse("Job failed", status=200), "failed", "no-snapshot", ("later", "link", None)),
        (NoUsableResponse("session limit", status=509), "failed", "user-session-limit", ("soon", "service", None)),
        (NoUsableResponse("bad gateway", status=502), "failed", "http-502", ("soon", "service", None)),
        (NoUsableResponse("log in", status=401), "failed", "http-401", ("later", "link", None)),
    ],
)  # fmt: skip
def test_errors_are_classified_with_their_retry(
    error: ArchiveError, status: str, code: str, retry: tuple[str, str, float | None]
) -> None:
    result = classify_error(error)
    assert result.status is CaptureStatus(status)
    assert (result.code, result.detail, result.snapshot) == (code, str(error), None)
    assert (result.retry, result.failure_scope, result.retry_after) == retry


@pytest.mark.parametrize(
    "error", [NoUsableResponse("x" * 5_000, status=502), NoUsableResponse("error:celery " * 500)]
)
def test_a_long_detail_is_cut(error: ArchiveError) -> None:
    assert len(classify_error(error).detail) == 1_000
