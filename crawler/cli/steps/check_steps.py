"""The step of a job that probes links, with its progress and its messages.

The steps that need archives are in `archive_steps`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from crawler.cli.exit_codes import CommandFailed
from crawler.cli.steps.crawl_runner import CrawlRunner
from crawler.cli.steps.estimate_text import ANNOUNCED_FROM, SHOWN_HOSTS
from crawler.cli.terminal.console import TerminalOutput, one_line
from crawler.cli.terminal.text_format import format_duration, pluralize
from crawler.config import ConfigError
from crawler.items import ProbeItem
from crawler.jobs.isolation import Isolation, Unit
from crawler.jobs.job import Job
from crawler.jobs.run_outcome import set_due_filter
from crawler.politeness.estimate import HostEstimate, estimate_hosts
from crawler.probing.stored_probes import apply_new_mementos
from crawler.spiders.liveness import LivenessSpider
from reports.wording.time_format import format_time
from store.vocabulary import FRAGMENT_MISSING, SERVED_VERDICTS, Verdict
from store.vocabulary.secrets import redact_tokens
from store.work.frontier import DueFilter, due_hosts
from store.work.lease_owners import short_owner_name
from store.work.runs import RunOutcome, active_runs

_SHOWN_RUNS = 3  # of other processes


def isolated_step(job: Job, name: str) -> Isolation:
    """Return a context for one step: after an internal error in it, the next steps still run."""
    return job.isolated(
        Unit.STEP, name, expected=(CommandFailed, ConfigError, click.ClickException, click.Abort)
    )


async def check_links(
    crawls: CrawlRunner,
    job: Job,
    due_filter: DueFilter,
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
        due_filter: Which links to probe.
        terminal: Where progress and warnings go.
        description: Title of the progress bar.
        on_probe: Called with each probe.
        announced: Whether the command has already printed how long checking takes.
    """
    set_due_filter(job, due_filter)
    if job.stop:
        return
    # Only the estimates are kept in memory, as there may be tens of thousands of hosts.
    expected = await job.read(
        lambda connection: estimate_hosts(job.config, due_hosts(connection, due_filter))
    )
    if not due_filter.new_mirrors:
        await _warn_of_other_runs(job, terminal)
    total = sum(host.links for host in expected)
    if job.budget.remaining is not None:
        total = min(total, job.budget.remaining)
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

        await crawls.crawl(LivenessSpider, job, due_filter=due_filter, on_item=on_item)
    if job.stop.outcome is not RunOutcome.FAILED:  # else the database cannot be used
        apply_new_mementos(job, job.run_id)


async def _warn_of_other_runs(job: Job, terminal: TerminalOutput) -> None:
    """Warn of other runs that are going on: they hold leases on hosts."""
    running = await job.read(active_runs, now=job.clock())
    other_runs = [run for run in running if run.id != job.run_id]
    for run in other_runs[:_SHOWN_RUNS]:
        terminal.warn(
            f"run {run.id} ({short_owner_name(run.owner)}) has been active since "
            f"{format_time(run.started_at)}: this run skips the hosts it holds"
        )


def _announce(hosts: Sequence[HostEstimate], terminal: TerminalOutput) -> None:
    """Show how long checking will take, if that is a minute or more."""
    slowest = sorted(hosts, key=lambda host: host.duration, reverse=True)[:SHOWN_HOSTS]
    if not slowest or slowest[0].duration < ANNOUNCED_FROM:
        return
    details = "; ".join(
        f"{host.name}: {pluralize(host.links, 'probe')}, {format_duration(host.duration)}"
        for host in slowest
    )
    probes = pluralize(sum(host.links for host in hosts), "probe")
    duration = format_duration(slowest[0].duration)
    terminal.note(f"{probes} on {pluralize(len(hosts), 'host')}, about {duration} ({details})")


def print_verdict(item: ProbeItem, url: str) -> None:
    """Print one line about a URL that was named on the command line and checked."""
    judgement = item.judgement
    detail = f"  {redact_tokens(judgement.detail, url)}" if judgement.detail else ""
    if url.partition("#")[2] in _missing_fragments(item):
        detail += f"  {FRAGMENT_MISSING}"
    click.echo(f"{judgement.verdict:<8} {judgement.reason:<24} {one_line(url + detail)}")


def _missing_fragments(item: ProbeItem) -> Sequence[str]:
    """Return the cited fragments that the page of a link does not have."""
    if item.judgement.verdict not in SERVED_VERDICTS:
        return ()
    if item.probe.evidence is None:  # the page has not changed since it was last read
        return item.link.missing_fragments
    return item.probe.evidence.missing_fragments


def print_not_checked(why: str, url: str) -> None:
    """Print one line about a URL that was named on the command line and not checked.

    Args:
        why: Why it was not checked, such as "no network".
        url: The URL.
    """
    click.echo(f"not checked  {why}  {one_line(url)}")
