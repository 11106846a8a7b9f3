"""Run `holdfast plan`: queue jobs for a fleet, and optionally wait for its report."""

from __future__ import annotations

from pathlib import Path

from crawler.cli.exit_codes import ExitCode
from crawler.cli.fleet_database import opened_fleet_database
from crawler.cli.job_end import finish
from crawler.cli.options import CommonOptions
from crawler.cli.targets import resolve_targets
from crawler.cli.terminal.console import TerminalOutput
from crawler.cli.terminal.text_format import pluralize
from crawler.fleet.planner import NO_RUN, PlanResult, plan
from crawler.fleet.runs import wait_for_run
from crawler.jobs.clock import clock_of
from crawler.jobs.job import Job
from store.work.lease_owners import process_owner_name


def execute(
    common: CommonOptions,
    *,
    lookups: int,
    wait: bool,
    deadline: float | None,
    formats: list[str],
    output: Path | None,
    lang: str | None,
    fail_on: str,
) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.plan`."""
    terminal = TerminalOutput(common)
    loaded = common.load()
    with opened_fleet_database(loaded) as database:
        job = Job(
            loaded=loaded,
            database=database,
            run_id=NO_RUN,
            owner=process_owner_name(),
            clock=clock_of(database),
        )
        result = plan(job, lookups=lookups)
        _show_result(result, terminal)
        if not wait or result.run_id is None:
            return ExitCode.OK
        job.run_id = result.run_id
        wait_for_run(job, common.seconds_left(deadline), notify=terminal.note)
        return finish(
            job,
            terminal,
            targets=resolve_targets(loaded),
            formats=formats,
            output=output,
            lang=lang,
            fail_on=fail_on,
        )


def _show_result(result: PlanResult, terminal: TerminalOutput) -> None:
    """Print how many jobs were queued, and warn about those that are not retried yet."""
    links, hosts = pluralize(result.links, "link"), pluralize(result.hosts, "host")
    archives = " and the archives" if result.archives else ""
    jobs = pluralize(result.queued, "job")
    terminal.note(f"{links} due on {hosts}{archives}: {jobs} queued")
    if result.in_backoff:
        jobs = pluralize(result.in_backoff, "job")
        terminal.warn(
            f"{jobs} in backoff after internal errors, not retried yet: holdfast status lists them"
        )
