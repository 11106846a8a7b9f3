"""Judge an archive's response to the request for one part of an archived page.

A part is there if the archive has a capture of it within a year of the page's capture. It is
missing only if the archive says "not captured", or has only a capture from another time or of an
error. After login pages, bot checks, refusals and faults it is unknown. An archive replays the
capture of a part nearest to the page's time, and states its time: in `Memento-Datetime` (RFC 7089)
with the part, or by a redirect to the capture. This module makes no requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from crawler.archives.link_header import memento_datetime
from crawler.http.redirects import REDIRECT_STATUSES
from crawler.http.urls import host_of, same_address
from crawler.liveness import next_hop
from crawler.liveness.mirrors.mirror_redirects import parse_replay_url
from crawler.liveness.part_urls import replayed_url
from store.vocabulary import ProbeRequest

MAX_DISTANCE: Final = timedelta(days=365)
_UNAVAILABLE_STATUSES: Final = frozenset(
    {408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524}
)


class PartKind(StrEnum):
    """The kinds of parts; each value is the modifier of an archive's URLs for that kind."""

    STYLE_SHEET = "cs_"
    FRAME = "if_"
    IMAGE = "im_"


class PartState(StrEnum):
    """The state of a part, according to an archive's response."""

    THERE = "there"
    MISSING = "missing"
    UNKNOWN = "unknown"
    ARCHIVE_UNAVAILABLE = "archive-unavailable"  # unknown; further requests would fail as well
    ELSEWHERE = "elsewhere"  # the response redirects to the capture to request next
    DOUBTFUL = "doubtful"  # the content type is HTML: the first bytes of the body decide


@dataclass(frozen=True, slots=True)
class PartResponse:
    """The judgement of a response.

    Attributes:
        state: The state of the part.
        captured_at: The time of the capture nearest to the page's, if the response names it.
        timestamp: The time in the URL of the capture to request next, as the archive writes it.
        original: The original URL of the capture to request next.
    """

    state: PartState
    captured_at: datetime | None = None
    timestamp: str = ""
    original: str = ""


def judge_part(request: ProbeRequest, kind: PartKind, page_captured_at: datetime) -> PartResponse:
    """Return the judgement of the response to a request for a part.

    Args:
        request: The last request, with its response.
        kind: The kind of part.
        page_captured_at: The capture time of the page.
    """
    status = request.status
    if status is None:
        return PartResponse(PartState.ARCHIVE_UNAVAILABLE)
    if status in REDIRECT_STATUSES:
        return _judge_redirect(request, page_captured_at)
    captured_at = memento_datetime(request.headers.get("memento-datetime", ""))
    if captured_at is None:
        if status in (404, 410):
            return PartResponse(PartState.MISSING)
        is_unavailable = status in _UNAVAILABLE_STATUSES
        return PartResponse(PartState.ARCHIVE_UNAVAILABLE if is_unavailable else PartState.UNKNOWN)
    if status >= 400 or not is_within_a_year(captured_at, page_captured_at):
        return PartResponse(PartState.MISSING, captured_at)
    is_page = "html" in request.headers.get("content-type", "").lower()
    if is_page and kind is not PartKind.FRAME:
        return PartResponse(PartState.DOUBTFUL, captured_at)
    return PartResponse(PartState.THERE, captured_at)


def _judge_redirect(request: ProbeRequest, page_captured_at: datetime) -> PartResponse:
    """Judge a redirect of the archive to another capture, or a captured redirect of the part."""
    target = next_hop(request)
    shown = parse_replay_url(target) if target else None
    if target is None or shown is None or host_of(target) != host_of(request.url):
        return PartResponse(PartState.UNKNOWN)  # out of the archive, to a login or a bot check
    requested, next_url = replayed_url(request.url), replayed_url(target)
    captured_at = shown.captured_at
    if requested is None or next_url is None or captured_at is None:
        return PartResponse(PartState.UNKNOWN)
    if same_address(requested, next_url) and not is_within_a_year(captured_at, page_captured_at):
        return PartResponse(PartState.MISSING, captured_at)  # no capture is nearer
    return PartResponse(PartState.ELSEWHERE, captured_at, shown.timestamp, next_url)


def is_within_a_year(captured_at: datetime, page_captured_at: datetime) -> bool:
    """Return whether two capture times are at most a year apart."""
    return abs(captured_at - page_captured_at) <= MAX_DISTANCE


def is_web_page(body: bytes) -> bool:
    """Return whether a body begins as an HTML page, or is empty.

    >>> is_web_page(b" <!DOCTYPE html><title>Not found"), is_web_page(b"<svg xmlns=")
    (True, False)
    """
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if not start:
        return True  # nothing is shown
    return start.startswith(b"<") and b"<svg" not in start


def is_replay(request: ProbeRequest) -> bool:
    """Return whether a response is a capture, or a redirect to one."""
    if request.status in REDIRECT_STATUSES:
        target = next_hop(request)
        return target is not None and parse_replay_url(target) is not None
    return "memento-datetime" in request.headers and (request.status or 0) < 400
