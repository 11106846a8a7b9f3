"""Rank the links that may be captured: the most urgent first, with hosts taking turns.

This module reads and stores nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from crawler.http.url_privacy import may_publish
from store.work.archives.capture_candidates import CaptureCandidate

_YEAR: Final = timedelta(days=365)

Isolate = Callable[[str], AbstractContextManager[object]]
"""Returns a context that confines unexpected exceptions about a URL to its block."""

_Level = tuple[bool, bool, int]
"""Whether public archives may copy the link, whether it has a mirror, and its negative weight.

Lower levels are captured first: False sorts before True.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureChoice:
    """A link that should be captured.

    Attributes:
        link_id: The link.
        url: Its URL.
        reasons: The reasons for its position, for people, by descending weight.
        is_queued: Whether its capture is already queued.
    """

    link_id: int
    url: str
    reasons: tuple[str, ...]
    is_queued: bool


@dataclass(frozen=True, slots=True)
class _RankedCandidate:
    """A candidate and the reasons for its capture.

    Attributes:
        candidate: The candidate.
        reasons: Pairs of a weight and a text for people.
    """

    candidate: CaptureCandidate
    reasons: list[tuple[int, str]]

    @property
    def level(self) -> _Level:
        """The candidate's group in the order; within it, hosts take turns."""
        weight = sum(weight for weight, _ in self.reasons)
        return not self.candidate.refused, self.candidate.mirror_service is not None, -weight


def rank_candidates(
    candidates: Iterable[CaptureCandidate], *, now: datetime, isolate: Isolate = nullcontext
) -> Sequence[CaptureChoice]:
    """Return the links to capture in their order, without those that must not be published.

    Links that public archives may not copy come first. Links without a good mirror come before
    those that have one on a less trusted service, and fragile ones before others. Among equals,
    hosts take turns, so that no host uses up the quota of a day; earlier captures of a host count
    as its turns, so that it does not use up the quota of every day either.

    Args:
        candidates: The links that may be captured.
        now: The present time.
        isolate: Confines unexpected exceptions; a candidate that raises one is left out.
    """
    ranked: list[_RankedCandidate] = []
    for candidate in candidates:
        with isolate(candidate.url):
            if may_publish(candidate.url):
                ranked.append(_RankedCandidate(candidate, _reasons(candidate, now)))
    ranked.sort(key=lambda entry: (entry.level, entry.candidate.link_id))
    turns: Counter[tuple[_Level, str]] = Counter()  # by level and host
    ordered = []
    for entry in ranked:
        candidate, level = entry.candidate, entry.level
        turns[level, candidate.host] += 1
        turn = candidate.host_captures + turns[level, candidate.host]
        ordered.append(((level, turn, candidate.link_id), entry))
    ordered.sort(key=lambda pair: pair[0])
    return [_choice(entry) for _, entry in ordered]


def _choice(entry: _RankedCandidate) -> CaptureChoice:
    by_weight = sorted(entry.reasons, key=lambda reason: -reason[0])
    return CaptureChoice(
        link_id=entry.candidate.link_id,
        url=entry.candidate.url,
        reasons=tuple(text for _, text in by_weight),
        is_queued=entry.candidate.is_queued,
    )


def _reasons(candidate: CaptureCandidate, now: datetime) -> list[tuple[int, str]]:
    """Return the reasons why a link is fragile: pairs of a weight and a text for people."""
    if candidate.service_count >= 2:
        copies = f"copies on {candidate.service_count} archives"
    elif candidate.mirror_service is None:
        copies = "no copy in any archive"
    else:
        copies = f"its only copy is on {candidate.mirror_service}"
    reasons = [(0, copies)]
    if candidate.refused:
        reasons.append((3, "public archives may not copy it"))
    if candidate.host_broken:
        share = candidate.host_broken / candidate.host_links
        text = f"{candidate.host_broken} of {candidate.host_links} links at its host are broken"
        reasons.append((1 + round(3 * share), text))
    if candidate.moved:
        reasons.append((2, "it has moved"))
    years = max(0, (now - candidate.read_at) // _YEAR)  # a date counts as the end of its day
    if years:
        plural = "s" if years > 1 else ""
        reasons.append((min(years // 3, 3), f"read {years} year{plural} ago"))
    return reasons
