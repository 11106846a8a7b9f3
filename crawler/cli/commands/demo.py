"""`holdfast demo`: everything offline, seven days in seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import CommonOptions, common_options


@click.command(
    epilog="""\b
Examples:
  holdfast demo                    into ./holdfast-demo
  holdfast demo --folder /tmp/d    into another folder
"""
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("holdfast-demo"),
    show_default=True,
    help="Folder for the demo's wiki, database and report.",
)
@common_options
def command(common: CommonOptions, **options: Any) -> ExitCode:
    """Run everything on a small wiki, against a simulated web and archive on this machine.

    No request leaves this machine, and no API keys are needed. The clock is moved over seven days,
    so that broken links are confirmed. The wiki, the database and the report stay in the folder.
    """
    from crawler.cli.actions.demo import execute

    return execute(common, **options)
