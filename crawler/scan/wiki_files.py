"""List the files of a wiki, those behind symbolic links included."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from crawler.scan.globs import LinkVisits
from crawler.scan.wiki_root import is_within

MAX_FILES = 500_000  # in larger wikis, links to files that are no pages are not checked
_UNLISTED_FOLDERS = frozenset([".git", ".hg", ".svn", "node_modules", ".venv"])


def list_files_below(root: Path, within: Sequence[Path]) -> Sequence[Path] | None:
    """Return the paths of all files below a root, or None if they are too many.

    Args:
        root: The folder.
        within: Symbolic links to folders are followed if they lead into one of these.
    """
    files: list[Path] = []
    for number, path in enumerate(_walk(root, within)):
        if number >= MAX_FILES:
            return None
        if path:
            files.append(path)
    return files


def may_be_unlisted(path: Path, top: Path) -> bool:
    """Return whether a path below a folder may exist although no list of files has it.

    It is then in a folder that is not listed, or behind a symbolic link that `list_files_below`
    does not follow, as it leads outside the folder or forms a loop.
    """
    if not path.is_relative_to(top):
        return False
    names = path.relative_to(top).parts
    # Not the methods of `Path`, which raise for a name that is too long.
    links = [each for each in (path, *path.parents)[: len(names)] if os.path.islink(each)]  # noqa: PTH114
    is_outside = not all(is_within(each, [top]) for each in links)
    is_behind_loop = bool(links) and os.path.exists(path)  # noqa: PTH110
    return is_outside or is_behind_loop or not _UNLISTED_FOLDERS.isdisjoint(names)


def _walk(root: Path, within: Iterable[Path]) -> Iterator[Path | None]:
    """Yield every file below a root, and None for every folder: both count towards the limit."""
    visits = LinkVisits()

    def is_entered(parent: str, name: str) -> bool:
        """Return whether to list a folder: not if its link leads outside, or forms a loop."""
        if name in _UNLISTED_FOLDERS:
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
