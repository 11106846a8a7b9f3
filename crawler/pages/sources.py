"""Finding the pages of a wiki: folders, files, globs and standard input."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import yaml
from pathspec import GitIgnoreSpec

from store.vocabulary import PageWarning

LARGEST = 20 * 1024 * 1024  # bytes; no page written by hand is larger
PAGE_ENDINGS = frozenset([".md", ".markdown", ".mdown", ".mkd", ".mdx"])
_MKDOCS = ("mkdocs.yml", "mkdocs.yaml")
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
        """The bytes of the page. Raises `OSError`."""
        if self.data is not None:
            return self.data
        return self.file.read_bytes() if self.file else b""


def find_pages(
    arguments: Sequence[str], root: Path, *, ignore: Sequence[str] = (), stdin: BinaryIO | None = None
) -> Iterator[PageSource | PageWarning]:
    """The pages that the arguments name, each once, in the order of the arguments and sorted within a folder.

    `ignore` holds patterns as in a .gitignore file, from the root. What cannot be read becomes a warning in its place; an argument that names
    nothing raises `PageSourceError`.
    """
    finder = _Finder(root, ignore)
    for argument in arguments:
        if argument == "-":
            data = (stdin or sys.stdin.buffer).read(LARGEST + 1)
            yield PageSource(path="-", size=len(data), data=data) if len(data) <= LARGEST else finder.too_large("-")
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
                f"{argument}: no such file or folder; name a Markdown file, a folder of them, a glob in quotes, or - for standard input"
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
    for name in _MKDOCS:
        if (folder / name).is_file():
            try:
                settings = yaml.load((folder / name).read_bytes(), Loader=yaml.BaseLoader)  # noqa: S506 - it builds nothing but text
            except (OSError, yaml.YAMLError):
                settings = None
            docs = settings.get("docs_dir", "docs") if isinstance(settings, dict) else "docs"
            return WikiKind.MKDOCS, Path(os.path.normpath(folder / str(docs)))
    if (folder / ".obsidian").is_dir():
        return WikiKind.OBSIDIAN, folder
    if (folder / "content").is_dir() and any((folder / name).is_file() for name in _HUGO):
        return WikiKind.HUGO, folder / "content"
    return None


class _Finder:
    """One search: what was found already, and which patterns apply where."""

    def __init__(self, root: Path, ignore: Sequence[str]) -> None:
        self.root = root
        self.found: set[str] = set()
        self.seen = 0  # pages, those found before among them
        self.patterns: list[tuple[Path, GitIgnoreSpec]] = [(root, GitIgnoreSpec.from_lines(ignore))] if ignore else []

    def name(self, path: Path) -> str:
        return Path(os.path.relpath(path, self.root)).as_posix()

    def warning(self, path: Path, code: str, message: str) -> PageWarning:
        return PageWarning(page=self.name(path), line=0, code=code, message=message)

    def matches(self, pattern: str) -> Iterator[PageSource | PageWarning]:
        paths = sorted(glob.iglob(pattern, root_dir=self.root, recursive=True))  # noqa: PTH207 - Path.glob follows no absolute pattern
        if not paths:
            raise PageSourceError(f"{pattern}: nothing matches; is the pattern in quotes and the folder right?")
        wanted = PAGE_ENDINGS | {Path(pattern).suffix.lower()}
        for path in paths:
            if not (self.root / path).is_dir() and Path(path).suffix.lower() in wanted:
                yield from self.file(self.root / path)

    def file(self, path: Path, name: str = "") -> Iterator[PageSource | PageWarning]:
        name = name or self.name(path)
        self.seen += 1
        if name in self.found:
            return
        self.found.add(name)
        try:
            size = path.stat().st_size
        except OSError as error:
            yield self.warning(path, "unreadable", f"cannot be read: {error.strerror}")
            return
        yield PageSource(path=name, size=size, file=path) if size <= LARGEST else self.too_large(name)

    def too_large(self, name: str) -> PageWarning:
        return PageWarning(page=name, line=0, code="too-large", message=f"is larger than {LARGEST // 1024 // 1024} MB and was skipped")

    def folder(self, path: Path) -> Iterator[PageSource | PageWarning]:
        before = self.seen
        above = tuple(self._above(path))
        if _is_ignored(path.absolute(), above, is_folder=True):
            above = ()  # whoever names an ignored folder wants it read
        yield from self._walk(path, (*self.patterns, *above), frozenset())
        if self.seen == before:
            yield self.warning(path, "no-pages", f"holds no pages ({', '.join(sorted(PAGE_ENDINGS))})")

    def _walk(
        self, folder: Path, patterns: Sequence[tuple[Path, GitIgnoreSpec]], above: frozenset[str]
    ) -> Iterator[PageSource | PageWarning]:
        real = os.path.realpath(folder)
        if real in above:
            yield self.warning(folder, "symlink-loop", "is a link to a folder it lies in, and was skipped")
            return
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield self.warning(folder, "unreadable", f"cannot be read: {error.strerror}")
            return
        patterns = (*patterns, *_patterns_of(folder))
        name = self.name(folder)
        for entry in entries:
            is_folder = _is_folder(entry)
            if entry.name.startswith(".") or not (is_folder or os.path.splitext(entry.name)[1].lower() in PAGE_ENDINGS):  # noqa: PTH122
                continue
            path = folder / entry.name
            if patterns and _is_ignored(path, patterns, is_folder=is_folder):
                continue
            if is_folder:
                yield from self._walk(path, patterns, above | {real})
            else:
                yield from self.file(path, entry.name if name == "." else f"{name}/{entry.name}")

    def _above(self, folder: Path) -> Iterator[tuple[Path, GitIgnoreSpec]]:
        """The .gitignore files of the folders above, up to the repository's own."""
        above: list[Path] = []
        for parent in (folder.absolute(), *folder.absolute().parents):
            if parent != folder.absolute():
                above.append(parent)
            if (parent / ".git").exists():
                for each in reversed(above):
                    yield from _patterns_of(each)
                return


def _patterns_of(folder: Path) -> Iterable[tuple[Path, GitIgnoreSpec]]:
    try:
        lines = (folder / ".gitignore").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ()
    return ((folder, GitIgnoreSpec.from_lines(lines)),)


def _is_ignored(path: Path, patterns: Sequence[tuple[Path, GitIgnoreSpec]], *, is_folder: bool) -> bool:
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
