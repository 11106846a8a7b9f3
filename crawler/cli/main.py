"""The command `holdfast`: find the subcommand, and turn errors into one line and an exit code."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions, common_options
from crawler.cli.terminal.log_setup import logs_json
from crawler.cli.terminal.standard_streams import StandardStreams
from crawler.config import ConfigError
from crawler.monitoring.events import LOGGER, event_extra
from crawler.process.garbage_collection import disable_for_start, enable_for_imports
from crawler.process.hidden_packages import describe_hidden_package
from crawler.process.lifetime import (
    exit_at_once,
    exit_soon,
    process_start_time,
    raise_on_stop_signals,
)
from crawler.process.version import DISTRIBUTION
from reports.wording.sanitize import plain

# Name and short help of each command. Its module `crawler.cli.commands.<name>` is imported when it
# is called.
_COMMANDS = {
    "run": "Scan pages, check due links, find and request archive copies, and report.",
    "scan": "Read pages and save their citations; no network.",
    "check": "Check the links that are due, or the given URLs.",
    "archive": "Find archive copies near the access date, and request captures.",
    "report": "Write reports from the stored results.",
    "serve": "Show the report as a website in a browser.",
    "fix": "Show a patch that fixes broken citations; --write applies it.",
    "gate": "Check and capture the citations that a change adds, before it is merged.",
    "ack": "Acknowledge failing links, so that they leave the to-do list.",
    "history": "Show everything known about one URL.",
    "status": "Show due links, work in progress, the queue and recent runs.",
    "explain": "Explain a word of a report: what it means, and what to do.",
    "settings": "Show every setting, its value and where it was set.",
    "init": "Write a configuration for the wiki in this folder.",
    "doctor": "Check the setup and say how to fix problems.",
    "plan": "Queue the links that are due for the workers of a fleet.",
    "worker": "Run a fleet worker that takes jobs from PostgreSQL.",
    "db": "Maintain the database: upgrade, check, info, prune, export, import, rejudge.",
    "demo": "Run everything offline against a simulated web: seven days in seconds.",
}


class _Commands(click.Group):
    """The group of all commands, each of which is imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(_COMMANDS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments name, as click does, but suggest a similar one."""
        name = args[0]
        if name not in _COMMANDS and name[:1].isalnum():
            # Imported here: every command waits for imports.
            from crawler.cli.suggestions import unknown_command  # noqa: PLC0415

            raise unknown_command(name, _COMMANDS, ctx)
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import and return a command; None if there is none of that name."""
        if name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"crawler.cli.commands.{name}").command
        enable_for_imports()  # the command imports more modules when it runs
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command.

        Returns:
            The exit code. A closed pipe ends the command without a message, as in
            `holdfast scan … | head`.
        """
        code: Any = ExitCode.OK
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()  # at exit, Python would end with code 120
        except BrokenPipeError:  # click would end with exit code 1
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return ExitCode.CLOSED_PIPE
        return code

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Examples:
  holdfast demo                       watch everything in half a minute, offline
  holdfast run docs                   check a wiki; run it again tomorrow
  holdfast scan --format jsonl a.md   print the citations of a page

\b
Exit codes:
  0    no finding reaches the threshold (--fail-on)
  1    Holdfast failed or had no network; doctor or db check found a problem
  2    findings reach the threshold
  3    invalid usage or configuration
  130  stopped at once: by a second Ctrl-C, or by the first while no request
       was under way
  141  a closed pipe cut the output, as in holdfast report | head
""",
)
@click.version_option(package_name=DISTRIBUTION, prog_name="holdfast")
@common_options
def holdfast() -> None:
    """Keep the citations of a wiki alive.

    Reads the pages of a wiki, checks every cited URL and its archive copies, stores the history,
    and reports what to fix.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    disable_for_start()
    try:
        raise_on_stop_signals()
        streams = StandardStreams()
        code = _report_lost_output(run(arguments, started_at=process_start_time()), streams)
        if code != ExitCode.STOPPED:
            exit_soon(code)
    except KeyboardInterrupt:  # outside of a command, or a second one
        code = ExitCode.STOPPED
    if code == ExitCode.STOPPED:
        exit_at_once(code)
    sys.exit(code)


def run(arguments: list[str] | None = None, *, started_at: float | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Arguments after the program's name (None: those of the process).
        started_at: Start of the process, on the clock of `seconds_since_boot` (None: now).
            Deadlines count from it.

    Returns:
        The exit code.
    """
    common = CommonOptions() if started_at is None else CommonOptions(started_at=started_at)
    try:
        code: Any = holdfast.main(
            arguments, prog_name="holdfast", standalone_mode=False, obj=common
        )
    except CommandFailed as failure:
        return _fail(str(failure), failure.code)
    except ConfigError as error:
        return _fail(str(error), ExitCode.USAGE)
    except click.ClickException as error:
        if isinstance(error, click.NoSuchOption):
            from crawler.cli.suggestions import drop_far_suggestions  # noqa: PLC0415

            error = drop_far_suggestions(error)
        if logs_json():
            return _fail(error.format_message(), ExitCode.USAGE)
        error.show()
        return ExitCode.USAGE
    except ModuleNotFoundError as error:
        hidden = describe_hidden_package(error)
        return _fail(hidden, ExitCode.USAGE) if hidden else _fail_unexpectedly(error)
    except click.Abort:
        return _fail("stopped", ExitCode.STOPPED)
    except UnicodeEncodeError as error:
        return _fail_for_encoding(error, sys.argv[1:] if arguments is None else arguments)
    # StoreError cannot be named here without importing SQLAlchemy.
    except Exception as error:  # noqa: BLE001
        code = _store_error_code(error)
        return _fail_unexpectedly(error) if code is None else _fail(str(error), code)
    return int(code or ExitCode.OK)


def _report_lost_output(code: int, streams: StandardStreams) -> int:
    """Return the exit code of a command, or FAILED if its results could not be written.

    Args:
        code: The exit code of the command.
        streams: Standard output and error of the process.
    """
    try:
        problem = streams.output_problem()
    except BrokenPipeError:  # the program that reads the output has ended
        return code or ExitCode.CLOSED_PIPE
    if problem is None:
        return code
    failed = _fail(f"standard output cannot be written: {problem}", ExitCode.FAILED)
    return failed if code in (ExitCode.OK, ExitCode.FINDINGS) else code


def _store_error_code(error: Exception) -> ExitCode | None:
    """Return the exit code for an error of the store; None if it is another error."""
    errors = sys.modules.get("store.errors")
    if errors is None or not isinstance(error, errors.StoreError):
        return None
    usage_errors = (errors.DatabaseUrlError, errors.DatabaseNewer, errors.DatabaseDamaged)
    return ExitCode.USAGE if isinstance(error, usage_errors) else ExitCode.FAILED


def _fail_for_encoding(error: UnicodeEncodeError, arguments: Sequence[str]) -> int:
    """Print which argument is not UTF-8; without such an argument, the error is a bug.

    Python represents bytes of an argument that are not UTF-8 as surrogates, which cannot be
    encoded.

    Returns:
        The exit code.
    """
    for argument in arguments:
        if any("\ud800" <= char <= "\udfff" for char in argument):
            message = f"the argument {argument!r} is not UTF-8: write it in UTF-8"
            return _fail(message, ExitCode.USAGE)
    return _fail_unexpectedly(error)


def _fail_unexpectedly(error: Exception) -> int:
    """Print a bug in Holdfast in one line.

    Returns:
        The exit code.

    Raises:
        Exception: The error itself, if `HOLDFAST_TRACEBACK` is set.
    """
    if os.environ.get("HOLDFAST_TRACEBACK"):
        raise error
    return _fail(
        f"unexpected {type(error).__name__}: {error} "
        "(a bug in Holdfast; set HOLDFAST_TRACEBACK=1 for the traceback)",
        ExitCode.FAILED,
    )


def _fail(message: str, code: ExitCode) -> int:
    """Print or log a message on one line, and return the exit code."""
    line = plain(message, len(message))
    if logs_json():
        logging.getLogger(LOGGER).error("%s", line, extra=event_extra("failed", code=int(code)))
    else:
        click.echo(f"holdfast: {line}", err=True)
    return code
