"""Targets of a command: all wikis of the configuration, the wikis named, or their changed pages."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.cli.changed_pages import linked_file
from crawler.cli.exit_codes import CommandFailed
from crawler.cli.page_sources import find_sources
from crawler.config import LoadedConfig
from crawler.git import ChangedFilesError, changed_files, changed_links
from crawler.scan.discovery import published_sites
from crawler.scan.page_source import PageSource
from store.vocabulary import PageWarning

_SHOWN_PROBLEMS = 3


@dataclass(frozen=True, slots=True)
class Target:
    """One wiki that a command works on.

    Attributes:
        wiki: The configuration with this wiki's settings applied.
        pages: Paths of the pages to work on; None for all.
    """

    wiki: LoadedConfig
    pages: frozenset[str] | None = None

    @property
    def name(self) -> str:
        """The wiki's name; empty if the configuration has no named wikis."""
        return self.wiki.config.wiki


def resolve_targets(
    loaded: LoadedConfig,
    names: Sequence[str] = (),
    pages: Sequence[str] = (),
    *,
    changed_since: str | None = None,
) -> list[Target]:
    """Return the wikis named, or all of them.

    Args:
        loaded: The configuration.
        names: Names of wikis; empty for all.
        pages: Pages named on the command line. They must belong to one wiki.
        changed_since: A git revision; only pages changed since the merge base with it are targets.

    Raises:
        ConfigError: No wiki has that name.
        CommandFailed: `pages` could belong to several wikis, or git cannot list the changes.
    """
    wikis = wikis_of(loaded, names, pages)
    if changed_since is None:
        return [Target(wiki) for wiki in wikis]
    try:
        files = changed_files(loaded.folder, changed_since)
        links = changed_links(loaded.folder, changed_since)
    except ChangedFilesError as error:
        raise CommandFailed(str(error)) from error
    return [Target(wiki, _changed_pages(wiki, pages, files, links)) for wiki in wikis]


def wikis_of(
    loaded: LoadedConfig, names: Sequence[str], pages: Sequence[str]
) -> Sequence[LoadedConfig]:
    """Return the configurations of the wikis named, or of all.

    Args:
        loaded: The configuration.
        names: Names of wikis; empty for all.
        pages: Pages named on the command line.

    Raises:
        ConfigError: No wiki has that name.
        CommandFailed: The pages could belong to several wikis.
    """
    wikis = loaded.wikis(names)
    if pages and len(wikis) > 1:
        known = ", ".join(wiki.config.wiki for wiki in wikis)
        raise CommandFailed(f"PAGES must belong to one wiki: choose it with --wiki ({known})")
    return wikis


def _changed_pages(
    wiki: LoadedConfig, pages: Sequence[str], files: frozenset[str], links: frozenset[str]
) -> frozenset[str]:
    """Return the paths of a wiki's changed pages, also of those behind a changed symbolic link.

    Git does not know pages of published sites.
    """
    changed = set[str]()
    for source in find_sources(wiki, pages):
        if not isinstance(source, PageSource) or not source.file:
            continue
        if os.path.realpath(source.file) in files or linked_file(source.file, links):
            changed.add(source.path)
    return frozenset(changed)


def has_published_sites(targets: Sequence[Target], pages: Sequence[str]) -> bool:
    """Return whether there are published sites to crawl. Git does not know what changed there."""
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
        sources = find_sources(target.wiki, pages)
        if not sources or any(isinstance(source, PageSource) for source in sources):
            return
        problems += [
            f"{source.page}: {source.message}"
            for source in sources
            if isinstance(source, PageWarning) and source.code != "no-pages"
        ]
    if problems:
        raise CommandFailed(f"no page can be read: {'; '.join(problems[:_SHOWN_PROBLEMS])}")
    where = ", ".join(pages) or ", ".join(str(target.wiki.folder) for target in targets)
    raise CommandFailed(
        f"{where}: no pages: name files or the folder that contains them, "
        "or set pages in holdfast.toml"
    )


def whole_wikis(targets: Sequence[Target], names: Sequence[str]) -> Sequence[str] | None:
    """Return the names of the wikis that a run covers completely; None for all wikis."""
    if any(target.pages is not None for target in targets):
        return ()
    return tuple(dict.fromkeys(names)) or None
