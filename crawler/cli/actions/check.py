"""Run `holdfast check`: probe links that are due, or given URLs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crawler.cli.argument_urls import ArgumentUrls, fragments_of, has_broken, print_unchecked
from crawler.cli.deadline import stop_in_time
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.host_names import find_hosts
from crawler.cli.job_end import finish, finish_without_report
from crawler.cli.job_scope import apply_scope
from crawler.cli.monitors import monitored
from crawler.cli.options import CommonOptions
from crawler.cli.steps import check_steps
from crawler.cli.steps.crawl_runner import CrawlRunner, drain_on_signals, run_crawls
from crawler.cli.steps.local_archive_steps import complete_local_captures
from crawler.cli.stored_data import require_database
from crawler.cli.targets import resolve_targets, whole_wikis
from crawler.cli.terminal.console import TerminalOutput
from crawler.config import LoadedConfig
from crawler.http.urls import is_web_url
from crawler.jobs.configured_database import open_configured_database
from crawler.jobs.lifecycle import open_job
from crawler.jobs.probe_budget import ProbeBudget
from reports.threshold import FailOn
from store.work.frontier import DueFilter
from store.work.scope import EVERYTHING, Scope
from store.work.stored_pages import has_pages


def execute(
    common: CommonOptions,
    *,
    arguments: tuple[str, ...],
    once: bool,
    ignore_schedule: bool,
    hosts: tuple[str, ...],
    limit: int | None,
    deadline: float | None,
    metrics: str | None,
    formats: list[str] | None,
    output: Path | None,
    lang: str | None,
    fail_on: str | None,
    stdin_format: str | None,
    wiki_names: tuple[str, ...],
    changed_since: str | None,
) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.check`.

    Returns:
        The exit code.

    Raises:
        CommandFailed: Arguments or options do not go together, or the job failed.
    """
    if once or stdin_format is not None:
        # Imported here: it imports the parsers of pages, which a check of links does not need.
        from crawler.cli.pages.page_sources import check_stdin_format  # noqa: PLC0415

        page_format = check_stdin_format(arguments, stdin_format)
        if once:
            from crawler.cli.actions.check_once import execute_once  # noqa: PLC0415

            return execute_once(
                common,
                arguments=arguments,
                hosts=hosts,
                limit=limit,
                deadline=deadline,
                metrics=metrics,
                formats=formats or (),
                output=output,
                lang=lang,
                fail_on=fail_on or FailOn.ANY,
                stdin_format=page_format,
                wiki_names=wiki_names,
                changed_since=changed_since,
            )
    if hosts and arguments:
        raise CommandFailed("--host and URLs cannot be used together: leave out --host")
    _refuse_once_options({"--format": formats, "--output": output, "--lang": lang})
    _require_urls(arguments)
    return _check_stored(
        common,
        urls=arguments,
        ignore_schedule=ignore_schedule,
        hosts=hosts,
        limit=limit,
        deadline=deadline,
        metrics=metrics,
        fail_on=FailOn(fail_on or (FailOn.ANY if arguments else FailOn.NEW_BROKEN)),
        wiki_names=wiki_names,
        changed_since=changed_since,
    )


def _refuse_once_options(options: Mapping[str, Any]) -> None:
    """Check that no option was given that only `--once` takes.

    Args:
        options: The values by the option's name; a false value means that it was not given.

    Raises:
        CommandFailed: One was given.
    """
    for option, value in options.items():
        if value:
            raise CommandFailed(
                f"{option} needs --once: to report what is stored, use holdfast report"
            )


def _require_urls(arguments: Sequence[str]) -> None:
    """Check that all arguments are URLs. Raises CommandFailed."""
    for argument in arguments:
        if not is_web_url(argument):
            raise CommandFailed(
                f"{argument!r} is not an http or https URL: use e.g. https://example.org/page, "
                "or add --once to check the links of pages"
            )


def _check_stored(
    common: CommonOptions,
    *,
    urls: tuple[str, ...],
    ignore_schedule: bool,
    hosts: tuple[str, ...],
    limit: int | None,
    deadline: float | None,
    metrics: str | None,
    fail_on: FailOn,
    wiki_names: tuple[str, ...],
    changed_since: str | None,
) -> ExitCode:
    """Check links of the database, due ones or the given URLs, and return the exit code."""
    terminal = TerminalOutput(common)
    argument_urls = ArgumentUrls(urls)
    loaded = common.load_as_written()
    targets = resolve_targets(loaded, wiki_names, changed_since=changed_since)
    hosts = _stored_hosts(loaded, hosts, wiki_names)
    # Later reports mark changes since the last run of a whole wiki, and this may be a part.
    covered = () if urls or hosts else whole_wikis(targets, wiki_names)
    with (
        open_job(
            loaded,
            "check",
            wikis=covered,
            seconds=common.seconds_left(deadline),
        ) as job,
        monitored(job, "check", terminal, metrics=metrics),
    ):
        job.budget = ProbeBudget(limit)
        apply_scope(job, targets, wiki_names, terminal)
        argument_urls.register(job)
        # Read now, as the database may fail during the crawl.
        is_scanned = job.read_blocking(has_pages, [wiki.config.wiki for wiki in loaded.wikis()])
        due_filter = DueFilter(
            now=job.clock(),
            ignore_schedule=ignore_schedule,
            hosts=hosts,
            ids=tuple(argument_urls.by_link),
            fragments=fragments_of(argument_urls.by_link),
            scope=job.scope,
        )

        async def run_steps(crawls: CrawlRunner) -> None:
            drain_on_signals(job, terminal)
            stop_in_time(job, common, deadline)
            with check_steps.isolated_step(job, "checking"):
                await check_steps.check_links(
                    crawls, job, due_filter, terminal, on_probe=argument_urls.show_verdict
                )
            with check_steps.isolated_step(job, "saving local copies"):
                await complete_local_captures(crawls, job, terminal)

        run_crawls(run_steps)
        print_unchecked(job, argument_urls)
        exceeded = has_broken(job, argument_urls.verdicts, fail_on)
    if urls:
        return finish_without_report(job, terminal, exceeded=exceeded)
    if not is_scanned:
        terminal.warn("no page was scanned yet: run holdfast run, or holdfast scan first")
    return finish(job, terminal, targets=targets, fail_on=fail_on)


def _stored_hosts(
    loaded: LoadedConfig, names: tuple[str, ...], wiki_names: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the stored names of the hosts to check, before a run begins."""
    if not names:
        return ()
    require_database(loaded)
    scope = Scope(wikis=wiki_names) if wiki_names else EVERYTHING
    database = open_configured_database(loaded)
    try:
        with database.read() as connection:
            return find_hosts(connection, names, scope)
    finally:
        database.close()
