"""`holdfast doctor`: is everything in order?"""

from __future__ import annotations

import click
from rich.console import Console
from rich.text import Text

from crawler.cli.console import one_line
from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import CommonOptions, common_options
from crawler.doctor.checks import Check, CheckStatus, run_checks

_STYLES = {CheckStatus.GOOD: "green", CheckStatus.NOTE: "yellow", CheckStatus.WRONG: "bold red"}


@click.command(
    epilog="""\b
Examples:
  holdfast doctor              before the first run, or when something is odd
  holdfast doctor --offline    ask nobody
"""
)
@click.option("--offline", is_flag=True, help="Do not look at the network, the clock and the keys.")
@common_options
def command(common: CommonOptions, offline: bool) -> ExitCode:
    """Look at the configuration, the pages, the database, the network and the keys, and say what to do.

    Nothing is changed, and no archive is asked to keep anything. Exit code 1 where something is wrong.
    """
    console = Console(highlight=False, soft_wrap=True)
    worst = ExitCode.OK
    for finding in run_checks(common.load(), network=not offline):
        worst = ExitCode.FAILED if finding.status is CheckStatus.WRONG else worst
        if finding.status is not CheckStatus.GOOD or common.verbosity >= 0:
            console.print(_line(finding))
    return worst


def _line(finding: Check) -> Text:
    line = Text.assemble((f"{finding.status:5} ", _STYLES[finding.status]), one_line(finding.message))
    return line.append(f"\n      {one_line(finding.fix)}", style="dim") if finding.fix else line
