"""What a refused or failed request for a capture means, and when it may be made again. Pure.

Sources: the documentation of Save Page Now 2 (revision of 2025-10-22) for the codes it lists, dated reports from users for three more.
Refusals may come as HTTP 200, when a capture is asked for and when it is asked after.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from crawler.archives.interface import (
    ArchiveError,
    CaptureExcluded,
    InvalidKeys,
    NoAnswer,
    RateLimited,
)
from store.vocabulary import CaptureResult, CaptureStatus, FailureScope, Reason, RetryWhen


@dataclass(frozen=True, slots=True)
class CaptureFailure:
    """What one of the service's codes means. `seen` is what the service itself met at the address asked for."""

    retry: RetryWhen
    extent: FailureScope = FailureScope.LINK
    seen: Reason | None = None


_PASSING: Final = CaptureFailure(RetryWhen.SOON)
_FOR_GOOD: Final = CaptureFailure(RetryWhen.NEVER)
# Not in the table: not tried again in this run, but in the next.
UNKNOWN_CODE: Final = CaptureFailure(RetryWhen.LATER)

FAILURE_CODES: Final[Mapping[str, CaptureFailure]] = {
    # passes by itself
    "celery": _PASSING,
    "cannot-fetch": _PASSING,
    "no-browsers-available": _PASSING,
    "browsing-timeout": _PASSING,
    "proxy-error": _PASSING,
    "protocol-error": _PASSING,
    "read-timeout": _PASSING,
    "soft-time-limit-exceeded": _PASSING,
    "internal-server-error": _PASSING,
    "job-failed": _PASSING,
    "capture-location-error": _PASSING,
    "service-unavailable": _PASSING,
    "bad-gateway": _PASSING,
    "gateway-timeout": _PASSING,
    "invalid-server-response": _PASSING,
    "no-captures": _PASSING,  # undocumented
    "redis-error": _PASSING,  # undocumented
    # as many captures run as may: the account's others have to end first
    "user-session-limit": CaptureFailure(RetryWhen.SOON, FailureScope.SERVICE),
    # the host captured from has had enough of the service
    "too-many-requests": CaptureFailure(RetryWhen.SOON, FailureScope.HOST),
    "bandwidth-limit-exceeded": CaptureFailure(RetryWhen.LATER, FailureScope.HOST),
    "max-daily-bandwidth-host": CaptureFailure(RetryWhen.TOMORROW, FailureScope.HOST),
    # the quota day (UTC) has to end
    "too-many-daily-captures": CaptureFailure(RetryWhen.TOMORROW),  # of this very address
    "max-daily-bandwidth": CaptureFailure(RetryWhen.TOMORROW, FailureScope.SERVICE),
    "max-daily-bandwidth-from-ip": CaptureFailure(RetryWhen.TOMORROW, FailureScope.SERVICE),
    "daily-limit": CaptureFailure(
        RetryWhen.TOMORROW, FailureScope.SERVICE
    ),  # our name for what comes as a message without a code
    # will not change
    "blocked-url": _FOR_GOOD,
    "blocked": _FOR_GOOD,
    "blocked-client-ip": _FOR_GOOD,
    "invalid-url-syntax": _FOR_GOOD,
    "bad-request": _FOR_GOOD,
    "filesize-limit": _FOR_GOOD,
    "too-many-redirects": _FOR_GOOD,
    "ftp-access-denied": _FOR_GOOD,
    "method-not-allowed": _FOR_GOOD,
    "not-implemented": _FOR_GOOD,
    "http-version-not-supported": _FOR_GOOD,
    "network-authentication-required": _FOR_GOOD,
    "unauthorized": _FOR_GOOD,
    "robots-txt": _FOR_GOOD,  # undocumented
    # nor will this, and it tells of the link
    "no-access": CaptureFailure(RetryWhen.NEVER, seen=Reason.FORBIDDEN),
    "not-found": CaptureFailure(RetryWhen.NEVER, seen=Reason.NOT_FOUND),
    "invalid-host-resolution": CaptureFailure(RetryWhen.NEVER, seen=Reason.DOMAIN_NOT_FOUND),
}

KEYS_REJECTED: Final = "keys-refused"  # our name for it

_DAILY_LIMIT: Final = re.compile(
    r"cannot make more than [\d,. ]+ captures per day|daily not-logged-in captures limit",
    re.IGNORECASE,
)
_CODE: Final = re.compile(r"\berror:([a-z][a-z0-9-]*[a-z0-9])")
_TOO_MANY_SESSIONS: Final = 509
_LONGEST_CODE: Final = 100  # characters; the service's longest has 31
_LONGEST_DETAIL: Final = 1_000


def classify_code(
    status_ext: str, message: str = "", *, retry_after: float | None = None
) -> CaptureResult:
    """The answer to a capture the service refused or failed at, by its code (`error:not-found`), else by its message.

    >>> refused_capture("error:not-found").seen
    <Reason.NOT_FOUND: 'not-found'>
    """
    code = status_ext.removeprefix("error:")
    if _DAILY_LIMIT.search(message):
        code = "daily-limit"  # whatever the code says: this message is about the account
    refusal = FAILURE_CODES.get(code, UNKNOWN_CODE)
    return CaptureResult(
        status=CaptureStatus.FAILED,
        code=code[:_LONGEST_CODE] or "refused",
        detail=(message or status_ext)[:_LONGEST_DETAIL],
        retry=refusal.retry,
        retry_after=retry_after,
        failure_scope=refusal.extent,
        observed_reason=refusal.seen,
    )


def classify_error(error: ArchiveError) -> CaptureResult:
    """The answer to a request for a capture that ended in `error`.

    A request that left without an answer stays `asked`: the capture may have been made, so it must be looked for before it is asked again.
    """
    detail = str(error)
    retry_after = error.retry_after if isinstance(error, RateLimited) else None
    named = _CODE.search(detail)
    if not isinstance(error, InvalidKeys) and (named is not None or _DAILY_LIMIT.search(detail)):
        return classify_code(named[1] if named else "", detail, retry_after=retry_after)
    status = error.status if isinstance(error, NoAnswer) else None
    capture_status, code, retry, extent = CaptureStatus.FAILED, "", RetryWhen.LATER, FailureScope.LINK
    if isinstance(error, CaptureExcluded):
        code, retry = "excluded", RetryWhen.NEVER
    elif isinstance(error, InvalidKeys):
        code, extent = KEYS_REJECTED, FailureScope.SERVICE
    elif isinstance(error, RateLimited):
        code, retry, extent = "rate-limited", RetryWhen.SOON, FailureScope.SERVICE
    elif isinstance(error, NoAnswer) and not error.sent:
        code, extent = "unreachable", FailureScope.SERVICE
    elif status is None:
        capture_status, code = CaptureStatus.REQUESTED, "no-answer"
    elif status == _TOO_MANY_SESSIONS:
        code, retry, extent = "user-session-limit", RetryWhen.SOON, FailureScope.SERVICE
    elif status < 400:
        code = "no-snapshot"
    elif status >= 500:
        code, retry, extent = f"http-{status}", RetryWhen.SOON, FailureScope.SERVICE
    else:
        code = f"http-{status}"
    return CaptureResult(
        status=capture_status,
        code=code,
        detail=detail,
        retry=retry,
        retry_after=retry_after,
        failure_scope=extent,
    )
