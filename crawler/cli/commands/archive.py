"""`holdfast archive`: find and request archive copies, without checking other links."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import (
    CommonOptions,
    Count,
    common_options,
    deadline_option,
    metrics_option,
    wiki_option,
)


@click.command(
    epilog="""\b
Examples:
  holdfast archive --dry-run         show planned lookups and captures
  holdfast archive --limit 50        make 50 of each at most
  holdfast archive --find-moved      also search for the new address of broken links
  holdfast archive --to local        save copies on your own disk, without an archive
  holdfast archive --wacz wiki.wacz  export these copies as one file
"""
)
@click.option("--dry-run", is_flag=True, help="Show what would be requested; request nothing.")
@click.option(
    "--limit",
    type=Count(1),
    default=1000,
    show_default=True,
    metavar="N",
    help="Maximum number of lookups, of captures and of searches.",
)
@click.option(
    "--to",
    "destination",
    type=click.Choice(["local"]),
    help="Save copies of living links to the local archive instead of requesting captures.",
)
@click.option(
    "--wacz",
    "wacz_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Export the local archive as a WACZ file (no network).",
)
@click.option(
    "--find-moved",
    is_flag=True,
    help="Also search for the new addresses of permanently broken links.",
)
@deadline_option
@metrics_option
@wiki_option
@common_options
def command(common: CommonOptions, **options: Any) -> ExitCode:
    """Find the archive copy nearest the access date for links without one, and request new copies.

    Archives are asked to publish new copies only if API keys are configured, or `capture = true`
    under [archives].
    """
    from crawler.cli.actions.archive import execute

    return execute(common, **options)
