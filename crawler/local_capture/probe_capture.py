"""Capture pages from the responses of probes, so that one request serves both.

If a copy of a link is wanted, its probe reads the page completely and records the exchanges. The
rules and the verdict are the same as those of a probe that does not record. The page requisites
are fetched afterwards (`complete_captures`). Until then the capture is pending, and no other job
requests the page again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from crawler.http.clients.client_certificates import ClientCertificates
from crawler.http.fetch import Fetch, FetchRequest
from crawler.http.spool import NO_ROOM
from crawler.http.url_privacy import may_publish
from crawler.items import CaptureItem, Emit
from crawler.jobs.batcher import Batcher
from crawler.jobs.isolation import Isolation, Unit
from crawler.jobs.job import Job
from crawler.local_archive import ArchiveLayout, LocalArchiveError
from crawler.local_capture.batch_writer import BatchWriter, failed_result, open_batch_writer
from crawler.local_capture.capture_session import CaptureSession
from crawler.local_capture.captured_page import CapturedPage, requisites_of
from crawler.preservation.capture_policy import CONFIRM_AFTER
from store.vocabulary import LOCAL, CaptureResult, CaptureStatus, State, format_timestamp
from store.work.archives.capture_candidates import wanted_local_copies
from store.work.archives.captures import CaptureTask, begin_local_captures
from store.work.frontier import DueFilter, DueLink

logger = logging.getLogger("holdfast.local_capture")

# A link in another state may be broken, and its probe must not differ from the ones before.
_CAPTURED_STATES = (State.UNCHECKED, State.ALIVE, State.MOVED)
_UNIT_NAME = "the local archive"  # of internal errors that concern no single link


@asynccontextmanager
async def capture_from_probes(
    job: Job, due: DueFilter, *, fetch: Fetch, emit: Emit
) -> AsyncIterator[ProbeCapture | None]:
    """Capture pages from the job's probes during the block.

    Args:
        job: The job.
        due: The filter of the links that are probed.
        fetch: Sends a single request.
        emit: Sends an item through the pipelines.

    Yields:
        The hook for the prober; None if capturing is disabled, no copy is wanted, or the archive
        cannot be opened, which must not prevent probing.
    """
    async with AsyncExitStack() as stack:
        capture = None
        only_mirrors_are_probed = due.new_mirrors
        if not only_mirrors_are_probed:
            with job.isolated(Unit.COPY, _UNIT_NAME):
                capture = await _open_capture(job, stack, fetch=fetch, emit=emit)
        try:
            yield capture
        finally:
            with job.isolated(Unit.COPY, _UNIT_NAME):
                try:
                    await stack.aclose()
                except LocalArchiveError as error:
                    logger.warning("%s", error)


async def _open_capture(
    job: Job, stack: AsyncExitStack, *, fetch: Fetch, emit: Emit
) -> ProbeCapture | None:
    """Open the archive if a copy of some link is wanted; the stack closes it.

    Returns:
        The hook for the prober; None if no copy is wanted or the archive cannot be opened.
    """
    wanted = await job.retries.run(partial(_wanted_links, job))
    if not wanted:
        return None
    try:
        writer = await stack.enter_async_context(open_batch_writer(job))
    except LocalArchiveError as error:
        logger.warning("%s; pages probed in this run are not captured", error)
        return None
    return ProbeCapture(job, writer, wanted, fetch=fetch, emit=emit)


def is_probe_capture_enabled(job: Job) -> bool:
    """Return whether probed pages are saved to the local archive.

    Without the setting `archives.local.from_probes`, they are saved if the archive exists.
    """
    is_enabled = job.config.archives.local.from_probes
    if is_enabled is None:
        is_enabled = ArchiveLayout(job.loaded.local_archive).exists()
    return is_enabled


def _wanted_links(job: Job) -> set[int]:
    """Return the ids of the links of which a copy is wanted; none if capturing is disabled."""
    if not is_probe_capture_enabled(job):
        return set()
    with job.database.read() as connection:
        return wanted_local_copies(connection, _CAPTURED_STATES, now=job.clock(), scope=job.scope)


class ProbeCapture:
    """The capture hook of a job's probes: makes the sessions, and stores the recorded pages.

    Args:
        job: The job.
        writer: The archive.
        wanted: The ids of the links of which a copy is wanted if they are served.
        fetch: Sends a single request.
        emit: Sends an item through the pipelines.
    """

    def __init__(
        self, job: Job, writer: BatchWriter, wanted: set[int], *, fetch: Fetch, emit: Emit
    ) -> None:
        self._job = job
        self._writer = writer
        self._wanted = wanted
        self._fetch = fetch
        self._emit = emit
        self._certificate_for = ClientCertificates(job.config.hosts)
        self._capture_starts = Batcher(self._begin_captures, run=job.retries.run)
        self._is_halted = False  # the archive cannot be written

    def __call__(self, link: DueLink) -> CaptureSession | None:
        """Return the session that sends the requests of a link's probe.

        Returns:
            The session; None if no copy of the link is wanted, or none may be made.
        """
        # A remapped URL is not the cited one, so its response is no copy of the cited page.
        is_remapped = self._job.url_filters.remap_url(link.url) != link.url
        if link.id not in self._wanted or is_remapped or not may_publish(link.url):
            return None
        return CaptureSession(
            self,
            link,
            self._fetch,
            self._may_record,
            max_bytes=self._job.config.archives.local.max_response_bytes,
            clock=self._job.clock,
        )

    async def save(self, link: DueLink, page: CapturedPage) -> None:
        """Write a complete page to the archive.

        Args:
            link: The link.
            page: The page. If it has requisites, the capture stays pending until they are fetched.
        """
        if self._is_halted:
            return
        try:
            entries = await self._writer.write(page.exchanges)
            result = await self._writer.confirm(page, entries, digest=entries[-1].digest)
        except LocalArchiveError as error:
            self._halt(error)
            return
        requisites: Sequence[str] = ()
        if self._job.config.archives.local.resources:
            with self._job.isolated(Unit.COPY, page.url):
                requisites = await asyncio.to_thread(requisites_of, page)
        if requisites and result.status is CaptureStatus.CAPTURED:
            result = CaptureResult(
                status=CaptureStatus.PENDING,
                job_id=format_timestamp(page.first.at),
                detail="the page is captured, its images and styles are not yet",
            )
        await self.record_result(link, result)

    async def record_incomplete(self, link: DueLink, reason: str) -> None:
        """Store that a page could not be recorded, unless the local disk is the cause."""
        if reason == NO_ROOM:
            self._halt(self._writer.no_space_error())
        else:
            await self.record_result(link, failed_result("incomplete", reason))

    async def record_result(self, link: DueLink, result: CaptureResult) -> None:
        """Store the result of a capture.

        A failure is stored, too: otherwise every later probe would record the page again.
        """
        task = await self._capture_starts.submit(link.id)
        await self._emit(CaptureItem(service=LOCAL, task=task, result=result))

    def isolated(self, link: DueLink) -> Isolation:
        """Return a context that confines unexpected exceptions to the copy of a link."""
        return self._job.isolated(Unit.COPY, link.url)

    def _may_record(self, request: FetchRequest) -> bool:
        """Return whether the response to a request may be recorded: its URL and content are public.

        A response to configured headers or a client certificate is not public.
        """
        has_configured_headers = any(name.lower() != "user-agent" for name in request.headers)
        if self._is_halted or has_configured_headers or self._certificate_for(request.url):
            return False
        return may_publish(request.url)

    def _halt(self, error: LocalArchiveError) -> None:
        """Stop capturing, and log the reason once."""
        if not self._is_halted:
            logger.warning("%s; pages probed from now on are not captured", error)
        self._is_halted = True

    def _begin_captures(self, link_ids: Sequence[int]) -> Sequence[CaptureTask]:
        """Store that captures have begun, in one transaction for many probes."""
        now = self._job.clock()
        with self._job.database.write() as connection:
            tasks = begin_local_captures(
                connection,
                link_ids,
                service=LOCAL,
                run_id=self._job.run_id,
                at=now,
                check_at=now + CONFIRM_AFTER,
            )
        return [tasks[link_id] for link_id in link_ids]
