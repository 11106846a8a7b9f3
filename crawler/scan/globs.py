"""Match globs without following loops of symbolic links.

The standard library's `glob` follows every link below `**`. Two links to the folder that contains
them give so many paths that it would run for years.
"""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias, TypeVar, Union

_T = TypeVar("_T")
Nested: TypeAlias = Iterator[Union[_T, "Nested[_T]"]]
"""An iterator of items and of further such iterators, see `flatten`."""

MAX_NAMES = 10  # paths by which one folder is visited through links; links to links multiply them


class LinkVisits:
    """Counts under how many names each folder was reached by symbolic links in one search."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def exceeds_limit(self, real: str) -> bool:
        """Count a visit to a folder by its real path, and return whether to skip it."""
        self._counts[real] += 1
        return self._counts[real] > MAX_NAMES


def iter_glob(pattern: str, root: Path) -> Iterator[str]:
    """Yield the paths that a glob matches, relative to `root` unless the glob is absolute.

    As with `glob`, `**` stands for any number of folders, and hidden entries match only where the
    pattern has their leading dot. A path may come more than once.
    """
    parts = pattern.split("/")
    if "**" not in parts:
        yield from glob.iglob(pattern, root_dir=root)  # noqa: PTH207  absolute ones
        return
    split_at = parts.index("**")
    head = "/".join(parts[:split_at]) or ("/" if pattern.startswith("/") else "")
    tail = "/".join(_without_leading_stars(parts[split_at:]))
    bases = glob.iglob(head, root_dir=root) if glob.has_magic(head) else [head]  # noqa: PTH207
    for base in bases:
        # `os.path` keeps empty parts, which `Path` drops.
        start = os.path.join(root, base)  # noqa: PTH118
        for folder in _folders_below(start):
            name = os.path.join(base, os.path.relpath(folder, start))  # noqa: PTH118
            for match in iter_glob(tail or "*", Path(folder)):
                yield os.path.normpath(os.path.join(name, match))  # noqa: PTH118


def flatten(nested: Nested[_T]) -> Iterator[_T]:
    """Yield the items of nested iterators, depth first, without recursion."""
    stack = [nested]
    while stack:
        for item in stack[-1]:
            if isinstance(item, Iterator):
                stack.append(item)
                break
            yield item
        else:
            stack.pop()


def _without_leading_stars(parts: list[str]) -> list[str]:
    """Return the parts of a glob without the `**` at its start."""
    while parts and parts[0] == "**":
        parts = parts[1:]
    return parts


def real_path_below(real: str, folder: Path, entry: os.DirEntry[str]) -> str:
    """Return the real path of an entry of a folder whose own real path is `real`."""
    return os.path.realpath(folder / entry.name) if entry.is_symlink() else f"{real}/{entry.name}"


def _folders_below(start: str) -> Iterator[str]:
    """Yield a folder and all below it that are not hidden; a loop of links is entered once."""
    visits = LinkVisits()

    def walk(folder: Path, real: str, parents: frozenset[str], *, by_link: bool) -> Nested[str]:
        """Yield a folder, and an iterator for each folder in it; `real` and `parents` are real."""
        if real in parents or (by_link and visits.exceeds_limit(real)):
            return
        try:
            with os.scandir(folder) as entries:
                below = [
                    entry
                    for entry in entries
                    if not entry.name.startswith(".") and is_folder_entry(entry)
                ]
        except OSError:
            return
        yield str(folder)
        for entry in below:
            path, is_link = folder / entry.name, by_link or entry.is_symlink()
            below_real = real_path_below(real, folder, entry)
            yield walk(path, below_real, parents | {real}, by_link=is_link)

    return flatten(walk(Path(start), os.path.realpath(start), frozenset(), by_link=False))


def is_folder_entry(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry of a folder is a folder or a link to one."""
    with suppress(OSError):  # a link to itself
        return entry.is_dir()
    return False
