"""Save Page Now 2: captures asked for with keys, and followed by their job ids.

Source: the service's documentation (revision of 2025-10-22). A refusal may come with status 200 and no job id; a job id is whatever text the
service gives. `original_url` of a finished job is where its redirects ended.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from crawler.archive_clients.transport import ArchiveResponse, Transport, check_rate_limit
from crawler.archive_clients.wayback import ENDPOINT, wayback_snapshot
from crawler.archives.capture_errors import classify_error, classify_code
from crawler.archives.interface import (
    ArchiveError,
    CaptureProgress,
    CaptureQuota,
    Capturer,
    InvalidKeys,
    NoAnswer,
    RateLimited,
)
from crawler.config.archives import SaveOptions
from crawler.http.urls import InvalidUrl, request_url
from store.vocabulary import CaptureResult, CaptureStatus, RetryWhen

MAX_JOBS_PER_POLL = 50  # job ids in one question
_OVERLOAD_PAUSE = 60.0  # seconds; the service does not say how long
_LONGEST_JOB_ID = 200
_LARGEST_NUMBER = 10**9  # captures; more is no number of captures


class SavePageNowClient(Capturer):
    """Asks for captures in the name of an account. `transport` holds its keys; `timeout` is in seconds for a whole answer."""

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
        """Let go of the connections."""
        self._transport.close()

    def save(self, original: str, *, without_browser: bool = False) -> CaptureResult:
        """Ask for a copy: `pending` with a job id, or why not. What cannot be read may have become a capture, and stays `asked`."""
        try:
            form = {
                "url": request_url(original),
                **self._form,
                **({"force_get": "1"} if without_browser else {}),
            }
            said = self._object(
                self._transport.post(f"{self._endpoint}/save", form, timeout=self._timeout)
            )
        except InvalidUrl as error:
            return CaptureResult(
                status=CaptureStatus.FAILED,
                code="invalid-url",
                detail=str(error),
                retry=RetryWhen.NEVER,
            )
        except ArchiveError as error:
            return classify_error(error)
        job_id, message = _text(said, "job_id"), _text(said, "message")
        if said.get("status") == "error" or not 0 < len(job_id) <= _LONGEST_JOB_ID:
            return classify_code(_text(said, "status_ext"), message)
        return CaptureResult(status=CaptureStatus.PENDING, job_id=job_id, detail=message)

    def poll(self, job_ids: Sequence[str]) -> CaptureProgress:
        """What became of at most `JOBS_AT_ONCE` jobs, in one request."""
        try:
            answer = self._checked(
                self._transport.post(
                    f"{self._endpoint}/save/status",
                    {"job_ids": ",".join(job_ids)},
                    timeout=self._timeout,
                )
            )
            said = json.loads(answer.text)
        except RateLimited as error:
            return CaptureProgress(retry_after=error.retry_after)
        except (ArchiveError, ValueError, RecursionError):
            return CaptureProgress()
        if not isinstance(said, list):
            return CaptureProgress()
        jobs = {_text(job, "job_id"): job for job in said if isinstance(job, dict)}
        found = {job_id: _outcome(job_id, jobs[job_id]) for job_id in job_ids if job_id in jobs}
        return CaptureProgress(
            answers={job_id: answer for job_id, answer in found.items() if answer}
        )

    def quota(self) -> CaptureQuota:
        """What the account may ask for now, and whether the service as a whole can take it."""
        try:
            # a number that changes keeps caches out of it
            user = self._object(
                self._transport.get(
                    f"{self._endpoint}/save/status/user?_t={time.time_ns()}", timeout=self._timeout
                )
            )
            system = self._transport.get(
                f"{self._endpoint}/save/status/system", timeout=self._timeout
            )
            if system.status == 502:  # the documentation's own sign of a service past bearing
                return CaptureQuota(
                    overloaded=True, detail=system.excerpt, retry_after=_OVERLOAD_PAUSE
                )
            state = _text(self._object(system), "status")
        except InvalidKeys as error:
            return CaptureQuota(keys_rejected=True, detail=str(error))
        except RateLimited as error:
            return CaptureQuota(detail=str(error), retry_after=error.retry_after)
        except ArchiveError as error:
            return CaptureQuota(detail=str(error))
        limit, made = _number(user, "daily_captures_limit"), _number(user, "daily_captures")
        overloaded = state not in ("ok", "")
        return CaptureQuota(
            max_concurrent=_number(user, "available"),
            left_today=None if limit is None else max(0, limit - (made or 0)),
            overloaded=overloaded,
            detail=state if overloaded else "",
            retry_after=_OVERLOAD_PAUSE if overloaded else None,
        )

    def _checked(self, answer: ArchiveResponse) -> ArchiveResponse:
        check_rate_limit(answer)
        if answer.status in (401, 403):
            raise InvalidKeys(answer.excerpt)
        if answer.status >= 400:
            raise NoAnswer(answer.excerpt, status=answer.status)
        return answer

    def _object(self, answer: ArchiveResponse) -> dict[str, Any]:
        """The object in an answer. Raises `ArchiveError`; without a status where the answer itself cannot be read."""
        try:
            said = json.loads(self._checked(answer).text)
        except (ValueError, RecursionError) as error:
            raise NoAnswer(f"the answer does not parse: {answer.excerpt}") from error
        if not isinstance(said, dict):
            raise NoAnswer(f"the answer is no object: {answer.excerpt}")
        return said


def form_fields(options: SaveOptions) -> dict[str, str]:
    """The options as the service reads them: a flag is on for `1`, and only for that or `on`.

    >>> form_of(SaveOptions(outlinks=True, if_not_archived_within="3d", js_behavior_timeout=0))
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


def _outcome(job_id: str, job: Mapping[str, Any]) -> CaptureResult | None:
    """What a job's status says; None where it says nothing."""
    match job.get("status"):
        case "pending":
            return CaptureResult(status=CaptureStatus.PENDING, job_id=job_id)
        case "success":
            try:
                snapshot = wayback_snapshot(_text(job, "timestamp"), _text(job, "original_url"))
            except (NoAnswer, ValueError):
                return None
            return (
                CaptureResult(status=CaptureStatus.CAPTURED, job_id=job_id, snapshot=snapshot)
                if snapshot.original
                else None
            )
        case "error" if _text(
            job, "status_ext"
        ):  # without a code it is about the question: such a job is not known any more
            return classify_code(
                _text(job, "status_ext"), _text(job, "message") or _text(job, "exception")
            )
        case _:
            return None


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


def _number(said: Mapping[str, Any], name: str) -> int | None:
    value = said.get(name)
    return (
        value
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_NUMBER
        else None
    )
