"""Fill a database with the generated history of many links, by writing its tables directly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from sqlalchemy import insert

from store.schema.engine import Database
from store.schema.json_codec import encode
from store.schema.models import CitationRow, HostRow, LinkRow, PageRow, ProbeRow, RunRow, SpanRow
from store.vocabulary import (
    Judgement,
    PageEvidence,
    ProbeRequest,
    Reason,
    State,
    Verdict,
)

START = datetime(2025, 1, 6, 3, tzinfo=UTC)
WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)
# Verdict and reason of each result that a generated probe can have
VERDICTS = {
    "ok": (Verdict.ALIVE, Reason.OK),
    "gone": (Verdict.BROKEN, Reason.NOT_FOUND),
    "wall": (Verdict.BLOCKED, Reason.FORBIDDEN),
}
JUDGEMENTS = {
    result: Judgement(verdict=verdict, reason=reason, status_code=200)
    for result, (verdict, reason) in VERDICTS.items()
}
FILLER = (
    "一座石桥的记述，作者在 2016 年看过原文。 "
    "The page as its author read it, in words of two languages. "
)


class HistoryGenerator:
    """Writes a generated history directly into the tables of an empty database.

    Args:
        database: The database.
        links: Number of links; each is cited once.
        probes_each: Number of runs, in each of which every link is probed once.
        text: Characters of visible text in the evidence of a probe.
        seed: Of the random numbers.
    """

    def __init__(
        self, database: Database, *, links: int, probes_each: int, text: int, seed: int = 1
    ) -> None:
        self._database = database
        self._links = links
        self._runs = probes_each
        self._random = Random(seed)
        self._evidence = encode(
            PageEvidence(
                length=48_000,
                title="石桥论坛",
                text=(FILLER * 40)[:text],
                simhash=2**63,
            )
        )

    def generate(self) -> None:
        """Write the history: a tenth as many pages as links, and 25 links for each host."""
        hosts = max(1, self._links // 25)
        self._insert(
            RunRow, ({"id": number + 1, **self._run(number)} for number in range(self._runs))
        )
        self._insert(
            HostRow,
            ({"id": number + 1, "name": f"host-{number}.example"} for number in range(hosts)),
        )
        results_of_links = [self._random_results() for _ in range(self._links)]
        self._insert(
            LinkRow,
            (self._link(number, hosts, results) for number, results in enumerate(results_of_links)),
        )
        pages = max(1, self._links // 10)
        self._insert(PageRow, ({"id": number + 1, **self._page(number)} for number in range(pages)))
        self._insert(
            CitationRow, (self._citation(number, number % pages) for number in range(self._links))
        )
        self._insert(
            SpanRow,
            (
                span
                for number, results in enumerate(results_of_links)
                for span in self._spans(number, results)
            ),
        )
        self._insert(
            ProbeRow,
            (
                self._probe(number, run, results[run])
                for run in range(self._runs)
                for number, results in enumerate(results_of_links)
            ),
        )

    def _insert(self, model: Any, rows: Iterator[dict[str, Any]]) -> None:
        while batch := list(islice(rows, 5_000)):
            with self._database.write() as connection:
                connection.execute(insert(model), batch)

    def _random_results(self) -> list[str]:
        """Return the result of each probe of a link, a key of `VERDICTS`; most repeat the last."""
        results, result = [], "ok" if self._random.random() < 0.9 else "wall"
        for _ in range(self._runs):
            if self._random.random() < {"ok": 0.01, "gone": 0.1, "wall": 0.05}[result]:
                result = self._random.choice(("ok", "gone", "wall"))
            results.append(result)
        return results

    def _run(self, number: int) -> dict[str, Any]:
        at = START + number * WEEK
        totals = {"link:alive": self._links * 9 // 10, "link:broken": self._links // 10}
        return {
            "command": "run",
            "started_at": at,
            "finished_at": at + timedelta(hours=5),
            "outcome": "finished",
            "owner": "",
            "version": "0",
            "totals": totals,
        }

    def _link(self, number: int, hosts: int, results: list[str]) -> dict[str, Any]:
        path = f"2016/{number}/an-address-of-usual-length.html?id={number}"
        url = f"https://host-{number % hosts}.example/{path}"
        at = START + (self._runs - 1) * WEEK + number * SECOND / 10
        reversed_results = enumerate(reversed(results))
        # The number of last probes with the same result
        same = next(
            (index for index, result in reversed_results if result != results[-1]), len(results)
        )
        verdict, reason = VERDICTS[results[-1]]
        state = {
            "ok": State.ALIVE,
            "wall": State.BLOCKED,
            "gone": State.BROKEN if same > 2 else State.SUSPECT,
        }[results[-1]]
        since = at - (same - 1) * WEEK
        failing = state in {State.BROKEN, State.SUSPECT}
        return {
            "id": number + 1,
            "key": url,
            "url": url,
            "role": "link",
            "host_id": number % hosts + 1,
            "first_run_id": 1,
            "state": state,
            "verdict": verdict,
            "reason": reason,
            "state_since": since,
            "checked_at": at,
            "probes": len(results),
            "first_failed_at": since if failing else None,
            "consecutive_failures": same if failing else 0,
            "last_alive_at": at if state is State.ALIVE else None,
            "changed_run_id": self._runs - same + 1,
            "next_probe_at": at + timedelta(days=7 + self._random.random()),
            "status_code": 200,
            "final_url": url,
        }

    def _page(self, number: int) -> dict[str, Any]:
        path = f"docs/{number % 100}/第{number}页.md"
        return {
            "path": path,
            "sha256": "0" * 64,
            "encoding": "utf-8",
            "title": path,
            "anchors": [],
            "skipped": {},
            "first_run_id": 1,
            "last_run_id": 1,
        }

    def _citation(self, number: int, page: int) -> dict[str, Any]:
        return {
            "page_id": page + 1,
            "link_id": number + 1,
            "line": number % 400 + 1,
            "column": 3,
            "start": 0,
            "end": 60,
            "url": f"https://x/{number}",
            "text": "一个来源",
            "kind": "footnote",
            "section": ["参考"],
            "quoted": False,
            "block": 0,
            "salvaged": False,
            "first_run_id": 1,
        }

    def _spans(self, number: int, results: list[str]) -> Iterator[dict[str, Any]]:
        """Yield a row for each sequence of equal results of a link."""
        first = 0
        for end in range(1, len(results) + 1):
            if end < len(results) and results[end] == results[first]:
                continue
            verdict, reason = VERDICTS[results[first]]
            moments = [START + run * WEEK + number * SECOND / 10 for run in (first, end - 1)]
            yield {
                "link_id": number + 1,
                "verdict": verdict,
                "reason": reason,
                "first_at": moments[0],
                "last_at": moments[1],
                "probes": end - first,
                "first_run_id": first + 1,
                "last_run_id": end,
            }
            first = end

    def _probe(self, number: int, run: int, result: str) -> dict[str, Any]:
        at = START + run * WEEK + number * SECOND / 10
        verdict, reason = VERDICTS[result]
        get = (number + run) % 4 == 0 or result != "ok"
        request = request_of(
            f"https://host-{number}.example/2016/{number}/an-address-of-usual-length.html",
            at,
            result,
            get=get,
        )
        return {
            "link_id": number + 1,
            "run_id": run + 1,
            "started_at": at,
            "finished_at": at,
            "verdict": verdict,
            "reason": reason,
            "detail": "",
            "requests": [encode(request)],
            "evidence": self._evidence if get else None,
        }


def request_of(url: str, at: datetime, result: str, *, get: bool) -> ProbeRequest:
    """Return the request of a probe.

    Args:
        url: The URL.
        at: When it was sent.
        result: The result of the probe, a key of `VERDICTS`.
        get: Whether the method is GET; else it is HEAD.
    """
    status = {"ok": 200, "gone": 404, "wall": 403}[result]
    headers = {
        "content-type": "text/html; charset=utf-8",
        "server": "nginx",
        "last-modified": "Mon, 06 Jan 2025 03:00:00 GMT",
    }
    return ProbeRequest(
        method="GET" if get else "HEAD",
        url=url,
        at=at,
        elapsed_ms=180,
        status=status,
        headers=headers,
        peer="93.184.216.34",
    )
