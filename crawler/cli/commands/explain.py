"""`holdfast explain`: what a word of a report means."""

from __future__ import annotations

from typing import Any

import click

from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import CommonOptions, common_options
from crawler.cli.report_options import explanation_lang_option


@click.command(
    epilog="""\b
Examples:
  holdfast explain soft-404        what the reason means, and what to do
  holdfast explain 403             the same for an HTTP status
  holdfast explain                 all words
"""
)
@click.argument("words", nargs=-1, metavar="[WORD]...")
@explanation_lang_option
@common_options
def command(common: CommonOptions, **options: Any) -> ExitCode:
    """Explain reasons, states, notes and warnings: what each means, and what to do about it."""
    from crawler.cli.actions.explain import execute

    return execute(common, **options)
