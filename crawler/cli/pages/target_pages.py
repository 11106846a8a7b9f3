"""Find the changed pages of a wiki, and check that a command has pages to read."""

from __future__ import annotations

import os
from collections.abc import Sequence

from crawler.cli.exit_codes import CommandFailed
from crawler.cli.pages.changed_pages import changed_link_target
from crawler.cli.pages.page_sources import find_sources, iterate_sources
from crawler.cli.targets import Target
from crawler.config import LoadedConfig
from crawler.scan.discovery import published_sites
from crawler.scan.page_source import PageSource
from store.vocabulary import PageWarning

_SHOWN_PROBLEMS = 3


def changed_pages(
    wiki: LoadedConfig, pages: Sequence[str], files: frozenset[str], links: frozenset[str]
) -> frozenset[str]:
    """Return the paths of a wiki's changed pages. Pages of published sites are never among them.

    Args:
        wiki: The configuration of the wiki.
        pages: Pages named on the command line; empty for those of the configuration.
        files: Real paths of the changed files.
        links: Absolute paths of the changed symbolic links; pages behind them are changed, too.
    """
    changed = set[str]()
    for source in find_sources(wiki, pages):
        if not isinstance(source, PageSource) or not source.file:
            continue
        if os.path.realpath(source.file) in files or changed_link_target(source.file, links):
            changed.add(source.path)
    return frozenset(changed)


def has_published_sites(targets: Sequence[Target], pages: Sequence[str]) -> bool:
    """Return whether a published site is to be crawled.

    It is not if only changed pages are read: git lists these, and sites are not in git.
    """
    return any(target.pages is None and published_sites(target.wiki, pages) for target in targets)


def require_pages(targets: Sequence[Target], pages: Sequence[str]) -> None:
    """Check that there is something to read: a page in one of the wikis, or a published site.

    Args:
        targets: The wikis.
        pages: Pages named on the command line; empty for those of the configuration.

    Raises:
        CommandFailed: There is no page, or none can be read.
    """
    if "-" in pages:  # standard input can be read only once
        return
    problems: list[str] = []
    for target in targets:
        if published_sites(target.wiki, pages):
            return
        warnings = _warnings_without_pages(target.wiki, pages)
        if not warnings:
            return
        problems += [
            f"{warning.page}: {warning.message}"
            for warning in warnings
            if warning.code != "no-pages"
        ]
    if problems:
        raise CommandFailed(f"no page can be read: {'; '.join(problems[:_SHOWN_PROBLEMS])}")
    where = ", ".join(pages) or ", ".join(str(target.wiki.folder) for target in targets)
    raise CommandFailed(
        f"{where}: no pages: name files or the folder that contains them, "
        "or set pages in holdfast.toml"
    )


def _warnings_without_pages(wiki: LoadedConfig, pages: Sequence[str]) -> Sequence[PageWarning]:
    """Return the warnings about a wiki's pages; none if there is a page to read.

    A single argument is searched only until its first page. Several are all searched, so that one
    that names nothing is reported.
    """
    is_only_one = len(pages or wiki.config.pages) <= 1
    warnings, is_found = [], False
    for source in iterate_sources(wiki, pages):
        if isinstance(source, PageWarning):
            warnings.append(source)
            continue
        is_found = True
        if is_only_one:
            break
    return [] if is_found else warnings
