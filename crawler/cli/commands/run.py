"""`holdfast run`: scan, check, archive and report; the command for scheduled runs."""

from __future__ import annotations

from typing import Any

import click

from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import (
    CommonOptions,
    changed_option,
    common_options,
    deadline_option,
    lookups_option,
    metrics_option,
    probe_limit_option,
    wiki_option,
)
from crawler.cli.report_options import report_options


@click.command(
    epilog="""\b
Examples:
  holdfast run docs                          check all due links in the pages below docs/
  holdfast run --limit 500 --deadline 6h     check some of them, for six hours at most
  holdfast run --fail-on never -q            for cron: print only warnings and errors
  holdfast run --changed-since origin/main   for a pull request: only the changed pages
"""
)
@click.argument("pages", nargs=-1)
@probe_limit_option
@lookups_option
@deadline_option
@metrics_option
@report_options("html,markdown,jsonl")
@wiki_option
@changed_option
@common_options
def command(common: CommonOptions, **options: Any) -> ExitCode:
    """Scan the PAGES, check links that are due, look for archive copies, and report.

    PAGES are files, folders or globs (default: those of the configuration, or the working folder).
    Only links that are due are requested, so run it every day. Several wikis (--wiki) share their
    links, and each has a report of its own.
    """
    from crawler.cli.actions.run import execute

    return execute(common, **options)
