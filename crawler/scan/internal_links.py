"""Resolve the links within a wiki against its files.

Only the file system is used. The rules of resolving are in `crawler.pages.internal_links`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

from crawler.config import LoadedConfig
from crawler.pages.internal_links import WikiIndex, resolve_internal_links
from crawler.scan.page_source import PageSource, printable_name
from crawler.scan.wiki_root import (
    detect_docs_root,
    is_within,
    mkdocs_file,
    mkdocs_pages,
    repository_of,
)
from store.vocabulary import InternalLink, PageWarning

_MAX_FILES = 500_000  # in larger wikis, links to files that are no pages are not checked


def resolve_links(
    loaded: LoadedConfig,
    sources: Sequence[PageSource],
    anchors: Mapping[str, Collection[str]],
    links: Sequence[InternalLink],
) -> tuple[InternalLink, ...]:
    """Return internal links with `path` and `broken` set.

    Args:
        loaded: The configuration of the wiki.
        sources: The files of the wiki's pages.
        anchors: The fragments of every known page, by page.
        links: The links to resolve.
    """
    root = find_docs_root(loaded, sources, links)
    wiki = [loaded.folder, repository_of(loaded.folder), *_folders_of(sources)]
    # Folders outside the wiki are not listed, so links to files there are not checked.
    files = list_files_below(root, loaded.folder) if is_within(root, wiki) else None
    index = WikiIndex(anchors, files)
    return resolve_internal_links(links, _relative_name(root, loaded.folder), index)


def find_docs_root(
    loaded: LoadedConfig, sources: Sequence[PageSource], links: Sequence[InternalLink]
) -> Path:
    """Return the folder that root-relative links start from.

    It is the configured one, else the one that the wiki's generator declares. Without both it is
    the folder all pages share, or a folder directly in it under which more of the links resolve.
    """
    if loaded.config.docs_root:
        return loaded.folder / loaded.config.docs_root
    files = [source.file for source in sources if source.file]
    if not files:
        return loaded.folder
    shared = Path(os.path.commonpath([file.parent.absolute() for file in files]))
    top = loaded.folder if shared.is_relative_to(loaded.folder) else None
    declared = detect_docs_root(shared, within=top)
    if declared != shared:
        return declared
    nested = [file.absolute().relative_to(shared) for file in files]
    subfolders = {shared / path.parts[0] for path in nested if len(path.parts) > 1}
    targets = [unquote(link.target) for link in links if link.target.startswith("/")]
    first_parts = Counter(target.split("/")[1] for target in targets)

    def count_resolving(folder: Path) -> int:
        parts = [part for part in first_parts if part and (folder / part).exists()]
        return sum(first_parts[part] for part in parts)

    return max((shared, *sorted(subfolders)), key=count_resolving)


def settings_warning(loaded: LoadedConfig, sources: Sequence[PageSource]) -> PageWarning | None:
    """Return a warning if the mkdocs.yml that `find_docs_root` uses is wrong, else None."""
    folders = _folders_of(sources)
    if loaded.config.docs_root or not folders:
        return None
    shared = Path(os.path.commonpath(folders))
    for folder in (shared, *shared.parents):
        file = mkdocs_file(folder)
        problem = mkdocs_pages(file)[1] if file else ""
        if file and problem:
            return PageWarning(
                page=printable_name(_relative_name(file, loaded.folder)),
                line=0,
                code="settings",
                message=problem,
            )
        if file or folder == loaded.folder:
            break
    return None


def _folders_of(sources: Sequence[PageSource]) -> Sequence[Path]:
    return list({source.file.parent.absolute() for source in sources if source.file})


def list_files_below(root: Path, folder: Path) -> frozenset[str] | None:
    """Return the names of all files below a root, relative to `folder`, or None if too many."""
    files: set[str] = set()
    for number, path in enumerate(_walk(root)):
        if number >= _MAX_FILES:
            return None
        if path:
            files.add(_relative_name(path, folder))
    return frozenset(files)


def _walk(root: Path) -> Iterator[Path | None]:
    """Yield every file below a root, and None for every folder, because those count too."""
    for parent, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield None
        yield from (Path(parent, name) for name in names)


def _relative_name(path: Path, folder: Path) -> str:
    name = Path(os.path.relpath(path, folder)).as_posix()
    return "" if name == "." else name
