"""Match paths with patterns in the syntax of .gitignore, as git does, at a bounded cost."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from math import inf
from pathlib import Path

from crawler.files.safe_files import read_regular_file
from crawler.files.wildmatch import glob_regex

_MAX_BYTES = 262_144  # bytes of a .gitignore file
# Patterns with wildcards, and files, that every path below a folder is compared with one by one.
_MAX_COMPARISONS = 1_000
_TOO_MANY = "more than 1,000 files and patterns with wildcards would apply below it"
_WILDCARDS = frozenset("*?[\\")


class TooManyPatternsError(OSError):
    """The patterns that apply below a folder are too many to compare every path with them."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A pattern: its place among those of its file, and what it says of the paths it matches."""

    place: int
    ignores: bool
    folders_only: bool


@dataclass(slots=True)
class IgnoreRules:
    """The patterns of one .gitignore file, by the way in which they are matched.

    Of a name without wildcards and of `*.suffix` there may be thousands: a path finds its own.

    Attributes:
        names: Patterns that are the last part of a path, by that part.
        paths: Patterns that are a whole path, by that path.
        endings: Patterns such as `*.log`, by what the last part of a path ends with.
        globs: All others with their expressions, the last one first.
        ending_lengths: The lengths of `endings`.
    """

    names: dict[str, list[_Pattern]] = field(default_factory=dict)
    paths: dict[str, list[_Pattern]] = field(default_factory=dict)
    endings: dict[str, list[_Pattern]] = field(default_factory=dict)
    globs: list[tuple[_Pattern, bool, re.Pattern[str]]] = field(default_factory=list)
    ending_lengths: set[int] = field(default_factory=set)

    @property
    def comparisons(self) -> int:
        """Return how many comparisons a path may need."""
        return 1 + len(self.globs) + len(self.ending_lengths)

    def decide(self, name: str, *, is_folder: bool) -> bool | None:
        """Return whether the last matching pattern ignores a path; None if no pattern matches.

        Patterns that match a folder do not match the paths in it: ask for the folder first.

        Args:
            name: The path, relative to the folder of the patterns.
            is_folder: The path is a folder.
        """
        last = name.rpartition("/")[2]
        candidates = [*self.names.get(last, ()), *self.paths.get(name, ())]
        for length in self.ending_lengths:
            candidates += self.endings.get(last[-length:], ())
        found: _Pattern | None = None
        for each in candidates:
            if (is_folder or not each.folders_only) and (not found or each.place > found.place):
                found = each
        for pattern, is_path, expression in self.globs:
            if found and pattern.place < found.place:
                break
            is_usable = is_folder or not pattern.folders_only
            if is_usable and expression.fullmatch(name if is_path else last):
                return pattern.ignores
        return found.ignores if found else None

    def may_match(self, last: str) -> bool:
        """Return whether a path may match, by its last part; False for most that do not."""
        return (
            last in self.names
            or bool(self.paths)
            or bool(self.globs)
            or any(last[-length:] in self.endings for length in self.ending_lengths)
        )

    def ignores(self, name: str) -> bool:
        """Return whether the patterns ignore a file, or a folder above it, by its relative path."""
        folders = [each for each in accumulate(name.split("/")[:-1], "{}/{}".format) if each]
        if any(self.decide(folder, is_folder=True) for folder in folders if folder[-2:] != ".."):
            return True
        return bool(self.decide(name, is_folder=False))


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """The patterns of the .gitignore file of a folder, or those that the settings add to it.

    Attributes:
        folder: The folder.
        start: What the paths below it start with: the folder's path and a slash.
        rules: The patterns.
        is_limited: Whether the patterns count toward the limit of comparisons. The user wrote those
            of the settings, and no warning about a .gitignore file would lead there.
    """

    folder: Path
    start: str
    rules: IgnoreRules
    is_limited: bool = True

    @classmethod
    def of(cls, folder: Path, rules: IgnoreRules, *, is_limited: bool = True) -> IgnoreFile:
        """Return the patterns of a folder."""
        return cls(folder, folder.as_posix().rstrip("/") + "/", rules, is_limited)

    def name_below(self, path: str) -> str:
        """Return a path relative to the folder."""
        if path.startswith(self.start):
            return path[len(self.start) :]
        return Path(os.path.relpath(path, self.folder)).as_posix()


IgnoreFiles = Sequence[IgnoreFile]
"""The .gitignore files that apply to a path, the deepest last."""


def ignore_rules(lines: Iterable[str], *, limit: float = inf) -> IgnoreRules:
    """Return compiled patterns in the syntax of gitignore(5).

    Lines that are not patterns match nothing, as in git.

    Args:
        lines: The lines, without their ends.
        limit: The most comparisons that a path may need (`IgnoreRules.comparisons`).

    Raises:
        TooManyPatternsError: It would need more. The patterns after that are not compiled.
    """
    rules = IgnoreRules()
    for place, line in enumerate(lines):
        _add_pattern(rules, place, line)
        if rules.comparisons > limit:
            raise TooManyPatternsError(errno.EFBIG, _TOO_MANY)
    rules.globs.reverse()
    return rules


def read_gitignore(folder: Path) -> IgnoreRules | None:
    """Return the patterns of the .gitignore file of a folder, None if it has none.

    Raises:
        OSError: The file cannot be read.
        TooManyPatternsError: A path would be compared with too many of its patterns.
    """
    try:
        # Git, too, follows no symbolic link here (gitignore(5)).
        data = read_regular_file(folder / ".gitignore", _MAX_BYTES, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    # As in git, a byte order mark is no part of the first line, and only line feeds end lines.
    lines = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape").split("\n")
    return ignore_rules((line.removesuffix("\r") for line in lines), limit=_MAX_COMPARISONS)


def add_gitignore(
    files: IgnoreFiles,
    folder: Path,
    *,
    read: Callable[[Path], IgnoreRules | None] = read_gitignore,
) -> IgnoreFiles:
    """Return .gitignore files with that of the next folder below, if it has one.

    Args:
        files: Those of the folders above, the deepest last.
        folder: The next folder.
        read: Reads the file of a folder as `read_gitignore` does.

    Raises:
        OSError: The file cannot be read.
        TooManyPatternsError: It would make every path below too costly.
    """
    rules = read(folder)
    if rules is None:
        return files
    above = sum(each.rules.comparisons for each in files if each.is_limited)
    if above + rules.comparisons > _MAX_COMPARISONS:
        raise TooManyPatternsError(errno.EFBIG, _TOO_MANY, str(folder / ".gitignore"))
    return (*files, IgnoreFile.of(folder, rules))


def is_ignored(path: Path, files: IgnoreFiles, *, is_folder: bool) -> bool:
    """Return whether a path is ignored: its last matching pattern decides (gitignore(5)).

    The folders above it must not be ignored: nothing below an ignored folder is looked at.

    Args:
        path: A file or folder.
        files: The .gitignore files of the folders above it, the deepest last.
        is_folder: The path is a folder.
    """
    text, last = path.as_posix(), path.name
    for each in reversed(files):
        if each.rules.may_match(last):
            decision = each.rules.decide(each.name_below(text), is_folder=is_folder)
            if decision is not None:
                return decision
    return False


def is_ignored_below(
    path: Path,
    top: Path,
    *,
    is_folder: bool = False,
    read: Callable[[Path], IgnoreRules | None] = read_gitignore,
) -> bool:
    """Return whether the .gitignore files from a top folder down ignore a path or its folder.

    Args:
        path: A file or folder.
        top: The top folder.
        is_folder: The path is a folder.
        read: Reads the file of a folder as `read_gitignore` does, for many paths from a cache. A
            file that cannot be read counts as none.
    """
    if not path.is_relative_to(top):
        return False
    files: IgnoreFiles = ()
    # From the top folder down: each folder, and the next part of the path, which is in it.
    levels = [*reversed(path.relative_to(top).parents), path.relative_to(top)]
    for folder, child in pairwise(levels):
        with suppress(OSError):
            files = add_gitignore(files, top / folder, read=read)
        if is_ignored(top / child, files, is_folder=is_folder or child != levels[-1]):
            return True
    return False


def is_pattern(line: str) -> bool:
    """Return whether a line is a pattern, a comment or blank; `ignore_rules` drops all others."""
    stripped = line.strip()
    return (
        not stripped or stripped.startswith("#") or _add_pattern(IgnoreRules(), place=0, line=line)
    )


def _add_pattern(rules: IgnoreRules, place: int, line: str) -> bool:
    """Add the pattern of a line to rules. Returns: False for a comment or an invalid line."""
    text = _without_trailing_spaces(line)
    if text.startswith("#"):
        return False
    ignores = not text.startswith("!")
    text = text.removeprefix("!")
    folders_only = text.endswith("/")
    text = text.removesuffix("/")
    is_path = "/" in text
    text = text.removeprefix("/")
    if not text:
        return False
    pattern = _Pattern(place, ignores, folders_only)
    if _WILDCARDS.isdisjoint(text):
        (rules.paths if is_path else rules.names).setdefault(text, []).append(pattern)
    elif len(text) > 1 and text[0] == "*" and not is_path and _WILDCARDS.isdisjoint(text[1:]):
        rules.endings.setdefault(text[1:], []).append(pattern)
        rules.ending_lengths.add(len(text) - 1)
    else:
        expression = glob_regex(text)
        if expression is None:
            return False
        rules.globs.append((pattern, is_path, expression))
    return True


def _without_trailing_spaces(line: str) -> str:
    r"""Return a line without the spaces at its end, but with one after a backslash: `\ `."""
    text = line.rstrip(" ")
    backslashes = len(text) - len(text.rstrip("\\"))
    is_escaped = backslashes % 2 == 1 and len(text) < len(line)
    return f"{text} " if is_escaped else text
