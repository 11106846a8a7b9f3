"""Request captures from Save Page Now 2 with API keys, and poll them by their job ids.

Source: the service's documentation (revision of 2025-10-22). A refusal may be sent with status 200
and no job id. A job id may be any ASCII text without a comma. `original_url` of a finished job is
where its redirects ended.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from crawler.archive_clients.cdx import wayback_snapshot
from crawler.archive_clients.transport import ArchiveResponse, Transport, check_rate_limit
from crawler.archive_clients.wayback import ENDPOINT
from crawler.archives.capture_errors import classify_code, classify_error, impossible_copy
from crawler.archives.interface import (
    ArchiveError,
    CaptureProgress,
    CaptureQuota,
    Capturer,
    InvalidKeys,
    NoUsableResponse,
    RateLimited,
)
from crawler.config.archives import SaveOptions
from crawler.http.urls import InvalidUrl, request_url
from store.vocabulary import CaptureResult, CaptureStatus, RetryWhen

MAX_JOBS_PER_POLL = 50  # job ids in one request
_OVERLOAD_PAUSE = 60.0  # seconds; the service states no time
_MAX_JOB_ID_LENGTH = 200  # characters
_MAX_CAPTURES = 10**9  # a larger number in a quota is not a number of captures


class SavePageNowClient(Capturer):
    """Requests captures in the name of an account.

    Args:
        transport: Sends the requests, with the account's keys.
        endpoint: The service's base address.
        options: Options of the captures.
        timeout: Seconds for a whole response.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        endpoint: str = ENDPOINT,
        options: SaveOptions | None = None,
        timeout: float = 30.0,
    ) -> None:
        self._transport = transport
        self._endpoint = endpoint.rstrip("/")
        self._form = form_fields(options or SaveOptions())
        self._timeout = timeout

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def save(self, original: str, *, without_browser: bool = False) -> CaptureResult:
        """Request a capture.

        A response that cannot be read may mean that the capture is being made; its status stays
        `requested`.

        Args:
            original: The URL of the page.
            without_browser: Fetch the page without a browser.

        Returns:
            The status `pending` with a job id, or the reason of the failure.
        """
        try:
            form = {"url": request_url(original), **self._form}
            if without_browser:
                form["force_get"] = "1"
            response = self._transport.post(f"{self._endpoint}/save", form, timeout=self._timeout)
            fields = self._parsed(response)
        except InvalidUrl as error:
            return CaptureResult(
                status=CaptureStatus.FAILED,
                code="invalid-url",
                detail=str(error),
                retry=RetryWhen.NEVER,
            )
        except ArchiveError as error:
            return classify_error(error)
        job_id, message = _text(fields, "job_id"), _text(fields, "message")
        if job_id and not _is_job_id(job_id):
            return classify_error(NoUsableResponse("the response names no valid job"))
        if not (job_id or message or fields.keys() & {"status", "status_ext"}):
            # A response of an unknown form may mean a capture: the index is searched for it before
            # another request.
            return classify_error(
                NoUsableResponse(f"the response names no job: {response.excerpt}")
            )
        if fields.get("status") == "error" or not job_id:
            return classify_code(_text(fields, "status_ext"), message)
        return CaptureResult(status=CaptureStatus.PENDING, job_id=job_id, detail=message)

    def poll(self, job_ids: Sequence[str]) -> CaptureProgress:
        """Return the state of captures, with one request.

        Args:
            job_ids: At most `MAX_JOBS_PER_POLL`; the caller splits longer lists.
        """
        try:
            response = self._transport.post(
                f"{self._endpoint}/save/status",
                {"job_ids": ",".join(job_ids)},
                timeout=self._timeout,
            )
            fields = self._transport.parse_json(self._checked(response))
        except RateLimited as error:
            return CaptureProgress(retry_after=error.retry_after)
        except (ArchiveError, ValueError, RecursionError):
            return CaptureProgress()
        if not isinstance(fields, list):
            return CaptureProgress()
        jobs = {_text(job, "job_id"): job for job in fields if isinstance(job, dict)}
        results = {}
        for job_id in job_ids:
            result = _result_of(job_id, jobs[job_id]) if job_id in jobs else None
            if result is not None:
                results[job_id] = result
        return CaptureProgress(results=results)

    def quota(self) -> CaptureQuota:
        """Return the account's quota, and whether the service is overloaded."""
        try:
            # A number that changes prevents cached responses.
            user_url = f"{self._endpoint}/save/status/user?_t={time.time_ns()}"
            user = self._parsed(self._transport.get(user_url, timeout=self._timeout))
            system = self._transport.get(
                f"{self._endpoint}/save/status/system", timeout=self._timeout
            )
            if system.status == 502:  # by the documentation, the service is overloaded
                return CaptureQuota(
                    overloaded=True, detail=system.excerpt, retry_after=_OVERLOAD_PAUSE
                )
            state = _text(self._parsed(system), "status")
        except InvalidKeys as error:
            return CaptureQuota(keys_rejected=True, detail=str(error))
        except RateLimited as error:
            return CaptureQuota(detail=str(error), retry_after=error.retry_after)
        except ArchiveError as error:
            return CaptureQuota(detail=str(error))
        daily_limit = _number(user, "daily_captures_limit")
        left_today = None
        if daily_limit is not None:
            made_today = _number(user, "daily_captures") or 0
            left_today = max(0, daily_limit - made_today)
        overloaded = state not in ("ok", "")
        return CaptureQuota(
            free_sessions=_number(user, "available"),
            left_today=left_today,
            overloaded=overloaded,
            detail=state if overloaded else "",
            retry_after=_OVERLOAD_PAUSE if overloaded else None,
        )

    def _checked(self, response: ArchiveResponse) -> ArchiveResponse:
        """Return the response unless it reports an error.

        Raises:
            RateLimited: The service requests a pause.
            InvalidKeys: The status is 401 or 403.
            NoUsableResponse: The status is another error.
        """
        check_rate_limit(response)
        if response.status in (401, 403):
            raise InvalidKeys(response.excerpt)
        if response.status >= 400:
            raise NoUsableResponse(response.excerpt, status=response.status)
        return response

    def _parsed(self, response: ArchiveResponse) -> dict[str, Any]:
        """Return the JSON object in a response.

        Raises:
            NoUsableResponse: It contains none; the error has no status, since a capture may have
                been made.
        """
        try:
            fields = self._transport.parse_json(self._checked(response))
        except (ValueError, RecursionError) as error:
            raise NoUsableResponse(f"the response cannot be parsed: {response.excerpt}") from error
        if not isinstance(fields, dict):
            raise NoUsableResponse(f"the response is not a JSON object: {response.excerpt}")
        return fields


def form_fields(options: SaveOptions) -> dict[str, str]:
    """Return the options as form fields; the service reads a flag as set for `1` and `on` only.

    >>> form_fields(SaveOptions(outlinks=True, if_not_archived_within="3d", js_behavior_timeout=0))
    {'capture_outlinks': '1', 'if_not_archived_within': '3d', 'js_behavior_timeout': '0'}
    """
    flags = {
        "capture_all": options.capture_all,
        "capture_outlinks": options.outlinks,
        "capture_screenshot": options.screenshot,
        "delay_wb_availability": options.delay_wb_availability,
    }
    form = {name: "1" for name, on in flags.items() if on}
    if options.if_not_archived_within:
        form["if_not_archived_within"] = options.if_not_archived_within
    if options.js_behavior_timeout is not None:
        form["js_behavior_timeout"] = str(options.js_behavior_timeout)
    return form


def _result_of(job_id: str, job: Mapping[str, Any]) -> CaptureResult | None:
    """Return the result that a job's status reports; None if it reports none."""
    match job.get("status"):
        case "pending":
            return CaptureResult(status=CaptureStatus.PENDING, job_id=job_id)
        case "success":
            try:
                snapshot = wayback_snapshot(_text(job, "timestamp"), _text(job, "original_url"))
            except (NoUsableResponse, ValueError) as error:
                return replace(impossible_copy(str(error)), job_id=job_id)
            return CaptureResult(status=CaptureStatus.CAPTURED, job_id=job_id, snapshot=snapshot)
        # An error without a code is about the poll itself: the service does not know the job.
        case "error" if _text(job, "status_ext"):
            return classify_code(
                _text(job, "status_ext"), _text(job, "message") or _text(job, "exception")
            )
        case _:
            return None


def _is_job_id(text: str) -> bool:
    """Return whether a text can be one of several job ids in a request."""
    is_plain = text.isascii() and text.isprintable() and "," not in text
    return is_plain and len(text) <= _MAX_JOB_ID_LENGTH


def _text(fields: Mapping[str, Any], name: str) -> str:
    """Return a field that is a string; "" if it is missing or of another type."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _number(fields: Mapping[str, Any], name: str) -> int | None:
    """Return a field that is a number of captures; None if it is missing or is none."""
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= _MAX_CAPTURES else None
