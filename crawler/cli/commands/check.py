"""`holdfast check`: check links, without scanning pages or sending requests to archives."""

from __future__ import annotations

from typing import Any

import click

from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import (
    CommonOptions,
    changed_option,
    common_options,
    deadline_option,
    metrics_option,
    probe_limit_option,
    stdin_format_option,
    wiki_option,
)
from crawler.cli.report_options import (
    check_fail_on_option,
    lang_option,
    once_format_option,
    output_option,
)


@click.command(
    epilog="""\b
Examples:
  holdfast check                             check all due links
  holdfast check --host example.org --all    check one host's links, due or not
  holdfast check https://example.org/a       check this URL now and print the verdict
  holdfast check --once docs README.md       check all links of these pages now, keep no history
  holdfast check --once --format junit docs  the same as a report for a CI server
"""
)
@click.argument("arguments", nargs=-1, metavar="[URL|PAGE]...")
@click.option(
    "--once",
    is_flag=True,
    help="Check all links of the PAGES and URLS now; use no database and keep no history.",
)
@click.option("--all", "ignore_schedule", is_flag=True, help="Include links that are not due.")
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="Only links of this host. May be repeated.",
)
@probe_limit_option
@deadline_option
@metrics_option
@once_format_option
@output_option
@lang_option
@check_fail_on_option
@stdin_format_option
@wiki_option
@changed_option
@common_options
def command(common: CommonOptions, **options: Any) -> ExitCode:
    """Check links and archive copies that are due, or only the given URLS.

    The verdict of each given URL is printed, and the exit code is 2 if one is broken.

    With --once, PAGES (files, folders, globs, or - for standard input) and URLS are checked without
    a database: one failed check is enough for "broken", and the exit code is 2 if anything is.
    """
    from crawler.cli.actions.check import execute

    return execute(common, **options)
