"""List all files of a wiki, against which its internal links are resolved."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from crawler.config import LoadedConfig
from crawler.pages.sites import Site
from crawler.scan.absent_files import sparse_files
from crawler.scan.page_source import PageSource
from crawler.scan.site_settings import is_file, is_folder
from crawler.scan.wiki_root import is_within, repository_of

_MAX_FILES = 500_000  # in larger wikis, links to files that are no pages are not checked
_UNLISTED_FOLDERS = frozenset([".git", ".hg", ".svn", "node_modules", ".venv"])


def list_wiki_files(
    loaded: LoadedConfig, sources: Sequence[PageSource], sites: Collection[Site]
) -> frozenset[str] | None:
    """Return all files of a wiki by their paths, in the form of `Page.path`.

    Args:
        loaded: The configuration of the wiki.
        sources: The files of the wiki's pages; their folders are listed, too.
        sites: The sites of the pages; their folders of content and static files are listed, too.

    Returns:
        The paths. None if there are too many files, or if the root of a site is outside of the wiki
        and its repository: links to files are then not checked.
    """
    within = [loaded.folder, repository_of(loaded.folder), *folders_of(sources)]
    folders = {loaded.folder / name for site in sites for name in site.folders}
    folders |= {loaded.folder, *folders_of(sources)}
    tops = {Path(os.path.normpath(folder)) for folder in folders}
    tops = {top for top in tops if is_folder(top) and tops.isdisjoint(top.parents)}
    files = {
        name
        for site in sites
        for name in site.folders
        if is_file(loaded.folder / name) and is_within(loaded.folder / name, within)
    }
    roots = {os.path.normpath(loaded.folder / site.root) for site in sites}
    for top in sorted(tops):
        if not is_within(top, within):
            if str(top) in roots:
                return None
            continue
        below = _files_below(top, loaded.folder)
        if below is None or len(files) + len(below) > _MAX_FILES:
            return None
        files |= below
    top = repository_of(loaded.folder)
    files |= {relative_name(top / name, loaded.folder) for name in sparse_files(top)}
    return frozenset(files)


def _files_below(root: Path, folder: Path) -> frozenset[str] | None:
    """Return the names of all files below a root, relative to `folder`, or None if too many."""
    files: set[str] = set()
    for number, path in enumerate(_walk(root)):
        if number >= _MAX_FILES:
            return None
        if path:
            files.add(relative_name(path, folder))
    return frozenset(files)


def _walk(root: Path) -> Iterator[Path | None]:
    """Yield every file below a root, and None for every folder: both count towards the limit."""
    for parent, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in _UNLISTED_FOLDERS]
        yield None
        yield from (Path(parent, name) for name in names)


def relative_name(path: Path, folder: Path) -> str:
    """Return a path relative to a folder in the form of `Page.path`, "" for the folder itself."""
    name = Path(os.path.relpath(path, folder)).as_posix()
    return "" if name == "." else name


def folders_of(sources: Sequence[PageSource]) -> Sequence[Path]:
    """Return the absolute folders of pages, each once."""
    return list({source.file.parent.absolute() for source in sources if source.file})
