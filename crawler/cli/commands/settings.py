"""`holdfast settings`: every setting with its value and where it was set."""

from __future__ import annotations

from typing import Any

import click

from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import CommonOptions, common_options


@click.command(
    epilog="""\b
Examples:
  holdfast settings                 all settings
  holdfast settings network hosts   those whose key contains one of these words
  holdfast settings --changed       only those that are not at their default
"""
)
@click.argument("words", nargs=-1, metavar="[KEY]...")
@click.option("--changed", is_flag=True, help="Show only settings that were set.")
@common_options
def command(common: CommonOptions, **options: Any) -> ExitCode:
    """Show settings: the value in use, the default, what it means, and where it was set.

    A value comes from the command line, an environment variable, the configuration file or the
    default, in this order. Secrets are not shown.
    """
    from crawler.cli.actions.settings import execute

    return execute(common, **options)
