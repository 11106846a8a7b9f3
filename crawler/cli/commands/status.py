"""`holdfast status`: show due links, work in progress, the queue and recent runs."""

from __future__ import annotations

from typing import Any

import click

from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import CommonOptions, common_options, wiki_option


@click.command(
    epilog="""\b
Examples:
  holdfast status              what is due, and how long it will take
  holdfast status --wiki docs  only what this wiki cites
"""
)
@wiki_option
@common_options
def command(common: CommonOptions, **options: Any) -> ExitCode:
    """Show what is due, who checks it now, and the last runs. Changes nothing, without network."""
    from crawler.cli.actions.status import execute

    return execute(common, **options)
