"""`holdfast gate`: check and capture the citations that a change adds, before it is merged."""

from __future__ import annotations

from typing import Any

import click

from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import CommonOptions, Duration, FormatNames, common_options, wiki_option
from crawler.cli.report_options import lang_option, output_option
from reports.gate import GateMode
from store.vocabulary.fixes import MirrorStyle

_FORMATS = ("text", "github", "gitlab", "comment", "patch")  # of `reports.gate.formats`


def _check_format(name: str) -> None:
    """Raise ValueError for an unknown format."""
    if name not in _FORMATS:
        raise ValueError(f"unknown format {name!r}: use {', '.join(_FORMATS)}")


@click.command(
    epilog="""\b
Examples:
  holdfast gate --changed-since origin/main        what a branch adds
  holdfast gate --staged --mode require-copy       in a pre-commit hook
  holdfast gate --format patch | git apply         add the copies to the pages
  holdfast gate --format github,comment,patch --output out --when-undecided pass
"""
)
@click.argument("pages", nargs=-1)
@click.option(
    "--changed-since",
    metavar="REV",
    help="What changed since the merge base with this git revision (default: what is not "
    "committed).",
)
@click.option("--staged", is_flag=True, help="What is staged for the next commit.")
@click.option(
    "--mode",
    "modes",
    multiple=True,
    type=click.Choice([mode.value for mode in GateMode]),
    help="warn: never fail (the default); require-copy: exit with code 2 if a new citation has no "
    "verified copy; require-alive: if one fails. May be repeated.",
)
@click.option(
    "--when-undecided",
    type=click.Choice(["fail", "pass"]),
    default="fail",
    show_default=True,
    help="Result if something could not be found out: without network, API keys or time.",
)
@click.option(
    "--deadline",
    type=Duration(),
    default=300.0,
    metavar="TIME",
    help="Time budget; the newest citations come first: e.g. 90s, 10m (default: 5m).",
)
@click.option(
    "--style",
    type=click.Choice([style.value for style in MirrorStyle]),
    help="How the patch inserts archive links (default: the style most used in this wiki).",
)
@click.option(
    "--format",
    "formats",
    type=FormatNames(_check_format),
    default="text",
    show_default=True,
    help=f"Formats, comma-separated: {', '.join(_FORMATS)}.",
)
@output_option
@lang_option
@wiki_option
@common_options
def command(common: CommonOptions, **options: Any) -> ExitCode:
    """Check the citations that a change adds, and find or request an archive copy of each.

    For pull requests and pre-commit. PAGES are files, folders or globs (default: all pages that
    changed). Links are checked, copies looked up, captured if captures are on, and verified.
    """
    from crawler.cli.actions.gate import execute

    return execute(common, **options)
