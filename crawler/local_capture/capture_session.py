"""Record the exchanges of one probe, and store the page in the archive after the judgement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from crawler.http.fetch import Fetch, FetchRequest, FetchResponse
from crawler.http.redirects import REDIRECT_STATUSES
from crawler.http.urls import request_url
from crawler.jobs.clock import Clock
from crawler.jobs.failed_items import INTERNAL_ERROR_CODE
from crawler.jobs.isolation import Isolation
from crawler.local_capture.batch_writer import failed_result
from crawler.local_capture.captured_page import CapturedPage, ExchangeRecorder
from store.vocabulary import SERVED_VERDICTS, CaptureResult, Fault, Judgement, Probe, State, Verdict
from store.work.frontier import DueLink

# After these faults the request is sent again without recording: the site was not reached, or the
# client without recording may be able to read the response. Recording must not harm the verdict.
_RETRIED_FAULTS = frozenset(
    {
        Fault.TLS,
        Fault.UNREACHABLE,
        Fault.HOST_UNREACHABLE,
        Fault.PROXY_FAILED,
        Fault.CLIENT_LIMIT,
        Fault.BAD_RESPONSE,
        Fault.INVALID_URL,
    }
)
_MIN_ERROR_STATUS = 400


class PageStore(Protocol):
    """Stores the page that a probe recorded (`probe_capture.ProbeCapture`)."""

    async def save(self, link: DueLink, page: CapturedPage) -> None:
        """Write a complete page to the archive."""

    async def record_incomplete(self, link: DueLink, reason: str) -> None:
        """Store that a page could not be recorded."""

    async def record_result(self, link: DueLink, result: CaptureResult) -> None:
        """Store the result of a capture."""

    def isolated(self, link: DueLink) -> Isolation:
        """Return a context that confines unexpected exceptions to the copy of a link."""


class CaptureSession:
    """Sends the requests of one probe and records the exchanges. It is a `Fetch`.

    Args:
        store: Stores the page.
        link: The link that is probed.
        fetch: Sends a single request.
        may_record: Returns whether the response to a request may be archived.
        max_bytes: The size of the largest body that is recorded.
        clock: Returns the current time.
    """

    def __init__(
        self,
        store: PageStore,
        link: DueLink,
        fetch: Fetch,
        may_record: Callable[[FetchRequest], bool],
        *,
        max_bytes: int,
        clock: Clock,
    ) -> None:
        self._store = store
        self._link = link
        self._fetch = fetch
        self._may_record = may_record
        self._max_bytes = max_bytes
        self._recorder = ExchangeRecorder(self._send, clock)
        self._recorded_requests = 0
        self._is_private = False  # one response must not be archived, so the page is not archived
        self._failure = ""  # why a recorded request failed; later ones are not recorded

    async def __call__(self, request: FetchRequest, /) -> FetchResponse:
        """Send a request of the probe."""
        return await self._recorder(request)

    async def handle_judgement(self, probe: Probe, judgement: Judgement) -> None:
        """Store the page if it was recorded completely and is the cited page."""
        with self._store.isolated(self._link) as isolation:
            await self._store_page(probe, judgement)
        if isolation.error:
            result = failed_result(INTERNAL_ERROR_CODE, str(isolation.error))
            await self._store.record_result(self._link, result)

    async def _store_page(self, probe: Probe, judgement: Judgement) -> None:
        """Store the recorded page of a probe, or why it cannot be stored completely."""
        if not self._recorded_requests:
            return
        page = self._recorder.captured_page(request_url(self._link.url), probe)
        if judgement.verdict is Verdict.BLOCKED and self._link.state is not State.UNCHECKED:
            # Earlier probes were not blocked, so recording may be the cause. After a stored
            # failure the next probes do not record.
            result = failed_result(str(judgement.reason), judgement.detail)
            await self._store.record_result(self._link, result)
        elif judgement.verdict not in SERVED_VERDICTS or self._is_private:
            return
        elif self._failure or not page.exchanges:
            reason = self._failure or page.missing_reason
            await self._store.record_incomplete(self._link, reason)
        elif all(hop.status in REDIRECT_STATUSES for hop in page.exchanges[:-1]):
            # A chain with a redirect in a page's HTML (meta refresh) cannot be replayed.
            await self._store.save(self._link, page)

    async def _send(self, request: FetchRequest) -> FetchResponse:
        """Send a request, and record the response if it may be archived."""
        if request.method != "GET" or self._failure:
            return await self._fetch(request)
        if self._is_private or not self._may_be_recorded(request):
            self._is_private = True
            return await self._fetch(request)
        self._recorded_requests += 1
        response = await self._fetch(replace(request, record_limit=self._max_bytes))
        # An error page is not archived. If the probe retries, it does so without recording.
        if response.fault is not None:
            self._failure = str(response.fault)
        elif response.status is not None and response.status >= _MIN_ERROR_STATUS:
            self._failure = str(response.status)
        if response.fault in _RETRIED_FAULTS:
            return await self._fetch(request)
        return response

    def _may_be_recorded(self, request: FetchRequest) -> bool:
        """Return whether the response to a request may be archived."""
        with self._store.isolated(self._link):
            return self._may_record(request)
        return False  # reached after an internal error, which `isolated` has logged
