"""Define archive services, the interface of archive clients, and the errors of archives.

A capture is the act of saving a page, and a snapshot is the archive's copy that it makes. A mirror
is a URL that shows a snapshot; the URL of the page that was saved is its original.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from msgspec import Struct, field

from store.vocabulary import CaptureResult, LookupOutcome, LookupResult, SnapshotList


class Trust(StrEnum):
    """The degree to which a service is trusted as the only archive of a page."""

    INSTITUTION = "institution"  # a library, university or foundation with a mandate to preserve
    OPERATOR = "operator"  # run by somebody who may stop at any time
    DOUBTED = "doubted"  # reported to have altered snapshots, or to have misused its visitors
    ENDED = "ended"  # no longer serves its snapshots


class MirrorUrlPattern:
    """A pattern of the URLs of a service's mirrors.

    Args:
        pattern: Matches everything after the host, query and fragment included. Named groups hold
            the parts: `timestamp` (or `year`, `month`, `day`), `modifier`, `id`, and the original
            as `original`, or as `quoted` if it is percent-encoded for a query.
        original_template: The original's URL for services whose id determines it, a format string
            of the groups; "" for others.
    """

    def __init__(self, pattern: str | re.Pattern[str], original_template: str = "") -> None:
        self._pattern = pattern
        self.original_template = original_template

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The compiled pattern.

        It is compiled when it is first used: every command would wait 15 ms for all of them, and
        the URLs of a wiki match a few only.
        """
        return re.compile(self._pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An archive service, its hosts and the patterns of its mirrors' URLs.

    Attributes:
        name: The stable name in the database and in reports.
        title: The name for readers.
        trust: The degree of trust.
        hosts: Host names in lower case without `www.`; ports never count.
        url_patterns: The patterns of mirrors' URLs; the first that matches is used.
        mirror_template: The format string that `mirror_url` fills with `timestamp`, `original` and,
            at archives with replay modifiers, `modifier`. "" if no URL can be built from these.
        utc_offset: Hours by which its timestamps are ahead of UTC.
        time_of_id: Returns the capture time (14 digits, or "") of an id that contains it.
        trust_source: The source for a doubt or an end: an address, or an observation with its date.
    """

    name: str
    title: str
    trust: Trust
    hosts: tuple[str, ...]
    url_patterns: tuple[MirrorUrlPattern, ...]
    mirror_template: str = ""
    utc_offset: int = 0
    time_of_id: Callable[[str], str] | None = None
    trust_source: str = ""


class ArchiveClient(ABC):
    """Base class of clients of one archive.

    A client blocks, makes bounded requests, and belongs to one thread.
    """

    @abstractmethod
    def close(self) -> None:
        """Close the connections."""


class SnapshotFinder(ArchiveClient):
    """Base class of clients that look up existing snapshots.

    The methods return failures as values and raise nothing.
    """

    @abstractmethod
    def nearest(
        self,
        original: str,
        moment: datetime,
        *,
        is_failing: bool = False,
        excluded: Collection[str] = (),
        prefer_earlier: bool = True,
    ) -> LookupResult:
        """Return the usable snapshot nearest to a time; earlier ones are preferred to later ones.

        Args:
            original: The URL of the page.
            moment: The time, a timezone-aware datetime.
            is_failing: Whether the page is not served any more, so that more requests are worth it.
            excluded: URLs of snapshots known to be unusable.
            prefer_earlier: Return a later snapshot only if there is no earlier one. If False, the
                nearest one is returned, whether earlier or later.

        Returns:
            The outcome `FOUND` with the snapshot, or another outcome without one.
        """

    @abstractmethod
    def oldest_since(self, original: str, moment: datetime) -> LookupResult:
        """Return the oldest usable snapshot made at a time or later.

        Args:
            original: The URL of the page.
            moment: The time, a timezone-aware datetime.

        Returns:
            The outcome `FOUND` with the snapshot, or another outcome without one.
        """

    def redirects(self, original: str, *, of_neighbours: bool = False) -> SnapshotList:
        """Return the latest snapshots that are redirects, the newest first.

        By default an archive cannot list them, and the outcome is unknown.

        Args:
            original: The URL of the page.
            of_neighbours: Return the first of each other URL in its folder instead.
        """
        return SnapshotList(
            outcome=LookupOutcome.UNKNOWN,
            detail="this archive cannot list its redirects",
        )

    def neighbours(self, original: str) -> SnapshotList:
        """Return one snapshot of each archived page in a URL's folder, including the URL's page.

        By default an archive cannot list them, and the outcome is unknown.

        Args:
            original: The URL.
        """
        return SnapshotList(
            outcome=LookupOutcome.UNKNOWN, detail="this archive cannot list archived pages"
        )


class Capturer(ArchiveClient):
    """Base class of clients that request new snapshots.

    The methods return failures as values and raise nothing.
    """

    @abstractmethod
    def save(self, original: str, *, without_browser: bool = False) -> CaptureResult:
        """Request a new public capture, once.

        Args:
            original: The URL of the page.
            without_browser: Fetch the page without a browser, if the archive offers that.
        """

    def poll(self, job_ids: Sequence[str]) -> CaptureProgress:
        """Return the state of pending captures; by default it is unknown.

        Args:
            job_ids: The archive's ids of the captures.
        """
        return CaptureProgress()

    def quota(self) -> CaptureQuota:
        """Return how many captures may be requested now; by default that is unknown."""
        return CaptureQuota()


class CaptureProgress(Struct, frozen=True, kw_only=True):
    """The state of pending captures.

    Attributes:
        results: The results by job id, without the jobs whose state is unknown.
        retry_after: The pause that the service requested, in seconds, or None.
    """

    results: Mapping[str, CaptureResult] = field(default_factory=dict)
    retry_after: float | None = None


class CaptureQuota(Struct, frozen=True, kw_only=True):
    """The captures that an archive still accepts.

    Attributes:
        free_sessions: How many captures may be requested now, besides those that are pending; None
            if unknown.
        left_today: How many captures may still be requested today; None if unknown.
        keys_rejected: Whether the service rejected the API keys.
        overloaded: Whether the service accepts no captures from anyone now.
        detail: An explanation for people.
        retry_after: The pause that the service requested, in seconds, or None.
    """

    free_sessions: int | None = None
    left_today: int | None = None
    keys_rejected: bool = False
    overloaded: bool = False
    detail: str = ""
    retry_after: float | None = None


class ArchiveError(Exception):
    """Raised when an archive sent no usable response."""


class NoUsableResponse(ArchiveError):
    """Raised when there is no response, or none that can be parsed; retry the lookup later.

    Args:
        detail: An explanation for people.
        status: The HTTP status, if there was one.
        sent: Whether the request may have reached the service.
        affects_all_requests: Whether other requests to the service would probably fail in the same
            way.
    """

    def __init__(
        self,
        detail: str,
        *,
        status: int | None = None,
        sent: bool = True,
        affects_all_requests: bool = False,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.sent = sent
        self._affects_all_requests = affects_all_requests

    @property
    def unavailable(self) -> bool:
        """True if the service did not respond, refused us, or failed with a server error."""
        return self._affects_all_requests or self.status in (401, 403) or (self.status or 0) >= 500


class RateLimited(NoUsableResponse):
    """Raised when the service requested a pause.

    Args:
        detail: An explanation for people.
        status: The HTTP status.
        retry_after: Seconds during which the service must not be requested at all.
        is_pause_stated: Whether the service stated `retry_after`; otherwise it is our default.
    """

    def __init__(
        self, detail: str, *, status: int, retry_after: float, is_pause_stated: bool = False
    ) -> None:
        super().__init__(detail, status=status)
        self.retry_after = retry_after
        self.is_pause_stated = is_pause_stated


class CaptureExcluded(ArchiveError):
    """Raised when the archive does not show this URL to anyone, so that retrying is useless."""


class InvalidKeys(ArchiveError):
    """Raised when the archive rejected the API keys; retry only after correcting them."""
