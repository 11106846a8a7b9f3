"""Match patterns in the syntax of .gitignore, in linear time for any pattern."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

from pathspec import GitIgnoreSpec
from pathspec.pattern import Pattern, RegexPattern

from crawler.files.safe_files import read_regular_file

_MAX_BYTES = 262_144  # bytes of a .gitignore file
# The regular expressions of pathspec for `*`, for a leading `**/`, and for `/**` between folders.
# They cannot be part of a pattern's own text, because pathspec splits patterns at slashes first.
_STAR, _LEADING, _BETWEEN = "[^/]*", "^(?:.+/)?", "(?:/.+)?"


def ignore_spec(lines: Iterable[str]) -> GitIgnoreSpec:
    """Return compiled patterns in the syntax of gitignore(5).

    Lines that are not patterns match nothing, as in git.
    """
    patterns: list[Any] = [pattern for line in lines for pattern in _compile_line(line)]
    return GitIgnoreSpec(patterns)


def read_gitignore(folder: Path) -> Sequence[tuple[Path, GitIgnoreSpec]]:
    """Return the folder and the patterns of its .gitignore file, as an entry for `is_ignored`.

    Returns:
        A sequence with this one pair, to be appended to those of the folders above; an empty one
        if there is no such file.

    Raises:
        OSError: The file cannot be read.
    """
    try:
        # Git, too, follows no symbolic link here (gitignore(5)).
        data = read_regular_file(folder / ".gitignore", _MAX_BYTES, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return ()
    # As in git, a byte order mark is no part of the first line, and only line feeds end lines.
    lines = data.decode("utf-8-sig", "replace").split("\n")
    return ((folder, ignore_spec(line.removesuffix("\r") for line in lines)),)


def is_ignored(
    path: Path, patterns: Sequence[tuple[Path, GitIgnoreSpec]], *, is_folder: bool
) -> bool:
    """Return whether a path is ignored: its last matching pattern decides (gitignore(5)).

    Args:
        path: A file or folder.
        patterns: Folders with the patterns of their .gitignore, the deepest last.
        is_folder: The path is a folder.
    """
    text = path.as_posix() + ("/" if is_folder else "")
    for base, spec in reversed(patterns):
        includes = spec.check_file(_name_below(text, base)).include
        if includes is not None:
            return includes
    return False


def _name_below(path: str, base: Path) -> str:
    """Return a path relative to a folder; a folder's path ends with a slash, and so does its name.

    With hundreds of nested .gitignore files, each path is compared with the patterns of each: the
    standard library would take both paths apart every time.
    """
    start = base.as_posix().rstrip("/") + "/"
    if path.startswith(start) and len(path) > len(start):
        return path[len(start) :]
    name = Path(os.path.relpath(path, base)).as_posix()
    return f"{name}/" if path.endswith("/") else name


def is_ignored_below(
    path: Path,
    top: Path,
    *,
    read: Callable[[Path], Sequence[tuple[Path, GitIgnoreSpec]]] = read_gitignore,
) -> bool:
    """Return whether the .gitignore files from a top folder down ignore a path or its folder.

    Args:
        path: A file or folder.
        top: The top folder.
        read: Reads the patterns of a folder as `read_gitignore` does, for many paths from a cache.
            A file that cannot be read counts as none.
    """
    if not path.is_relative_to(top):
        return False
    patterns: list[tuple[Path, GitIgnoreSpec]] = []
    # From the top folder down: each folder, and the next part of the path, which is in it.
    levels = [*reversed(path.relative_to(top).parents), path.relative_to(top)]
    for folder, child in pairwise(levels):
        with suppress(OSError):
            patterns += read(top / folder)
        if is_ignored(top / child, patterns, is_folder=child != levels[-1]):
            return True
    return False


def is_pattern(line: str) -> bool:
    """Return whether a line is a pattern, a comment or blank; `ignore_spec` drops all others."""
    stripped = line.strip()
    return (
        not stripped
        or stripped.startswith("#")
        or any(each.include is not None for each in _compile_line(line))
    )


def _compile_line(line: str) -> Sequence[Pattern]:
    """Return the patterns of a line of .gitignore: one, or none for an invalid line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of `[[` in a regular expression
            compiled = GitIgnoreSpec.from_lines([line]).patterns
            return [_without_backtracking(pattern) for pattern in compiled]
    except (ValueError, re.error, OverflowError, RecursionError):
        return ()


def _without_backtracking(pattern: Pattern) -> Pattern:
    """Return a pattern in which every `*` and `**` but the last matches as little as possible.

    That is sufficient for a glob, and compares a name in linear time: `*a*a*a*a*a*b` as pathspec
    writes it takes minutes for a long name. An atomic group `(?>...)` is never matched again.

    `*a*b` is `(?:.+/)?[^/]*a[^/]*b` before and `(?:.+/)?(?>[^/]*?a)[^/]*b` after;
    `a/**/b/**/c` is `a(?:/.+)?/b(?:/.+)?/c` before and `a(?>(?:/.+?)??/b(?=/))(?:/.+)?/c` after.
    """
    expression = getattr(getattr(pattern, "regex", None), "pattern", "")
    if expression.count(_STAR) + expression.count(_BETWEEN) + expression.startswith(_LEADING) < 2:
        return pattern
    first, *rest = map(_bound_stars, expression.split(_BETWEEN))
    if rest and first.startswith(_LEADING):
        first = f"^(?>(?:.+?/)??{first.removeprefix(_LEADING)}(?=/))"
    parts = [first]
    if rest:
        *middle, last = rest
        parts += [f"(?>(?:/.+?)??{part}(?=/))" for part in middle]
        parts.append(_BETWEEN + last)
    return RegexPattern(re.compile("".join(parts)), pattern.include)


def _bound_stars(expression: str) -> str:
    """Return a pattern in which each `*` but the last of a path segment matches minimally."""
    first, *rest = expression.split(_STAR)
    if not rest:
        return first
    *middle, last = rest
    parts = [first]
    for text in middle:
        is_within_segment = "/" not in text.replace("[^/]", "")
        parts.append(f"(?>[^/]*?{text})" if is_within_segment else _STAR + text)
    return "".join([*parts, _STAR, last])
