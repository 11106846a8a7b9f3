"""`holdfast scan`: pages only, no network."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from tempfile import TemporaryDirectory

import click

from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions, changed_option, common_options, wiki_option
from crawler.cli.page_sources import find_sources, show_warning
from crawler.cli.scan_output import citation_object, internal_link_object
from crawler.cli.targets import Target, resolve_targets, whole_wikis
from crawler.cli.text_format import pluralize
from crawler.config import LoadedConfig
from crawler.scan.discovery import PageSource, published_sites
from crawler.scan.internal_links import resolve_links, settings_warning
from crawler.scan.process_pool import read_pages
from store.vocabulary import Page, PageWarning


@click.command(
    epilog="""\b
Examples:
  holdfast scan docs                        keep the citations of all pages below docs/
  holdfast scan --format jsonl page.md      print them, write nothing
  holdfast scan --internal --only-broken --fail-on broken docs
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
@click.option(
    "--internal",
    is_flag=True,
    help="Print the links within the wiki instead, as JSON lines, and which are broken.",
)
@click.option(
    "--only-broken", is_flag=True, help="With --internal: print only those that lead nowhere."
)
@click.option(
    "--fail-on",
    type=click.Choice(["broken", "never"]),
    default="never",
    show_default=True,
    help="With --internal: end with exit code 2 if one of them is broken.",
)
@wiki_option
@changed_option
@common_options
def command(
    common: CommonOptions,
    pages: tuple[str, ...],
    form: str,
    internal: bool,
    only_broken: bool,
    fail_on: str,
    names: tuple[str, ...],
    revision: str | None,
) -> ExitCode:
    """Read the PAGES and keep their citations. No network is used, but for published sites.

    PAGES are files, folders or globs, - for standard input, or the address of a published site; without any, those of the configuration, or else the working folder.
    """
    screen = TerminalOutput(common)
    loaded = common.load()
    parts = resolve_targets(loaded, names, pages, revision=revision)
    if internal:
        return _print_internal(
            parts, screen, pages, only_broken=only_broken, fail=fail_on == "broken"
        )
    if only_broken or fail_on != "never":
        raise CommandFailed(
            "--only-broken and --fail-on go with --internal: whether a citation is broken takes probes (holdfast run)"
        )
    return (
        _print(common, parts, screen, pages)
        if form == "jsonl"
        else _store(loaded, parts, names, screen, pages)
    )


def _print(
    common: CommonOptions, parts: Sequence[Target], screen: TerminalOutput, pages: tuple[str, ...]
) -> ExitCode:
    for part in parts:
        for result in read_pages(
            _sources(part, pages),
            dialect=part.wiki.config.dialect,
            own_archive=part.wiki.config.archives.local.base_url,
        ):
            if isinstance(result, Page):
                _print_page(screen, result)
            elif isinstance(result, PageWarning):
                show_warning(screen, result)
    if _has_sites(parts, pages):
        with TemporaryDirectory() as folder:  # a crawl needs a database, and printing writes none
            _crawl(
                common.load(db=f"sqlite:///{folder}/scan.db"),
                parts,
                screen,
                pages,
                on_page=partial(_print_page, screen),
            )
    return ExitCode.OK


def _sources(part: Target, pages: tuple[str, ...]) -> list[PageSource | PageWarning]:
    """Find the pages of a part of a wiki."""
    sources = find_sources(part.wiki, pages)
    return (
        sources
        if part.pages is None
        else [
            source
            for source in sources
            if isinstance(source, PageSource) and source.path in part.pages
        ]
    )


def _has_sites(parts: Sequence[Target], pages: tuple[str, ...]) -> bool:
    """Tell whether there are published sites to read; what changed there is unknown to git."""
    return any(part.pages is None and published_sites(part.wiki, pages) for part in parts)


def _print_page(screen: TerminalOutput, page: Page) -> None:
    for citation in page.citations:
        click.echo(json.dumps(citation_object(citation), ensure_ascii=False))
    for warning in page.warnings:
        show_warning(screen, warning)


def _crawl(
    loaded: LoadedConfig,
    parts: Sequence[Target],
    screen: TerminalOutput,
    pages: tuple[str, ...],
    *,
    on_page: Callable[[Page], None] = lambda _: None,
) -> int:
    from crawler.cli.crawl_runner import CrawlRunner, drain_on_signals, run_crawls  # noqa: PLC0415  files need no Scrapy
    from crawler.cli.scan_steps import crawl_sites  # noqa: PLC0415
    from crawler.jobs.job import open_job  # noqa: PLC0415

    with open_job(loaded, "scan") as job:

        async def work(crawls: CrawlRunner) -> int:
            drain_on_signals(job, screen)
            return sum(
                [
                    await crawl_sites(crawls, job, part.wiki, pages, screen, on_page=on_page)
                    for part in parts
                ]
            )

        read = run_crawls(work)
    if not read:
        raise CommandFailed("no page of the site could be read", ExitCode.FAILED)
    return read


def _print_internal(
    parts: Sequence[Target],
    screen: TerminalOutput,
    pages: tuple[str, ...],
    *,
    only_broken: bool,
    fail: bool,
) -> ExitCode:
    """Print the internal links of pages; all pages are read, as a link of one that changed may lead to any."""
    broken = 0
    for part in parts:
        sources = find_sources(part.wiki, pages)
        read = [
            result
            for result in read_pages(sources, dialect=part.wiki.config.dialect)
            if isinstance(result, Page)
        ]
        anchors = {page.path: page.anchors for page in read}
        links = [link for page in read for link in page.internal_links]
        files = [source for source in sources if isinstance(source, PageSource)]
        if warning := settings_warning(part.wiki, files):
            show_warning(screen, warning)
        for link in resolve_links(part.wiki, files, anchors, links):
            if part.pages is not None and link.page not in part.pages:
                continue
            broken += link.broken is not None
            if link.broken or not only_broken:
                click.echo(json.dumps(internal_link_object(link), ensure_ascii=False))
    return ExitCode.FINDINGS if fail and broken else ExitCode.OK


def _store(
    loaded: LoadedConfig,
    parts: Sequence[Target],
    names: tuple[str, ...],
    screen: TerminalOutput,
    pages: tuple[str, ...],
) -> ExitCode:
    """Keep what the pages cite. Those that did not change since the last scan are not read anyway, so --changed-since leaves none out."""
    from crawler.cli.scan_steps import scan  # noqa: PLC0415  printing needs no database
    from crawler.jobs.job import open_job  # noqa: PLC0415

    with open_job(loaded, "scan", wikis=whole_wikis(parts, names)) as job:
        for part in parts:
            result = scan(job, part.wiki, pages, screen)
            totals = result.totals
            screen.note(
                f"{f'{part.name}: ' if len(parts) > 1 else ''}"
                f"{pluralize(totals.pages + result.unchanged, 'page')} ({totals.pages} read, {result.unchanged} unchanged): "
                f"{pluralize(totals.citations_new, 'new citation')}, {totals.citations_gone} gone"
            )
    if _has_sites(parts, pages):
        screen.note(
            f"{pluralize(_crawl(loaded, parts, screen, pages), 'page')} of published sites read"
        )
    return ExitCode.OK
