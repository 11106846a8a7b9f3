"""Make the rows of a generated database for reports: of runs, pages, links, copies and probes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from store.schema.models import LinkRow, MirrorRow, ProbeRow, SpanRow

NOW = datetime(2026, 3, 9, 3, 0, tzinfo=UTC)
RUNS = 52
WEEK = timedelta(days=7)
WORDS = (
    "石桥",
    "轮渡",
    "夜间",
    "公告",
    "论坛",
    "航线",
    "archive",
    "notes",
    "the ferry",
    "timetable",
    "harbour",
    "旧报道",
    "存档",
    "访谈",
)


class LinkKind(NamedTuple):
    """A kind of links; of 1,000 links `weight` are of this kind."""

    state: str
    verdict: str
    reason: str
    status: int | None
    weight: int


@dataclass(frozen=True, slots=True)
class GeneratedLink:
    """A generated link.

    Attributes:
        id: Its id in the database. Those of its mirrors' URLs follow.
        url: Its URL.
        host_id: The id of its host.
        kind: Its state, verdict and reason, and the status of its response.
        changed_run: The id of the run in which it got this state.
    """

    id: int
    url: str
    host_id: int
    kind: LinkKind
    changed_run: int

    @property
    def changed_at(self) -> datetime:
        """When it got its state."""
        return NOW - (RUNS - self.changed_run) * WEEK


def run_row(at: datetime) -> dict[str, Any]:
    """Return the row of a run that began at a time."""
    return {
        "command": "run",
        "started_at": at,
        "finished_at": at + timedelta(hours=1),
        "outcome": "finished",
        "owner": "a:1",
        "version": "0",
        "totals": {},
    }


def page_row(number: int) -> dict[str, Any]:
    """Return the row of the page of this number."""
    path = f"notes/{WORDS[number % len(WORDS)]}/{number:05}-{WORDS[number * 5 % len(WORDS)]}.md"
    fields = {
        "sha256": "0",
        "encoding": "utf-8",
        "title": path,
        "dated": date(2016 + number % 9, 5, 1),
        "anchors": [],
        "skipped": {},
    }
    return {"wiki": "notes", "path": path, "first_run_id": 1, "last_run_id": RUNS, **fields}


def link_row(link: GeneratedLink) -> dict[str, Any]:
    """Return the row of a link."""
    kind = link.kind
    is_failing = kind.verdict == "broken"
    is_redirected = kind.state == "moved"
    return {
        "id": link.id,
        "key": link.url,
        "url": link.url,
        "role": "link",
        "host_id": link.host_id,
        "state": kind.state,
        "verdict": kind.verdict,
        "reason": kind.reason,
        "detail": str(kind.status or ""),
        "note": "",
        **_times(link),
        "first_failed_at": link.changed_at if is_failing else None,
        "last_alive_at": link.changed_at - WEEK if is_failing else NOW,
        "consecutive_failures": (RUNS - link.changed_run + 1) * is_failing,
        "status_code": kind.status,
        "final_url": f"{link.url}&moved=1" if is_redirected else link.url,
        "redirects": int(is_redirected),
        "warnings": [],
        "previous_state": "alive" if link.changed_run > 1 else None,
        "changed_run_id": link.changed_run,
        "first_run_id": 1,
    }


def _times(link: GeneratedLink) -> dict[str, Any]:
    """Return the times and the number of probes that a link and its mirrors have in common."""
    return {
        "state_since": link.changed_at,
        "checked_at": NOW,
        "next_probe_at": NOW + WEEK,
        "probes": RUNS,
    }


def citation_row(
    rng: random.Random, number: int, link: GeneratedLink, pages: int
) -> dict[str, Any]:
    accessed = date(2015, 1, 1) + timedelta(days=rng.randrange(4000))
    return {
        "link_id": link.id,
        "mirror_id": None,
        "url": link.url,
        "page_id": rng.randrange(pages) + 1,
        "line": rng.randrange(1, 300),
        "column": 3,
        "start": number,
        "end": number + 1,
        "text": "".join(rng.choices(WORDS, k=4)),
        "title": None,
        "kind": "inline",
        "footnote": None,
        "section": [],
        "quoted": False,
        "block": number,
        "notes": None,
        "accessed": accessed,
        "published": None,
        "marked_dead": None,
        "salvaged": False,
        "first_run_id": 1,
        "gone_run_id": None,
    }


def history_rows(link: GeneratedLink, probes: int) -> Iterator[tuple[type, dict[str, Any]]]:
    """Yield the spans and the latest probes of a link, with their tables."""
    kind = link.kind
    if link.changed_run > 1:
        yield SpanRow, _span(link.id, "alive", "ok", 1, link.changed_run - 1)
    span = _span(link.id, kind.verdict, kind.reason, link.changed_run, RUNS)
    confirmed_run = link.changed_run if kind.state == "broken" else None
    yield SpanRow, {**span, "confirmed_run_id": confirmed_run}
    for weeks_ago in range(probes):
        yield ProbeRow, _probe(link, NOW - weeks_ago * WEEK)


def mirror_rows(
    rng: random.Random, link: GeneratedLink, mirrors: int, accessed: date
) -> Iterator[tuple[type, dict[str, Any]]]:
    """Yield the rows of a link's mirrors and of their own URLs, with their tables."""
    for number in range(mirrors):
        captured_at = datetime(
            accessed.year, accessed.month, accessed.day, 11, 4, 26, tzinfo=UTC
        ) + timedelta(days=rng.randrange(-200, 200), seconds=number)
        timestamp = f"{captured_at:%Y%m%d%H%M%S}"
        mirror_url = f"https://web.archive.org/web/{timestamp}/{link.url}"
        yield LinkRow, _mirror_link_row(link, link.id + 1 + number, mirror_url)
        yield (
            MirrorRow,
            {
                "link_id": link.id + 1 + number,
                "original_id": link.id,
                "original_source": None,
                "status_at_capture": 200,
                "first_run_id": 1,
                "service": "wayback",
                "timestamp": timestamp,
                "snapshot_id": "",
                "captured_at": captured_at,
                "origin": "found",
            },
        )


def _mirror_link_row(link: GeneratedLink, mirror_link_id: int, mirror_url: str) -> dict[str, Any]:
    """Return the row of a mirror's own URL."""
    return {
        "id": mirror_link_id,
        "key": mirror_url,
        "url": mirror_url,
        "role": "mirror",
        "host_id": 1,
        "state": "alive",
        "verdict": "alive",
        "reason": "ok",
        "detail": "",
        "note": "",
        **_times(link),
        "first_failed_at": None,
        "last_alive_at": NOW,
        "consecutive_failures": 0,
        "previous_state": None,
        "changed_run_id": 1,
        "status_code": 200,
        "final_url": mirror_url,
        "redirects": 0,
        "warnings": [],
        "first_run_id": 1,
    }


def _span(link_id: int, verdict: str, reason: str, first_run: int, last_run: int) -> dict[str, Any]:
    return {
        "link_id": link_id,
        "verdict": verdict,
        "reason": reason,
        "confirmed_run_id": None,
        "first_at": NOW - (RUNS - first_run) * WEEK,
        "last_at": NOW - (RUNS - last_run) * WEEK,
        "first_run_id": first_run,
        "last_run_id": last_run,
        "probes": last_run - first_run + 1,
    }


def _probe(link: GeneratedLink, at: datetime) -> dict[str, Any]:
    request = {
        "method": "GET",
        "url": link.url,
        "at": at.isoformat(),
        "elapsed_ms": 120,
        "status": link.kind.status,
    }
    return {
        "link_id": link.id,
        "run_id": RUNS,
        "started_at": at,
        "finished_at": at,
        "verdict": link.kind.verdict,
        "reason": link.kind.reason,
        "detail": "",
        "evidence": None,
        "requests": [request],
    }
