"""`holdfast history`: show everything known about one URL."""

from __future__ import annotations

from typing import Any

import click

from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import CommonOptions, Count, common_options
from crawler.cli.report_options import explanation_lang_option


@click.command(
    epilog="""\b
Examples:
  holdfast history https://example.org/a
  holdfast history --probes 50 https://example.org/a
  holdfast history --diff https://example.org/a       how the content of its page changed
"""
)
@click.argument("url")
@click.option(
    "--probes",
    type=Count(0),
    default=5,
    show_default=True,
    metavar="N",
    help="Show the last N probes with their requests.",
)
@click.option(
    "--diff",
    is_flag=True,
    help="Show how the page differed from its archive copy when they were last compared.",
)
@explanation_lang_option
@common_options
def command(common: CommonOptions, **options: Any) -> ExitCode:
    """Show everything known about URL: citations, states, probes, archive copies, lookups."""
    from crawler.cli.actions.history import execute

    return execute(common, **options)
