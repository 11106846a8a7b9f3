"""Where the wiki's links to itself lead: looked up whenever its pages changed, with no network."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

from crawler.config import LoadedConfig
from crawler.pages.internal_links import WikiIndex, resolve_internal_links
from crawler.scan.discovery import (
    PageSource,
    detect_docs_root,
    is_within,
    mkdocs_file,
    mkdocs_pages,
    printable_name,
    repository_of,
)
from store.vocabulary import InternalLink, PageWarning

_MAX_FILES = 500_000  # beyond this, links to files that are no pages are not judged


def resolve_links(
    loaded: LoadedConfig,
    sources: Sequence[PageSource],
    anchors: Mapping[str, Collection[str]],
    links: Sequence[InternalLink],
) -> tuple[InternalLink, ...]:
    """Give the links with `path` and `broken` set. `anchors` maps every known page to the fragments it answers to."""
    root = find_docs_root(loaded, sources, links)
    wiki = [loaded.folder, repository_of(loaded.folder), *_folders_of(sources)]
    # Files elsewhere are none of ours to list: links to those are not judged.
    files = list_files_below(root, loaded.folder) if is_within(root, wiki) else None
    known = WikiIndex(anchors, files)
    return resolve_internal_links(links, _relative_name(root, loaded.folder), known)


def find_docs_root(
    loaded: LoadedConfig, sources: Sequence[PageSource], links: Sequence[InternalLink]
) -> Path:
    """Find what root-relative links start from: as configured; as the wiki's generator declares it; else the folder that suits them best.

    Without a declaration that is the folder all pages share, or a folder directly in it under which more of the links lead somewhere.
    """
    if loaded.config.docs_root:
        return loaded.folder / loaded.config.docs_root
    files = [source.file for source in sources if source.file]
    if not files:
        return loaded.folder
    shared = Path(os.path.commonpath([file.parent.absolute() for file in files]))
    declared = detect_docs_root(
        shared, within=loaded.folder if shared.is_relative_to(loaded.folder) else None
    )
    if declared != shared:
        return declared
    below = {
        shared / file.absolute().relative_to(shared).parts[0]
        for file in files
        if file.parent.absolute() != shared
    }
    starts = Counter(
        unquote(link.target).split("/")[1] for link in links if link.target.startswith("/")
    )

    def leading_somewhere(folder: Path) -> int:
        return sum(count for name, count in starts.items() if name and (folder / name).exists())

    return max((shared, *sorted(below)), key=leading_somewhere)


def settings_warning(loaded: LoadedConfig, sources: Sequence[PageSource]) -> PageWarning | None:
    """Return what is wrong with the mkdocs.yml that `docs_root` goes by, or None."""
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
    """Name every file below a root, as pages are named; None where there are too many to know."""
    files: set[str] = set()
    for number, path in enumerate(_walk(root)):
        if number >= _MAX_FILES:
            return None
        if path:
            files.add(_relative_name(path, folder))
    return frozenset(files)


def _walk(root: Path) -> Iterator[Path | None]:
    """Yield every file below a root, and None for every folder: those count, too."""
    for parent, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield None
        yield from (Path(parent, name) for name in names)


def _relative_name(path: Path, folder: Path) -> str:
    name = Path(os.path.relpath(path, folder)).as_posix()
    return "" if name == "." else name
