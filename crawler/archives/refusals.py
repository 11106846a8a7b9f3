"""What a refused or failed request for a capture means, and when it may be made again. Pure."""

from __future__ import annotations

from crawler.archives.interface import ArchiveError, Excluded, NoAnswer, RateLimited
from store.vocabulary import CaptureAnswer, CaptureStatus, RetryWhen

# as the service words them (documentation of Save Page Now, and its answers as seen)
_DAILY_LIMITS = ("too-many-daily-captures", "captures per day", "daily not-logged-in captures limit")
_TOO_MANY_SESSIONS = 509


def failed_capture(error: ArchiveError) -> CaptureAnswer:
    """The answer to a request for a capture that ended in `error`.

    A request that left without an answer stays `asked`: the capture may have been made, so it must be looked for before it is asked again.
    """
    detail = str(error)
    retry_after = error.retry_after if isinstance(error, RateLimited) else None
    status = error.status if isinstance(error, NoAnswer) else None
    capture_status, code, retry = CaptureStatus.FAILED, "", RetryWhen.LATER
    if isinstance(error, Excluded):
        code, retry = "excluded", RetryWhen.NEVER
    elif any(words in detail for words in _DAILY_LIMITS):
        code, retry = "too-many-daily-captures", RetryWhen.TOMORROW
    elif isinstance(error, RateLimited):
        code, retry = "too-many-requests", RetryWhen.SOON
    elif isinstance(error, NoAnswer) and not error.sent:
        code = "unreachable"
    elif status is None:
        capture_status, code = CaptureStatus.ASKED, "no-answer"
    elif status == _TOO_MANY_SESSIONS:
        code, retry = "too-many-sessions", RetryWhen.SOON
    elif status < 400:
        code = "no-snapshot"
    else:
        code, retry = f"http-{status}", RetryWhen.SOON if status >= 500 else RetryWhen.LATER
    return CaptureAnswer(status=capture_status, code=code, detail=detail, retry=retry, retry_after=retry_after)
