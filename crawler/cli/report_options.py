"""Options of the commands that write reports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from crawler.cli.options import FormatNames
from reports.formats import FORMATS, ReportFormat, get_format
from reports.threshold import FailOn

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _check_format(name: str) -> None:
    """Raise FormatError for an unknown report format. Built-in formats are imported when used."""
    if name not in FORMATS:
        get_format(name)


def format_option(default: str) -> Callable[[_Command], _Command]:
    """Return the option `--format` with a default value."""
    return click.option(
        "--format",
        "formats",
        type=FormatNames(_check_format),
        default=default,
        show_default=True,
        help=f"Report formats, comma-separated: {', '.join(ReportFormat)}.",
    )


output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="File, or folder for several formats; - for standard output.",
)
fail_on_option = click.option(
    "--fail-on",
    type=click.Choice([level.value for level in FailOn]),
    default=FailOn.NEW_BROKEN.value,
    show_default=True,
    help="Exit with code 2 if findings reach this severity.",
)
# As --fail-on, but with a default that depends on the arguments.
check_fail_on_option = click.option(
    "--fail-on",
    type=click.Choice([level.value for level in FailOn]),
    help="Exit with code 2 if findings reach this severity (default: new-broken; "
    "with URLS or --once: any).",
)
once_format_option = click.option(
    "--format",
    "formats",
    type=FormatNames(_check_format),
    help=f"With --once: write reports instead of lines: {', '.join(ReportFormat)}.",
)


def _lang_option(subject: str) -> Callable[[_Command], _Command]:
    return click.option(
        "--lang",
        type=click.Choice(["en", "zh"]),
        metavar="en|zh",
        help=f"Language of {subject} (default: report.lang, else the locale).",
    )


lang_option = _lang_option("reports for people")
explanation_lang_option = _lang_option("the explanations")


def report_options(default_formats: str) -> Callable[[_Command], _Command]:
    """Return a decorator that adds --format, --output, --lang and --fail-on.

    Args:
        default_formats: Default value of --format, comma-separated.
    """

    def add(command: _Command) -> _Command:
        for option in (fail_on_option, lang_option, output_option):
            command = option(command)
        return format_option(default_formats)(command)

    return add
