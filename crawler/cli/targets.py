"""Targets of a command: all wikis of the configuration, the wikis named, or their changed pages."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from crawler.cli.exit_codes import CommandFailed
from crawler.config import LoadedConfig
from crawler.git import ChangedFilesError, changed_files


class Target(Struct, frozen=True):
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
        changed = changed_files(loaded.folder, changed_since)
    except ChangedFilesError as error:
        raise CommandFailed(str(error)) from error
    # Imported here: the parsers of pages are slow to import.
    from crawler.cli.pages.target_pages import changed_pages  # noqa: PLC0415

    return [Target(wiki, changed_pages(wiki, pages, *changed)) for wiki in wikis]


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


def whole_wikis(targets: Sequence[Target], names: Sequence[str]) -> Sequence[str] | None:
    """Return the names of the wikis that a run covers completely.

    Args:
        targets: The wikis or changed pages to work on.
        names: Names of the wikis given on the command line; empty for all.

    Returns:
        None for all wikis; no name if the targets are only changed pages.
    """
    if any(target.pages is not None for target in targets):
        return ()
    return tuple(dict.fromkeys(names)) or None
