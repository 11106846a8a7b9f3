"""`holdfast ack`: acknowledge failing links, so that they leave the to-do list."""

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
  holdfast ack --all --note "known when CI was set up"  the whole to-do list
"""
)
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option(
    "--until",
    type=Day(),
    metavar="DATE",
    help="Last day of the acknowledgement (default: no limit).",
)
@click.option("--note", default="", metavar="TEXT", help="Why the link is accepted as it is.")
@click.option("--all", "everything", is_flag=True, help="Acknowledge all links on the to-do list.")
@click.option("--remove", is_flag=True, help="Put the links back on the to-do list.")
@wiki_option
@common_options
def command(common: CommonOptions, **options: Any) -> ExitCode:
    """Acknowledge failing links: they leave the to-do list, and no longer fail a run.

    They are written to the file .holdfast-ack.toml beside the configuration (report.acknowledged),
    which you commit with the wiki. Without URL, list the acknowledged links.
    """
    from crawler.cli.actions.ack import execute

    return execute(common, **options)
