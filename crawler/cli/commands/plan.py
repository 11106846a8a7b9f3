"""`holdfast plan`: queue jobs for the workers of a fleet."""

from __future__ import annotations

from typing import Any

import click

from crawler.cli.exit_codes import ExitCode
from crawler.cli.lazy_imports import fleet_extra_required
from crawler.cli.options import CommonOptions, common_options, deadline_option, lookups_option
from crawler.cli.report_options import report_options


@click.command(
    epilog="""\b
Examples:
  holdfast plan                          queue what is due; workers start at once
  holdfast plan --wait --fail-on broken  and report when they have finished
"""
)
@lookups_option
@click.option("--wait", is_flag=True, help="Wait until the jobs are done, then report.")
@deadline_option
@report_options("html,markdown,jsonl")
@common_options
def command(common: CommonOptions, **options: Any) -> ExitCode:
    """Queue every host with due links, and the archives if lookups or captures are due.

    Jobs that are already queued or running are not added again. All results belong to one run,
    which ends when no job of it is left.
    """
    with fleet_extra_required():
        from crawler.cli.actions.plan import execute

    return execute(common, **options)
