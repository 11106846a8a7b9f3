"""Classify refused and failed capture requests: what they mean and when to retry.

The codes are from the documentation of Save Page Now 2 (revision of 2025-10-22); those marked
undocumented are from reports of users. A refusal may be sent with HTTP status 200, in response to
the capture request or to a poll.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from msgspec import Struct

from crawler.archives.interface import (
    ArchiveError,
    CaptureExcluded,
    InvalidKeys,
    NoUsableResponse,
    RateLimited,
)
from store.vocabulary import (
    SESSION_LIMIT,
    CaptureResult,
    CaptureStatus,
    FailureScope,
    Reason,
    RetryWhen,
)

# Holdfast's own codes, used if the service sent none. They are stored in the database. One more is
# `http-` followed by the HTTP status.
DAILY_LIMIT: Final = "daily-limit"  # the service's message is about a limit of captures per day
EXCLUDED: Final = "excluded"  # the archive does not show the URL to anyone
IMPOSSIBLE_COPY: Final = "impossible-copy"  # the copy that the service named cannot exist
KEYS_REJECTED: Final = "keys-refused"
NO_ANSWER: Final = "no-answer"  # no response, or one that leaves open whether a copy was made
NO_KEYS: Final = "no-keys"  # a pending capture cannot be polled, as the keys were removed
NO_RESULT: Final = "no-result"  # a pending capture was polled for too long
NO_SNAPSHOT: Final = "no-snapshot"  # a response that reports a failure and names no copy
RATE_LIMITED: Final = "rate-limited"
REFUSED: Final = "refused"  # a refusal without a code
UNREACHABLE: Final = "unreachable"  # the request was not sent


class CaptureFailure(Struct, frozen=True):
    """The meaning of one of the service's codes.

    Attributes:
        retry: When the capture may be requested again.
        failure_scope: What the failure concerns, so that it has to wait: this link, all links of
            its host, or all captures by the service.
        observed_reason: What the service observed at the requested URL; None if the code is not
            about that.
    """

    retry: RetryWhen
    failure_scope: FailureScope = FailureScope.LINK
    observed_reason: Reason | None = None


_TEMPORARY: Final = CaptureFailure(RetryWhen.SOON)
_PERMANENT: Final = CaptureFailure(RetryWhen.NEVER)
_SERVICE_SOON: Final = CaptureFailure(RetryWhen.SOON, FailureScope.SERVICE)
_SERVICE_LATER: Final = CaptureFailure(RetryWhen.LATER, FailureScope.SERVICE)
_SERVICE_TOMORROW: Final = CaptureFailure(RetryWhen.TOMORROW, FailureScope.SERVICE)
# The meaning of codes that are not in the table: not retried in this run, but in the next.
_UNKNOWN_FAILURE: Final = CaptureFailure(RetryWhen.LATER)

FAILURE_CODES: Final[Mapping[str, CaptureFailure]] = {
    # temporary
    "celery": _TEMPORARY,
    "cannot-fetch": _TEMPORARY,
    "no-browsers-available": _TEMPORARY,
    "browsing-timeout": _TEMPORARY,
    "proxy-error": _TEMPORARY,
    "protocol-error": _TEMPORARY,
    "read-timeout": _TEMPORARY,
    "soft-time-limit-exceeded": _TEMPORARY,
    "internal-server-error": _TEMPORARY,
    "job-failed": _TEMPORARY,
    "capture-location-error": _TEMPORARY,
    "service-unavailable": _TEMPORARY,
    "bad-gateway": _TEMPORARY,
    "gateway-timeout": _TEMPORARY,
    "invalid-server-response": _TEMPORARY,
    "no-captures": _TEMPORARY,  # undocumented
    "redis-error": _TEMPORARY,  # undocumented
    # the account's other captures have to end first
    SESSION_LIMIT: _SERVICE_SOON,
    # the captured host limits the service
    "too-many-requests": CaptureFailure(RetryWhen.SOON, FailureScope.HOST),
    "bandwidth-limit-exceeded": CaptureFailure(RetryWhen.LATER, FailureScope.HOST),
    "max-daily-bandwidth-host": CaptureFailure(RetryWhen.TOMORROW, FailureScope.HOST),
    # until the quota day (UTC) ends
    "too-many-daily-captures": CaptureFailure(RetryWhen.TOMORROW),  # of this very address
    "max-daily-bandwidth": _SERVICE_TOMORROW,
    "max-daily-bandwidth-from-ip": _SERVICE_TOMORROW,
    DAILY_LIMIT: _SERVICE_TOMORROW,
    # permanent
    "blocked-url": _PERMANENT,
    "blocked": _PERMANENT,
    "blocked-client-ip": _PERMANENT,
    "invalid-url-syntax": _PERMANENT,
    "bad-request": _PERMANENT,
    "filesize-limit": _PERMANENT,
    "too-many-redirects": _PERMANENT,
    "ftp-access-denied": _PERMANENT,
    "method-not-allowed": _PERMANENT,
    "not-implemented": _PERMANENT,
    "http-version-not-supported": _PERMANENT,
    "network-authentication-required": _PERMANENT,
    "unauthorized": _PERMANENT,
    "robots-txt": _PERMANENT,  # undocumented
    # permanent, and an observation of the link
    "no-access": CaptureFailure(RetryWhen.NEVER, observed_reason=Reason.FORBIDDEN),
    "not-found": CaptureFailure(RetryWhen.NEVER, observed_reason=Reason.NOT_FOUND),
    "invalid-host-resolution": CaptureFailure(
        RetryWhen.NEVER, observed_reason=Reason.DOMAIN_NOT_FOUND
    ),
}

_DAILY_LIMIT: Final = re.compile(
    r"cannot make more than [\d,. ]+ captures per day|daily not-logged-in captures limit",
    re.IGNORECASE,
)
_CODE: Final = re.compile(r"\berror:([a-z][a-z0-9-]*[a-z0-9])")
_REFUSAL: Final = re.compile(
    r"\b(?:failed|failure|error|cannot|can't|could not|unable|denied|refused|blocked)\b",
    re.IGNORECASE,
)
_TOO_MANY_SESSIONS: Final = 509  # HTTP status; waybackpy, too, reads it as a session limit
_MAX_CODE_LENGTH: Final = 100  # characters; the service's longest has 31
_MAX_DETAIL_LENGTH: Final = 1_000  # characters


def classify_code(
    status_ext: str, message: str = "", *, retry_after: float | None = None
) -> CaptureResult:
    """Return the result of a capture that the service refused or failed to make.

    Args:
        status_ext: The service's code, as in `error:not-found`; "" without one.
        message: The service's message.
        retry_after: The pause to make in seconds, stated by the service or our default, or None.

    >>> classify_code("error:not-found").observed_reason
    <Reason.NOT_FOUND: 'not-found'>
    """
    code = status_ext.removeprefix("error:")
    if _DAILY_LIMIT.search(message):
        code = DAILY_LIMIT  # the message is more exact than the code
    failure = FAILURE_CODES.get(code, _UNKNOWN_FAILURE)
    return CaptureResult(
        status=CaptureStatus.FAILED,
        code=code[:_MAX_CODE_LENGTH] or REFUSED,
        detail=(message or status_ext)[:_MAX_DETAIL_LENGTH],
        retry=failure.retry,
        retry_after=retry_after,
        failure_scope=failure.failure_scope,
        observed_reason=failure.observed_reason,
    )


def impossible_copy(detail: str) -> CaptureResult:
    """Return the result of a capture for which the service named a copy that cannot exist.

    Args:
        detail: The reason why it cannot exist.
    """
    return CaptureResult(
        status=CaptureStatus.UNUSABLE,
        code=IMPOSSIBLE_COPY,
        detail=detail[:_MAX_DETAIL_LENGTH],
    )


def classify_error(error: ArchiveError) -> CaptureResult:
    """Return the result of a capture request that raised an error.

    A request that was sent and got no response keeps the status `requested`: the capture may have
    been made, so it must be looked up before it is requested again.
    """
    detail = str(error)
    retry_after = error.retry_after if isinstance(error, RateLimited) else None
    is_pause_stated = isinstance(error, RateLimited) and error.is_pause_stated
    code_in_message = _CODE.search(detail)
    has_code = code_in_message is not None or _DAILY_LIMIT.search(detail) is not None
    # Rejected keys concern all captures, whatever code the message contains.
    if has_code and not isinstance(error, InvalidKeys):
        status_ext = code_in_message[1] if code_in_message else ""
        result = classify_code(status_ext, detail, retry_after=retry_after)
        return replace(result, is_pause_stated=is_pause_stated)
    code, failure = _failure_without_code(error)
    return CaptureResult(
        status=CaptureStatus.REQUESTED if code == NO_ANSWER else CaptureStatus.FAILED,
        code=code,
        detail=detail[:_MAX_DETAIL_LENGTH],
        retry=failure.retry,
        retry_after=retry_after,
        is_pause_stated=is_pause_stated,
        failure_scope=failure.failure_scope,
    )


def _failure_without_code(error: ArchiveError) -> tuple[str, CaptureFailure]:
    """Return Holdfast's own code for an error, and its meaning, if the service sent no code."""
    status = error.status if isinstance(error, NoUsableResponse) else None
    if isinstance(error, CaptureExcluded):
        return EXCLUDED, _PERMANENT
    if isinstance(error, InvalidKeys):
        return KEYS_REJECTED, _SERVICE_LATER
    if isinstance(error, RateLimited):
        return RATE_LIMITED, _SERVICE_SOON
    if isinstance(error, NoUsableResponse) and not error.sent:
        return UNREACHABLE, _SERVICE_LATER
    if status is None:
        return NO_ANSWER, _UNKNOWN_FAILURE
    if status == _TOO_MANY_SESSIONS:
        return SESSION_LIMIT, _SERVICE_SOON
    if status < 400:
        # A response that is not understood may still mean a capture, unless it reports a failure.
        is_refusal = _REFUSAL.search(str(error)) is not None
        return (NO_SNAPSHOT if is_refusal else NO_ANSWER), _UNKNOWN_FAILURE
    if status >= 500:
        return f"http-{status}", _SERVICE_SOON
    return f"http-{status}", _UNKNOWN_FAILURE
