"""`holdfast plan`: what is due becomes jobs for the workers."""

from __future__ import annotations

from pathlib import Path

import click

from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import CommonOptions, common_options, deadline_option
from crawler.cli.report_output import (
    fail_on_option,
    finish,
    format_option,
    lang_option,
    output_option,
)
from crawler.cli.text_format import pluralize


@click.command(
    epilog="""\b
Examples:
  holdfast plan                          queue what is due; workers begin at once
  holdfast plan --wait --fail-on broken  and report when they are through with it
"""
)
@click.option(
    "--lookups",
    type=click.IntRange(min=0),
    default=1000,
    show_default=True,
    help="At most so many look-ups, and captures.",
)
@click.option(
    "--wait", is_flag=True, help="Wait until all of it is done, then report as holdfast run does."
)
@deadline_option
@format_option("markdown,jsonl")
@output_option
@lang_option
@fail_on_option
@common_options
def command(
    common: CommonOptions,
    lookups: int,
    wait: bool,
    deadline: float | None,
    formats: list[str],
    output: Path | None,
    lang: str | None,
    fail_on: str,
) -> ExitCode:
    """Queue every host with links that are due, and the archives where there is something to ask them.

    Planning again adds nothing to what waits or is at work already. What the workers find belongs to one run, which ends when nothing of
    it is left.
    """
    from crawler.cli.fleet_database import opened_fleet  # noqa: PLC0415  see holdfast worker
    from crawler.cli.targets import resolve_targets  # noqa: PLC0415
    from crawler.jobs.clock import clock_of  # noqa: PLC0415
    from crawler.jobs.job import Job  # noqa: PLC0415
    from store.work.lease_owners import owner_of_process  # noqa: PLC0415

    screen = TerminalOutput(common)
    loaded = common.load()
    with opened_fleet(loaded) as database:
        from crawler.fleet.planner import NO_RUN, plan  # noqa: PLC0415  needs the extra
        from crawler.fleet.runs import wait_for_run  # noqa: PLC0415

        job = Job(
            loaded=loaded,
            database=database,
            run_id=NO_RUN,
            owner=owner_of_process(),
            clock=clock_of(database),
        )
        planned = plan(job, lookups=lookups)
        also = " and the archives" if planned.archives else ""
        screen.note(
            f"{pluralize(planned.links, 'link')} due on {pluralize(planned.hosts, 'host')}{also}: {pluralize(planned.queued, 'job')} queued"
        )
        if planned.parked:
            screen.warn(
                f"{pluralize(planned.parked, 'job')} parked after internal errors, and not tried for now: holdfast status names them"
            )
        if not wait or planned.run_id is None:
            return ExitCode.OK
        job.run_id = planned.run_id
        wait_for_run(job, common.seconds_left(deadline), say=screen.note)
        return finish(
            job,
            screen,
            parts=resolve_targets(loaded),
            formats=formats,
            output=output,
            lang=lang,
            fail_on=fail_on,
        )
