"""Simulate Save Page Now 2 for the demo's archive: capture jobs, status, quotas and errors.

Wrong results are set as data: `captures.job_failures["http://a.example/x"] = "error:not-found"`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol

from aiohttp import web


class SnapshotInfo(Protocol):
    """The snapshot that a capture added to the archive."""

    @property
    def timestamp(self) -> str:
        """Return its time, 14 digits."""

    @property
    def address(self) -> str:
        """Return its URL as the archive records it."""


class PageNotCaptured(Exception):
    """Raised when a page was not captured; `code` is Save Page Now's reason (`not-found`)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class CaptureFunction(Protocol):
    """A function that captures a page and the targets of its redirects."""

    def __call__(self, url: str, *, with_errors: bool = False) -> Awaitable[SnapshotInfo]:
        """Capture a page and return its snapshot; `with_errors` captures error pages too.

        Raises:
            PageNotCaptured: The page was not captured.
        """


@dataclass(slots=True)
class CaptureJob:
    """One requested capture.

    Attributes:
        url: The page.
        submitted_at: When it was requested.
        options: The form fields of the request.
        status_requests: Number of status requests so far.
        outcome: The final status; empty while the job runs.
    """

    url: str
    submitted_at: datetime
    options: dict[str, str]
    status_requests: int = 0
    outcome: dict[str, Any] = field(default_factory=dict)


class FakeSavePageNow:
    """A simulated Save Page Now 2.

    Attributes:
        keys: The accounts as `key:secret`.
        job_failures: Codes that jobs fail with, by URL; `*` is for all URLs.
        submit_errors: Messages, or codes that begin with "error:", by URL or `*`. They are returned
            with status 200 instead of a job.
        stuck_urls: URLs whose jobs stay pending.
        status_requests_needed: Number of status requests for which a job stays pending.
        reuse_window: How long the service returns the job of an earlier capture of the same page
            instead of a new job.
        max_concurrent: Number of jobs an account may run at a time.
        daily_limit: Number of captures an account may make a day.
        system_status: The service's status word.
        jobs: The jobs by id.
        submitted_urls: The URLs of all submitted jobs in order, with repetitions.
        peak_concurrent: The largest number of jobs that ran at a time.
    """

    def __init__(self, capture: CaptureFunction, now: Callable[[], datetime]) -> None:
        self.keys: Collection[str] = ()
        self.job_failures: dict[str, str] = {}
        self.submit_errors: dict[str, str] = {}
        self.stuck_urls: Collection[str] = ()
        self.status_requests_needed = 1
        self.reuse_window = timedelta(0)
        self.max_concurrent = 3
        self.daily_limit = 30_000
        self.system_status = "ok"
        self.jobs: dict[str, CaptureJob] = {}
        self.submitted_urls: list[str] = []
        self.peak_concurrent = 0
        self._capture = capture
        self._now = now

    async def handle_submit(self, request: web.Request) -> web.Response:
        """Respond to POST /save."""
        if not self._is_authorised(request):
            return _unauthorized()
        options = {name: str(value) for name, value in (await request.post()).items()}
        url = options.get("url", "")
        self.submitted_urls.append(url)
        if error := self.submit_errors.get(url) or self.submit_errors.get("*"):
            if error.startswith("error:"):
                return _error_response(error, "")
            return _error_response("error:too-many-daily-captures", error)
        job_id = f"spn2-{hashlib.sha1(url.encode(), usedforsecurity=False).hexdigest()}"
        previous_job = self.jobs.get(job_id)
        if previous_job and previous_job.outcome.get("status") == "success":
            age = self._now() - previous_job.submitted_at
            if age < self.reuse_window:
                minutes = age // timedelta(minutes=1)
                message = f"The same snapshot had been made {minutes} minutes ago."
                return web.json_response({"url": url, "job_id": job_id, "message": message})
        if self._jobs_today() >= self.daily_limit:
            message = f"You cannot make more than {self.daily_limit} captures per day."
            return _error_response("error:too-many-daily-captures", message)
        if self._running_jobs() >= self.max_concurrent:
            return _error_response(
                "error:user-session-limit", "You have reached your limit of active sessions."
            )
        self.jobs[job_id] = CaptureJob(url, self._now(), options)
        self.peak_concurrent = max(self.peak_concurrent, self._running_jobs())
        return web.json_response({"url": url, "job_id": job_id})

    async def handle_status(self, request: web.Request) -> web.Response:
        """Respond to GET and POST /save/status, /save/status/user and /save/status/system."""
        if request.path == "/save/status/system":
            return web.json_response(
                {"status": self.system_status, "recent_captures": len(self.jobs), "queues": {}}
            )
        if not self._is_authorised(request):
            return _unauthorized()
        if request.path == "/save/status/user":
            running = self._running_jobs()
            counts = {
                "daily_captures": self._jobs_today(),
                "daily_captures_limit": self.daily_limit,
            }
            return web.json_response(
                {
                    "available": max(0, self.max_concurrent - running),
                    "processing": running,
                    **counts,
                }
            )
        form = await request.post()
        job_ids = str(form.get("job_ids", ""))
        if job_ids:
            return web.json_response([await self._status(job_id) for job_id in job_ids.split(",")])
        job_id = str(form.get("job_id") or request.path.rpartition("/")[2])
        return web.json_response(await self._status(job_id))

    async def _status(self, job_id: str) -> dict[str, Any]:
        """Return the status of a job as JSON, and finish the job once it was requested enough."""
        job = self.jobs.get(job_id)
        if job is None:
            return {"status": "error", "job_id": job_id, "message": "No such job."}
        if job.url in self.stuck_urls:
            return {"status": "pending", "job_id": job_id}
        job.status_requests += 1
        if not job.outcome and job.status_requests > self.status_requests_needed:
            job.outcome = await self._finish(job)
        return {"status": "pending", "resources": [], **job.outcome, "job_id": job_id}

    async def _finish(self, job: CaptureJob) -> dict[str, Any]:
        """Capture the page of a job, and return its final status."""
        code = self.job_failures.get(job.url) or self.job_failures.get("*")
        if code is None:
            with_errors = job.options.get("capture_all") == "1"
            try:
                snapshot = await self._capture(job.url, with_errors=with_errors)
            except PageNotCaptured as error:
                code = f"error:{error.code}"
            else:
                return {
                    "status": "success",
                    "timestamp": snapshot.timestamp,
                    "original_url": snapshot.address,
                    "duration_sec": 1.5,
                }
        return {
            "status": "error",
            "status_ext": code,
            "exception": "",
            "message": f"Capture failed: {code}",
        }

    def _is_authorised(self, request: web.Request) -> bool:
        scheme, _, account = request.headers.get("Authorization", "").partition(" ")
        return scheme == "LOW" and account in self.keys

    def _running_jobs(self) -> int:
        return sum(not job.outcome and job.url not in self.stuck_urls for job in self.jobs.values())

    def _jobs_today(self) -> int:
        return sum(job.submitted_at.date() == self._now().date() for job in self.jobs.values())


def _error_response(code: str, message: str) -> web.Response:
    return web.json_response({"status": "error", "status_ext": code, "message": message})


def _unauthorized() -> web.Response:
    message = "You need to be logged in to use Save Page Now."
    return web.json_response({"message": message}, status=HTTPStatus.UNAUTHORIZED)
