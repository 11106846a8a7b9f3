"""Run `holdfast scan`: read pages, and save or print their citations or internal links."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from itertools import chain

import click

from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.lazy_imports import scan_sites, store_citations
from crawler.cli.options import CommonOptions
from crawler.cli.pages.page_sources import check_stdin_format, find_sources, show_warning
from crawler.cli.pages.scan_output import citation_object, internal_link_line, internal_link_object
from crawler.cli.pages.target_pages import has_published_sites, require_pages
from crawler.cli.targets import Target, resolve_targets
from crawler.cli.terminal.console import TerminalOutput
from crawler.scan.internal_links import resolve_links
from crawler.scan.page_sites import settings_warning
from crawler.scan.page_source import PageSource
from crawler.scan.process_pool import read_pages
from store.files.temporary_folders import temporary_folder
from store.vocabulary import Page, PageWarning


def execute(
    common: CommonOptions,
    *,
    pages: tuple[str, ...],
    output_format: str,
    internal: bool,
    only_broken: bool,
    fail_on: str,
    stdin_format: str | None,
    wiki_names: tuple[str, ...],
    changed_since: str | None,
) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.scan`.

    Returns:
        The exit code.

    Raises:
        CommandFailed: Options do not go together, or no page of a published site could be read.
    """
    page_format = check_stdin_format(pages, stdin_format)
    terminal = TerminalOutput(common)
    targets = resolve_targets(common.load(), wiki_names, pages, changed_since=changed_since)
    require_pages(targets, pages)
    if internal:
        broken = _print_internal_links(
            targets,
            terminal,
            pages,
            stdin_format=page_format,
            only_broken=only_broken,
            as_json=output_format == "jsonl",
        )
        return ExitCode.FINDINGS if broken and fail_on == "broken" else ExitCode.OK
    if only_broken or fail_on != "never":
        raise CommandFailed(
            "--only-broken and --fail-on need --internal: to check citations, use holdfast run"
        )
    if output_format == "jsonl":
        _print_citations(common, targets, terminal, pages, page_format)
    else:
        store_citations(
            common.load(), targets, terminal, pages, wiki_names, stdin_format=page_format
        )
    return ExitCode.OK


def _print_citations(
    common: CommonOptions,
    targets: Sequence[Target],
    terminal: TerminalOutput,
    pages: tuple[str, ...],
    stdin_format: str,
) -> None:
    """Print the citations of pages as JSON objects, one a line."""
    for target in targets:
        config = target.wiki.config
        results = read_pages(
            _sources(target, pages, stdin_format),
            dialect=config.dialect,
            local_archive_url=config.archives.local.base_url,
        )
        for result in results:
            if isinstance(result, Page):
                _print_page(terminal, result)
            elif isinstance(result, PageWarning):
                show_warning(terminal, result)
    if has_published_sites(targets, pages):
        # A crawl needs a database; printing must not change the user's.
        with temporary_folder() as folder:
            loaded = common.load(db=f"sqlite:///{folder}/scan.db")
            scan_sites(loaded, targets, terminal, pages, on_page=partial(_print_page, terminal))


def _sources(
    target: Target, pages: tuple[str, ...], stdin_format: str
) -> list[PageSource | PageWarning]:
    """Return the pages of a target, all or only the changed ones, and the warnings about files.

    A page that cannot be read must not pass as one that did not change.
    """
    sources = find_sources(target.wiki, pages, stdin_format=stdin_format)
    if target.pages is None:
        return sources
    return [
        source
        for source in sources
        if not isinstance(source, PageSource) or source.path in target.pages
    ]


def _print_page(terminal: TerminalOutput, page: Page) -> None:
    """Print the citations of a page as JSON objects, and the warnings about it."""
    for citation in page.citations:
        click.echo(json.dumps(citation_object(citation), ensure_ascii=False))
    for warning in page.warnings:
        show_warning(terminal, warning)


def _print_internal_links(
    targets: Sequence[Target],
    terminal: TerminalOutput,
    pages: tuple[str, ...],
    *,
    stdin_format: str,
    only_broken: bool,
    as_json: bool,
) -> int:
    """Print the internal links of pages, one a line.

    All pages are read, because a link on a changed page can point to any page.

    Args:
        targets: The wikis or changed pages.
        terminal: Where warnings go.
        pages: Pages named on the command line.
        stdin_format: The name of the format of standard input.
        only_broken: Whether to print only broken links.
        as_json: Whether to print JSON objects instead of text.

    Returns:
        The number of broken links.
    """
    broken = 0
    for target in targets:
        sources = find_sources(target.wiki, pages, stdin_format=stdin_format)
        results = read_pages(sources, dialect=target.wiki.config.dialect)
        read_results = [result for result in results if isinstance(result, Page)]
        anchors = {page.path: page.anchors for page in read_results}
        links = list(chain.from_iterable(page.internal_links for page in read_results))
        files = [source for source in sources if isinstance(source, PageSource)]
        if warning := settings_warning(target.wiki, files):
            show_warning(terminal, warning)
        for link in resolve_links(target.wiki, files, anchors, links):
            if target.pages is not None and link.page not in target.pages:
                continue
            if link.broken is not None:
                broken += 1
            elif only_broken:
                continue
            if as_json:
                click.echo(json.dumps(internal_link_object(link), ensure_ascii=False))
            else:
                click.echo(internal_link_line(link.with_page_as_target()))
    return broken
