"""`holdfast scan`: read pages, without checking links."""

from __future__ import annotations

from typing import Any

import click

from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import (
    CommonOptions,
    changed_option,
    common_options,
    stdin_format_option,
    wiki_option,
)


@click.command(
    epilog="""\b
Examples:
  holdfast scan docs                        save the citations of all pages below docs/
  holdfast scan --format jsonl page.md      print them, save nothing
  holdfast scan --internal --only-broken --fail-on broken docs
  cat page.md | holdfast scan --format jsonl -
  curl -s https://a.example/b.rst | holdfast scan --format jsonl --stdin-format rst -
  holdfast scan https://wiki.example/docs/  a published site, as its robots.txt allows
"""
)
@click.argument("pages", nargs=-1)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["summary", "jsonl"]),
    default="summary",
    show_default=True,
    help="summary: save citations and print totals; jsonl: print one JSON object per citation "
    "(with --internal: per link) and save nothing.",
)
@click.option(
    "--internal",
    is_flag=True,
    help="Print links within the wiki, and which are broken, one a line; save nothing.",
)
@click.option("--only-broken", is_flag=True, help="With --internal: print only broken links.")
@click.option(
    "--fail-on",
    type=click.Choice(["broken", "never"]),
    default="never",
    show_default=True,
    help="With --internal: exit with code 2 if a link is broken.",
)
@stdin_format_option
@wiki_option
@changed_option
@common_options
def command(common: CommonOptions, **options: Any) -> ExitCode:
    """Read the PAGES and save their citations. Uses no network, except for published sites.

    PAGES are files, folders, globs, - for standard input, or the address of a published site
    (default: those of the configuration, or the working folder).
    """
    from crawler.cli.actions.scan import execute

    return execute(common, **options)
