"""`holdfast ack`: acknowledge failing links, so that they are no longer to do."""

from __future__ import annotations

from typing import Any

import click

from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import CommonOptions, Day, common_options, wiki_option


@click.command(
    epilog="""\b
Examples:
  holdfast ack                                          list what is acknowledged
  holdfast ack https://example.org/a --until 2026-12-31 --note "back in winter"
  holdfast ack --remove https://example.org/a
  holdfast ack --all --note "known when CI was set up"  everything that is to do now
"""
)
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option(
    "--until",
    type=Day(),
    metavar="DATE",
    help="Last day on which this counts (default: no limit).",
)
@click.option("--note", default="", metavar="TEXT", help="Why the link is accepted as it is.")
@click.option("--all", "everything", is_flag=True, help="Acknowledge all that is to do now.")
@click.option("--remove", is_flag=True, help="Put the links back on the to-do list.")
@wiki_option
@common_options
def command(common: CommonOptions, **options: Any) -> ExitCode:
    """Acknowledge failing links: reports fold them, and they no longer fail a run.

    They are written to the file .holdfast-ack.toml beside the configuration (report.acknowledged),
    which is to be committed with the wiki. Without URL, list them.
    """
    from crawler.cli.actions.ack import execute

    return execute(common, **options)
