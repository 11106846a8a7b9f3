"""Ask an archive for the parts of one of its copies, each part once for many pages."""

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
_MAX_UNKNOWN: Final = 3  # in a row: the archive shows us no parts
_AT_ONCE: Final = 4
_UNKNOWN: Final = PartResponse(PartState.UNKNOWN)
_NOT_ASKED: Final = PartResponse(PartState.ARCHIVE_ILL)
_CONFIRMED: Final = (PartState.MISSING, PartState.DOUBTFUL, PartState.UNKNOWN)
_SAME_ANSWER: Final = timedelta(days=30)  # between two times for which the nearest is the same


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
    """Return what an earlier answer shows for another time; None if the archive must be asked.

    A capture near that time is there. That nothing was captured holds for a year before and after
    the time it was asked for: not every archive tells it from a captured error. Any other answer
    holds for a month.
    """
    if known is None:
        return None
    captured_at = known.captured_at
    is_none = captured_at is None and is_near(known.asked_for, asked_for)
    is_there = known.is_there and captured_at is not None and is_near(captured_at, asked_for)
    is_same_time = abs(known.asked_for - asked_for) <= _SAME_ANSWER
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
    """Asks one archive for parts.

    Attributes:
        is_archive_away: Whether the archive is ill, refuses us, or may not be asked any more now.

    Args:
        reader: Sends the requests, within the rules of the archive's slot.
        wayback: The settings of the Wayback Machine.
        clock: Returns the current time.
    """

    def __init__(self, reader: PoliteReader, wayback: WaybackConfig, clock: Clock) -> None:
        self.is_archive_away = False
        self._reader = reader
        self._wayback = wayback
        self._clock = clock
        self._left = 0  # requests for the present copy
        self._unknown_in_a_row = 0
        self._has_answered = False

    async def find(
        self, task: PartsTask, known: Mapping[str, ArchivedPart], *, stop: StopSignal
    ) -> PartsFound:
        """Return what the archive has of a copy's parts.

        If it has none of those asked for, it is asked for the copy itself, too: an archive that
        does not show that is ill, and nothing is known.

        Args:
            task: The copy.
            known: Earlier answers, by the parts' URLs.
            stop: No further part is asked for once it is set.

        Raises:
            LeaseLost: Another process took the archive's lease over.
        """
        self._left = MAX_REQUESTS
        parts = parts_of(task)
        answers = {part.url: known_answer(known.get(part.url), task.captured_at) for part in parts}
        new: dict[str, ArchivedPart] = {}

        async def ask(part: Part) -> None:
            found = _UNKNOWN if self.is_archive_away else await self._ask(part, task)
            self._note(found)
            answer = self._answer(part, found, task)
            if answer is not None:
                answers[part.url] = new[part.url] = answer

        wanted = [part for part in parts if answers[part.url] is None]
        # One by one until the archive has answered: one that is ill gets few requests.
        at_once = _AT_ONCE if self._has_answered else 1
        await run_workers(wanted, ask, at_once=at_once, stop=stop)
        given = [answer for answer in answers.values() if answer is not None]
        if new and not any(answer.is_there for answer in given) and not await self._shows(task):
            self.is_archive_away = True
            return PartsFound(unknown=len(answers))
        return PartsFound(
            answers=tuple(given), new=tuple(new.values()), unknown=len(answers) - len(given)
        )

    def _note(self, found: PartResponse) -> None:
        """Note from a response whether further parts should be asked for."""
        if found.state in (PartState.THERE, PartState.MISSING):
            self._unknown_in_a_row = 0
            self._has_answered = True
            return
        self._unknown_in_a_row += 1
        is_ill = found.state is PartState.ARCHIVE_ILL
        self.is_archive_away |= is_ill or self._unknown_in_a_row >= _MAX_UNKNOWN

    def _answer(self, part: Part, found: PartResponse, task: PartsTask) -> ArchivedPart | None:
        if found.state not in (PartState.THERE, PartState.MISSING):
            return None
        return ArchivedPart(
            url=part.url,
            is_there=found.state is PartState.THERE,
            captured_at=found.captured_at,
            asked_for=task.captured_at,
            checked_at=self._clock(),
        )

    async def _ask(self, part: Part, task: PartsTask) -> PartResponse:
        """Return what the archive has of a part: by HEAD, and by GET before it counts as lost."""
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
        """Return what an archive's URL shows. Some servers answer a HEAD otherwise than a GET."""
        read = await self._request(url, get=False)
        if read is None:
            return _NOT_ASKED
        found = judge_part(read.probe.requests[-1], part.kind, task.captured_at)
        if found.state not in _CONFIRMED:
            return found
        read = await self._request(url, get=True)
        if read is None:
            return _NOT_ASKED
        found = judge_part(read.probe.requests[-1], part.kind, task.captured_at)
        if found.state is not PartState.DOUBTFUL:
            return found
        state = PartState.MISSING if is_web_page(read.response.body) else PartState.THERE
        return replace(found, state=state)

    async def _shows(self, task: PartsTask) -> bool:
        """Return whether the archive shows the copy itself."""
        original = outermost_original(task.url)
        modifier = "id_" if task.service == WAYBACK else ""
        url = part_url(task.service, task.timestamp, modifier, original) if original else None
        read = await self._request(url, get=False) if url else None
        return read is not None and is_replay(read.probe.requests[-1])

    async def _request(self, url: str, *, get: bool) -> PageRead | None:
        """Return the response to one request; None if it may not be sent."""
        if self._left <= 0:
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
        self._left -= len(read.probe.requests)
        return read
