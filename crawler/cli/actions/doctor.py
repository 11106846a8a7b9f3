"""Run `holdfast doctor`: print the results of all checks."""

from __future__ import annotations

from rich.text import Text

from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import CommonOptions
from crawler.cli.terminal.console import one_line
from crawler.cli.terminal.tables import PipedConsole
from crawler.doctor import CheckResult, CheckStatus, run_checks

_STYLES = {
    CheckStatus.OK: "green",
    CheckStatus.NOTE: "yellow",
    CheckStatus.PROBLEM: "bold red",
}
_INDENT = " " * 8


def execute(common: CommonOptions, *, offline: bool, archives: bool) -> ExitCode:
    """Print one line for each check, and how to fix a problem below it.

    Args:
        common: The common options. With --quiet, successful checks are not shown.
        offline: Whether to skip the checks that need the network.
        archives: Whether to check every archive that can be used for lookups.

    Returns:
        FAILED if there is a problem.
    """
    console = PipedConsole(highlight=False, soft_wrap=True)
    code = ExitCode.OK
    for check in run_checks(common.load(), network=not offline, archives=archives):
        if check.status is CheckStatus.PROBLEM:
            code = ExitCode.FAILED
        if check.status is not CheckStatus.OK or common.verbosity >= 0:
            console.print(_format(check))
    return code


def _format(check: CheckResult) -> Text:
    text = Text.assemble((f"{check.status:7} ", _STYLES[check.status]), one_line(check.message))
    if check.fix:
        text.append(f"\n{_INDENT}{one_line(check.fix)}", style="dim")
    return text
