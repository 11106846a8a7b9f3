"""Find the citations that a change adds to each wiki, and make the patch with their copies."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from msgspec import Struct, field
from sqlalchemy import Connection

from crawler.archives import service_trust
from crawler.cli.exit_codes import CommandFailed
from crawler.cli.fix.fixable_citations import FixSelection, read_stored_citations
from crawler.cli.fix.wiki_fixes import WikiFixer
from crawler.cli.gate.staged_pages import read_staged
from crawler.cli.pages.changed_pages import find_changed_pages
from crawler.cli.targets import Target, wikis_of
from crawler.cli.terminal.console import TerminalOutput
from crawler.config import LoadedConfig
from crawler.git import Change, ChangedFilesError, read_old_versions
from crawler.pages.registry import reader_of
from crawler.scan.added_citations import added_citations
from crawler.scan.page_source import MAX_PAGE_BYTES, PageSource
from crawler.scan.process_pool import ScanItem, read_pages
from reports.gate.judge import PlaceKey
from reports.patches import FixGoal, FixOptions, FixPolicy, MirrorStyle
from reports.patches.cited_links import CitationKey, CitedLink
from reports.patches.records import KINDS_FOR_COPIES
from reports.wording.sanitize import plain
from store.queries.links import link_findings
from store.vocabulary import Citation, Page, PageWarning


class WikiChange(Struct, frozen=True):
    """The citations that a change adds to one wiki.

    Attributes:
        target: The wiki and its changed pages.
        citations: The citations that the change adds, in page order, without images and front
            matter.
        ranks: The position of each page by the time of its change, by path; 0 is the latest.
        unread: Warnings about changed pages whose citations cannot be read.
        staged: Staged versions of pages that differ from the work tree, by path.
    """

    target: Target
    citations: tuple[Citation, ...]
    ranks: Mapping[str, int]
    unread: tuple[PageWarning, ...] = ()
    staged: Mapping[str, PageSource] = field(default_factory=dict)

    @property
    def places(self) -> Sequence[PlaceKey]:
        """The place of each citation: (page, line, column, URL)."""
        return [(each.page, each.line, each.column, each.url) for each in self.citations]


def find_wiki_changes(
    loaded: LoadedConfig, names: Sequence[str], pages: Sequence[str], change: Change
) -> list[WikiChange]:
    """Return the citations that a change adds to each wiki.

    Args:
        loaded: The configuration.
        names: Names of wikis; empty for all.
        pages: Pages named on the command line; they must belong to one wiki.
        change: The change.

    Raises:
        CommandFailed: The pages could belong to several wikis, or git failed.
    """
    wikis = wikis_of(loaded, names, pages)
    try:
        return [_find_wiki_change(wiki, pages, change) for wiki in wikis]
    except ChangedFilesError as error:
        raise CommandFailed(str(error)) from error


def _find_wiki_change(wiki: LoadedConfig, pages: Sequence[str], change: Change) -> WikiChange:
    """Return the citations that a change adds to one wiki."""
    changed = find_changed_pages(wiki, pages, change)
    staged = read_staged(wiki, pages, change, changed)
    paths = {file: path for path, file in changed.files.items()}
    # A file can have several paths through symbolic links. Its old version gets the real one.
    real_paths = {file: path for path, file in changed.files.items() if _is_real(wiki, path, file)}
    before = _old_pages(wiki, change, paths | real_paths)
    present = frozenset(change.files)
    # A citation that moves from a deleted page to another one is not an added one.
    deleted = [file for file in change.old_blobs if file not in present]
    removed = _old_pages(wiki, change, {file: file for file in deleted if _is_page(wiki, file)})
    read = list(_read(wiki, [*changed.sources.values()]))
    after = [item for item in read if isinstance(item, Page)]
    warnings = [item for item in read if isinstance(item, PageWarning)]
    unread = [*changed.unread, *warnings]
    citations = added_citations([*before, *removed], after)
    return WikiChange(
        target=Target(wiki, frozenset(changed.sources)),
        citations=tuple(each for each in citations if each.kind in KINDS_FOR_COPIES),
        ranks=changed.ranks,
        unread=tuple(unread),
        staged=staged,
    )


def _is_real(wiki: LoadedConfig, path: str, file: str) -> bool:
    """Return whether the path of a page is the real path of its file, without symbolic links."""
    return os.path.normpath(os.path.join(os.path.realpath(wiki.folder), path)) == file  # noqa: PTH118


def _is_page(wiki: LoadedConfig, file: str) -> bool:
    """Return whether a deleted file may have been a page of a wiki, by its suffix."""
    suffixes = reader_of(file, wiki.config.formats).suffixes
    return Path(file).suffix.lower() in suffixes


def _old_pages(wiki: LoadedConfig, change: Change, paths: Mapping[str, str]) -> Iterator[Page]:
    """Yield the old versions of files as pages.

    Args:
        wiki: The configuration of the wiki.
        change: The change.
        paths: The path of the page, by the real path of its file.
    """
    sources = (
        PageSource(
            path=paths[file],
            size=len(data),
            data=data,
            format=reader_of(paths[file], wiki.config.formats).name,
        )
        for file, data in read_old_versions(change, paths)
        if len(data) <= MAX_PAGE_BYTES
    )
    for page in _read(wiki, sources):
        if isinstance(page, Page):
            yield page


def _read(wiki: LoadedConfig, sources: Iterable[PageSource]) -> Iterator[ScanItem]:
    """Read pages as a scan does. Yields a warning instead of a page that cannot be read."""
    config = wiki.config
    local_url = config.archives.local.base_url
    yield from read_pages(list(sources), dialect=config.dialect, local_archive_url=local_url)


def links_newest_first(connection: Connection, wiki_changes: Sequence[WikiChange]) -> Sequence[int]:
    """Return the ids of the links and mirrors of the added citations, the newest first.

    Pages that are not committed come first, then those of the newest commits. Within a page, the
    citations with the latest access date come first.
    """
    ordered: list[tuple[tuple[int, int, int], int]] = []
    for wiki_change in wiki_changes:
        citations = dict(zip(wiki_change.places, wiki_change.citations, strict=True))
        pages = wiki_change.target.pages or ()
        for finding in link_findings(connection, wiki=wiki_change.target.name, pages=pages):
            for place in finding.citations:
                citation = citations.get((place.page, place.line, place.column, place.url))
                if citation is not None:
                    accessed = citation.accessed.toordinal() if citation.accessed else 0
                    key = (wiki_change.ranks[place.page], -accessed, citation.start)
                    ordered.append((key, finding.id))
    return list(dict.fromkeys(link_id for _, link_id in sorted(ordered)))


def copies_patch(wiki_change: WikiChange, terminal: TerminalOutput, style: str | None) -> bytes:
    """Return the patch that adds verified copies to the citations that a change adds.

    Args:
        wiki_change: The wiki, and the citations.
        terminal: Where warnings go.
        style: How archive links are inserted; None for the style that the wiki uses most.
    """
    wiki = wiki_change.target.wiki
    added = set(wiki_change.places)
    stored = read_stored_citations(wiki, FixSelection(goal=FixGoal.ADD_COPIES))
    cited: dict[str, Mapping[CitationKey, CitedLink]] = {}
    for page, links in stored.cited.items():
        added_links = {key: link for key, link in links.items() if (page, *key) in added}
        if added_links:
            cited[page] = added_links
    for page in sorted(cited.keys() & wiki_change.staged.keys()):
        del cited[page]
        terminal.warn(f"{plain(page)}: not in the patch: it has changes that are not staged")
    policy = FixPolicy(goal=FixGoal.ADD_COPIES, distrusted=service_trust(wiki).distrusted)
    options = FixOptions(
        policy=policy,
        style=MirrorStyle(style) if style else stored.wiki_style.style,
        link_text=stored.wiki_style.link_text,
    )
    fixer = WikiFixer(wiki, terminal, replace(stored, cited=cited), options, None)
    fixer.fix_pages(list(cited), None, limit=None)
    return b"".join(fixer.patches)
