"""Run the liveness spider in a process of its own: a reactor cannot be started twice in one.

`python -m tests.integration.liveness_run` reads one JSON object from standard input: `folder` (for the database), `overrides` (of the
configuration, dotted keys), `urls`, `rounds`. It writes one JSON object a probe: `round, url, verdict, reason, detail, requests`. In the
second round what was found alive is probed again, as the next week's run would.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.cli.steps.crawl_runner import CrawlRunner, run_crawls
from crawler.config import load_config
from crawler.items import ProbeItem
from crawler.jobs.lifecycle import open_job
from crawler.scan.wiki_scan import register_urls
from crawler.spiders.liveness import LivenessSpider
from store.vocabulary import Verdict
from store.work.frontier import DueFilter

ROOT = Path(__file__).parents[2]
PATIENCE = 480  # seconds until a run is given up; nothing is measured by it


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """One probe of the run. `requests` has a line for each: method, URL, and the status or the fault."""

    round: int
    url: str
    verdict: str
    reason: str
    detail: str
    requests: Sequence[str]


def probe_in_subprocess(
    folder: Path, urls: Sequence[str], overrides: dict[str, Any], *, rounds: int, seconds: float
) -> list[Probed]:
    """Run the liveness spider over these URLs in a process; a traceback fails the test."""
    order = json.dumps(
        {"folder": str(folder), "overrides": overrides, "urls": list(urls), "rounds": rounds}
    )
    ran = subprocess.run(
        [sys.executable, "-m", "tests.integration.liveness_run"],
        cwd=ROOT,
        input=order,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr, ran.stderr
    return [Probed(**json.loads(line)) for line in ran.stdout.splitlines()]


def main() -> None:
    order = json.load(sys.stdin)
    loaded = load_config(start=Path(order["folder"]), environment={}, overrides=order["overrides"])
    with open_job(loaded, "liveness run of the tests") as job:
        ids = register_urls(job, order["urls"])

        async def work(crawls: CrawlRunner) -> None:
            due = ids
            for number in range(1, order["rounds"] + 1):
                alive: list[int] = []

                def write(item: ProbeItem, number: int = number, alive: list[int] = alive) -> None:
                    if item.judgement.verdict is Verdict.ALIVE:
                        alive.append(item.link.id)
                    sys.stdout.write(json.dumps(_row(item, number)) + "\n")

                await crawls.crawl(
                    LivenessSpider,
                    job,
                    due_filter=DueFilter(now=job.clock(), ignore_schedule=True, ids=tuple(due)),
                    on_item=write,
                )
                due = alive

        run_crawls(work)


def _row(item: ProbeItem, number: int) -> dict[str, Any]:
    judgement = item.judgement
    return {
        "round": number,
        "url": item.link.url,
        "verdict": judgement.verdict,
        "reason": judgement.reason,
        "detail": judgement.detail,
        "requests": [
            f"{request.method} {request.url} {request.status or ''} {request.fault or ''} {request.detail}"
            for request in item.probe.requests
        ],
    }


if __name__ == "__main__":
    main()
