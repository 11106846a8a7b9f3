"""Pages that probes bring anyway, kept: where a copy of a link is wanted, its probe reads the page to the end, and what crossed the wire is kept.

One request for both. It is the probe's, with all that holds for probes; the verdict comes of what any probe would have looked at. What a page
shows is asked for afterwards (`complete_copies`): until then its capture is under way, and nobody asks for the page again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from crawler.http import REDIRECT_STATUSES
from crawler.http.clients.client_certificates import ClientCertificates
from crawler.http.fetch import Fetch, FetchRequest, FetchResponse
from crawler.http.spool import NO_ROOM
from crawler.http.url_privacy import may_publish
from crawler.http.urls import request_url
from crawler.items import CaptureItem, Emit
from crawler.jobs.batching import Batcher
from crawler.jobs.clock import Clock
from crawler.jobs.failed_items import INTERNAL_ERROR_CODE
from crawler.jobs.isolation import Isolation, Unit
from crawler.jobs.job import Job
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import LocalArchiveError
from crawler.local_capture.batch_writer import BatchWriter, failed, open_batch_writer
from crawler.local_capture.capture import SERVED
from crawler.local_capture.captured_page import CapturedPage, ExchangeRecorder, requisites_of
from crawler.preservation.archive_session import logger
from crawler.preservation.capture_policy import CONFIRM_AFTER
from store.vocabulary import (
    LOCAL,
    CaptureResult,
    CaptureStatus,
    Fault,
    Judgement,
    Probe,
    State,
    Verdict,
    format_timestamp,
)
from store.work.capture_candidates import wanted_local_copies
from store.work.captures import CaptureTask, begin_local_captures
from store.work.frontier import DueFilter, DueLink

# For others a copy is not wanted while they are not known to live; what condemns them, or clears them, is as it always was.
_TRUSTED = (State.UNCHECKED, State.ALIVE, State.MOVED)
# The site was not asked, or answered in a way another client may take: that is not to be held against a link for the archive's sake.
_CLEARED_BY_OTHERS = frozenset(
    {Fault.TLS, Fault.UNREACHABLE, Fault.BAD_RESPONSE, Fault.INVALID_URL}
)


@asynccontextmanager
async def capture_from_probes(
    job: Job, due: DueFilter, *, fetch: Fetch, emit: Emit
) -> AsyncIterator[ProbeCapture | None]:
    """Let the job's probes of what is due feed the archive while the block lasts; None where they are not to, or nothing is wanted of them.

    An archive that cannot be written to is no reason not to probe.
    """
    async with AsyncExitStack() as stack:
        feed = None
        with job.isolated(Unit.COPY, "the local archive"):
            wanted = set() if due.new_mirrors else await asyncio.to_thread(_wanted, job)
            if wanted:
                try:
                    feed = ProbeCapture(
                        job,
                        await stack.enter_async_context(open_batch_writer(job)),
                        wanted,
                        fetch=fetch,
                        emit=emit,
                    )
                except LocalArchiveError as error:
                    logger.warning("%s; what is probed meanwhile is not kept", error)
        try:
            yield feed
        finally:
            with job.isolated(Unit.COPY, "the local archive"):
                try:
                    await stack.aclose()
                except LocalArchiveError as error:
                    logger.warning("%s", error)


def _wanted(job: Job) -> set[int]:
    from_probes = job.config.archives.local.from_probes
    if not (
        ArchiveLayout(job.loaded.local_archive).exists() if from_probes is None else from_probes
    ):
        return set()
    with job.database.read() as connection:
        return wanted_local_copies(connection, LOCAL, _TRUSTED, now=job.clock(), scope=job.scope)


class ProbeCapture:
    """See the module. `wanted` are the links of which a copy is wanted, should they live."""

    def __init__(
        self, job: Job, shelf: BatchWriter, wanted: set[int], *, fetch: Fetch, emit: Emit
    ) -> None:
        self._job = job
        self._shelf = shelf
        self._wanted = wanted
        self._fetch = fetch
        self._emit = emit
        self._identity_for = ClientCertificates(job.config.hosts)
        self._beginnings = Batcher(self._begin)
        self._is_over = False  # the archive cannot be written to

    def __call__(self, link: DueLink) -> CaptureSession | None:
        """Give what is to send the requests of a link's probe; None where no copy of it is wanted."""
        selection = self._job.url_filters
        if (
            link.id not in self._wanted
            or not may_publish(link.url)
            or selection.remap_url(link.url) != link.url
        ):
            return None
        return CaptureSession(
            self,
            link,
            self._fetch,
            self._may_record,
            most=self._job.config.archives.local.max_bytes,
            clock=self._job.clock,
        )

    def _may_record(self, ask: FetchRequest) -> bool:
        """Whether anybody would get the answer to this, and may see it."""
        is_ours = any(name.lower() != "user-agent" for name in ask.headers) or self._identity_for(
            ask.url
        )
        return not self._is_over and not is_ours and may_publish(ask.url)

    async def save(self, link: DueLink, page: CapturedPage) -> None:
        """Keep a page that came whole. What it shows is due then, if it shows anything."""
        if self._is_over:
            return
        try:
            entries = await self._shelf.write(page.exchanges)
            answer = await self._shelf.confirm(page, entries, digest=entries[-1].digest)
        except LocalArchiveError as error:
            self._end(error)
            return
        shows: Sequence[str] = ()
        if self._job.config.archives.local.resources:
            with self._job.isolated(Unit.COPY, page.url):
                shows = await asyncio.to_thread(requisites_of, page)
        if shows and answer.status is CaptureStatus.CAPTURED:
            timestamp = format_timestamp(page.first.at)
            answer = CaptureResult(
                status=CaptureStatus.PENDING,
                job_id=timestamp,
                detail="the page is kept; what it shows is not yet",
            )
        await self.record_result(link, answer)

    async def record_incomplete(self, link: DueLink, lacks: str) -> None:
        """Have it remembered that a page could not be kept, unless that is our own disk's doing."""
        if lacks == NO_ROOM:
            self._end(self._shelf.no_space_error())
        else:
            await self.record_result(link, failed("not-whole", lacks))

    async def record_result(self, link: DueLink, answer: CaptureResult) -> None:
        """Have it remembered what became of a copy; a failure, so that a page is not read to the end in vain every time."""
        task = await self._beginnings.submit(link.id)
        await self._emit(CaptureItem(service=LOCAL, task=task, result=answer))

    def isolated(self, link: DueLink) -> Isolation:
        """Return a context that confines unexpected exceptions to the copy of a link."""
        return self._job.isolated(Unit.COPY, link.url)

    def _end(self, error: LocalArchiveError) -> None:
        if not self._is_over:  # said once
            logger.warning("%s; what is probed from now on is not kept", error)
        self._is_over = True

    def _begin(self, link_ids: Sequence[int]) -> Sequence[CaptureTask]:
        job, now = self._job, self._job.clock()
        with job.database.write() as connection:
            begun = begin_local_captures(
                connection,
                link_ids,
                service=LOCAL,
                run_id=job.run_id,
                at=now,
                check_at=now + CONFIRM_AFTER,
            )
        return [begun[link_id] for link_id in link_ids]


class CaptureSession:
    """One probe whose answers may be kept: it sends the probe's requests, and is told what the probe showed."""

    def __init__(
        self,
        feed: ProbeCapture,
        link: DueLink,
        fetch: Fetch,
        may_record: Callable[[FetchRequest], bool],
        *,
        most: int,
        clock: Clock,
    ) -> None:
        self._feed = feed
        self._link = link
        self._fetch = fetch
        self._may_record = may_record
        self._most = most
        self._recorder = ExchangeRecorder(self._send, clock)
        self._recorded = 0
        self._is_private = False  # something is not for the archive, whatever it says
        self._trouble = ""  # what a recorded request met: the rest is asked as usual

    async def __call__(self, ask: FetchRequest) -> FetchResponse:
        return await self._recorder(ask)

    async def settle(self, probe: Probe, judgement: Judgement) -> None:
        """Keep what the probe brought, if it is the page that was cited, and whole."""
        with self._feed.isolated(self._link) as keeping:
            await self._settle(probe, judgement)
        if keeping.error:
            await self._feed.record_result(
                self._link, failed(INTERNAL_ERROR_CODE, str(keeping.error))
            )

    async def _settle(self, probe: Probe, judgement: Judgement) -> None:
        if not self._recorded:
            return
        page = self._recorder.captured_page(request_url(self._link.url), probe)
        if judgement.verdict is Verdict.BLOCKED and self._link.state is not State.UNCHECKED:
            # it was let in as usual: the next probes are not to be turned away for the archive's sake
            await self._feed.record_result(
                self._link, failed(str(judgement.reason), judgement.detail)
            )
        elif judgement.verdict not in SERVED or self._is_private:
            return
        elif self._trouble or not page.exchanges:
            await self._feed.record_incomplete(self._link, self._trouble or page.missing_reason)
        elif all(
            hop.status in REDIRECT_STATUSES for hop in page.exchanges[:-1]
        ):  # others lead on by their text
            await self._feed.save(self._link, page)

    async def _send(self, ask: FetchRequest) -> FetchResponse:
        if ask.method != "GET" or self._trouble:
            return await self._fetch(ask)
        if self._is_private or not self._may_be_recorded(ask):
            self._is_private = True
            return await self._fetch(ask)
        self._recorded += 1
        answer = await self._fetch(replace(ask, record_limit=self._most))
        # an error is no copy, and if it is tried again, then as usual
        self._trouble = str(answer.fault or "") or (
            str(answer.status) if (answer.status or 0) >= 400 else ""
        )
        return await self._fetch(ask) if answer.fault in _CLEARED_BY_OTHERS else answer

    def _may_be_recorded(self, ask: FetchRequest) -> bool:
        with self._feed.isolated(self._link):  # the probe is not to suffer for the archive's sake
            return self._may_record(ask)
        return False
