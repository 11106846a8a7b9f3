"""Fill a database with links for reports: pages in two scripts, histories, archive copies."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

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
KINDS = (  # state, verdict, reason, status, share
    ("alive", "alive", "ok", 200, 700),
    ("moved", "moved", "moved-permanently", 200, 60),
    ("broken", "broken", "not-found", 404, 80),
    ("broken", "broken", "domain-not-found", None, 30),
    ("suspect", "broken", "timeout", None, 20),
    ("suspect", "broken", "server-error", 503, 10),
    ("blocked", "blocked", "challenge", 403, 60),
    ("blocked", "blocked", "rate-limited", 429, 20),
    ("unsure", "unsure", "dns-failure", None, 20),
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
    """Fill an empty database."""
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
        next_link = 1
        for number in range(links):
            mirrors = chance.choice((0, 1, 2))
            for table, row in _link(
                chance, number, next_link, mirrors, len(hosts), links // 15 + 1, probes
            ):
                tables[table].append(row)
            next_link += 1 + mirrors
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


def _link(
    chance: random.Random, number: int, link: int, mirrors: int, hosts: int, pages: int, probes: int
) -> Iterator[tuple[type, dict[str, Any]]]:
    """Yield the rows of one link, its citation, history and mirrors, with their tables."""
    state, verdict, reason, status, _ = chance.choices(KINDS, [kind[-1] for kind in KINDS])[0]
    changed = chance.randrange(2, RUNS + 1) if state != "alive" else 1
    failing = NOW - (RUNS - changed) * WEEK
    host = (
        int(hosts * chance.random() ** 3)
        if state in {"broken", "suspect"}
        else chance.randrange(hosts)
    )
    word = chance.choice(WORDS[6:10]).replace(" ", "-")
    url = f"http://site{host}.example/{word}/{number}?id={chance.randrange(10**6)}"
    judgement = {
        "state": state,
        "verdict": verdict,
        "reason": reason,
        "detail": str(status or ""),
        "note": "",
    }
    times = {"state_since": failing, "checked_at": NOW, "next_probe_at": NOW + WEEK, "probes": RUNS}
    failed = verdict == "broken"
    failures = {
        "first_failed_at": failing if failed else None,
        "last_alive_at": failing - WEEK if failed else NOW,
        "consecutive_failures": (RUNS - changed + 1) * failed,
    }
    redirected = state == "moved"
    response: dict[str, Any] = {
        "status_code": status,
        "final_url": f"{url}&moved=1" if redirected else url,
        "redirects": int(redirected),
        "warnings": [],
    }
    change = {
        "previous_state": "alive" if changed > 1 else None,
        "changed_run_id": changed,
        "first_run_id": 1,
    }
    row = {
        "id": link,
        "key": url,
        "url": url,
        "role": "link",
        "host_id": host + 1,
        **judgement,
        **times,
        **failures,
        **response,
        **change,
    }
    yield LinkRow, row
    accessed = date(2015, 1, 1) + timedelta(days=chance.randrange(4000))
    place = {
        "page_id": chance.randrange(pages) + 1,
        "line": chance.randrange(1, 300),
        "column": 3,
        "start": number,
        "end": number + 1,
    }
    text = "".join(chance.choices(WORDS, k=4))
    content: dict[str, Any] = {
        "text": text,
        "title": None,
        "kind": "inline",
        "footnote": None,
        "section": [],
        "quoted": False,
        "block": number,
        "notes": None,
        "accessed": accessed,
    }
    marks = {
        "published": None,
        "marked_dead": None,
        "salvaged": False,
        "first_run_id": 1,
        "gone_run_id": None,
    }
    yield CitationRow, {"link_id": link, "mirror_id": None, "url": url, **place, **content, **marks}
    if changed > 1:
        yield SpanRow, _span(link, "alive", "ok", 1, changed - 1)
    yield (
        SpanRow,
        {
            **_span(link, verdict, reason, changed, RUNS),
            "confirmed_run_id": changed if state == "broken" else None,
        },
    )
    for probe in range(probes):
        yield ProbeRow, _probe(link, url, NOW - probe * WEEK, verdict, reason, status)
    yield from _mirrors(chance, link, url, mirrors, accessed, times)


def _mirrors(
    chance: random.Random,
    link: int,
    url: str,
    mirrors: int,
    accessed: date,
    times: Mapping[str, Any],
) -> Iterator[tuple[type, dict[str, Any]]]:
    """Yield the rows of a link's mirrors, with their tables."""
    for mirror in range(mirrors):
        address = link + 1 + mirror
        captured = datetime(
            accessed.year, accessed.month, accessed.day, 11, 4, 26, tzinfo=UTC
        ) + timedelta(days=chance.randrange(-200, 200), seconds=mirror)
        stamp = f"{captured:%Y%m%d%H%M%S}"
        copy = f"https://web.archive.org/web/{stamp}/{url}"
        mirror_state = {
            "state": "alive",
            "verdict": "alive",
            "reason": "ok",
            "detail": "",
            "note": "",
            **times,
        }
        no_failures = {
            "first_failed_at": None,
            "last_alive_at": NOW,
            "consecutive_failures": 0,
            "previous_state": None,
            "changed_run_id": 1,
        }
        mirror_response = {
            "status_code": 200,
            "final_url": copy,
            "redirects": 0,
            "warnings": [],
            "first_run_id": 1,
        }
        yield (
            LinkRow,
            {
                "id": address,
                "key": copy,
                "url": copy,
                "role": "mirror",
                "host_id": 1,
                **mirror_state,
                **no_failures,
                **mirror_response,
            },
        )
        mirror_fields = {
            "service": "wayback",
            "timestamp": stamp,
            "snapshot_id": "",
            "captured_at": captured,
            "origin": "found",
        }
        yield (
            MirrorRow,
            {
                "link_id": address,
                "original_id": link,
                "original_source": None,
                "status_at_capture": 200,
                "first_run_id": 1,
                **mirror_fields,
            },
        )


def _span(link: int, verdict: str, reason: str, first: int, last: int) -> dict[str, Any]:
    moments = {"first_at": NOW - (RUNS - first) * WEEK, "last_at": NOW - (RUNS - last) * WEEK}
    runs = {"first_run_id": first, "last_run_id": last, "probes": last - first + 1}
    return {
        "link_id": link,
        "verdict": verdict,
        "reason": reason,
        "confirmed_run_id": None,
        **moments,
        **runs,
    }


def _probe(
    link: int, url: str, at: datetime, verdict: str, reason: str, status: int | None
) -> dict[str, Any]:
    request = {
        "method": "GET",
        "url": url,
        "at": at.isoformat(),
        "elapsed_ms": 120,
        "status": status,
    }
    outcome = {
        "verdict": verdict,
        "reason": reason,
        "detail": "",
        "evidence": None,
        "requests": [request],
    }
    return {"link_id": link, "run_id": RUNS, "started_at": at, "finished_at": at, **outcome}
