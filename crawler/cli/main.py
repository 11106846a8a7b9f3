"""`holdfast`: finds the command, and turns every foreseeable error into one line and an exit code."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
from importlib import import_module
from typing import Any

import click

from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.log_setup import logs_json
from crawler.cli.options import CommonOptions, common_options
from crawler.config import ConfigError
from crawler.monitoring.events import LOGGER, log_event
from crawler.process.lifetime import exit_soon, process_started
from reports.sanitize import plain

# Each command stands in the module of its name, which is imported only when it is called: most need no crawler.
_COMMANDS = {
    "run": "the job for cron: scan, probe what is due, look up and request captures, report",
    "scan": "read pages, keep their citations; no network",
    "check": "probe what is due, or the URLs given",
    "archive": "find mirrors near the access date, request captures",
    "report": "tell what was found",
    "serve": "show the report as a site in a browser",
    "fix": "show the patch that mends broken citations; --write applies it",
    "history": "everything known of one URL over time",
    "status": "what is due, running, queued; the last runs",
    "init": "write a configuration after a look at the wiki",
    "doctor": "is everything in order? what to do where it is not",
    "plan": "queue what is due for the workers of a fleet",
    "worker": "one of a fleet on PostgreSQL: take what is planned and do it",
    "db": "look after the database: upgrade, check, info, prune, export, import, rejudge",
    "demo": "the whole job against a small web of its own, seven days in seconds",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"crawler.cli.commands.{name}").command
        if not gc.isenabled():
            gc.freeze()
            gc.enable()
            gc.set_threshold(
                100_000, 20, 20
            )  # what it imports when it is called is no garbage either
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (
            BrokenPipeError
        ):  # `holdfast scan … | head`: who left has read enough; click would call it a failure
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return ExitCode.OK

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):  # without importing them
            formatter.write_dl(list(_COMMANDS.items()))


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Examples:
  holdfast demo                       see the whole job in half a minute, offline
  holdfast run docs                   check a wiki; run it again tomorrow
  holdfast scan --format jsonl a.md   print what a page cites
""",
)
@click.version_option(package_name="holdfast", prog_name="holdfast")
@common_options
def holdfast() -> None:
    """Keep a wiki's citations alive.

    Reads Markdown pages, checks every cited URL and its archive copies, remembers what it saw, and says what to mend.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    gc.disable()  # until the command is imported: none of that is garbage, and looking through it takes a tenth of a start
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # to clean up, as after Ctrl-C
    code = run(arguments, began=process_started())
    exit_soon(code)
    sys.exit(code)


def run(arguments: list[str] | None = None, *, began: float | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Those behind the program's name (None: the process's own).
        began: When the process was started, by `seconds_since_boot` (None: now); deadlines count from then.

    Returns:
        The exit code.
    """
    common = CommonOptions() if began is None else CommonOptions(started_at=began)
    try:
        code: Any = holdfast.main(
            arguments, prog_name="holdfast", standalone_mode=False, obj=common
        )
    except CommandFailed as failure:
        return _say(str(failure), failure.code)
    except ConfigError as error:
        return _say(str(error), ExitCode.USAGE)
    except click.ClickException as error:
        if logs_json():
            return _say(error.format_message(), ExitCode.USAGE)
        error.show()
        return ExitCode.USAGE
    except click.Abort:
        return _say("stopped", ExitCode.STOPPED)
    except Exception as error:  # noqa: BLE001  StoreError lives behind an import not every command needs
        code = _store_error_code(error)
        return _crash(error) if code is None else _say(str(error), code)
    return int(code or ExitCode.OK)


def _store_error_code(error: Exception) -> ExitCode | None:
    errors = sys.modules.get("store.errors")
    if errors is None or not isinstance(error, errors.StoreError):
        return None
    mend = (errors.DatabaseUrlError, errors.DatabaseNewer, errors.DatabaseDamaged)
    return ExitCode.USAGE if isinstance(error, mend) else ExitCode.FAILED


def _crash(error: Exception) -> int:
    """Say that this is our fault. The traceback is for `HOLDFAST_TRACEBACK=1`."""
    if os.environ.get("HOLDFAST_TRACEBACK"):
        raise error
    return _say(
        f"unexpected {type(error).__name__}: {error} (a fault in Holdfast; HOLDFAST_TRACEBACK=1 shows where)",
        ExitCode.FAILED,
    )


def _say(message: str, code: ExitCode) -> int:
    line = plain(message, len(message))
    if logs_json():
        logging.getLogger(LOGGER).error("%s", line, extra=log_event("failed", code=int(code)))
    else:
        click.echo(f"holdfast: {line}", err=True)
    return code
