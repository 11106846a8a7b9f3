"""Request the parts of one copy from its archive, unless they are known from another copy."""

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
    is_near,
    is_replay,
    is_web_page,
    judge_part,
)
from crawler.preservation.archive_session import WAYBACK
from crawler.probing.target import PageRead, ProbeTarget
from crawler.probing.worker_pool import run_workers
from crawler.reading import PoliteReader
from store.vocabulary import Role
from store.work.page_parts import ArchivedPart, PartsFound, PartsTask

MAX_REQUESTS: Final = 40  # for the parts of one copy; most take one or two each
_MAX_REDIRECTS: Final = 3  # in the archive, for one part
_SNIFFED_BYTES: Final = 1_024
_MAX_UNKNOWN: Final = 3  # in a row: further requests would show no more
_CONCURRENCY: Final = 4
_UNKNOWN: Final = PartResponse(PartState.UNKNOWN)
_NOT_REQUESTED: Final = PartResponse(PartState.ARCHIVE_UNAVAILABLE)
_CONFIRMED_BY_GET: Final = (PartState.MISSING, PartState.DOUBTFUL, PartState.UNKNOWN)
# Times of pages that are no further apart mostly have the same nearest capture of a part.
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


def known_answer(known: ArchivedPart | None, asked_for: datetime) -> ArchivedPart | None:
    """Return an earlier answer if it holds for another time too, else None.

    A capture near that time is there. "Not captured" holds for a year before and after the time
    that was requested, because an archive with a captured error may say the same. Any other answer
    holds for a month.

    Args:
        known: The earlier answer.
        asked_for: The capture time of the page that has the part.
    """
    if known is None:
        return None
    captured_at = known.captured_at
    is_none = captured_at is None and is_near(known.asked_for, asked_for)
    is_there = known.is_there and captured_at is not None and is_near(captured_at, asked_for)
    is_same_time = abs(known.asked_for - asked_for) <= _SAME_CAPTURE
    return known if is_none or is_there or is_same_time else None


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
            refuses them, or its limits are used up.

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
        self._requests_left = 0  # for the present copy
        self._unknown_in_a_row = 0
        self._has_responded = False

    async def find(
        self, task: PartsTask, known: Mapping[str, ArchivedPart], *, stop: StopSignal
    ) -> PartsFound:
        """Return what the archive has of a copy's parts.

        If it has none of the parts that were requested, the copy itself is requested as a control:
        if the archive does not serve that either, it is unavailable and nothing is known.

        Args:
            task: The copy.
            known: Earlier answers, by the parts' URLs.
            stop: No further part is requested once it is set.

        Raises:
            LeaseLost: Another process took the archive's lease over.
        """
        self._requests_left = MAX_REQUESTS
        parts = parts_of(task)
        answers = {part.url: known_answer(known.get(part.url), task.captured_at) for part in parts}
        new: dict[str, ArchivedPart] = {}

        async def look_for(part: Part) -> None:
            found = (
                _UNKNOWN if self.is_archive_unavailable else await self._request_part(part, task)
            )
            self._update_availability(found)
            answer = self._answer(part, found, task)
            if answer is not None:
                answers[part.url] = new[part.url] = answer

        unknown = [part for part in parts if answers[part.url] is None]
        # One by one until the archive has responded, so that one that is down gets few requests.
        at_once = _CONCURRENCY if self._has_responded else 1
        await run_workers(unknown, look_for, at_once=at_once, stop=stop)
        given = [answer for answer in answers.values() if answer is not None]
        if (
            new
            and not any(answer.is_there for answer in given)
            and not await self._serves_copy(task)
        ):
            self.is_archive_unavailable = True
            return PartsFound(unknown=len(answers))
        return PartsFound(
            answers=tuple(given), new=tuple(new.values()), unknown=len(answers) - len(given)
        )

    def _update_availability(self, found: PartResponse) -> None:
        """Update whether further parts should be requested, by the response for one."""
        if found.state in (PartState.THERE, PartState.MISSING):
            self._unknown_in_a_row = 0
            self._has_responded = True
            return
        self._unknown_in_a_row += 1
        is_unavailable = found.state is PartState.ARCHIVE_UNAVAILABLE
        self.is_archive_unavailable |= is_unavailable or self._unknown_in_a_row >= _MAX_UNKNOWN

    def _answer(self, part: Part, found: PartResponse, task: PartsTask) -> ArchivedPart | None:
        """Return what to store about a part; None if the response leaves it unknown."""
        if found.state not in (PartState.THERE, PartState.MISSING):
            return None
        return ArchivedPart(
            url=part.url,
            is_there=found.state is PartState.THERE,
            captured_at=found.captured_at,
            asked_for=task.captured_at,
            checked_at=self._clock(),
        )

    async def _request_part(self, part: Part, task: PartsTask) -> PartResponse:
        """Request a part, follow the archive's redirects, and return what the archive has of it."""
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
        """Return the judgement of a HEAD of an archive's URL, or of a GET if a HEAD cannot decide.

        Some servers respond to a HEAD otherwise than to a GET, so no HEAD makes a part missing.
        """
        read = await self._request(url, get=False)
        if read is None:
            return _NOT_REQUESTED
        found = judge_part(read.probe.requests[-1], part.kind, task.captured_at)
        if found.state not in _CONFIRMED_BY_GET:
            return found
        read = await self._request(url, get=True)
        if read is None:
            return _NOT_REQUESTED
        found = judge_part(read.probe.requests[-1], part.kind, task.captured_at)
        if found.state is not PartState.DOUBTFUL:
            return found
        state = PartState.MISSING if is_web_page(read.response.body) else PartState.THERE
        return replace(found, state=state)

    async def _serves_copy(self, task: PartsTask) -> bool:
        """Return whether the archive serves the copy itself."""
        original = outermost_original(task.url)
        modifier = "id_" if task.service == WAYBACK else ""
        url = part_url(task.service, task.timestamp, modifier, original) if original else None
        read = await self._request(url, get=False) if url else None
        return read is not None and is_replay(read.probe.requests[-1])

    async def _request(self, url: str, *, get: bool) -> PageRead | None:
        """Return the response to one request; None if it may not be sent."""
        if self._requests_left <= 0:
            return None
        endpoint = self._wayback.endpoint.rstrip("/")
        target = ProbeTarget(
            url=url,
            role=Role.MIRROR,
            fetch_url=url.replace("https://web.archive.org", endpoint, 1),
            get=get,
            head_only=not get,
            follow=False,
            max_bytes=_SNIFFED_BYTES,
            is_judged=False,
        )
        read = await self._reader.read(target)
        if read is None or not read.probe.requests:
            return None
        self._requests_left -= len(read.probe.requests)
        return read
