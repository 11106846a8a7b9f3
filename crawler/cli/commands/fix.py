"""`holdfast fix`: show or apply a patch that fixes broken citations."""

from __future__ import annotations

from typing import Any

import click

from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import CommonOptions, Count, Day, common_options, wiki_option
from store.vocabulary.fixes import MirrorStyle

# The keys of `fix_selection.CITATION_KINDS`, a module that is slow to import.
_KINDS = ("footnotes", "inline", "references", "autolinks", "bare", "html", "front-matter")


@click.command(
    epilog="""\b
Examples:
  holdfast fix                      show what would be changed
  holdfast fix docs | git apply     apply it with git
  holdfast fix --write              apply it, and save the patch under .holdfast/patches/
  holdfast fix --interactive --write docs/a.md
  holdfast fix --leave archive.today
  holdfast fix --add-copies --only footnotes --max 50
"""
)
@click.argument("pages", nargs=-1)
@click.option(
    "--write",
    is_flag=True,
    help="Change the pages, each completely or not at all, and save the patch.",
)
@click.option("--interactive", is_flag=True, help="Ask for confirmation of each fix.")
@click.option(
    "--max",
    "max_citations",
    type=Count(1),
    metavar="N",
    help="Maximum number of citations to fix.",
)
@click.option(
    "--style",
    type=click.Choice([style.value for style in MirrorStyle]),
    help="How to insert the archive link (default: the style most used in this wiki).",
)
@click.option("--suspects", is_flag=True, help="Also fix links that fail but are not confirmed.")
@click.option(
    "--second-mirrors",
    is_flag=True,
    help="Add a link to a second archive copy, of another service, where there is only one.",
)
@click.option(
    "--leave",
    multiple=True,
    metavar="ARCHIVE",
    help="Instead, replace copies on this archive by copies elsewhere that show the same page. "
    '"distrusted": on all that are doubted or have ended. May be repeated.',
)
@click.option(
    "--add-copies",
    is_flag=True,
    help="Instead, add a verified archive copy to citations of living links that have none.",
)
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(_KINDS),
    help="With --add-copies: only citations of this kind. May be repeated.",
)
@click.option(
    "--since",
    type=Day(),
    metavar="DATE",
    help="With --add-copies: only citations of this day (YYYY-MM-DD) or later.",
)
@click.option(
    "--originals",
    is_flag=True,
    help="Instead, replace copies by originals that work again and show the cited page.",
)
@click.option(
    "--robust-links",
    is_flag=True,
    help="Instead, add attributes to HTML links that name their archive copy or original.",
)
@click.option(
    "--front-matter",
    is_flag=True,
    help="Also fix front matter that describes the page itself (url, image, canonicalURL, ...).",
)
@click.option(
    "--to-do",
    is_flag=True,
    help="Only fix what is on the report's to-do list; leave moved links and the like.",
)
@click.option("--acknowledged", is_flag=True, help="Also fix links that are acknowledged.")
@wiki_option
@common_options
def command(common: CommonOptions, **options: Any) -> ExitCode:
    """Show a patch that fixes broken citations.

    It replaces broken links by verified archive copies, and moved ones by their new address.
    Acknowledged links are left alone.

    PAGES are files, folders or globs (default: all scanned pages). The patch goes to standard
    output. Pages are changed only with --write.
    """
    from crawler.cli.actions.fix import execute

    return execute(common, **options)
