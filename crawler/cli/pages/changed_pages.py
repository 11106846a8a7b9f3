"""Find the pages of a wiki that a change touches, and those whose citations cannot be read."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from crawler.cli.pages.page_sources import find_sources
from crawler.config import LoadedConfig
from crawler.files.gitignore import ignore_rules, is_ignored_below
from crawler.git import Change
from crawler.http.urls import is_web_url
from crawler.pages.registry import formats_by_suffix, source_suffixes, suffix_of
from crawler.scan.page_source import PageSource, printable_name
from store.vocabulary import PageWarning

_IGNORED = "is tracked by git, but left out by a .gitignore file"
_SUBMODULE = "is in a submodule that the change updates"


@dataclass(slots=True)
class ChangedPages:
    """The pages of a wiki that a change touches.

    Attributes:
        sources: The pages to read, by path.
        files: The real path of each one's file, by path.
        ranks: The position of each page by the time of its change, by path; 0 is the latest.
        unread: Warnings about the pages that cannot be compared.
    """

    sources: dict[str, PageSource] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    ranks: dict[str, int] = field(default_factory=dict)
    unread: list[PageWarning] = field(default_factory=list)


def find_changed_pages(
    wiki: LoadedConfig, arguments: Sequence[str], change: Change
) -> ChangedPages:
    """Return the pages that a change touches.

    A page behind a changed symbolic link counts as changed. A page that is skipped, ignored by a
    .gitignore file or in a changed submodule is unread.

    Args:
        wiki: The configuration of the wiki.
        arguments: Pages named on the command line; empty for those of the configuration.
        change: The change.

    Raises:
        CommandFailed: A named page does not exist.
    """
    ranks = {file: rank for rank, file in enumerate(change.files)}
    pages = ChangedPages()
    names_in_warnings = {name_in_warnings(wiki, file) for file in (*change.files, *change.links)}
    submodules = set[str]()
    for source in find_sources(wiki, arguments):
        if isinstance(source, PageWarning):
            if source.page in names_in_warnings:
                pages.unread.append(source)
            continue
        if not source.file:
            continue
        file = os.path.realpath(source.file)
        changed_file = file if file in ranks else changed_link_target(source.file, change.links)
        if changed_file in ranks:
            pages.sources[source.path] = source
            pages.files[source.path] = file
            pages.ranks[source.path] = ranks[changed_file]
        submodules.update(each for each in change.submodules if Path(file).is_relative_to(each))
    pages.unread += [unread_warning(wiki, each, _SUBMODULE) for each in sorted(submodules)]
    ignored = _ignored_pages(wiki, arguments, change, frozenset(pages.files.values()))
    pages.unread += [unread_warning(wiki, each, _IGNORED) for each in ignored]
    return pages


def changed_link_target(file: Path, links: frozenset[str]) -> str:
    """Return the real path that a changed symbolic link, in the path of a page, leads to.

    Args:
        file: The file of the page.
        links: Absolute paths of the changed symbolic links.

    Returns:
        The real path; "" if neither the file nor a folder above it is a changed link.
    """
    if links:
        for each in (file, *file.parents):
            if os.path.join(os.path.realpath(each.parent), each.name) in links:  # noqa: PTH118
                return os.path.realpath(each)
    return ""


def name_in_warnings(wiki: LoadedConfig, file: str) -> str:
    """Return `PageWarning.page` of a file: its path relative to the wiki's folder."""
    return printable_name(Path(os.path.relpath(file, os.path.realpath(wiki.folder))).as_posix())


def unread_warning(wiki: LoadedConfig, file: str, reason: str) -> PageWarning:
    """Return the warning about a changed file whose citations cannot be read."""
    return PageWarning(page=name_in_warnings(wiki, file), line=0, code="unread", message=reason)


def _ignored_pages(
    wiki: LoadedConfig, arguments: Sequence[str], change: Change, found: frozenset[str]
) -> Iterator[str]:
    """Yield the changed files that would be pages of a wiki if no .gitignore file ignored them.

    Git still tracks such a file if it was committed before the line of .gitignore was added.

    Args:
        wiki: The configuration of the wiki.
        arguments: Pages named on the command line.
        change: The change.
        found: Real paths of the files of the changed pages.
    """
    roots = list(page_roots(wiki, arguments))
    for file in change.files:
        if file in found or not is_page_below(wiki, file, roots):
            continue
        if is_ignored_below(Path(file), change.top):
            yield file


def is_page_below(wiki: LoadedConfig, file: str, roots: Sequence[Path]) -> bool:
    """Return whether a file is a page of a wiki by its name, whatever .gitignore files say.

    Args:
        wiki: The configuration of the wiki.
        file: The absolute real path of the file.
        roots: The folders of the wiki's pages, see `page_roots`.
    """
    # The formats that people write, without those that the settings skip, and those that the
    # settings name. `suffix_of` returns lower case; the settings may be in upper case.
    suffixes = source_suffixes() & formats_by_suffix(wiki.config.formats).keys()
    suffixes |= {suffix.lower() for suffix in wiki.config.formats}
    path = Path(file)
    root = next((each for each in roots if path.is_relative_to(each)), None)
    if root is None or suffix_of(file) not in suffixes:
        return False
    is_hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
    if is_hidden:
        return False
    name = Path(os.path.relpath(path, os.path.realpath(wiki.folder))).as_posix()
    return not ignore_rules(wiki.config.ignore).ignores(name)


def page_roots(wiki: LoadedConfig, arguments: Sequence[str]) -> Iterator[Path]:
    """Yield the real paths of the folders and files that contain the pages of a wiki.

    For a glob such as `notes/2024*/*.md`, it is the folder before the first wildcard: `notes`.
    """
    patterns = arguments or wiki.config.pages
    start = Path.cwd() if arguments else wiki.folder
    for pattern in patterns or (".",):
        if not is_web_url(pattern):
            parts = takewhile(lambda part: not glob.has_magic(part), Path(pattern).parts)
            yield Path(os.path.realpath(start.joinpath(*parts)))
