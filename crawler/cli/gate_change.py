"""Find the citations that a change adds to each wiki, and make the patch that adds their copies."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from crawler.archives import service_trust
from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import CommandFailed
from crawler.cli.fix_store import FixRequest, read_store
from crawler.cli.fix_wiki import WikiFixer, read_page_again
from crawler.cli.page_sources import find_sources
from crawler.cli.targets import Target
from crawler.config import LoadedConfig
from crawler.git import Change, ChangedFilesError, read_old_versions
from crawler.pages import NotText
from crawler.pages.dialect import Dialect
from crawler.pages.registry import reader_of
from crawler.scan.added_citations import added_citations
from crawler.scan.page_source import MAX_PAGE_BYTES, PageSource
from reports.gate.judging import Place
from reports.patches import FixGoal, FixOptions, FixPolicy, MirrorStyle
from reports.patches.records import KINDS_FOR_COPIES
from store.queries.links import link_findings
from store.vocabulary import Citation, Page


@dataclass(frozen=True, slots=True)
class GateScope:
    """The citations that a change adds to one wiki.

    Attributes:
        target: The wiki and its changed pages.
        citations: The citations that the change adds, in page order, without images and front
            matter.
        ranks: How recently each page was changed, by its path; 0 is the last one.
    """

    target: Target
    citations: tuple[Citation, ...]
    ranks: Mapping[str, int]

    @property
    def places(self) -> Sequence[Place]:
        """The places of the citations."""
        return [(each.page, each.line, each.column, each.url) for each in self.citations]


def find_scopes(
    loaded: LoadedConfig, names: Sequence[str], pages: Sequence[str], change: Change
) -> list[GateScope]:
    """Return the citations that a change adds to each wiki.

    Args:
        loaded: The configuration.
        names: Names of wikis; empty for all.
        pages: Pages named on the command line; they must belong to one wiki.
        change: The change.

    Raises:
        CommandFailed: The pages could belong to several wikis, or git failed.
    """
    wikis = loaded.wikis(names)
    if pages and len(wikis) > 1:
        known = ", ".join(wiki.config.wiki for wiki in wikis)
        raise CommandFailed(f"PAGES must belong to one wiki: choose it with --wiki ({known})")
    try:
        return [_find_scope(wiki, pages, change) for wiki in wikis]
    except ChangedFilesError as error:
        raise CommandFailed(str(error)) from error


def _find_scope(wiki: LoadedConfig, pages: Sequence[str], change: Change) -> GateScope:
    """Return the citations that a change adds to one wiki."""
    ranks = {file: rank for rank, file in enumerate(change.files)}
    changed: dict[str, PageSource] = {}
    for source in find_sources(wiki, pages):
        if isinstance(source, PageSource) and source.file:
            file = os.path.realpath(source.file)
            if file in ranks:
                changed[file] = source
    deleted = [file for file in change.old_blobs if file not in ranks]
    before = _old_pages(wiki, change, {file: source.path for file, source in changed.items()})
    removed = _old_pages(wiki, change, {file: file for file in deleted if _is_page(wiki, file)})
    after = (_new_page(wiki, source) for source in changed.values())
    citations = added_citations([*before, *removed], [page for page in after if page])
    return GateScope(
        Target(wiki, frozenset(source.path for source in changed.values())),
        tuple(each for each in citations if each.kind in KINDS_FOR_COPIES),
        {source.path: ranks[file] for file, source in changed.items()},
    )


def _is_page(wiki: LoadedConfig, file: str) -> bool:
    """Return whether a deleted file can have been a page of a wiki."""
    suffixes = reader_of(file, wiki.config.formats).suffixes
    return Path(file).suffix.lower() in suffixes


def _old_pages(wiki: LoadedConfig, change: Change, paths: Mapping[str, str]) -> Iterator[Page]:
    """Yield the old versions of some files; `paths` has the path of each page by its file."""
    for file, data in read_old_versions(change, paths):
        if len(data) <= MAX_PAGE_BYTES and (page := _read(wiki, data, paths[file])):
            yield page


def _new_page(wiki: LoadedConfig, source: PageSource) -> Page | None:
    """Return a changed page as it is now; None if it cannot be read (the scan warns of it)."""
    try:
        data = source.read()
    except OSError:
        return None
    return _read(wiki, data, source.path)


def _read(wiki: LoadedConfig, data: bytes, path: str) -> Page | None:
    """Return a page as read; None if it is not text."""
    config = wiki.config
    try:
        return read_page_again(
            data,
            path,
            page_format=reader_of(path, config.formats).name,
            dialect=Dialect(config.dialect),
            local_archive_url=config.archives.local.base_url,
            folder=wiki.folder,
        )
    except NotText:
        return None


def links_newest_first(connection: Connection, scopes: Sequence[GateScope]) -> Sequence[int]:
    """Return the ids of the links and mirrors of the added citations, the newest first.

    Pages that are not committed come first, then those of the newest commits. Within a page, the
    citations with the latest access date come first.
    """
    ordered: list[tuple[tuple[int, int, int], int]] = []
    for scope in scopes:
        citations = dict(zip(scope.places, scope.citations, strict=True))
        pages = scope.target.pages or ()
        for finding in link_findings(connection, wiki=scope.target.name, pages=pages):
            for place in finding.citations:
                citation = citations.get((place.page, place.line, place.column, place.url))
                if citation is not None:
                    accessed = citation.accessed.toordinal() if citation.accessed else 0
                    key = (scope.ranks[place.page], -accessed, citation.start)
                    ordered.append((key, finding.id))
    return list(dict.fromkeys(link_id for _, link_id in sorted(ordered)))


def copies_patch(scope: GateScope, terminal: TerminalOutput, style: str | None) -> bytes:
    """Return the patch that adds verified copies to the citations that a change adds.

    Args:
        scope: The wiki, and the citations.
        terminal: Where warnings go.
        style: How archive links are inserted; by default as most of the wiki's are.
    """
    wiki, added = scope.target.wiki, set(scope.places)
    stored = read_store(wiki, FixRequest(goal=FixGoal.ADD_COPIES))
    cited = {
        page: chosen
        for page, known in stored.cited.items()
        if (chosen := {key: link for key, link in known.items() if (page, *key) in added})
    }
    policy = FixPolicy(goal=FixGoal.ADD_COPIES, distrusted=service_trust(wiki).distrusted)
    options = FixOptions(
        policy=policy,
        style=MirrorStyle(style) if style else stored.wiki_style.style,
        word=stored.wiki_style.word,
    )
    fixer = WikiFixer(wiki, terminal, replace(stored, cited=cited), options, None)
    fixer.fix_pages(list(cited), None, limit=None)
    return b"".join(fixer.patches)
