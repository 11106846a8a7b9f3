"""`holdfast worker`: run a fleet worker that takes jobs from PostgreSQL."""

from __future__ import annotations

from typing import Any

import click

from crawler.cli.exit_codes import ExitCode
from crawler.cli.lazy_imports import fleet_extra_required
from crawler.cli.options import CommonOptions, common_options, deadline_option, metrics_option


@click.command(
    epilog="""\b
Examples:
  holdfast worker                        take jobs until stopped
  holdfast worker --plan '0 * * * *'     and plan at every full hour
  holdfast worker --once --deadline 6h   until the queue is empty, six hours at most
"""
)
@click.option(
    "--plan",
    "cron",
    metavar="CRON",
    help="Also plan at these times: five crontab fields, in UTC.",
)
@click.option("--once", is_flag=True, help="Exit when the queue is empty.")
@deadline_option
@metrics_option
@common_options
def command(common: CommonOptions, **options: Any) -> ExitCode:
    """Take jobs from the queue and run them, many hosts at once, together with other workers.

    Any number of workers can share a PostgreSQL database; no host is requested by two of them at
    the same time. `holdfast plan` fills the queue.
    """
    with fleet_extra_required():
        from crawler.cli.actions.worker import execute

    return execute(common, **options)
