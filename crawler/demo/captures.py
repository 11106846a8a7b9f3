"""The part of the demo's archive that makes captures for accounts, as Save Page Now 2 does: jobs, status, quotas, refusals.

What it is to do wrong is data: `desk.refusals["http://a.example/x"] = "error:not-found"`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol

from aiohttp import web


class StoredCapture(Protocol):
    """A capture as the archive keeps it."""

    @property
    def timestamp(self) -> str: ...

    @property
    def address(self) -> str: ...


class PageNotCaptured(Exception):
    """A page was not kept; `code` says why, as Save Page Now does (`not-found`)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class MakeCapture(Protocol):
    """Has the archive fetch a page and keep it, along its redirects. Raises NotCaptured."""

    def __call__(self, url: str, *, with_errors: bool = False) -> Awaitable[StoredCapture]: ...


@dataclass(slots=True)
class CaptureJob:
    """One capture asked for: what was asked, how often it was asked after, and what came of it in the end."""

    url: str
    submitted_at: datetime
    options: dict[str, str]
    status_requests: int = 0
    outcome: dict[str, Any] = field(default_factory=dict)


class FakeSavePageNow:
    """Takes captures with keys. `keys` are the accounts' `key:secret`; with none of them there is no account.

    `refusals` maps URLs (or `*`) to codes the job fails with; `refused_at_once` to messages or codes that come instead of a job, as HTTP 200.
    A job is done when it was asked after more than `questions_needed` times; `lost` are URLs whose jobs are never heard of again. What was
    captured less than `reused_within` ago is not captured again: its job is named once more.
    """

    def __init__(self, capture: MakeCapture, now: Callable[[], datetime]) -> None:
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

    async def answer_submit(self, request: web.Request) -> web.Response:
        """POST /save."""
        if not self._knows(request):
            return _unauthorized()
        options = {name: str(value) for name, value in (await request.post()).items()}
        url = options.get("url", "")
        self.submitted_urls.append(url)
        if said := self.submit_errors.get(url) or self.submit_errors.get("*"):
            code = said if said.startswith("error:") else "error:too-many-daily-captures"
            return web.json_response(
                {"status": "error", "status_ext": code, "message": "" if code == said else said}
            )
        job_id = f"spn2-{hashlib.sha1(url.encode(), usedforsecurity=False).hexdigest()}"
        made = self.jobs.get(job_id)
        if (
            made
            and made.outcome.get("status") == "success"
            and (age := self._now() - made.submitted_at) < self.reuse_window
        ):
            message = f"The same snapshot had been made {age // timedelta(minutes=1)} minutes ago."
            return web.json_response({"url": url, "job_id": job_id, "message": message})
        if self._made_today() >= self.daily_limit:
            message = f"You cannot make more than {self.daily_limit} captures per day."
            return web.json_response(
                {
                    "status": "error",
                    "status_ext": "error:too-many-daily-captures",
                    "message": message,
                }
            )
        if self._running() >= self.max_concurrent:
            return _refused(
                "error:user-session-limit", "You have reached your limit of active sessions."
            )
        self.jobs[job_id] = CaptureJob(url, self._now(), options)
        self.peak_concurrent = max(self.peak_concurrent, self._running())
        return web.json_response({"url": url, "job_id": job_id})

    async def answer_status(self, request: web.Request) -> web.Response:
        """GET and POST /save/status, /save/status/user, /save/status/system."""
        if request.path == "/save/status/system":
            return web.json_response(
                {"status": self.system_status, "recent_captures": len(self.jobs), "queues": {}}
            )
        if not self._knows(request):
            return _unauthorized()
        if request.path == "/save/status/user":
            running = self._running()
            counts = {
                "daily_captures": self._made_today(),
                "daily_captures_limit": self.daily_limit,
            }
            return web.json_response(
                {"available": max(0, self.max_concurrent - running), "processing": running, **counts}
            )
        form = await request.post()
        several = str(form.get("job_ids", ""))
        if several:
            return web.json_response([await self._status(job_id) for job_id in several.split(",")])
        return web.json_response(
            await self._status(str(form.get("job_id") or request.path.rpartition("/")[2]))
        )

    async def _status(self, job_id: str) -> dict[str, Any]:
        job = self.jobs.get(job_id)
        if job is None or job.url in self.stuck_urls:
            return (
                {"status": "error", "job_id": job_id, "message": "No such job."}
                if job is None
                else {"status": "pending", "job_id": job_id}
            )
        job.status_requests += 1
        if not job.outcome and job.status_requests > self.status_requests_needed:
            job.outcome = await self._finish(job)
        return {"status": "pending", "resources": [], **job.outcome, "job_id": job_id}

    async def _finish(self, job: CaptureJob) -> dict[str, Any]:
        code = self.job_failures.get(job.url) or self.job_failures.get("*")
        if code is None:
            try:
                made = await self._capture(
                    job.url, with_errors=job.options.get("capture_all") == "1"
                )
            except PageNotCaptured as refused:
                code = f"error:{refused.code}"
            else:
                return {
                    "status": "success",
                    "timestamp": made.timestamp,
                    "original_url": made.address,
                    "duration_sec": 1.5,
                }
        return {
            "status": "error",
            "status_ext": code,
            "exception": "",
            "message": f"It went wrong: {code}",
        }

    def _knows(self, request: web.Request) -> bool:
        scheme, _, account = request.headers.get("Authorization", "").partition(" ")
        return scheme == "LOW" and account in self.keys

    def _running(self) -> int:
        return sum(not job.outcome and job.url not in self.stuck_urls for job in self.jobs.values())

    def _made_today(self) -> int:
        return sum(job.submitted_at.date() == self._now().date() for job in self.jobs.values())


def _refused(code: str, message: str) -> web.Response:
    return web.json_response({"status": "error", "status_ext": code, "message": message})


def _unauthorized() -> web.Response:
    message = "You need to be logged in to use Save Page Now."
    return web.json_response({"message": message}, status=HTTPStatus.UNAUTHORIZED)
