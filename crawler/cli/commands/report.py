"""`holdfast report`: write reports from the stored results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import CommonOptions, common_options, wiki_option
from crawler.cli.report_options import report_options
from reports.model import GroupBy


@click.command(
    epilog="""\b
Examples:
  holdfast report                                     print a Markdown report
  holdfast report --format html --output report.html
  holdfast report --format markdown,jsonl --output out
  holdfast report --only-new --since 2026-03-01
  holdfast report --group-by page                     ordered by page, for fixing by hand
  holdfast report --site public                       a website, for tens of thousands of links
"""
)
@report_options("markdown")
@click.option(
    "--since",
    metavar="RUN|DATE|all",
    help="Mark changes since this run or date as new (default: since the run before the last).",
)
@click.option("--only-new", is_flag=True, help="Report only the links that are marked as new.")
@click.option(
    "--group-by",
    type=click.Choice([group.value for group in GroupBy]),
    help="How to group links, in formats that have groups.",
)
@click.option(
    "--site",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write a website with a page for each wiki page, host and link.",
)
@wiki_option
@common_options
def command(common: CommonOptions, **options: Any) -> ExitCode:
    """Report what is broken, on which page and line, since when, and possible replacements.

    The exit code is 2 if links broke since the run before; with --fail-on never it is 0.
    """
    from crawler.cli.actions.report import execute

    return execute(common, **options)
