"""Run `check` and `archive` on thirty days for 300 links that stay, move and break, in one process.

`python -m tests.integration.archives.thirty_days FOLDER` writes one JSON object: the final state,
mirrors and captures of each link, and the number of requests of each kind that the archive received,
in all and in its busiest scaled minute. The web, the archive and the job share a clock that moves a
day at a time. The archive's limits are scaled: in `MINUTE` seconds it accepts as many requests as
the real archive in `SCALE` minutes.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import select

from crawler.cli.options import CommonOptions
from crawler.cli.steps import archive_steps, check_steps
from crawler.cli.steps.crawl_runner import CrawlRunner, run_crawls
from crawler.cli.terminal.console import TerminalOutput
from crawler.config import load_config
from crawler.demo.archive import FakeWayback
from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.responses import page, redirect, status, switch_at
from crawler.demo.web import ANY, Behaviour, FakeWeb, group_by_host, serve
from crawler.jobs.clock import ManualClock
from crawler.jobs.job import Job
from crawler.jobs.lifecycle import open_job
from crawler.scan.page_recorder import PageRecorder
from crawler.scan.reader import read_page
from store.schema.models import CaptureRow, LinkRow, MirrorRow, aliased
from store.vocabulary import Role
from store.work.frontier import DueFilter

START = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
DAYS = 30
PER_DAY = 30
MINUTE, SCALE = 3.0, 20
# Requests a minute: the limits of the archive, and those of the job, which are lower as in reality.
SERVICE_LIMITS = {"cdx": 30, "save": 7, "status": 60, "replay": 600}
JOB_LIMITS = {"cdx": 24, "save": 5.6, "replay": 300}
LIMITS = {kind: limit * SCALE for kind, limit in SERVICE_LIMITS.items()}
# The groups of links, and how many each has: archived ones that are alive (kept) or broken (lost), or
# whose nearest snapshot cannot be replayed (hollow); unarchived ones that stay alive (fresh), break
# (dying) or move (moving) within the month, or are broken from the start (gone); pages of which an
# archive captures only a bot check (walled); originals of short mirror URLs (short).
GROUPS: Mapping[str, int] = {
    "kept": 50,
    "hollow": 10,
    "fresh": 80,
    "dying": 50,
    "moving": 30,
    "lost": 30,
    "gone": 20,
    "walled": 15,
    "short": 15,
}
BOT_CHECK = b"<!doctype html><title>Just a moment...</title><body><div id=cf-wrapper>Checking your browser before accessing.</div>"
# Short mirror URLs, and the markup by which the archives' pages name the original.
SHORT: Sequence[tuple[str, str]] = (
    ("http://perma.cc/A1B2-C{:03}", '<input id="source_url" value="{}" readonly>'),
    (
        "http://ghostarchive.org/archive/aB{:03}",
        '<replay-web-page source="/1.warc" url="{}"></replay-web-page>',
    ),
    (
        "http://archive.ph/aB{:03}",
        '<input id="SHARE_LONGLINK" value="http://archive.ph/20210401000000/{}">',
    ),
)

_WORDS = [
    "ferry",
    "harbour",
    "lantern",
    "winter",
    "market",
    "island",
    "council",
    "bridge",
    "letter",
    "archive",
    "evening",
    "river",
    "village",
    "school",
    "summer",
    "paper",
]


def url_of(group: str, number: int) -> str:
    return f"http://{group}{number % 5}.example/story-{number}.html"


def cited_by(group: str, number: int) -> str:
    """Return the URL that the page cites: the original, or a short mirror URL."""
    return SHORT[number % 3][0].format(number) if group == "short" else url_of(group, number)


def one_of_four_days(first: int, number: int) -> datetime:
    """Return a morning `first` days after the start, or one of the three days after it."""
    return START + timedelta(days=first + number % 4)


def text_of(group: str, number: int) -> Behaviour:
    """Return a page whose text is long enough to differ from all others."""
    seed = sum(map(ord, group)) + 31 * number
    sentences = (
        " ".join(
            _WORDS[(seed * (place + 3) + place * place) % len(_WORDS)]
            for place in range(line, line + 12)
        )
        for line in range(6)
    )
    return page(f"{group} {number}", *sentences)


def web_responses() -> dict[str, Behaviour]:
    """Return the responses of the web."""
    responses: dict[str, Behaviour] = {}
    for group, size in GROUPS.items():
        for number in range(size):
            url, text = url_of(group, number), text_of(group, number)
            responses[url] = {
                "dying": switch_at(one_of_four_days(9, number), text, status(404)),
                "moving": switch_at(
                    one_of_four_days(3, number), text, redirect(301, f"/new-{number}.html")
                ),
                "lost": status(404),
                "gone": status(404),
            }.get(group, text)
            if group == "moving":
                responses[url.replace("story", "new")] = text
            if group == "short":
                short, markup = cited_by(group, number), SHORT[number % 3][1].format(url)
                responses[short] = page(
                    "An archive",
                    "A copy of a page, made by an archive that gives its copies short names.",
                    markup=markup,
                )
    return responses


def archived_snapshots() -> list[StoredSnapshot]:
    """Return the snapshots that the archive has at the beginning."""
    stamps = ("20190101000000", "20210301000000", "20240601000000")
    urls = [
        url_of(group, number)
        for group in ("kept", "lost", "hollow")
        for number in range(GROUPS[group])
    ]
    return [StoredSnapshot(original=url, timestamp=stamp) for url in urls for stamp in stamps]


class Archive(FakeWayback):
    """An archive that captures only the bot check of some hosts, and cannot replay some copies."""

    async def fetch_snapshot(self, url: str) -> StoredSnapshot:
        recorded = await super().fetch_snapshot(url)
        return replace(recorded, body=BOT_CHECK) if "//walled" in url else recorded

    async def _handle_replay(self, request: web.Request) -> web.Response:
        if "/web/2021" in request.raw_path and "//hollow" in request.raw_path:
            return web.Response(
                status=404,
                text="<title>Wayback Machine</title><p>Hrm. This page cannot be shown.",
                content_type="text/html",
            )
        return await super()._handle_replay(request)


def main() -> None:
    folder = Path(sys.argv[1])
    clock = ManualClock(START)
    result: dict[str, Any] = {}

    async def month(crawls: CrawlRunner) -> None:
        sites = {
            host: {ANY: status(404)} | site for host, site in group_by_host(web_responses()).items()
        }
        async with FakeWeb(sites, now=clock) as internet:
            archive = Archive(archived_snapshots(), fetch=internet.fetch, now=clock)
            archive.captures.keys = {"AKEY:SSECRET"}
            archive.captures.status_requests_needed = 0
            async with serve(archive.app) as address:
                screen = TerminalOutput(CommonOptions(verbosity=-1))
                for day in range(DAYS):
                    clock.move_to(START + timedelta(days=day))
                    loaded = load_config(
                        start=folder,
                        environment={},
                        overrides=overrides(internet, f"http://{address}"),
                    )
                    with open_job(loaded, "run", clock=clock) as job:
                        if day == 0:
                            scan(job)
                        await check_steps.check_links(crawls, job, DueFilter(now=clock()), screen)
                        await archive_steps.archive_links(crawls, job, screen, limit=1000)
                        if day == DAYS - 1:
                            result.update(links=final_states(job), audit=count_requests(archive))
                result["captures_a_day"] = Counter(
                    request.received_at.date().isoformat()
                    for request in archive.requests_of("save")
                )
                result["asked_for"] = archive.captures.submitted_urls

    run_crawls(month)
    json.dump(result, sys.stdout)


def overrides(internet: FakeWeb, endpoint: str) -> dict[str, Any]:
    scale = 60 / MINUTE * SCALE
    wayback = {
        "endpoint": endpoint,
        "availability_endpoint": f"{endpoint}/wayback/available",
        "key": "AKEY",
        "secret": "SSECRET",
        "lookups_per_minute": scale * JOB_LIMITS["cdx"],
        "captures_per_minute": scale * JOB_LIMITS["save"],
        "replays_per_minute": scale * JOB_LIMITS["replay"],
        "captures_per_day": PER_DAY,
        "poll_wait": 0.02,
    }
    return {
        "network.connect_to": internet.connect_to(),
        "hosts": {"*": {"interval": 0, "retry_wait": 0.01}, "archive.today": {"interval": 0}},
        **{f"archives.wayback.{name}": value for name, value in wayback.items()},
    }


def scan(job: Job) -> None:
    urls = [cited_by(group, number) for group, size in GROUPS.items() for number in range(size)]
    text = "".join(
        f"x[^{number}]\n\n[^{number}]: [{number}]({url}). Accessed 2021-05-01.\n\n"
        for number, url in enumerate(urls)
    )
    recorder = PageRecorder(job, job.loaded)
    recorder.add(read_page(text.encode(), "page.md"))
    recorder.flush()


def final_states(job: Job) -> dict[str, Any]:
    """Return the final state of each link, with its mirrors and captures."""
    address = aliased(LinkRow)
    mirrors: dict[int, list[Any]] = defaultdict(list)
    captures: dict[int, list[str]] = defaultdict(list)
    with job.database.read() as connection:
        columns = (
            MirrorRow.original_id,
            address.url,
            address.state,
            MirrorRow.quality,
            MirrorRow.origin,
            MirrorRow.flaw,
        )
        for row in connection.execute(
            select(*columns).join(address, address.id == MirrorRow.link_id)
        ):
            mirrors[row.original_id].append([row.url, row.state, row.quality, row.origin, row.flaw])
        for link_id, status_ in connection.execute(
            select(CaptureRow.link_id, CaptureRow.status).order_by(CaptureRow.id)
        ):
            captures[link_id].append(status_)
        links = connection.execute(
            select(LinkRow.id, LinkRow.url, LinkRow.state).where(LinkRow.role == Role.LINK)
        ).all()
    return {
        row.url: {"state": row.state, "mirrors": mirrors[row.id], "captures": captures[row.id]}
        for row in links
    }


def count_requests(archive: FakeWayback) -> dict[str, tuple[int, int]]:
    """Return the number of requests of each kind, and the maximum in any scaled minute."""
    kinds = Counter(request.kind for request in archive.requests)
    return {kind: (count, archive.peak_requests(kind, MINUTE)) for kind, count in kinds.items()}


if __name__ == "__main__":
    main()
