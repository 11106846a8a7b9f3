"""`holdfast init`: write a configuration for the wiki in this folder."""

from __future__ import annotations

from typing import Any

import click

from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import CommonOptions, common_options


@click.command(
    epilog="""\b
Examples:
  holdfast init                    write holdfast.toml for the wiki in this folder
  holdfast init docs               for the pages below docs/
  holdfast init --dry-run          show what was found, write nothing
"""
)
@click.argument("pages", nargs=-1)
@click.option(
    "--contact",
    default="",
    metavar="TEXT",
    help="Your address or URL for the user agent, so that site owners can contact you.",
)
@click.option("--force", is_flag=True, help="Overwrite an existing configuration.")
@click.option(
    "--dry-run", is_flag=True, help="Print the configuration and what was found; write nothing."
)
@common_options
def command(common: CommonOptions, **options: Any) -> ExitCode:
    """Read the wiki, estimate a first run, and write a configuration with comments.

    PAGES are folders, files or globs (default: what the wiki's own configuration names, or this
    folder). Uses no network.
    """
    from crawler.cli.actions.init import execute

    return execute(common, **options)
