"""What the spiders give to the pipelines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from crawler.page_text import TextComparison
from store.vocabulary import (
    CaptureAnswer,
    Judgement,
    Lookup,
    MoveProposal,
    Page,
    Probe,
    SearchOutcome,
)
from store.work.captures import CaptureTask, LookupTask
from store.work.comparisons import ComparisonTask
from store.work.frontier import DueLink
from store.work.leases import Lease
from store.work.searches import SearchTask

Emit = Callable[[Any], Awaitable[None]]
"""Sends one item through the pipelines, and returns when they are done with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageItem:
    """A page of a wiki as read (citations spider)."""

    wiki: str
    page: Page


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeItem:
    """A finished, judged probe (liveness spider)."""

    link: DueLink
    host: str
    probe: Probe
    judgement: Judgement
    lease: Lease | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupItem:
    """What an archive answered to "which snapshot is nearest?" (captures spider)."""

    service: str
    task: LookupTask
    result: Lookup


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureItem:
    """What an archive answered to our request for a capture (captures spider)."""

    service: str
    task: CaptureTask
    result: CaptureAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchItem:
    """What looking for a broken link's new address came to (moves spider)."""

    task: SearchTask
    outcome: SearchOutcome
    proposals: tuple[MoveProposal, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftItem:
    """How a living page compares with the memento of it (drift spider). `answered`: both were there to be compared."""

    task: ComparisonTask
    comparison: TextComparison
    compared: bool
