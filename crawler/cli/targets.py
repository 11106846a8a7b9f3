"""What a command is about: all wikis of the configuration, those named, or the pages of theirs that changed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import CommandFailed
from crawler.cli.text_format import pluralize
from crawler.config import LoadedConfig

if TYPE_CHECKING:
    from crawler.jobs.job import Job

_MOST_PAGES = 10_000  # named in one question to the database


@dataclass(frozen=True, slots=True)
class Target:
    """What a command is about of one wiki: all of it, or some pages. `wiki` is the configuration as that wiki sees it."""

    wiki: LoadedConfig
    pages: frozenset[str] | None = None

    @property
    def name(self) -> str:
        return self.wiki.config.wiki


def resolve_targets(
    loaded: LoadedConfig,
    names: Sequence[str] = (),
    pages: Sequence[str] = (),
    *,
    revision: str | None = None,
) -> list[Target]:
    """Choose the wikis named, or all, and of each the pages that changed, where a revision is given.

    Raises ConfigError for a name no wiki has, and Failure where `pages` could be several wikis', or git cannot say what changed.
    """
    wikis = loaded.wikis(names)
    if pages and len(wikis) > 1:
        raise CommandFailed(
            f"PAGES are of one wiki: name it with --wiki ({', '.join(wiki.config.wiki for wiki in wikis)})"
        )
    if revision is None:
        return [Target(wiki) for wiki in wikis]
    from crawler.git import ChangesUnknown, changed_files  # noqa: PLC0415  most commands are about all pages, and need no git

    try:
        files = changed_files(loaded.folder, revision)
    except ChangesUnknown as error:
        raise CommandFailed(str(error)) from error
    return [Target(wiki, _changed_pages(wiki, pages, files)) for wiki in wikis]


def _changed_pages(
    wiki: LoadedConfig, pages: Sequence[str], files: frozenset[str]
) -> frozenset[str]:
    """Name the changed pages of a wiki as records do. Those of a published site are unknown to git."""
    from crawler.cli.page_sources import find_sources  # noqa: PLC0415  what tells of pages need not be able to read them
    from crawler.scan.discovery import PageSource  # noqa: PLC0415

    return frozenset(
        source.path
        for source in find_sources(wiki, pages)
        if isinstance(source, PageSource) and source.file and os.path.realpath(source.file) in files
    )


def whole_wikis(parts: Sequence[Target], names: Sequence[str]) -> Sequence[str] | None:
    """Name the wikis a run is about as a whole, as the store keeps it: None for all of them."""
    if any(part.pages is not None for part in parts):
        return ()
    return tuple(dict.fromkeys(names)) or None


def apply_scope(
    job: Job, parts: Sequence[Target], names: Sequence[str], screen: TerminalOutput
) -> None:
    """Let a job be about these parts alone. Raises Failure where they are more pages than can be asked about."""
    from store.work.pages import page_ids  # noqa: PLC0415  what only prints pages needs no database
    from store.work.scope import EVERYTHING, Scope  # noqa: PLC0415

    if all(part.pages is None for part in parts):
        job.scope = Scope(wikis=tuple(names)) if names else EVERYTHING
        return
    with job.database.read() as connection:
        ids = [
            page_id
            for part in parts
            for page_id in page_ids(connection, part.name, part.pages or ()).values()
        ]
    if len(ids) > _MOST_PAGES:
        raise CommandFailed(
            f"{len(ids)} pages changed, more than {_MOST_PAGES}: leave --changed-since away"
        )
    screen.note(f"{pluralize(len(ids), 'page')} changed")
    job.scope = Scope(pages=tuple(ids))
