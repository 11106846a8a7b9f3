"""Items that spiders send to the pipelines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from crawler.page_text.comparison import TextComparison
from store.vocabulary import (
    CaptureResult,
    Judgement,
    LookupResult,
    MoveProposal,
    Page,
    Probe,
    SearchOutcome,
)
from store.work.archives.captures import CaptureTask
from store.work.archives.lookups import LookupTask
from store.work.comparisons import ComparisonTask
from store.work.frontier import DueLink
from store.work.leases import Lease
from store.work.page_parts import PartsFound, PartsTask
from store.work.searches import SearchTask

Emit = Callable[[Any], Awaitable[None]]
"""Sends one item through the pipelines, and returns when they are done with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageItem:
    """A page that was read (`citations` spider).

    Attributes:
        wiki: Name of the wiki; empty if the configuration has no named wikis.
        page: The page with its citations.
    """

    wiki: str
    page: Page


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedPageItem:
    """A stored page that its published site no longer has (`citations` spider).

    Attributes:
        wiki: Name of the wiki; empty if the configuration has no named wikis.
        url: The URL of the page.
    """

    wiki: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeItem:
    """A judged probe of a link or mirror (`liveness` spider).

    Attributes:
        link: The link or mirror.
        host: The host whose rate limit applies to the requests.
        probe: The requests with their responses.
        judgement: The verdict with its reason.
        lease: The lease of the host; the probe is stored only while it is held. None: no lease is
            checked.
    """

    link: DueLink
    host: str
    probe: Probe
    judgement: Judgement
    lease: Lease | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupItem:
    """The result of a search for the nearest snapshot in an archive (`captures` spider).

    Attributes:
        service: Name of the archive.
        task: The link, and the time near which a snapshot is wanted.
        result: The snapshot found, if any.
    """

    service: str
    task: LookupTask
    result: LookupResult


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureItem:
    """The result of a request for a capture (`captures` spider).

    Attributes:
        service: Name of the archive, or `local`.
        task: The link to capture.
        result: The status of the capture, and its mirror if there is one.
    """

    service: str
    task: CaptureTask
    result: CaptureResult


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchItem:
    """The result of a search for a broken link's new address (`moves` spider).

    Attributes:
        task: The link.
        outcome: Whether something was found, or the search failed.
        proposals: The new addresses found, with confidence and evidence.
        detail: Why the search is incomplete, in one line; "" if it is complete.
    """

    task: SearchTask
    outcome: SearchOutcome
    proposals: tuple[MoveProposal, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftItem:
    """The comparison of a living page with a memento of it (`drift` spider).

    Attributes:
        task: The link and its mirror.
        comparison: How much of the memento's text the page still has.
        is_final: False if the pages could not be compared, because a response was missing; the
            comparison is then repeated earlier than the regular interval says.
    """

    task: ComparisonTask
    comparison: TextComparison
    is_final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsItem:
    """The parts of a copy that its archive has or lacks (`parts` spider).

    Attributes:
        task: The copy.
        found: What is known of its images, style sheets and frames.
    """

    task: PartsTask
    found: PartsFound
