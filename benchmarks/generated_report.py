"""Fill a database with links for reports: pages in two scripts, histories, archive copies."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import insert

from store.schema.engine import Database
from store.schema.models import (
    CitationRow,
    HostRow,
    LinkRow,
    MirrorRow,
    PageRow,
    ProbeRow,
    RunRow,
    SpanRow,
)

NOW = datetime(2026, 3, 9, 3, 0, tzinfo=UTC)
RUNS = 52
WEEK = timedelta(days=7)


class _Kind(NamedTuple):
    """A kind of links; of 1,000 links `weight` are of this kind."""

    state: str
    verdict: str
    reason: str
    status: int | None
    weight: int


KINDS = (
    _Kind("alive", "alive", "ok", 200, 700),
    _Kind("moved", "moved", "moved-permanently", 200, 60),
    _Kind("broken", "broken", "not-found", 404, 80),
    _Kind("broken", "broken", "domain-not-found", None, 30),
    _Kind("suspect", "broken", "timeout", None, 20),
    _Kind("suspect", "broken", "server-error", 503, 10),
    _Kind("blocked", "blocked", "challenge", 403, 60),
    _Kind("blocked", "blocked", "rate-limited", 429, 20),
    _Kind("unsure", "unsure", "dns-failure", None, 20),
)
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


def fill(database: Database, links: int, probes: int) -> None:
    """Fill an empty database with links.

    Args:
        database: The database.
        links: The number of links.
        probes: The number of stored probes of each link.
    """
    chance = random.Random(7)
    runs = [NOW - (RUNS - 1 - number) * WEEK for number in range(RUNS)]
    with database.write() as connection:
        connection.execute(insert(RunRow), [_run(at) for at in runs])
        hosts = [f"site{number}.example" for number in range(links // 4 + 1)]
        connection.execute(insert(HostRow), [{"name": name} for name in hosts])
        connection.execute(insert(PageRow), [_page(number) for number in range(links // 15 + 1)])
        tables: dict[type, list[dict[str, Any]]] = {
            LinkRow: [],
            MirrorRow: [],
            CitationRow: [],
            SpanRow: [],
            ProbeRow: [],
        }
        next_id = 1
        for number in range(links):
            mirrors = chance.choice((0, 1, 2))
            link = _generate_link(chance, number, next_id, len(hosts))
            next_id += 1 + mirrors
            citation = _citation_row(chance, number, link, links // 15 + 1)
            tables[LinkRow].append(_link_row(link))
            tables[CitationRow].append(citation)
            for table, row in _history_rows(link, probes):
                tables[table].append(row)
            for table, row in _mirror_rows(chance, link, mirrors, citation["accessed"]):
                tables[table].append(row)
            if len(tables[ProbeRow]) > 20_000 or number == links - 1:
                for table, rows in tables.items():
                    if rows:
                        connection.execute(insert(table), rows)
                        rows.clear()


def _run(at: datetime) -> dict[str, Any]:
    return {
        "command": "run",
        "started_at": at,
        "finished_at": at + timedelta(hours=1),
        "outcome": "finished",
        "owner": "a:1",
        "version": "0",
        "totals": {},
    }


def _page(number: int) -> dict[str, Any]:
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


@dataclass(frozen=True, slots=True)
class _Link:
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
    kind: _Kind
    changed_run: int

    @property
    def changed_at(self) -> datetime:
        """When it got its state."""
        return NOW - (RUNS - self.changed_run) * WEEK


def _generate_link(chance: random.Random, number: int, link_id: int, hosts: int) -> _Link:
    """Return the link of this number; few hosts have most of the failing links."""
    kind = chance.choices(KINDS, [kind.weight for kind in KINDS])[0]
    changed_run = chance.randrange(2, RUNS + 1) if kind.state != "alive" else 1
    if kind.state in {"broken", "suspect"}:
        host = int(hosts * chance.random() ** 3)
    else:
        host = chance.randrange(hosts)
    word = chance.choice(WORDS[6:10]).replace(" ", "-")
    url = f"http://site{host}.example/{word}/{number}?id={chance.randrange(10**6)}"
    return _Link(link_id, url, host + 1, kind, changed_run)


def _link_row(link: _Link) -> dict[str, Any]:
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


def _times(link: _Link) -> dict[str, Any]:
    """Return the times and the number of probes that a link and its mirrors have in common."""
    return {
        "state_since": link.changed_at,
        "checked_at": NOW,
        "next_probe_at": NOW + WEEK,
        "probes": RUNS,
    }


def _citation_row(chance: random.Random, number: int, link: _Link, pages: int) -> dict[str, Any]:
    accessed = date(2015, 1, 1) + timedelta(days=chance.randrange(4000))
    return {
        "link_id": link.id,
        "mirror_id": None,
        "url": link.url,
        "page_id": chance.randrange(pages) + 1,
        "line": chance.randrange(1, 300),
        "column": 3,
        "start": number,
        "end": number + 1,
        "text": "".join(chance.choices(WORDS, k=4)),
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


def _history_rows(link: _Link, probes: int) -> Iterator[tuple[type, dict[str, Any]]]:
    """Yield the spans and the latest probes of a link, with their tables."""
    kind = link.kind
    if link.changed_run > 1:
        yield SpanRow, _span(link.id, "alive", "ok", 1, link.changed_run - 1)
    span = _span(link.id, kind.verdict, kind.reason, link.changed_run, RUNS)
    confirmed_run = link.changed_run if kind.state == "broken" else None
    yield SpanRow, {**span, "confirmed_run_id": confirmed_run}
    for weeks_ago in range(probes):
        yield ProbeRow, _probe(link, NOW - weeks_ago * WEEK)


def _mirror_rows(
    chance: random.Random, link: _Link, mirrors: int, accessed: date
) -> Iterator[tuple[type, dict[str, Any]]]:
    """Yield the rows of a link's mirrors and of their own URLs, with their tables."""
    for number in range(mirrors):
        captured_at = datetime(
            accessed.year, accessed.month, accessed.day, 11, 4, 26, tzinfo=UTC
        ) + timedelta(days=chance.randrange(-200, 200), seconds=number)
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


def _mirror_link_row(link: _Link, mirror_link_id: int, mirror_url: str) -> dict[str, Any]:
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


def _probe(link: _Link, at: datetime) -> dict[str, Any]:
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
