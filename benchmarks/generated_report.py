"""Fill a database with links for reports: pages in two scripts, histories, archive copies."""

from __future__ import annotations

import random
from typing import Any

from sqlalchemy import insert

from benchmarks.generated_rows import (
    NOW,
    RUNS,
    WEEK,
    WORDS,
    GeneratedLink,
    LinkKind,
    citation_row,
    history_rows,
    link_row,
    mirror_rows,
    page_row,
    run_row,
)
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

KINDS = (
    LinkKind("alive", "alive", "ok", 200, 700),
    LinkKind("moved", "moved", "moved-permanently", 200, 60),
    LinkKind("broken", "broken", "not-found", 404, 80),
    LinkKind("broken", "broken", "domain-not-found", None, 30),
    LinkKind("suspect", "broken", "timeout", None, 20),
    LinkKind("suspect", "broken", "server-error", 503, 10),
    LinkKind("blocked", "blocked", "challenge", 403, 60),
    LinkKind("blocked", "blocked", "rate-limited", 429, 20),
    LinkKind("unsure", "unsure", "dns-failure", None, 20),
)


def fill(database: Database, links: int, probes: int) -> None:
    """Fill an empty database with links.

    Args:
        database: The database.
        links: The number of links.
        probes: The number of stored probes of each link.
    """
    rng = random.Random(7)
    runs = [NOW - (RUNS - 1 - number) * WEEK for number in range(RUNS)]
    with database.write() as connection:
        connection.execute(insert(RunRow), [run_row(at) for at in runs])
        hosts = [f"site{number}.example" for number in range(links // 4 + 1)]
        connection.execute(insert(HostRow), [{"name": name} for name in hosts])
        connection.execute(insert(PageRow), [page_row(number) for number in range(links // 15 + 1)])
        tables: dict[type, list[dict[str, Any]]] = {
            LinkRow: [],
            MirrorRow: [],
            CitationRow: [],
            SpanRow: [],
            ProbeRow: [],
        }
        next_id = 1
        for number in range(links):
            mirrors = rng.choice((0, 1, 2))
            link = _generate_link(rng, number, next_id, len(hosts))
            next_id += 1 + mirrors
            citation = citation_row(rng, number, link, links // 15 + 1)
            tables[LinkRow].append(link_row(link))
            tables[CitationRow].append(citation)
            for table, row in history_rows(link, probes):
                tables[table].append(row)
            for table, row in mirror_rows(rng, link, mirrors, citation["accessed"]):
                tables[table].append(row)
            if len(tables[ProbeRow]) > 20_000 or number == links - 1:
                for table, rows in tables.items():
                    if rows:
                        connection.execute(insert(table), rows)
                        rows.clear()


def _generate_link(rng: random.Random, number: int, link_id: int, hosts: int) -> GeneratedLink:
    """Return the link of this number; few hosts have most of the failing links."""
    kind = rng.choices(KINDS, [kind.weight for kind in KINDS])[0]
    changed_run = rng.randrange(2, RUNS + 1) if kind.state != "alive" else 1
    if kind.state in {"broken", "suspect"}:
        host = int(hosts * rng.random() ** 3)
    else:
        host = rng.randrange(hosts)
    word = rng.choice(WORDS[6:10]).replace(" ", "-")
    url = f"http://site{host}.example/{word}/{number}?id={rng.randrange(10**6)}"
    return GeneratedLink(link_id, url, host + 1, kind, changed_run)
