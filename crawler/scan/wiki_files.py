"""List all files of a wiki, against which its internal links are resolved."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from crawler.config import LoadedConfig
from crawler.pages.internal_links.sites import Site
from crawler.scan.absent_files import UNLISTED_FOLDERS, sparse_files
from crawler.scan.folders import is_file, is_folder
from crawler.scan.generators.wiki_root import is_within, repository_of
from crawler.scan.globs import LinkVisits
from crawler.scan.page_source import PageSource

_MAX_FILES = 500_000  # in larger wikis, links to files that are no pages are not checked


def list_wiki_files(
    loaded: LoadedConfig, sources: Sequence[PageSource], sites: Collection[Site]
) -> frozenset[str] | None:
    """Return all files of a wiki by their paths, in the form of `Page.path`.

    Args:
        loaded: The configuration of the wiki.
        sources: The files of the wiki's pages; their folders are listed, too.
        sites: The sites of the pages; their folders of content and static files are listed, too.

    Returns:
        The paths, those behind symbolic links included. None if there are too many files, or if the
        root of a site is outside of the wiki and its repository: links to files are then not
        checked.
    """
    within = [loaded.folder, repository_of(loaded.folder), *folders_of(sources)]
    names = {name for site in sites for name in (*site.folders, *site.other_roots)}
    folders = {loaded.folder / name for name in names}
    folders |= {loaded.folder, *folders_of(sources)}
    tops = {Path(os.path.normpath(folder)) for folder in folders}
    tops = {top for top in tops if is_folder(top) and tops.isdisjoint(top.parents)}
    files = {
        name
        for name in names
        if is_file(loaded.folder / name) and is_within(loaded.folder / name, within)
    }
    roots = {os.path.normpath(loaded.folder / site.root) for site in sites}
    for top in sorted(tops):
        if not is_within(top, within):
            if str(top) in roots:
                return None
            continue
        below = _files_below(top, loaded.folder, within)
        if below is None or len(files) + len(below) > _MAX_FILES:
            return None
        files |= below
    top = repository_of(loaded.folder)
    files |= {relative_name(top / name, loaded.folder) for name in sparse_files(top)}
    return frozenset(files)


def _files_below(root: Path, folder: Path, within: Sequence[Path]) -> frozenset[str] | None:
    """Return the names of all files below a root, or None if they are too many.

    Args:
        root: The root.
        folder: The folder to which the names are relative.
        within: Symbolic links to folders are followed if they lead into one of these.
    """
    files: set[str] = set()
    for number, path in enumerate(_walk(root, within)):
        if number >= _MAX_FILES:
            return None
        if path:
            files.add(relative_name(path, folder))
    return frozenset(files)


def _walk(root: Path, within: Iterable[Path]) -> Iterator[Path | None]:
    """Yield every file below a root, and None for every folder: both count towards the limit."""
    visits = LinkVisits()

    def is_entered(parent: str, name: str) -> bool:
        """Return whether to list a folder: not if its link leads outside, or forms a loop."""
        if name in UNLISTED_FOLDERS:
            return False
        path = Path(parent, name)
        if not path.is_symlink():
            return True
        real = Path(os.path.realpath(path))
        is_loop = Path(os.path.realpath(parent)).is_relative_to(real)
        return not is_loop and is_within(real, within) and not visits.exceeds_limit(str(real))

    for parent, folders, names in os.walk(root, followlinks=True):
        folders[:] = [name for name in folders if is_entered(parent, name)]
        yield None
        yield from (Path(parent, name) for name in names)


def relative_name(path: Path, folder: Path) -> str:
    """Return a path relative to a folder in the form of `Page.path`, "" for the folder itself."""
    name = Path(os.path.relpath(path, folder)).as_posix()
    return "" if name == "." else name


def folders_of(sources: Sequence[PageSource]) -> Sequence[Path]:
    """Return the absolute folders of pages, each once."""
    return list({source.file.parent.absolute() for source in sources if source.file})
