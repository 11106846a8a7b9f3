"""Run `holdfast check`: probe links that are due, or given URLs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from crawler.cli import steps
from crawler.cli.console import TerminalOutput
from crawler.cli.crawl_runner import CrawlRunner, drain_on_signals, run_crawls
from crawler.cli.ending_time import ending_seconds
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.job_ending import finish
from crawler.cli.job_scope import apply_scope
from crawler.cli.local_archive import complete_local_captures
from crawler.cli.monitors import monitored
from crawler.cli.options import CommonOptions
from crawler.cli.targets import resolve_targets, whole_wikis
from crawler.http.urls import is_external
from crawler.items import ProbeItem
from crawler.jobs.job import Job
from crawler.jobs.lifecycle import open_job
from crawler.jobs.probe_budget import ProbeBudget
from crawler.scan.ingest import register_urls
from store.vocabulary import Role
from store.work.frontier import DueFilter
from store.work.runs import RunOutcome


def execute(
    common: CommonOptions,
    *,
    urls: tuple[str, ...],
    ignore_schedule: bool,
    hosts: tuple[str, ...],
    limit: int | None,
    deadline: float | None,
    metrics: str | None,
    fail_on: str,
    wiki_names: tuple[str, ...],
    changed_since: str | None,
) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.check`.

    Returns:
        The exit code.

    Raises:
        CommandFailed: An argument is no URL, or the job failed.
    """
    terminal = TerminalOutput(common)
    printed = set[int]()

    def print_verdict(item: ProbeItem) -> None:
        printed.add(item.link.id)
        steps.print_verdict(item)

    for url in urls:
        if not is_external(url):
            raise CommandFailed(
                f"{url!r} is not an http or https URL: use e.g. https://example.org/page, "
                "or holdfast run to check the links of pages"
            )
    loaded = common.load()
    targets = resolve_targets(loaded, wiki_names, changed_since=changed_since)
    # A check of some links is no base for what is new elsewhere.
    covered = () if urls or hosts else whole_wikis(targets, wiki_names)
    with (
        open_job(loaded, "check", wikis=covered) as job,
        monitored(job, "check", terminal, metrics=metrics),
    ):
        job.budget = ProbeBudget(limit)
        apply_scope(job, targets, wiki_names, terminal)
        ids = register_urls(job, urls)
        wanted = DueFilter(
            now=job.clock(),
            ignore_schedule=ignore_schedule,
            hosts=hosts,
            ids=tuple(ids),
            scope=job.scope,
        )

        async def run_steps(crawls: CrawlRunner) -> None:
            drain_on_signals(job, terminal)
            ending = ending_seconds(job, common)
            job.stop_within(common.seconds_left(deadline), shutdown_seconds=ending)
            on_probe = print_verdict if urls else None
            with steps.isolated_step(job, "checking"):
                await steps.check_links(crawls, job, wanted, terminal, on_probe=on_probe)
            with steps.isolated_step(job, "saving local copies"):
                await complete_local_captures(crawls, job, terminal)

        run_crawls(run_steps)
        _print_unchecked(job, urls, printed)
    return finish(job, terminal, targets=targets, fail_on=fail_on, summarized=not urls)


def _print_unchecked(job: Job, urls: Sequence[str], printed: Collection[int]) -> None:
    """Print one line for each URL of the command line that got no verdict."""
    if not urls:
        return
    why = "stopped, or its host is held by another run"
    if job.stop.outcome is RunOutcome.NETWORK_DOWN:
        why = "no network"
    with job.database.read() as connection:
        ids = job.link_registry(connection).link_ids(urls, Role.LINK)
    for url in dict.fromkeys(urls):
        if ids[url] not in printed:
            steps.print_not_checked(why, url)
