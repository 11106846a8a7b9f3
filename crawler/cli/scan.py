"""`holdfast scan`: pages only, no network."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from tempfile import TemporaryDirectory

import click

from crawler.cli.exits import Exit, Failure
from crawler.cli.options import Common, common_options
from crawler.cli.screen import Screen
from crawler.cli.sources import find_sources, show_warning
from crawler.config import LoadedConfig
from crawler.internal_links import resolve_links
from crawler.pages.sources import PageSource
from crawler.scanning import citation_row, internal_link_row, read_pages, sites
from store.vocabulary import Page, PageWarning


@click.command(
    epilog="""\b
Examples:
  holdfast scan docs                        keep the citations of all pages below docs/
  holdfast scan --format jsonl page.md      print them, write nothing
  cat page.md | holdfast scan --format jsonl -
  holdfast scan https://wiki.example/docs/  a published site, as its robots.txt allows
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
    """Read the PAGES and keep their citations. No network is used, but for published sites.

    PAGES are files, folders or globs, - for standard input, or the address of a published site; without any, those of the configuration, or else the working folder.
    """
    screen = Screen(common)
    if internal:
        return _print_internal(common, pages)
    return _print(common, screen, pages) if form == "jsonl" else _store(common, screen, pages)


def _print(common: Common, screen: Screen, pages: tuple[str, ...]) -> Exit:
    loaded = common.load()
    for result in read_pages(find_sources(loaded, pages)):
        if isinstance(result, Page):
            _print_page(screen, result)
        elif isinstance(result, PageWarning):
            show_warning(screen, result)
    if sites(loaded, pages):
        with TemporaryDirectory() as folder:  # a crawl needs a database, and printing writes none
            _crawl(common.load(db=f"sqlite:///{folder}/scan.db"), screen, pages, on_page=partial(_print_page, screen))
    return Exit.OK


def _print_page(screen: Screen, page: Page) -> None:
    for citation in page.citations:
        click.echo(json.dumps(citation_row(citation), ensure_ascii=False))
    for warning in page.warnings:
        show_warning(screen, warning)


def _crawl(loaded: LoadedConfig, screen: Screen, pages: tuple[str, ...], *, on_page: Callable[[Page], None] = lambda _: None) -> int:
    from crawler.cli.reactor import Crawls, drain_on_signals, run_crawls  # noqa: PLC0415  files need no Scrapy
    from crawler.cli.reading import crawl_sites  # noqa: PLC0415
    from crawler.job import open_job  # noqa: PLC0415

    with open_job(loaded, "scan") as job:

        async def work(crawls: Crawls) -> int:
            drain_on_signals(job.stop, screen)
            return await crawl_sites(crawls, job, pages, screen, on_page=on_page)

        read = run_crawls(work)
    if not read:
        raise Failure("no page of the site could be read", Exit.FAILED)
    return read


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
    from crawler.cli.reading import scan  # noqa: PLC0415  printing needs no database
    from crawler.job import open_job  # noqa: PLC0415

    loaded = common.load()
    with open_job(loaded, "scan") as job:
        result = scan(job, pages, screen)
    totals = result.totals
    screen.note(
        f"{totals.pages + result.unchanged} pages ({totals.pages} read, {result.unchanged} unchanged): "
        f"{totals.citations_new} new citations, {totals.citations_gone} gone"
    )
    if sites(loaded, pages):
        screen.note(f"{_crawl(loaded, screen, pages)} pages of published sites read")
    return Exit.OK
