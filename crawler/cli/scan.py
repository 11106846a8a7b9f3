"""`holdfast scan`: pages only, no network."""

from __future__ import annotations

import json

import click

from crawler.cli.exits import Exit
from crawler.cli.options import Common, common_options
from crawler.cli.screen import Screen
from crawler.cli.sources import find_sources, show_warning
from crawler.internal_links import resolve_links
from crawler.pages.sources import PageSource
from crawler.scanning import citation_row, internal_link_row, read_pages
from store.vocabulary import Page, PageWarning


@click.command(
    epilog="""\b
Examples:
  holdfast scan docs                        keep the citations of all pages below docs/
  holdfast scan --format jsonl page.md      print them, write nothing
  cat page.md | holdfast scan --format jsonl -
"""
)
@click.argument("pages", nargs=-1)
@click.option(
    "--format",
    "form",
    type=click.Choice(["summary", "jsonl"]),
    default="summary",
    show_default=True,
    help="jsonl prints one object a citation.",
)
@click.option("--internal", is_flag=True, help="Print the links within the wiki instead, as JSON lines, and which are broken.")
@common_options
def command(common: Common, pages: tuple[str, ...], form: str, internal: bool) -> Exit:
    """Read the PAGES and keep their citations. No network is used.

    PAGES are files, folders or globs, or - for standard input; without any, those of the configuration, or else the working folder.
    """
    screen = Screen(common)
    if internal:
        return _print_internal(common, pages)
    return _print(common, screen, pages) if form == "jsonl" else _store(common, screen, pages)


def _print(common: Common, screen: Screen, pages: tuple[str, ...]) -> Exit:
    for result in read_pages(find_sources(common.load(), pages)):
        if isinstance(result, Page):
            for citation in result.citations:
                click.echo(json.dumps(citation_row(citation), ensure_ascii=False))
            warnings = result.warnings
        else:
            warnings = (result,) if isinstance(result, PageWarning) else ()
        for warning in warnings:
            show_warning(screen, warning)
    return Exit.OK


def _print_internal(common: Common, pages: tuple[str, ...]) -> Exit:
    loaded = common.load()
    sources = find_sources(loaded, pages)
    read = [result for result in read_pages(sources) if isinstance(result, Page)]
    anchors = {page.path: page.anchors for page in read}
    links = [link for page in read for link in page.internal_links]
    for link in resolve_links(loaded, [source for source in sources if isinstance(source, PageSource)], anchors, links):
        click.echo(json.dumps(internal_link_row(link), ensure_ascii=False))
    return Exit.OK


def _store(common: Common, screen: Screen, pages: tuple[str, ...]) -> Exit:
    from crawler.cli.reading import scan  # noqa: PLC0415
    from crawler.job import open_job  # noqa: PLC0415  printing needs no database

    with open_job(common.load(), "scan") as job:
        result = scan(job, pages, screen)
    totals = result.totals
    screen.note(
        f"{totals.pages + result.unchanged} pages ({totals.pages} read, {result.unchanged} unchanged): "
        f"{totals.citations_new} new citations, {totals.citations_gone} gone"
    )
    return Exit.OK
