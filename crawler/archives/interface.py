"""What an archive service is: its data, what it can be asked, and how it can fail to answer."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from store.vocabulary import CaptureResult, SnapshotList, LookupResult, LookupOutcome


class Trust(StrEnum):
    """How far a mirror there may be relied on as the only copy."""

    INSTITUTION = "institution"  # a library, university or foundation whose task is to keep it
    OPERATOR = "operator"  # kept for as long as its operator likes
    DOUBTED = "doubted"  # reported to have altered snapshots, or misused its visitors
    ENDED = "ended"  # no longer serves what it kept


@dataclass(frozen=True, slots=True)
class MirrorUrlPattern:
    """One form the path of a service's mirrors takes.

    `pattern` must match everything after the host, query and fragment included. Its named groups say what stands where: `timestamp` (or
    `year`, `month`, `day`), `modifier`, `id`, and the original as `original`, or as `quoted` where it is percent-encoded for a query.
    `original` is a template for services whose id tells the original.
    """

    pattern: re.Pattern[str]
    original_template: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An archive: the hosts it answers on and the shapes of its mirrors' URLs.

    `hosts` are in lower case without `www.`; ports never count. `mirror` is the template `mirror_url` fills. `utc_offset` is what its
    timestamps are ahead of UTC, in hours. `time_of_id` reads the capture time (14 digits, or "") from ids that carry one.
    """

    name: str
    title: str
    trust: Trust
    hosts: tuple[str, ...]
    url_patterns: tuple[MirrorUrlPattern, ...]
    mirror_template: str = ""
    utc_offset: int = 0
    time_of_id: Callable[[str], str] | None = None


class ArchiveClient(ABC):
    """Something that asks one archive over the network. It blocks, makes bounded requests, and belongs to one thread."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the connections."""


class SnapshotFinder(ArchiveClient):
    """Finds what an archive already has. Its methods answer with a value, not an error."""

    @abstractmethod
    def nearest(self, original: str, moment: datetime) -> LookupResult:
        """The usable snapshot of `original` nearest to `moment`, before rather than after."""

    @abstractmethod
    def since(self, original: str, moment: datetime) -> LookupResult:
        """The oldest usable snapshot of `original` made at `moment` or later."""

    def redirects(self, original: str, *, neighbours: bool = False) -> SnapshotList:
        """The latest snapshots of `original` that are redirects, the newest first; `beside`: those of its neighbours, one of each.

        An archive that cannot be asked so gives no answer.
        """
        return SnapshotList(
            outcome=LookupOutcome.UNKNOWN,
            detail="this archive does not tell which of its snapshots are redirects",
        )


class Capturer(ArchiveClient):
    """Has an archive make new snapshots. Its methods answer with a value, not an error."""

    @abstractmethod
    def save(self, original: str, *, without_browser: bool = False) -> CaptureResult:
        """Ask for a new public copy of `original`, once. `plainly`: without a browser, where the archive offers that."""

    def poll(self, job_ids: Sequence[str]) -> CaptureProgress:
        """What became of captures under way."""
        return CaptureProgress()

    def quota(self) -> CaptureQuota:
        """What may be asked for now."""
        return CaptureQuota()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureProgress:
    """What an archive said of captures under way, by job id; a job it said nothing of is missing."""

    answers: Mapping[str, CaptureResult] = field(default_factory=dict)
    retry_after: float | None = None  # seconds; the service asked for a pause


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureQuota:
    """What an archive lets us ask for, as far as it says. None: it does not say.

    `keys_refused` tells that it does not know our keys; `overloaded` that it has too much to do for anyone.
    """

    max_concurrent: int | None = None
    left_today: int | None = None
    keys_rejected: bool = False
    overloaded: bool = False
    detail: str = ""
    retry_after: float | None = None  # seconds; the service asked for a pause


class ArchiveError(Exception):
    """An archive was asked and gave no answer to the question."""


class NoAnswer(ArchiveError):
    """Nothing that parses came back: the question is open, ask again later.

    `status` is the HTTP status if there was one. `sent` is false where the request never reached the service.
    """

    def __init__(self, detail: str, *, status: int | None = None, sent: bool = True) -> None:
        super().__init__(detail)
        self.status = status
        self.sent = sent


class RateLimited(NoAnswer):
    """Too much was asked: ask this service nothing at all for `retry_after` seconds."""

    def __init__(self, detail: str, *, status: int, retry_after: float) -> None:
        super().__init__(detail, status=status)
        self.retry_after = retry_after


class CaptureExcluded(ArchiveError):
    """The archive will not show this address to anyone: there is no use in asking again."""


class InvalidKeys(ArchiveError):
    """The archive does not know the keys it was given: there is no use in asking again before they are mended."""
