"""The steps of a job: each shows its progress and leaves its results in the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import click

from crawler.cli.console import TerminalOutput, one_line
from crawler.cli.crawl_runner import CrawlRunner
from crawler.cli.estimate_text import describe_estimate
from crawler.cli.exit_codes import CommandFailed
from crawler.cli.run_estimate import estimate_job
from crawler.cli.text_format import format_duration, format_time, pluralize
from crawler.config import ConfigError
from crawler.drift.job import due_comparisons, needs_archive
from crawler.items import CaptureItem, DriftItem, LookupItem, PartsItem, ProbeItem, SearchItem
from crawler.jobs.ending import note_wanted
from crawler.jobs.isolation import Isolation, Unit
from crawler.jobs.job import Job
from crawler.moves.job import due_searches
from crawler.page_parts import due_copies, postpone_copies_without_parts
from crawler.politeness.estimate import HostEstimate, estimate_hosts
from crawler.preservation import configured_services, may_capture
from crawler.preservation.due_lookups import MAX_COPIES_TRIED, lookups_due, wants_better_copies
from crawler.preservation.lookups import UNAVAILABLE
from crawler.preservation.mirror_review import review_mirrors
from crawler.probing.network_check import reaches_archive
from crawler.probing.stored_probes import apply_new_mementos
from crawler.spiders.captures import CapturesSpider
from crawler.spiders.drift import DriftSpider
from crawler.spiders.liveness import LivenessSpider
from crawler.spiders.moves import MovesSpider
from crawler.spiders.parts import PartsSpider
from store.vocabulary import FRAGMENT_MISSING, Reason, Verdict
from store.vocabulary.secrets import redact_tokens
from store.work.comparisons import ComparisonTask
from store.work.frontier import DueFilter, due_hosts
from store.work.lease_owners import short_owner_name
from store.work.runs import active_runs

_ANNOUNCED_FROM = timedelta(minutes=1)
_SHOWN = 3


def isolated_step(job: Job, name: str) -> Isolation:
    """Return a context for one step: after an internal error in it, the next steps still run."""
    return job.isolated(
        Unit.STEP, name, expected=(CommandFailed, ConfigError, click.ClickException, click.Abort)
    )


async def check_links(
    crawls: CrawlRunner,
    job: Job,
    wanted: DueFilter,
    terminal: TerminalOutput,
    *,
    description: str = "checking links",
    on_probe: Callable[[ProbeItem], None] | None = None,
    announced: bool = False,
) -> None:
    """Probe the links that are due.

    Args:
        crawls: Runs the spider.
        job: The job.
        wanted: Which links to probe.
        terminal: Where progress and warnings go.
        description: Title of the progress bar.
        on_probe: Called with each probe.
        announced: Whether the command has said already how long it takes.
    """
    note_wanted(job, wanted)
    if job.stop:
        return
    with job.database.read() as connection:
        # There may be tens of thousands of hosts, so only the estimates are kept.
        expected = estimate_hosts(job.config, due_hosts(connection, wanted))
        running = [] if wanted.new_mirrors else active_runs(connection, now=job.clock())
    other_runs = [run for run in running if run.id != job.run_id]
    for run in other_runs[:_SHOWN]:
        terminal.warn(
            f"run {run.id} ({short_owner_name(run.owner)}) has been active since "
            f"{format_time(run.started_at)}: this run skips the hosts it holds"
        )
    total = sum(host.links for host in expected)
    if job.budget.left is not None:
        total = min(total, job.budget.left)
    if job.stop or not total:
        return
    if not announced:
        _announce(expected, terminal)
    with terminal.progress(description, total, expected) as advance:

        def on_item(item: Any) -> None:
            if not isinstance(item, ProbeItem):
                return
            verdict = item.judgement.verdict
            # One failed probe does not make a link broken.
            result = "failed" if verdict is Verdict.BROKEN else verdict
            advance(f"{result} {item.host}", kind=result, host=item.host)
            if on_probe:
                on_probe(item)

        await crawls.crawl(LivenessSpider, job, wanted=wanted, on_item=on_item)
    apply_new_mementos(job)


def announce_run(job: Job, terminal: TerminalOutput, *, limit: int) -> None:
    """Show how long the whole run will take, if that is a minute or more.

    Args:
        job: The job, after the pages are scanned.
        terminal: Where to show it.
        limit: Maximum number of lookups, and of captures.
    """
    estimate = estimate_job(job, limit=limit)
    if estimate.total >= _ANNOUNCED_FROM:
        terminal.note(describe_estimate(estimate))
        for host in estimate.hosts[:_SHOWN]:
            if host.duration >= _ANNOUNCED_FROM:
                probes = pluralize(host.links, "probe")
                terminal.note(f"  {host.name}: {probes}, {format_duration(host.duration)}")


def _announce(hosts: Sequence[HostEstimate], terminal: TerminalOutput) -> None:
    """Show how long checking will take, if that is a minute or more."""
    slowest = sorted(hosts, key=lambda host: host.duration, reverse=True)[:_SHOWN]
    if not slowest or slowest[0].duration < _ANNOUNCED_FROM:
        return
    details = "; ".join(
        f"{host.name}: {pluralize(host.links, 'probe')}, {format_duration(host.duration)}"
        for host in slowest
    )
    probes = pluralize(sum(host.links for host in hosts), "probe")
    duration = format_duration(slowest[0].duration)
    terminal.note(f"{probes} on {pluralize(len(hosts), 'host')}, about {duration} ({details})")


async def archive_links(
    crawls: CrawlRunner, job: Job, terminal: TerminalOutput, *, limit: int
) -> bool:
    """Look up mirrors for links without a working one, request captures, and probe new mirrors.

    Captures are requested only where the configuration allows them.

    Args:
        crawls: Runs the spiders.
        job: The job.
        terminal: Where progress and warnings go.
        limit: Maximum number of lookups, and of captures.

    Returns:
        False if there was something to request and the archive could not be reached: all of it
        stays due.
    """
    if job.stop:
        return True
    review_mirrors(job)  # mirrors that have become unusable are to be replaced
    reached, left = True, limit
    for attempt in range(MAX_COPIES_TRIED):
        again = " for the next best copy" if attempt else ""
        if left > 0:
            description = f"querying archives{again}"
            reached, used = await _query_archives(
                crawls, job, terminal, limit=left, description=description
            )
            left -= used
        new_mirrors = DueFilter(now=job.clock(), new_mirrors=True, scope=job.scope)
        await check_links(
            crawls, job, new_mirrors, terminal, description=f"checking new archive copies{again}"
        )
        # Where a copy proved unusable, or no replacement, the next best one is tried at once.
        is_unavailable = not reached or job.counts[UNAVAILABLE]
        has_more = review_mirrors(job) > 0 or wants_better_copies(job)
        if not has_more or job.stop or is_unavailable:
            break
    return reached


async def _query_archives(
    crawls: CrawlRunner, job: Job, terminal: TerminalOutput, *, limit: int, description: str
) -> tuple[bool, int]:
    """Look up mirrors and request captures.

    Returns:
        Whether the archive can be reached, and how much of the limit was used.
    """
    used: Counter[type] = Counter()
    total = sum(len(lookups_due(job, service, limit=limit)) for service in configured_services(job))
    reached = not total or await reaches_archive(job)
    if not reached:
        terminal.warn("cannot reach the Wayback Machine: lookups and captures stay due")
    elif total or may_capture(job):
        with terminal.progress(description, total) as advance:

            def on_item(item: Any) -> None:
                if isinstance(item, LookupItem):
                    outcome: str = item.result.outcome
                elif isinstance(item, CaptureItem):
                    outcome = item.result.status
                else:
                    return
                used[type(item)] += 1
                advance(f"{outcome} {item.task.url}", kind=outcome)

            await crawls.crawl(CapturesSpider, job, limit=limit, on_item=on_item)
    return reached, max(used.values(), default=0)


async def find_moved(
    crawls: CrawlRunner,
    job: Job,
    terminal: TerminalOutput,
    *,
    limit: int,
    only_short_links: bool = False,
) -> None:
    """Search for the new addresses of links that are permanently broken.

    Args:
        crawls: Runs spiders.
        job: The job.
        terminal: Shows progress.
        limit: Maximum number of links.
        only_short_links: Only look up and check where dead short links led.
    """
    total = len(due_searches(job, limit=limit, only_short_links=only_short_links))
    if job.stop or not total:
        return
    if not await reaches_archive(job):
        terminal.warn("cannot reach the Wayback Machine: searches for moved pages stay due")
        return
    with terminal.progress("searching for moved pages", total) as advance:

        def on_item(item: Any) -> None:
            if isinstance(item, SearchItem):
                advance(f"{item.outcome} {item.task.url}")

        await crawls.crawl(
            MovesSpider, job, limit=limit, only_short_links=only_short_links, on_item=on_item
        )


async def compare_pages(crawls: CrawlRunner, job: Job, terminal: TerminalOutput) -> None:
    """Compare living pages with the mementos of what was cited, within limit and budget."""
    limit = job.config.drift.per_run
    if job.budget.left is not None:
        limit = min(limit, max(0, job.budget.left))
    due = due_comparisons(job, limit=limit) if limit else ()
    if job.stop or not due:
        return
    any_needs_archive = any(_needs_archive(job, task) for task in due)
    if any_needs_archive and not await reaches_archive(job):
        return
    with terminal.progress("comparing pages with their copies", len(due)) as advance:

        def on_item(item: Any) -> None:
            if isinstance(item, DriftItem):
                advance(item.task.url)

        await crawls.crawl(DriftSpider, job, limit=limit, on_item=on_item)


async def check_parts(crawls: CrawlRunner, job: Job, terminal: TerminalOutput) -> None:
    """Look for the images, style sheets and frames of archive copies, within limit and budget.

    Archives that did not respond in this run are left alone.
    """
    limit = job.config.archives.part_checks_per_run
    if job.budget.left is not None:
        limit = min(limit, max(0, job.budget.left))
    if job.stop:
        return
    due = due_copies(job, limit=limit)
    if not due.with_parts:
        await postpone_copies_without_parts(job, due)
        return
    if not await reaches_archive(job):
        return
    with terminal.progress("checking the parts of archive copies", len(due.with_parts)) as advance:

        def on_item(item: Any) -> None:
            if isinstance(item, PartsItem):
                advance(item.task.url)

        await crawls.crawl(PartsSpider, job, limit=limit, on_item=on_item)


def _needs_archive(job: Job, task: ComparisonTask) -> bool:
    with job.isolated(Unit.COMPARISON, task.url):
        return needs_archive(task)
    return False


def print_verdict(item: ProbeItem, url: str) -> None:
    """Print one line about a URL that was named on the command line."""
    judgement = item.judgement
    if judgement.reason is Reason.NETWORK_DOWN:
        print_not_checked("no network", url)
        return
    detail = f"  {redact_tokens(judgement.detail, url)}" if judgement.detail else ""
    if url.partition("#")[2] in _missing_fragments(item):
        detail += f"  {FRAGMENT_MISSING}"
    click.echo(f"{judgement.verdict:<8} {judgement.reason:<24} {one_line(url + detail)}")


def _missing_fragments(item: ProbeItem) -> Sequence[str]:
    if item.judgement.verdict not in {Verdict.ALIVE, Verdict.MOVED}:
        return ()
    if item.probe.evidence is None:  # the page is as it was when it was last read
        return item.link.missing_fragments
    return item.probe.evidence.missing_fragments


def print_not_checked(why: str, url: str) -> None:
    """Print one line about a link that was named on the command line and not checked."""
    click.echo(f"not checked  {why}  {one_line(url)}")
