"""Open the configured archives for a job, and use each of them in one process at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from crawler.archive_clients.async_client import (
    MAX_PAUSE_SECONDS,
    AsyncArchive,
    archive_rate_limiter,
)
from crawler.archive_clients.client_thread import BeforeRequest
from crawler.archive_clients.memento import MementoClient
from crawler.archive_clients.save_page_now import SavePageNowClient
from crawler.archive_clients.transport import ApiKeys, Transport
from crawler.archive_clients.wayback import WaybackClient
from crawler.archives import service_trust
from crawler.archives.archive_hosts import archive_route
from crawler.archives.interface import Capturer, Trust
from crawler.config.archives import WaybackConfig
from crawler.http.urls import host_of
from crawler.jobs.host_lease import HostLease
from crawler.jobs.job import Job
from store.errors import LeaseLost
from store.work.runs import HELD_HOSTS

WAYBACK: Final = "wayback"
# Limits that the Wayback Machine documents for captures, with and without an account.
_CAPTURES_PER_MINUTE_WITH_KEYS: Final = 7.0
_CAPTURES_PER_MINUTE_ANONYMOUS: Final = 3.0
# One poll returns the status of many captures.
_MIN_POLLS_PER_MINUTE: Final = 30.0
_MIN_SAVE_TIMEOUT: Final = 1.0  # seconds

logger = logging.getLogger("holdfast.preservation")


def open_wayback(job: Job) -> AsyncArchive:
    """Return a client of the Wayback Machine; captures use the account's keys, if configured."""
    wayback = job.config.archives.wayback
    wait = job.capture_wait
    save_timeout = wayback.capture_timeout
    if wait is not None:  # without keys, the response comes after the capture
        save_timeout = min(save_timeout, max(wait.per_capture, _MIN_SAVE_TIMEOUT))
    keys = ApiKeys(wayback.key.reveal(), wayback.secret.reveal()) if wayback.key else None

    def build(before_request: BeforeRequest) -> WaybackClient:
        return WaybackClient(
            make_transport(job, before_request),
            endpoint=wayback.endpoint,
            availability_endpoint=wayback.availability_endpoint,
            timeout=wayback.timeout,
            save_timeout=save_timeout,
        )

    def build_capturer(before_request: BeforeRequest) -> Capturer:
        if keys is None:
            return build(before_request)
        return SavePageNowClient(
            make_transport(job, before_request, keys),
            endpoint=wayback.endpoint,
            options=wayback.save,
            timeout=wayback.timeout,
        )

    polls_per_minute = max(_MIN_POLLS_PER_MINUTE, 60 / wayback.poll_wait)
    return AsyncArchive(
        build,
        build_capturer,
        lookups=archive_rate_limiter(WAYBACK, wayback.lookups_per_minute),
        captures=archive_rate_limiter(WAYBACK, captures_per_minute(wayback)),
        polls=archive_rate_limiter(WAYBACK, polls_per_minute),
    )


def captures_per_minute(wayback: WaybackConfig) -> float:
    """Return the configured rate of captures, at archive.org within the limits of the service.

    >>> captures_per_minute(WaybackConfig())
    3.0
    >>> captures_per_minute(WaybackConfig(captures_per_minute=1))
    1
    """
    if not host_of(wayback.endpoint).endswith("archive.org"):
        return wayback.captures_per_minute
    has_keys = bool(wayback.key)
    limit = _CAPTURES_PER_MINUTE_WITH_KEYS if has_keys else _CAPTURES_PER_MINUTE_ANONYMOUS
    return min(wayback.captures_per_minute, limit)


def open_memento(job: Job, name: str) -> AsyncArchive:
    """Return a client of a configured Memento archive (RFC 7089), for lookups only.

    Args:
        job: The job.
        name: The archive's name in the configuration.
    """
    memento = job.config.archives.memento_archives[name]

    def build(before_request: BeforeRequest) -> MementoClient:
        return MementoClient(
            make_transport(job, before_request),
            name=name,
            timegate=memento.timegate,
            timemap=memento.timemap,
            timeout=memento.timeout,
        )

    return AsyncArchive(build, lookups=archive_rate_limiter(name, memento.lookups_per_minute))


def configured_services(job: Job) -> tuple[str, ...]:
    """Return the names of the archives used for lookups; the first is the Wayback Machine.

    An archive that is trusted as `ended` is left out.
    """
    trust = service_trust(job.loaded)
    others = (name for name in job.config.archives.memento_archives if name != WAYBACK)
    return tuple(name for name in (WAYBACK, *others) if trust.of(name) is not Trust.ENDED)


def may_capture(job: Job) -> bool:
    """Return whether captures are enabled and the Wayback Machine is not distrusted."""
    is_enabled = job.config.archives.captures_enabled
    return is_enabled and not service_trust(job.loaded).is_distrusted(WAYBACK)


def make_transport(
    job: Job, before_request: BeforeRequest, keys: ApiKeys | None = None
) -> Transport:
    """Return a transport with the job's network settings.

    Args:
        job: The job.
        before_request: Called before each request.
        keys: Sent with each request; None for anonymous requests.
    """
    network, route = job.config.network, archive_route(job.config)
    return Transport(
        user_agent=network.user_agent,
        ca_file=network.ca_file,
        proxy=route.proxy,
        connect_to=route.connect_to,
        keys=keys,
        before_request=before_request,
    )


def service_slot(service: str) -> str:
    """Return the name of the slot for lookups and captures at an archive.

    Requests for the archive's mirrors use another slot, that of its host.
    """
    return f"{service} service"


async def with_service_lease(
    job: Job, service: str, archive: AsyncArchive, work: Callable[[HostLease], Awaitable[None]]
) -> bool:
    """Run work while holding the lease for a service's lookups and captures.

    A pause that the service requested from an earlier process continues. If more than ten minutes
    of it remain, the work is not run, which is logged.

    Args:
        job: The job.
        service: The service's name.
        archive: The service; it is closed at the end.
        work: Called with the lease.

    Returns:
        False if another process holds the lease, or took it before the work was done; else True,
        also if the pause is too long.
    """
    slot = service_slot(service)
    async with archive, job.host_leases.lease(slot) as lease:
        if lease is None:
            job.counts[HELD_HOSTS] += 1
            return False
        limiter = job.rate_limiters.limiter_for(slot)
        if limiter.seconds_until_next > MAX_PAUSE_SECONDS:
            logger.warning(
                "%s requested a pause that is not over yet: it is not used in this run", service
            )
            return True
        archive.pause(limiter.seconds_until_next)
        shutdown = asyncio.create_task(_shut_down_on_stop(job, archive))
        is_lost = False
        try:
            await work(lease)
        except* LeaseLost:
            is_lost = True  # the process that took the lease does the rest
        finally:
            shutdown.cancel()
            # The next process waits as long as the slowest kind of request has to.
            limiter.pause(archive.longest_wait_seconds)
        return not is_lost


async def _shut_down_on_stop(job: Job, archive: AsyncArchive) -> None:
    await job.stop.wait()
    archive.shut_down_soon()


async def wait_or_stop(job: Job, waiting: Awaitable[object]) -> bool:
    """Wait for an awaitable until the job must stop; then the awaitable is cancelled.

    Returns:
        Whether the job continues.
    """
    task = asyncio.ensure_future(waiting)
    stop = asyncio.ensure_future(job.stop.wait())
    try:
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        return not job.stop
    finally:
        task.cancel()
        stop.cancel()


def must_skip_service(archive: AsyncArchive, service: str) -> bool:
    """Return whether a service is unavailable or requested a long pause; a pause is logged.

    That it is unavailable is logged once, by `look_up_due`.
    """
    if archive.unavailable_detail:
        return True
    if not archive.is_pause_too_long:
        return False
    logger.warning(
        "%s requested a pause of %.0f minutes: the rest is left to a later run",
        service,
        archive.shortest_wait_seconds / 60,
    )
    return True
