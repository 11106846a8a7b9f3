"""The steps of a job as the command line takes them: each shows its progress and leaves its result in the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import click

from crawler.cli.console import TerminalOutput, one_line
from crawler.cli.crawl_runner import CrawlRunner
from crawler.cli.exit_codes import CommandFailed
from crawler.cli.log_setup import print_message
from crawler.cli.text_format import format_duration, format_time, pluralize
from crawler.config import ConfigError
from crawler.config.archives import WaybackConfig
from crawler.drift.job import needs_archive, due_comparisons
from crawler.items import CaptureItem, DriftItem, LookupItem, ProbeItem, SearchItem
from crawler.jobs.isolation import Isolation, Unit
from crawler.jobs.job import Job
from crawler.moves.job import due_searches
from crawler.politeness.estimate import HostEstimate, estimate_hosts
from crawler.preservation import WAYBACK, configured_services
from crawler.preservation.captures import wanted_captures
from crawler.preservation.lookups import lookups_due
from crawler.preservation.mirror_review import review_mirrors
from crawler.probing.scheduler import reaches_archive
from crawler.spiders.captures import CapturesSpider
from crawler.spiders.drift import DriftSpider
from crawler.spiders.liveness import LivenessSpider
from crawler.spiders.moves import MovesSpider
from store.vocabulary.secrets import redact_tokens
from store.work.comparisons import ComparisonTask
from store.work.frontier import DueFilter, due_hosts
from store.work.lease_owners import short_owner_name
from store.work.runs import active_runs

_WORTH_SAYING = timedelta(minutes=1)
_ANNOUNCED = 3


def isolated_step(job: Job, name: str) -> Isolation:
    """Return a context for one step of a command: after an internal error in it the next ones are taken all the same."""
    return job.isolated(
        Unit.STEP, name, expected=(CommandFailed, ConfigError, click.ClickException, click.Abort)
    )


async def check_links(
    crawls: CrawlRunner,
    job: Job,
    wanted: DueFilter,
    screen: TerminalOutput,
    *,
    description: str = "checking",
    on_probe: Callable[[ProbeItem], None] | None = None,
) -> None:
    """Probe what is due. `on_probe` hears of each probe."""
    with job.database.read() as connection:
        hosts = due_hosts(connection, wanted)
        others = (
            []
            if wanted.new_mirrors
            else [run for run in active_runs(connection, now=job.clock()) if run.id != job.run_id]
        )
    for other in others[:_ANNOUNCED]:
        screen.warn(
            f"run {other.id} ({short_owner_name(other.owner)}) is at work since {format_time(other.started_at)}: the hosts it holds are left to it"
        )
    expected = estimate_hosts(job.config, hosts)
    total = sum(host.links for host in expected)
    if job.budget.left is not None:
        total = min(total, job.budget.left)
    if job.stop or not total:
        return
    _announce(expected, screen)
    with screen.progress(description, total, expected) as advance:

        def on_item(item: Any) -> None:
            if isinstance(item, ProbeItem):
                advance(
                    f"{item.judgement.verdict} {item.host}",
                    kind=item.judgement.verdict,
                    host=item.host,
                )
                if on_probe:
                    on_probe(item)

        await crawls.crawl(LivenessSpider, job, wanted=wanted, on_item=on_item)


def _announce(hosts: Sequence[HostEstimate], screen: TerminalOutput) -> None:
    """Say beforehand how long it will take, where that is worth a thought."""
    longest = sorted(hosts, key=lambda host: host.duration, reverse=True)[:_ANNOUNCED]
    if longest and longest[0].duration >= _WORTH_SAYING:
        each = "; ".join(
            f"{host.name}: {pluralize(host.links, 'probe')}, {format_duration(host.duration)}"
            for host in longest
        )
        screen.note(
            f"{pluralize(sum(host.links for host in hosts), 'probe')} on {pluralize(len(hosts), 'host')}, about {format_duration(longest[0].duration)} ({each})"
        )


async def archive_links(crawls: CrawlRunner, job: Job, screen: TerminalOutput, *, limit: int) -> bool:
    """Look for mirrors of what has none that lives, ask for captures where that is allowed, and probe what was found.

    False where there was something to ask and the archive could not be reached: all of it stays due.
    """
    if job.stop:
        return True
    review_mirrors(job)  # what proved worthless since is to be replaced
    total = sum(len(lookups_due(job, service, limit=limit)) for service in configured_services(job))
    reached = not total or await reaches_archive(job)
    if not reached:
        screen.warn("the Wayback Machine cannot be reached: look-ups and captures stay due")
    elif total or job.config.archives.captures_enabled:
        with screen.progress("asking archives", total) as advance:

            def on_item(item: Any) -> None:
                if isinstance(item, LookupItem | CaptureItem):
                    kind = (
                        item.result.outcome if isinstance(item, LookupItem) else item.result.status
                    )
                    advance(f"{kind} {item.task.url}", kind=kind)

            await crawls.crawl(CapturesSpider, job, limit=limit, on_item=on_item)
    await check_links(
        crawls,
        job,
        DueFilter(now=job.clock(), new_mirrors=True, scope=job.scope),
        screen,
        description="checking mirrors found",
    )
    review_mirrors(job)
    return reached


async def find_moved(crawls: CrawlRunner, job: Job, screen: TerminalOutput, *, limit: int) -> None:
    """Look for the new addresses of links that are broken for good."""
    total = len(due_searches(job, limit=limit))
    if job.stop or not total:
        return
    if not await reaches_archive(job):
        screen.warn(
            "the Wayback Machine cannot be reached: where pages went is looked for another time"
        )
        return
    with screen.progress("looking where they went", total) as advance:

        def on_item(item: Any) -> None:
            if isinstance(item, SearchItem):
                advance(f"{item.outcome} {item.task.url}")

        await crawls.crawl(MovesSpider, job, limit=limit, on_item=on_item)


async def compare_pages(crawls: CrawlRunner, job: Job, screen: TerminalOutput) -> None:
    """Hold living pages against the mementos of what was cited, as many as the configuration and the budget allow."""
    limit = (
        job.config.drift.per_run
        if job.budget.left is None
        else min(job.config.drift.per_run, max(0, job.budget.left))
    )
    due = due_comparisons(job, limit=limit) if limit else ()
    if (
        job.stop
        or not due
        or (any(_asks_archive(job, task) for task in due) and not await reaches_archive(job))
    ):
        return
    with screen.progress("comparing pages with their copies", len(due)) as advance:

        def on_item(item: Any) -> None:
            if isinstance(item, DriftItem):
                advance(item.task.url)

        await crawls.crawl(DriftSpider, job, limit=limit, on_item=on_item)


def _asks_archive(job: Job, task: ComparisonTask) -> bool:
    with job.isolated(Unit.COMPARISON, task.url):
        return needs_archive(task)
    return False


def print_verdict(item: ProbeItem) -> None:
    """One line for one link that was asked for by name."""
    judgement = item.judgement
    detail = f"  {redact_tokens(judgement.detail, item.link.url)}" if judgement.detail else ""
    click.echo(f"{judgement.verdict:<8} {judgement.reason:<24} {one_line(item.link.url + detail)}")


def print_archive_plan(job: Job, *, limit: int, find_moved: bool = False) -> None:
    """What an archive would be asked, and whose new address would be looked for."""
    for search in due_searches(job, limit=limit) if find_moved else ():
        click.echo(f"find                 {one_line(search.url)}")
    lookups = lookups_due(job, WAYBACK, limit=limit)
    for task in lookups:
        click.echo(f"look up  {task.target_time:%Y-%m-%d}  {one_line(task.url)}")
    wanted = wanted_captures(job, WAYBACK)
    for choice in wanted[:limit]:
        click.echo(
            f"capture              {one_line(choice.url)}  ({one_line('; '.join(choice.reasons))})"
        )
    archives = job.config.archives
    allowed = (
        ""
        if archives.captures_enabled
        else " (captures are off: give keys, or set capture = true under [archives])"
    )
    print_message(
        f"{pluralize(len(lookups), 'look-up')}, {pluralize(len(wanted), 'capture')}{allowed}{_queue_length(len(wanted), archives.wayback)}"
    )


def _queue_length(wanted: int, wayback: WaybackConfig) -> str:
    """Say how long captures will take, where the day's budget is what bounds them."""
    if not wanted or not wayback.captures_per_day:
        return ""
    days = -(-wanted // wayback.captures_per_day)
    if days > 1:
        return f"; at {pluralize(wayback.captures_per_day, 'capture')} a day: {days} days"
    return f"; the captures take about {format_duration(timedelta(minutes=wanted / wayback.captures_per_minute))}"
