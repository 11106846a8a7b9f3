"""Archives in a job: what is looked up, what is captured, and when either is tried again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from crawler.archives.client import AsyncArchive
from crawler.archives.throttle import Throttle
from crawler.archives.transport import Transport
from crawler.archives.wayback import WaybackMachine
from crawler.items import CaptureItem, LookupItem
from crawler.job import Job
from crawler.leasing import Hold, hold
from crawler.liveness import VANTAGE
from crawler.middlewares import user_agent
from crawler.resolver import is_safe
from crawler.urls import InvalidUrl, host_of, request_url
from store.captures import (
    CaptureTask,
    LookupTask,
    count_asked_since,
    due_captures,
    links_to_capture,
    links_to_confirm,
    links_to_look_up,
    mark_asked,
    queue_captures,
    record_capture,
    record_lookup,
)
from store.errors import LeaseLost
from store.leases import host_id
from store.vocabulary import CaptureStatus, LookupOutcome, RetryWhen

WAYBACK = "wayback"
_ANONYMOUS_PER_MINUTE = 3.0  # the service's own limit without keys
# How long an archive's answer counts. What was no answer is asked again by the next night.
_ANSWER_COUNTS = {
    LookupOutcome.FOUND: timedelta(days=90),
    LookupOutcome.NONE: timedelta(days=30),
    LookupOutcome.EXCLUDED: timedelta(days=180),
    LookupOutcome.UNKNOWN: timedelta(hours=12),
}
_RETRY_AFTER = {
    RetryWhen.SOON: timedelta(minutes=5),
    RetryWhen.LATER: timedelta(hours=12),
}
_MOST_TRIES = 5
_PARAMETER = re.compile(r"[?&;#]([^=&;#?/]+)=")  # in the query, the path or the fragment
_SECRET_WORDS = frozenset(
    {
        *("token", "auth", "authorization", "key", "apikey", "jwt", "secret", "sig", "signature", "credential", "credentials"),
        *("session", "sessid", "sessionid", "phpsessid", "jsessionid", "password", "passwd", "pwd"),
    }
)
_SECRET_ENDINGS = ("token", "apikey", "secret", "signature", "sessid", "sessionid", "password")
_PRIVATE_SUFFIXES = (".local", ".localhost", ".internal", ".intranet", ".lan", ".home.arpa", ".onion")


def may_publish(url: str) -> bool:
    """Tell whether a copy of this URL may be made public: nothing with credentials, token-like parameters or a private host.

    >>> may_publish("https://example.org/story?sid=1"), may_publish("https://u:p@example.org/"), may_publish("https://example.org/?token=x")
    (True, False, False)
    >>> may_publish("http://192.168.1.4/"), may_publish("http://wiki.internal/")
    (False, False)
    """
    try:
        parts = urlsplit(request_url(url))
    except InvalidUrl:
        return False
    if parts.username or parts.password or any(_is_secret(unquote(name)) for name in _PARAMETER.findall(url)):
        return False
    host = (parts.hostname or "").rstrip(".")
    try:
        return is_safe(ip_address(host))
    except ValueError:
        return "." in host and not host.endswith(_PRIVATE_SUFFIXES)


def _is_secret(name: str) -> bool:
    words = re.findall(r"[a-z0-9]+", name.lower())
    return not _SECRET_WORDS.isdisjoint(words) or "".join(words).endswith(_SECRET_ENDINGS)


async def preserve(job: Job, *, emit: Callable[[object], Awaitable[None]], limit: int) -> None:
    """Look up what has no living mirror; then, where the configuration allows it, ask for captures of what no archive has."""
    async with _wayback(job) as archive:
        await _under_lease(job, f"{WAYBACK} look-ups", partial(_look_up, job, archive, emit, limit))
        if job.config.archives.capture:
            await _under_lease(job, f"{WAYBACK} captures", partial(_capture, job, archive, emit, limit))


async def _look_up(job: Job, archive: AsyncArchive, emit: Callable[[object], Awaitable[None]], limit: int, held: Hold) -> None:
    for task in await asyncio.to_thread(lookups_due, job, WAYBACK, limit=limit):
        if job.stop:
            return
        held.check()
        answer = await archive.nearest(task.url, task.wanted_at)
        await emit(LookupItem(service=WAYBACK, task=task, answer=answer))


async def _capture(job: Job, archive: AsyncArchive, emit: Callable[[object], Awaitable[None]], limit: int, held: Hold) -> None:
    for task in await asyncio.to_thread(captures_due, job, WAYBACK, limit=limit):
        if job.stop:
            return
        held.check()
        await asyncio.to_thread(begin_capture, job, task)
        answer = await archive.save(task.url)
        await emit(CaptureItem(service=WAYBACK, task=task, answer=answer))


async def _under_lease(job: Job, party: str, work: Callable[[Hold], Awaitable[None]]) -> None:
    """Do work that only one process may do at a time: a service's rate is for all of them together."""
    async with hold(job, await asyncio.to_thread(_host_id, job, party), party) as held:
        if held is None:
            return
        with suppress(LeaseLost):
            await work(held)


def _host_id(job: Job, party: str) -> int:
    with job.database.write() as connection:
        return host_id(connection, party)


def _wayback(job: Job) -> AsyncArchive:
    wayback, network = job.config.archives.wayback, job.config.network

    def build(turn: Callable[[], None]) -> WaybackMachine:
        transport = Transport(user_agent=user_agent(network.contact), ca_file=network.ca_file, before_request=turn)
        return WaybackMachine(
            transport,
            endpoint=wayback.endpoint,
            availability_endpoint=wayback.availability_endpoint,
            timeout=wayback.timeout,
            save_timeout=wayback.capture_timeout,
        )

    captures_per_minute = wayback.captures_per_minute
    if host_of(wayback.endpoint).endswith("archive.org"):
        captures_per_minute = min(captures_per_minute, _ANONYMOUS_PER_MINUTE)
    return AsyncArchive(build, lookups=Throttle(wayback.lookups_per_minute), captures=Throttle(captures_per_minute))


def lookups_due(job: Job, service: str, *, limit: int) -> Sequence[LookupTask]:
    """List what to ask the service about: first what may have mirrors, then what only we may be unable to reach."""
    now = job.clock()
    with job.database.read() as connection:
        finding = links_to_look_up(connection, service, now=now, limit=limit)
        confirming = links_to_confirm(connection, service, VANTAGE, now=now, limit=limit - len(finding))
    known = {task.link_id for task in finding}
    return [*finding, *(task for task in confirming if task.link_id not in known)]


def captures_wanted(job: Job, service: str, *, limit: int) -> Mapping[int, str]:
    """Say which links ought to be captured: ids and URLs."""
    with job.database.read() as connection:
        return dict(links_to_capture(connection, service, now=job.clock(), limit=limit, allowed=may_publish))


def captures_due(job: Job, service: str, *, limit: int) -> Sequence[CaptureTask]:
    """Queue what ought to be captured, and list what may be asked for now within the day's budget."""
    now = job.clock()
    wanted = captures_wanted(job, service, limit=limit)
    with job.database.write() as connection:
        queue_captures(connection, list(wanted), service=service, run_id=job.run_id, at=now)
        today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)  # quotas end with the UTC day
        left = job.config.archives.wayback.captures_per_day - count_asked_since(connection, service, today)
        return due_captures(connection, service, now=now, limit=max(0, min(limit, left)))


def begin_capture(job: Job, task: CaptureTask) -> None:
    with job.database.write() as connection:
        mark_asked(connection, task.capture_id, at=job.clock())


def store_lookup(job: Job, item: LookupItem) -> None:
    now = job.clock()
    with job.database.write() as connection:
        record_lookup(
            connection,
            job.book(connection),
            item.task,
            item.answer,
            service=item.service,
            run_id=job.run_id,
            at=now,
            again_at=now + _ANSWER_COUNTS[item.answer.outcome],
        )


def store_capture(job: Job, item: CaptureItem) -> None:
    now = job.clock()
    with job.database.write() as connection:
        record_capture(connection, job.book(connection), item.task, item.answer, at=now, next_try_at=next_try(item, now))


def next_try(item: CaptureItem, now: datetime) -> datetime | None:
    """Say when a failed capture may be asked for again; None: never, or there is no need."""
    answer = item.answer
    if answer.status is not CaptureStatus.FAILED or answer.retry is RetryWhen.NEVER or item.task.tries + 1 >= _MOST_TRIES:
        return None
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=5, second=0, microsecond=0)
    then = tomorrow if answer.retry is RetryWhen.TOMORROW else now + _RETRY_AFTER[answer.retry]
    return max(then, now + timedelta(seconds=answer.retry_after or 0))  # a pause the service asked for is a floor
