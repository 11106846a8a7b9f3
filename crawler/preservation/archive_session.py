"""Archives in a job: opened from the configuration, asked by one process at a time, at a pace that outlives it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from crawler.archive_clients.async_client import MAX_PAUSE_SECONDS, AsyncArchive, archive_rate_limiter
from crawler.archive_clients.client_thread import BeforeRequest
from crawler.archive_clients.memento import MementoClient
from crawler.archive_clients.save_page_now import SavePageNowClient
from crawler.archive_clients.transport import ApiKeys, Transport
from crawler.archive_clients.wayback import WaybackClient
from crawler.archives.interface import Capturer
from crawler.http.urls import host_of
from crawler.jobs.host_lease import HostLease
from crawler.jobs.job import Job
from store.errors import LeaseLost

WAYBACK = "wayback"
# the service's own limits, with keys and without
_PER_MINUTE = 7.0
_ANONYMOUS_PER_MINUTE = 3.0
_QUESTIONS_PER_MINUTE = 30.0  # after captures under way; many of them in one question

logger = logging.getLogger("captures")


def open_wayback(job: Job) -> AsyncArchive:
    """Make the Wayback Machine's clients; captures go by the account's keys where there are any."""
    wayback = job.config.archives.wayback
    keys = ApiKeys(wayback.key.reveal(), wayback.secret.reveal()) if wayback.key else None

    def build(turn: BeforeRequest) -> WaybackClient:
        return WaybackClient(
            make_transport(job, turn),
            endpoint=wayback.endpoint,
            availability_endpoint=wayback.availability_endpoint,
            timeout=wayback.timeout,
            save_timeout=wayback.capture_timeout,
        )

    def build_capturer(turn: BeforeRequest) -> Capturer:
        if keys is None:
            return build(turn)
        return SavePageNowClient(
            make_transport(job, turn, keys),
            endpoint=wayback.endpoint,
            options=wayback.save,
            timeout=wayback.timeout,
        )

    captures = wayback.captures_per_minute
    if host_of(wayback.endpoint).endswith("archive.org"):
        captures = min(captures, _PER_MINUTE if keys else _ANONYMOUS_PER_MINUTE)
    questions = max(_QUESTIONS_PER_MINUTE, 60 / wayback.poll_wait)
    return AsyncArchive(
        build,
        build_capturer,
        lookups=archive_rate_limiter(WAYBACK, wayback.lookups_per_minute),
        captures=archive_rate_limiter(WAYBACK, captures),
        polls=archive_rate_limiter(WAYBACK, questions),
    )


def open_memento(job: Job, name: str) -> AsyncArchive:
    """Make the client of another archive that speaks Memento."""
    memento = job.config.archives.memento[name]

    def build(turn: BeforeRequest) -> MementoClient:
        return MementoClient(
            make_transport(job, turn),
            name=name,
            timegate=memento.timegate,
            timemap=memento.timemap,
            timeout=memento.timeout,
        )

    return AsyncArchive(build, lookups=archive_rate_limiter(name, memento.lookups_per_minute))


def configured_services(job: Job) -> tuple[str, ...]:
    """Name the archives that are asked, the first one first."""
    return (WAYBACK, *(name for name in job.config.archives.memento if name != WAYBACK))


def make_transport(job: Job, turn: BeforeRequest, keys: ApiKeys | None = None) -> Transport:
    network = job.config.network
    return Transport(
        user_agent=network.user_agent,
        ca_file=network.ca_file,
        proxy=network.proxy,
        keys=keys,
        before_request=turn,
    )


def service_slot(service: str) -> str:
    """Name what is leased of an archive that is asked: another party than the host its mirrors are read from."""
    return f"{service} service"


async def with_service_lease(
    job: Job, service: str, archive: AsyncArchive, work: Callable[[HostLease], Awaitable[None]]
) -> bool:
    """Ask a service as the only process that does: its rate is for all of them together, and goes on where the last one stopped.

    Tells whether it was ours to the end; False where somebody else has it.
    """
    slot = service_slot(service)
    async with archive, job.host_leases.lease(slot) as held:
        if held is None:
            job.counts["host:held"] += 1
            return False
        pace = job.rate_limiters.get(slot)
        if pace.seconds_until_next > MAX_PAUSE_SECONDS:
            logger.warning(
                "%s asked for a pause that is not over yet: it is not asked in this run", service
            )
            return True
        archive.pause(pace.seconds_until_next)
        stopping, lost = asyncio.create_task(_stop_with(job, archive)), False
        try:
            await work(held)
        except* LeaseLost:
            lost = True  # what was not asked is the next holder's
        finally:
            stopping.cancel()
            pace.pause(archive.remaining_pause)
        return not lost


async def _stop_with(job: Job, archive: AsyncArchive) -> None:
    await job.stop.wait()
    archive.shut_down_soon()


async def wait_or_stop(job: Job, waiting: Awaitable[object]) -> bool:
    """Wait, but no longer than until the job is to stop; tell whether it goes on."""
    task, stop = asyncio.ensure_future(waiting), asyncio.ensure_future(job.stop.wait())
    try:
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        return not job.stop
    finally:
        task.cancel()
        stop.cancel()


def must_skip_service(archive: AsyncArchive, service: str) -> bool:
    """Tell whether a service asked for a pause that this run does not wait for, and say so."""
    if not archive.is_pause_too_long:
        return False
    logger.warning(
        "%s asks for a pause of %.0f minutes: what is left is asked in a later run",
        service,
        archive.seconds_until_free / 60,
    )
    return True
