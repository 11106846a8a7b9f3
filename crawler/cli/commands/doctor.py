"""`holdfast doctor`: check the setup."""

from __future__ import annotations

from typing import Any

import click

from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import CommonOptions, common_options


@click.command(
    epilog="""\b
Examples:
  holdfast doctor              before the first run, or to find a problem
  holdfast doctor --offline    without network
  holdfast doctor --archives   also show which other archives respond
"""
)
@click.option("--archives", is_flag=True, help="Also check every archive of the presets.")
@click.option("--offline", is_flag=True, help="Skip the checks of network, clock and API keys.")
@common_options
def command(common: CommonOptions, **options: Any) -> ExitCode:
    """Check the configuration, pages, database, network and API keys, and say how to fix problems.

    Changes nothing, and requests no captures. Exit code 1 if there is a problem.
    """
    from crawler.cli.actions.doctor import execute

    return execute(common, **options)
