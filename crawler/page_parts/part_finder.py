"""Request the parts of one copy from its archive, unless they are known from another copy.

A part is an image, a style sheet or a frame of the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from crawler.archives import mirror_url
from crawler.archives.mirror_urls import outermost_original
from crawler.config.archives import WaybackConfig
from crawler.jobs.clock import Clock
from crawler.jobs.stop_signal import StopSignal
from crawler.page_parts.responses import (
    PartKind,
    PartResponse,
    PartState,
    is_replay,
    is_web_page,
    is_within_a_year,
    judge_part,
)
from crawler.preservation.archive_session import WAYBACK
from crawler.probing.target import PageRead, ProbeTarget
from crawler.probing.worker_pool import run_workers
from crawler.reading import PoliteReader
from store.vocabulary import Role
from store.work.page_parts import ArchivedPart, PartsFound, PartsTask

MAX_REQUESTS: Final = 40  # for the parts of one copy, besides the control; most take one or two
_MAX_REDIRECTS: Final = 3  # in the archive, for one part
_SNIFFED_BYTES: Final = 1_024  # of a body, to recognise an HTML page
_MAX_UNKNOWN: Final = 3  # consecutive parts without a result, after which no more are requested
_CONCURRENCY: Final = 4  # parts requested at the same time
_UNKNOWN: Final = PartResponse(PartState.UNKNOWN)
_ARCHIVE_UNAVAILABLE: Final = PartResponse(PartState.ARCHIVE_UNAVAILABLE)
_CONFIRMED_BY_GET: Final = (PartState.MISSING, PartState.DOUBTFUL, PartState.UNKNOWN)
# Pages captured within this time of each other mostly show the same capture of a part.
_SAME_CAPTURE: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a page."""

    kind: PartKind
    url: str


def parts_of(task: PartsTask) -> Sequence[Part]:
    """Return the parts of a copy."""
    page = task.page
    return [
        *(Part(PartKind.STYLE_SHEET, url) for url in page.style_sheets),
        *(Part(PartKind.FRAME, url) for url in page.frames),
        *(Part(PartKind.IMAGE, url) for url in page.images),
    ]


def reusable_result(stored: ArchivedPart | None, target_time: datetime) -> ArchivedPart | None:
    """Return the stored result for a part if it also holds for a page captured at another time.

    - If the archive has a capture of the part, that holds for pages captured within a year of it.
    - If it has none at all, that holds for pages captured within a year of the page for which it
      was requested. It is not certain: some archives also respond so to a captured error.
    - Any other result holds for pages captured within a month of that page.

    Args:
        stored: The result for the part on a page captured at another time; None without one.
        target_time: The capture time of the page that has the part.

    Returns:
        The stored result, or None.
    """
    if stored is None:
        return None
    captured_at = stored.captured_at
    if captured_at is None:
        is_reusable = is_within_a_year(stored.target_time, target_time)
    else:
        is_reusable = stored.is_there and is_within_a_year(captured_at, target_time)
    is_same_capture = abs(stored.target_time - target_time) <= _SAME_CAPTURE
    return stored if is_reusable or is_same_capture else None


def part_url(service: str, timestamp: str, modifier: str, original: str) -> str | None:
    """Return the URL at which an archive replays a part; None if it cannot be built.

    >>> part_url("wayback", "20210805000000", "im_", "http://a.example/a.png")
    'https://web.archive.org/web/20210805000000im_/http://a.example/a.png'
    """
    try:
        return mirror_url(service, timestamp, original, modifier)
    except ValueError:
        return None


class PartFinder:
    """Requests parts from one archive.

    Attributes:
        is_archive_unavailable: Whether to send no further requests: the archive fails or
            refuses them, or its limits are used up. A copy with more parts than may be requested
            for one copy does not count.

    Args:
        reader: Sends the requests, within the rules of the archive's slot.
        wayback: The settings of the Wayback Machine.
        clock: Returns the current time.
    """

    def __init__(self, reader: PoliteReader, wayback: WaybackConfig, clock: Clock) -> None:
        self.is_archive_unavailable = False
        self._reader = reader
        self._wayback = wayback
        self._clock = clock
        self._requests_left = 0  # for the current copy
        self._unknown_in_a_row = 0
        self._has_responded = False  # whether the archive has given a result for any part

    async def find(
        self, task: PartsTask, stored: Mapping[str, ArchivedPart], *, stop: StopSignal
    ) -> PartsFound:
        """Return which of a copy's parts the archive has.

        If it has none of the parts that were requested, the copy itself is requested as a control:
        if the archive does not serve that either, it is unavailable and nothing is known.

        Args:
            task: The copy.
            stored: Earlier results, by the parts' URLs.
            stop: No further part is requested once it is set.

        Raises:
            LeaseLost: Another process took the archive's lease over.
        """
        self._requests_left = MAX_REQUESTS
        parts = parts_of(task)
        results = {
            part.url: reusable_result(stored.get(part.url), task.captured_at) for part in parts
        }
        new: dict[str, ArchivedPart] = {}

        async def request_part(part: Part) -> None:
            if self.is_archive_unavailable or not self._may_request_parts:
                return
            response = await self._request_part(part, task)
            self._update_availability(response)
            result = self._archived_part(part, response, task)
            if result is not None:
                results[part.url] = new[part.url] = result

        unknown = [part for part in parts if results[part.url] is None]
        # One by one until the archive has responded, so that one that is down gets few requests.
        at_once = _CONCURRENCY if self._has_responded else 1
        await run_workers(unknown, request_part, at_once=at_once, stop=stop)
        known = [result for result in results.values() if result is not None]
        has_none = not any(result.is_there for result in known)
        if new and has_none and not await self._serves_copy(task):
            self.is_archive_unavailable = True
            return PartsFound(unknown=len(results))
        return PartsFound(
            known=tuple(known), new=tuple(new.values()), unknown=len(results) - len(known)
        )

    @property
    def _may_request_parts(self) -> bool:
        """True if a request for the parts of the current copy is left."""
        return self._requests_left > 0

    def _update_availability(self, response: PartResponse) -> None:
        """Update whether further parts should be requested, after the response for one."""
        if response.state in (PartState.THERE, PartState.MISSING):
            self._unknown_in_a_row = 0
            self._has_responded = True
            return
        is_unavailable = response.state is PartState.ARCHIVE_UNAVAILABLE
        if not is_unavailable and not self._may_request_parts:
            return  # the copy's requests were used up before this part had a result
        self._unknown_in_a_row += 1
        self.is_archive_unavailable |= is_unavailable or self._unknown_in_a_row >= _MAX_UNKNOWN

    def _archived_part(
        self, part: Part, response: PartResponse, task: PartsTask
    ) -> ArchivedPart | None:
        """Return the result to store for a part; None if the response leaves it unknown."""
        if response.state not in (PartState.THERE, PartState.MISSING):
            return None
        return ArchivedPart(
            url=part.url,
            is_there=response.state is PartState.THERE,
            captured_at=response.captured_at,
            target_time=task.captured_at,
            checked_at=self._clock(),
        )

    async def _request_part(self, part: Part, task: PartsTask) -> PartResponse:
        """Request a part, follow the archive's redirects, and return the judgement of the last."""
        timestamp, original = task.timestamp, part.url
        found = _UNKNOWN
        for _ in range(_MAX_REDIRECTS + 1):
            url = part_url(task.service, timestamp, part.kind, original)
            if url is None:
                return _UNKNOWN
            found = await self._judge(url, part, task)
            if found.state is not PartState.ELSEWHERE:
                return found
            timestamp, original = found.timestamp, found.original
        return _UNKNOWN  # too many redirects, or a loop

    async def _judge(self, url: str, part: Part, task: PartsTask) -> PartResponse:
        """Return the judgement of a HEAD request, or of a GET request if the HEAD cannot decide.

        Some servers respond to HEAD differently, so only a GET can show that a part is missing.
        """
        if not self._may_request_parts:
            return _UNKNOWN
        read = await self._request(url, use_get=False)
        if read is None:
            return _ARCHIVE_UNAVAILABLE
        found = judge_part(read.probe.requests[-1], part.kind, task.captured_at)
        if found.state not in _CONFIRMED_BY_GET:
            return found
        if not self._may_request_parts:
            return _UNKNOWN
        read = await self._request(url, use_get=True)
        if read is None:
            return _ARCHIVE_UNAVAILABLE
        found = judge_part(read.probe.requests[-1], part.kind, task.captured_at)
        if found.state is not PartState.DOUBTFUL:
            return found
        state = PartState.MISSING if is_web_page(read.response.body) else PartState.THERE
        return replace(found, state=state)

    async def _serves_copy(self, task: PartsTask) -> bool:
        """Return whether the archive serves the copy itself.

        The request is sent even if the parts have used up the requests for the copy: without it,
        a copy with many missing parts would never have a result.
        """
        original = outermost_original(task.url)
        modifier = "id_" if task.service == WAYBACK else ""
        url = part_url(task.service, task.timestamp, modifier, original) if original else None
        read = await self._request(url, use_get=False) if url else None
        return read is not None and is_replay(read.probe.requests[-1])

    async def _request(self, url: str, *, use_get: bool) -> PageRead | None:
        """Return the response to a GET or HEAD request.

        None if it was not sent: the archive's rules, limits or lease forbid it, or its host cannot
        be reached.
        """
        self._requests_left -= 1  # before it is sent, as others are sent at the same time
        endpoint = self._wayback.endpoint.rstrip("/")
        target = ProbeTarget(
            url=url,
            role=Role.MIRROR,
            fetch_url=url.replace("https://web.archive.org", endpoint, 1),
            begin_with_get=use_get,
            head_only=not use_get,
            follow=False,
            max_bytes=_SNIFFED_BYTES,
            is_judged=False,
        )
        read = await self._reader.read(target)
        if read is None or not read.probe.requests:
            return None
        self._requests_left -= len(read.probe.requests) - 1
        return read
