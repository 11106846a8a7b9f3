"""Match globs without following symbolic links forever.

`glob` of the standard library follows links below `**` without an end: two links to the folder
that contains them are enough to keep it going for years.
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
Nested: TypeAlias = Iterator[Union[_T, "Nested[_T]"]]  # what `flatten` takes

MAX_NAMES = 10  # of one folder, besides its own; links to links multiply them


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
    at = parts.index("**")
    head = "/".join(parts[:at]) or ("/" if pattern.startswith("/") else "")
    tail = "/".join(_without_leading_stars(parts[at:]))
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
    waiting = [nested]
    while waiting:
        for item in waiting[-1]:
            if isinstance(item, Iterator):
                waiting.append(item)
                break
            yield item
        else:
            waiting.pop()


def _without_leading_stars(parts: list[str]) -> list[str]:
    while parts and parts[0] == "**":
        parts = parts[1:]
    return parts


def real_path_below(real: str, folder: Path, entry: os.DirEntry[str]) -> str:
    """Return the real path of an entry of a folder whose own real path is `real`."""
    return os.path.realpath(folder / entry.name) if entry.is_symlink() else f"{real}/{entry.name}"


def _folders_below(start: str) -> Iterator[str]:
    """Yield a folder and all below it that are not hidden, each link loop once."""
    visits = LinkVisits()

    def walk(folder: Path, real: str, above: frozenset[str], *, by_link: bool) -> Nested[str]:
        if real in above or (by_link and visits.exceeds_limit(real)):
            return
        try:
            with os.scandir(folder) as entries:
                below = [
                    entry
                    for entry in entries
                    if not entry.name.startswith(".") and _is_folder(entry)
                ]
        except OSError:
            return
        yield str(folder)
        for entry in below:
            path, is_link = folder / entry.name, by_link or entry.is_symlink()
            yield walk(path, real_path_below(real, folder, entry), above | {real}, by_link=is_link)

    return flatten(walk(Path(start), os.path.realpath(start), frozenset(), by_link=False))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    with suppress(OSError):  # a link that leads to itself
        return entry.is_dir()
    return False
