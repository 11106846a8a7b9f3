"""Finding the pages of a wiki: folders, files, globs and standard input."""

from __future__ import annotations

import glob
import itertools
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from pathspec import GitIgnoreSpec

from crawler.files.gitignore import ignore_spec, read_gitignore
from crawler.files.safe_files import read_regular_file
from crawler.pages.front_matter import BrokenFrontMatter, top_level_strings
from crawler.scan.globs import MAX_NAMES, LinkVisits, Nested, flatten, iter_glob, real_path_below
from store.vocabulary import PageWarning

MAX_PAGE_BYTES = 20 * 1024 * 1024  # bytes; no page written by hand is larger
PAGE_SUFFIXES = frozenset([".md", ".markdown", ".mdown", ".mkd", ".mdx"])
_MKDOCS = ("mkdocs.yml", "mkdocs.yaml")
_MAX_SETTINGS_BYTES = 1024 * 1024  # bytes of mkdocs.yml
_HUGO = ("hugo.toml", "hugo.yaml", "hugo.json", "config.toml", "config.yaml")


class WikiKind(StrEnum):
    """What a wiki's root shows it to be."""

    MKDOCS = "MkDocs"
    HUGO = "Hugo"
    OBSIDIAN = "Obsidian"
    FOLDER = "folder"  # nothing told otherwise


class PageSourceError(ValueError):
    """An argument names no page; the message says which and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSource:
    """One page to read: `path` is its name in records, POSIX and relative to the root; `data` is set where there is no file to read."""

    path: str
    size: int
    file: Path | None = None
    data: bytes | None = None

    def read(self) -> bytes:
        """Return the bytes of the page. Raises `OSError`, also where it is no regular file."""
        if self.data is not None:
            return self.data
        return read_regular_file(self.file, MAX_PAGE_BYTES) if self.file else b""


def find_pages(
    arguments: Sequence[str],
    root: Path,
    *,
    ignore: Sequence[str] = (),
    stdin: BinaryIO | None = None,
) -> Iterator[PageSource | PageWarning]:
    """The pages that the arguments name, each once, in the order of the arguments and sorted within a folder.

    `ignore` holds patterns as in a .gitignore file, from the root. What cannot be read becomes a warning in its place; an argument that names
    nothing raises `PageSourceError`.
    """
    finder = _PageFinder(root, ignore)
    for argument in arguments:
        if argument == "-":
            data = (stdin or sys.stdin.buffer).read(MAX_PAGE_BYTES + 1)
            yield (
                PageSource(path="-", size=len(data), data=data)
                if len(data) <= MAX_PAGE_BYTES
                else finder.too_large("-")
            )
            continue
        path = root / argument
        if path.is_dir():
            yield from finder.folder(path)
        elif os.path.lexists(path):
            yield from finder.file(path)
        elif glob.has_magic(argument):
            yield from finder.matches(argument)
        else:
            raise PageSourceError(
                f"{printable_name(argument)}: no such file or folder; name a Markdown file, a folder of them, a glob in quotes, or - for standard input"
            )


def detect_docs_root(folder: Path, *, within: Path | None = None) -> Path:
    """The folder that root-relative links start from, for a wiki that `folder` is the root or a part of.

    MkDocs names it in mkdocs.yml, Hugo has `content`, an Obsidian vault is its own; else it is the folder itself. Folders above are looked at up
    to `within`.
    """
    folder = folder if folder.is_dir() else folder.parent
    for candidate in (folder, *folder.parents):
        wiki = declared_wiki(candidate)
        if wiki is not None and (folder in {candidate, wiki[1]} or wiki[1] in folder.parents):
            return wiki[1]
        if candidate == (within or folder):
            break
    return folder


def declared_wiki(folder: Path) -> tuple[WikiKind, Path] | None:
    """What the files in a folder say it is the root of, and where its pages start; None where they say nothing."""
    if file := mkdocs_file(folder):
        return WikiKind.MKDOCS, mkdocs_pages(file)[0]
    if (folder / ".obsidian").is_dir():
        return WikiKind.OBSIDIAN, folder
    if (folder / "content").is_dir() and any((folder / name).is_file() for name in _HUGO):
        return WikiKind.HUGO, folder / "content"
    return None


def mkdocs_file(folder: Path) -> Path | None:
    """Return the settings of MkDocs in a folder, or None where it has none."""
    return next((folder / name for name in _MKDOCS if (folder / name).is_file()), None)


def mkdocs_pages(file: Path) -> tuple[Path, str]:
    """Return the folder of pages that a mkdocs.yml names, and what is wrong with the file.

    Where it names none, or one outside of its own folder and repository, that is `docs`, MkDocs'
    own default. What is wrong is in words for a person, or empty.
    """
    default, problem = file.parent / "docs", ""
    try:
        text = read_regular_file(file, _MAX_SETTINGS_BYTES).decode("utf-8", "replace")
        named = top_level_strings(text).get("docs_dir", "docs")
    except OSError as error:
        return default, f"cannot be read: {error.strerror}"
    except BrokenFrontMatter as error:
        return default, f"cannot be read: {error}, line {error.line}"
    pages = Path(os.path.normpath(file.parent / (named or "docs").replace("\0", "")))
    if not is_within(pages, [file.parent, repository_of(file.parent)]):
        pages, problem = default, "docs_dir leads outside the wiki, and was not followed"
    return pages, problem


def repository_of(folder: Path) -> Path:
    """Return the top folder of the git repository that a folder lies in, else the folder itself."""
    absolute = folder.absolute()
    tops = (each for each in (absolute, *absolute.parents) if (each / ".git").exists())
    return next(tops, absolute)


def is_within(path: Path, roots: Iterable[Path]) -> bool:
    """Whether a path lies in one of the folders once symbolic links are followed."""
    real = os.path.realpath(path)
    return any(Path(real).is_relative_to(os.path.realpath(root)) for root in roots)


def printable_name(path: str | Path) -> str:
    r"""Return a file's name as text; bytes that are not UTF-8 are written as escapes.

    >>> printable_name("caf\udce9.md")
    'caf\\xe9.md'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


class _PageFinder:
    """One search: what was found already, and which patterns apply where."""

    def __init__(self, root: Path, ignore: Sequence[str]) -> None:
        self.root = root
        self.found: set[str] = set()
        self.visits = LinkVisits()
        self.inside: dict[Path, bool] = {}  # folders that globs found: whether they lie in `roots`
        self.seen = 0  # pages, those found before among them
        self.patterns: list[tuple[Path, GitIgnoreSpec]] = (
            [(root, ignore_spec(ignore))] if ignore else []
        )
        # Where symbolic links may lead: to the wiki, its repository, and what is named to be read.
        self.roots = [root, repository_of(root)]

    def name(self, path: Path) -> str:
        return Path(os.path.relpath(path, self.root)).as_posix()

    def warning(self, path: Path, code: str, message: str) -> PageWarning:
        return PageWarning(page=printable_name(self.name(path)), line=0, code=code, message=message)

    def refusal(self, path: Path, name: str, *, is_link: bool) -> PageWarning | None:
        """Return the warning for a page or folder that is not to be read, or None."""
        if not name.isascii() and printable_name(name) != name:
            what = "was skipped: its name is not UTF-8; rename it, and it will be read"
            return self.warning(path, "bad-name", what)
        if is_link and os.path.exists(path) and not is_within(path, self.roots):  # noqa: PTH110 - as os.path.realpath
            what = "is a symbolic link that leads outside the wiki, and was skipped"
            return self.warning(
                path, "outside-wiki", f"{what}; to have it read, name what it leads to"
            )
        return None

    def matches(self, pattern: str) -> Iterator[PageSource | PageWarning]:
        paths = sorted(set(iter_glob(pattern, self.root)))
        if not paths:
            raise PageSourceError(
                f"{printable_name(pattern)}: nothing matches; is the pattern in quotes and the folder right?"
            )
        wanted = PAGE_SUFFIXES | {Path(pattern).suffix.lower()}
        self.roots.append(_above_wildcards(self.root / pattern))
        self.inside.clear()
        for path in paths:
            if not (self.root / path).is_dir() and Path(path).suffix.lower() in wanted:
                yield from self.file(
                    self.root / path, is_link=self.is_behind_link(self.root / path)
                )

    def is_behind_link(self, path: Path) -> bool:
        """Whether a path is a symbolic link or leads outside through one."""
        if path.parent not in self.inside:
            self.inside[path.parent] = is_within(path.parent, self.roots)
        return path.is_symlink() or not self.inside[path.parent]

    def file(
        self, path: Path, name: str = "", *, is_link: bool = False
    ) -> Iterator[PageSource | PageWarning]:
        """Yield a page, once. `is_link`: it, or a folder above, may be a symbolic link nobody named."""
        name = name or self.name(path)
        self.seen += 1
        if name in self.found:
            return
        self.found.add(name)
        if refusal := self.refusal(path, name, is_link=is_link):
            yield refusal
            return
        try:
            status = path.stat()
        except OSError as error:
            yield self.warning(path, "unreadable", f"cannot be read: {error.strerror}")
            return
        if not stat.S_ISREG(status.st_mode):
            yield self.warning(path, "unreadable", "cannot be read: not a regular file")
        elif status.st_size > MAX_PAGE_BYTES:
            yield self.too_large(name)
        else:
            yield PageSource(path=name, size=status.st_size, file=path)

    def too_large(self, name: str) -> PageWarning:
        return PageWarning(
            page=name,
            line=0,
            code="too-large",
            message=f"is larger than {MAX_PAGE_BYTES // 1024 // 1024} MB and was skipped",
        )

    def folder(self, path: Path) -> Iterator[PageSource | PageWarning]:
        before = self.seen
        if refusal := self.refusal(path, self.name(path), is_link=False):
            yield refusal
            return
        self.roots.append(path)
        above = tuple(self._above(path))
        if _is_ignored(path.absolute(), above, is_folder=True):
            above = ()  # whoever names an ignored folder wants it read
        nested = self._walk(path, os.path.realpath(path), (*self.patterns, *above), frozenset())
        results: Iterator[PageSource | PageWarning] = flatten(nested)
        yield from results
        if self.seen == before:
            yield self.warning(
                path, "no-pages", f"holds no pages ({', '.join(sorted(PAGE_SUFFIXES))})"
            )

    def _walk(
        self,
        folder: Path,
        real: str,
        patterns: Sequence[tuple[Path, GitIgnoreSpec]],
        above: frozenset[str],
        *,
        by_link: bool = False,
    ) -> Nested[PageSource | PageWarning]:
        """Read a folder: `real` is its path without links, `above` has those of the folders around it."""
        if real in above:
            yield self.warning(
                folder, "symlink-loop", "is a link to a folder it lies in, and was skipped"
            )
            return
        if by_link and self.visits.exceeds_limit(real):
            what = f"is reached under more than {MAX_NAMES} names, and was skipped under this one"
            yield self.warning(folder, "symlink-loop", what)
            return
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield self.warning(folder, "unreadable", f"cannot be read: {error.strerror}")
            return
        try:
            patterns = (*patterns, *read_gitignore(folder))
        except OSError as error:
            what = f"was not followed, for it cannot be read: {error.strerror}"
            yield self.warning(folder / ".gitignore", "unreadable", what)
        name = self.name(folder)
        for entry in entries:
            is_folder = _is_folder(entry)
            if entry.name.startswith(".") or not (
                is_folder or os.path.splitext(entry.name)[1].lower() in PAGE_SUFFIXES
            ):
                continue
            path = folder / entry.name
            if patterns and _is_ignored(path, patterns, is_folder=is_folder):
                continue
            is_link = entry.is_symlink()
            if not is_folder:
                yield from self.file(
                    path, entry.name if name == "." else f"{name}/{entry.name}", is_link=is_link
                )
            elif refusal := self.refusal(path, entry.name, is_link=is_link):
                yield refusal
            else:
                below = real_path_below(real, folder, entry)
                yield self._walk(path, below, patterns, above | {real}, by_link=by_link or is_link)

    def _above(self, folder: Path) -> Iterator[tuple[Path, GitIgnoreSpec]]:
        """The .gitignore files of the folders above, up to the repository's own."""
        above: list[Path] = []
        for parent in (folder.absolute(), *folder.absolute().parents):
            if parent != folder.absolute():
                above.append(parent)
            if (parent / ".git").exists():
                for each in reversed(above):
                    with suppress(OSError):
                        yield from read_gitignore(each)
                return


def _above_wildcards(pattern: Path) -> Path:
    """Return the folder that a glob starts from."""
    parts = itertools.takewhile(lambda part: not glob.has_magic(part), pattern.parts)
    return Path(*parts)


def _is_ignored(
    path: Path, patterns: Sequence[tuple[Path, GitIgnoreSpec]], *, is_folder: bool
) -> bool:
    """The last pattern that speaks of a path decides, the deepest .gitignore last (gitignore(5))."""
    ignored = False
    for base, spec in patterns:
        name = Path(os.path.relpath(path, base)).as_posix() + ("/" if is_folder else "")
        verdict = spec.check_file(name).include
        ignored = ignored if verdict is None else verdict
    return ignored


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False
