"""Search folders and globs for pages.

Symbolic links, .gitignore files and unreadable names never stop a search; each becomes a warning.
"""

from __future__ import annotations

import glob
import itertools
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from crawler.files.gitignore import (
    IgnoreFile,
    IgnoreFiles,
    TooManyPatternsError,
    add_gitignore,
    ignore_rules,
    is_ignored,
    is_ignored_below,
)
from crawler.pages.registry import UnknownFormatError, formats_by_suffix, suffix_of
from crawler.scan import page_source
from crawler.scan.generators.built_files import BuiltFiles, has_packages
from crawler.scan.generators.vaults import is_backup
from crawler.scan.generators.wiki_root import is_within, repository_of
from crawler.scan.globs import (
    MAX_NAMES,
    LinkVisits,
    Nested,
    flatten,
    is_folder_entry,
    iter_glob,
    real_path_below,
)
from crawler.scan.page_source import MARKDOWN, PageSource, PageSourceError, printable_name
from crawler.scan.unread_formats import UnreadFormats
from store.vocabulary import PageWarning


class PageFinder:
    """Finds the pages of a wiki, each once.

    Attributes:
        root: The folder that page names are relative to.
        found: Names of the pages found so far.
        visits: Number of visits of each folder through symbolic links.
        folders_within_roots: Whether a folder is in `roots` once links are followed, by folder.
        match_count: Number of pages that matched, including those found before.
        patterns: Folders with the ignore patterns that apply below them.
        has_too_many_patterns: Whether the warning about .gitignore files with too many patterns
            was given.
        formats: The format of each suffix of pages.
        built_files: The files that are not read, as a generator built them from pages.
        unread_formats: Counts the files of wiki formats that no reader reads.
        roots: Folders that targets of symbolic links must be in: the wiki, its repository, and
            folders named as arguments.
    """

    def __init__(
        self, root: Path, ignore: Sequence[str], configured: Mapping[str, str] = {}
    ) -> None:
        """Start with no page found.

        Args:
            root: The folder that page names are relative to.
            ignore: Patterns in .gitignore syntax, relative to the root.
            configured: Formats by suffix from the settings.

        Raises:
            PageSourceError: The settings name a format that does not exist.
        """
        self.root = root
        try:
            self.formats = formats_by_suffix(configured)
        except UnknownFormatError as error:
            raise PageSourceError(str(error)) from error
        self.built_files = BuiltFiles(root, self.formats, configured)
        self.has_too_many_patterns = False
        self.unread_formats = UnreadFormats({*self.formats, *map(str.lower, configured)})
        self.found: set[str] = set()
        self.visits = LinkVisits()
        self.folders_within_roots: dict[Path, bool] = {}
        self.match_count = 0
        self.patterns: IgnoreFiles = ()
        if ignore:
            self.patterns = (IgnoreFile.of(root, ignore_rules(ignore), is_limited=False),)
        self.roots = [root, repository_of(root)]

    def page_name(self, path: Path) -> str:
        """Return the name of a page in records: its path relative to the root."""
        return Path(os.path.relpath(path, self.root)).as_posix()

    def make_warning(self, path: Path, code: str, message: str) -> PageWarning:
        """Return a warning about a file or folder."""
        return PageWarning(
            page=printable_name(self.page_name(path)), line=0, code=code, message=message
        )

    def check_readable(self, path: Path, name: str, *, is_link: bool) -> PageWarning | None:
        """Return a warning if a page or folder must not be read, else None."""
        if not name.isascii() and printable_name(name) != name:
            problem = "was skipped, its name is not UTF-8: rename it to have it read"
            return self.make_warning(path, "bad-name", problem)
        # `os.path.exists`, as `is_within` uses `os.path.realpath`.
        if is_link and os.path.exists(path) and not is_within(path, self.roots):  # noqa: PTH110
            problem = "was skipped, it is a symbolic link that leads outside the wiki"
            problem = f"{problem}: name its target as a page to have it read"
            return self.make_warning(path, "outside-wiki", problem)
        return None

    def find_by_glob(self, pattern: str) -> Iterator[PageSource | PageWarning]:
        """Yield the pages that a glob matches.

        Raises:
            PageSourceError: No file matches.
        """
        paths = sorted(set(iter_glob(pattern, self.root)))
        if not paths:
            raise PageSourceError(
                f"{printable_name(pattern)}: no file matches: "
                "check the folder and quote the pattern"
            )
        wanted = {*self.formats, suffix_of(pattern)}
        self.roots.append(_folder_of_glob(self.root / pattern))
        self.folders_within_roots.clear()
        for path in paths:
            file = self.root / path
            is_named = suffix_of(path) == suffix_of(pattern)
            if not is_named and self.built_files.contains(file):
                continue
            if not file.is_dir() and suffix_of(path) in wanted:
                yield from self.find_file(file, is_link=self.is_behind_link(file))

    def is_behind_link(self, path: Path) -> bool:
        """Return whether a path is a symbolic link, or outside of `roots` because of one."""
        if path.parent not in self.folders_within_roots:
            self.folders_within_roots[path.parent] = is_within(path.parent, self.roots)
        return path.is_symlink() or not self.folders_within_roots[path.parent]

    def find_file(
        self, path: Path, name: str = "", *, is_link: bool = False
    ) -> Iterator[PageSource | PageWarning]:
        """Yield a page, once.

        Args:
            path: The file.
            name: Its name in records; by default its path relative to the root.
            is_link: Whether the file, or a folder above it, may be a symbolic link that the user
                did not name; it must then be in `roots`.
        """
        name = name or self.page_name(path)
        self.match_count += 1
        if name in self.found:
            return
        self.found.add(name)
        if warning := self.check_readable(path, name, is_link=is_link):
            yield warning
            return
        try:
            status = path.stat()
        except OSError as error:
            yield self.make_warning(path, "unreadable", f"cannot be read: {error.strerror}")
            return
        if not stat.S_ISREG(status.st_mode):
            yield self.make_warning(path, "unreadable", "cannot be read: not a regular file")
        elif status.st_size > page_source.MAX_PAGE_BYTES:
            yield self.make_too_large_warning(name)
        else:
            page_format = self.formats.get(suffix_of(name), MARKDOWN)
            yield PageSource(path=name, size=status.st_size, file=path, format=page_format)

    def make_too_large_warning(self, name: str) -> PageWarning:
        """Return the warning for a page over the size limit."""
        megabytes = page_source.MAX_PAGE_BYTES // 1024 // 1024
        message = f"was skipped: it is larger than {megabytes} MB"
        return PageWarning(page=name, line=0, code="too-large", message=message)

    def find_folder(self, path: Path) -> Iterator[PageSource | PageWarning]:
        """Yield the pages of a folder and those below it."""
        count_before = self.match_count
        if warning := self.check_readable(path, self.page_name(path), is_link=False):
            yield warning
            return
        self.roots.append(path)
        patterns = self._parent_gitignores(path.absolute())
        nested = self._walk(path, os.path.realpath(path), patterns, frozenset())
        results: Iterator[PageSource | PageWarning] = flatten(nested)
        yield from results
        if self.match_count == count_before:
            yield self.make_warning(
                path, "no-pages", f"holds no pages ({', '.join(sorted(self.formats))})"
            )
        if message := self.unread_formats.take_message():
            yield self.make_warning(path, "unread-format", message)

    def _walk(
        self,
        folder: Path,
        real: str,
        patterns: IgnoreFiles,
        ancestor_real_paths: frozenset[str],
        *,
        by_link: bool = False,
    ) -> Nested[PageSource | PageWarning]:
        """Yield the pages of a folder, and an iterator for each of its subfolders.

        Args:
            folder: Its path.
            real: Its path without symbolic links.
            patterns: The ignore patterns that apply, the deepest last.
            ancestor_real_paths: The real paths of its parent folders.
            by_link: The folder was reached through a symbolic link.

        Yields:
            Pages and warnings, and an iterator of the same for each subfolder.
        """  # noqa: DOC201 - a generator
        if warning := self._loop_warning(folder, real, ancestor_real_paths, by_link=by_link):
            yield warning
            return
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield self.make_warning(folder, "unreadable", f"cannot be read: {error.strerror}")
            return
        patterns, ignore_warning = self._add_gitignore(patterns, folder)
        if ignore_warning:
            yield ignore_warning
        name = self.page_name(folder)
        for entry in entries:
            is_folder, is_link = is_folder_entry(entry), entry.is_symlink()
            path = folder / entry.name
            is_candidate = self._is_candidate(entry, is_folder=is_folder)
            if not is_candidate and not self.unread_formats.is_unread_page(folder, entry.name):
                continue
            if patterns and is_ignored(path, patterns, is_folder=is_folder):
                continue
            if not is_candidate:
                self.unread_formats.add(entry.name)
                continue
            if not is_folder:
                entry_name = entry.name if name == "." else f"{name}/{entry.name}"
                yield from self.find_file(path, entry_name, is_link=is_link)
            elif warning := self.check_readable(path, entry.name, is_link=is_link):
                yield warning
            else:
                below = real_path_below(real, folder, entry)
                yield self._walk(
                    path, below, patterns, ancestor_real_paths | {real}, by_link=by_link or is_link
                )

    def _add_gitignore(
        self, patterns: IgnoreFiles, folder: Path
    ) -> tuple[IgnoreFiles, PageWarning | None]:
        """Return the patterns that apply below a folder, and a warning if its are not among them.

        One warning stands for all files that are too many.
        """
        try:
            return add_gitignore(patterns, folder), None
        except TooManyPatternsError as error:
            if self.has_too_many_patterns:
                return patterns, None
            self.has_too_many_patterns = True
            problem = f"was ignored, as further ones may be: {error.strerror}"
        except OSError as error:
            problem = f"was ignored: it cannot be read: {error.strerror}"
        return patterns, self.make_warning(folder / ".gitignore", "unreadable", problem)

    def _is_candidate(self, entry: os.DirEntry[str], *, is_folder: bool) -> bool:
        """Return whether an entry is a folder or page that is not hidden.

        The pages of installed packages are those of others: an update would undo any fix.
        """
        if entry.name.startswith("."):
            return False
        if is_folder:
            return not has_packages(Path(entry.path)) and not is_backup(Path(entry.path))
        if suffix_of(entry.name) not in self.formats:
            return False
        return not self.built_files.contains(Path(entry.path))

    def _loop_warning(
        self, folder: Path, real: str, ancestor_real_paths: frozenset[str], *, by_link: bool
    ) -> PageWarning | None:
        """Return a warning if symbolic links form a loop or reach a folder too often, else None."""
        problem = ""
        if real in ancestor_real_paths:
            problem = "was skipped: it links to a folder that contains it"
        elif by_link and self.visits.exceeds_limit(real):
            problem = f"was skipped: links give this folder more than {MAX_NAMES} names"
        return self.make_warning(folder, "symlink-loop", problem) if problem else None

    def _parent_gitignores(self, folder: Path) -> IgnoreFiles:
        """Return the configured patterns and the .gitignore files of a folder's parents.

        Without those files if they ignore the folder: one named as an argument is read anyway.
        """
        top = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), None)
        if top is None or is_ignored_below(folder, top, is_folder=True):
            return self.patterns
        files = self.patterns
        for parent in reversed(folder.relative_to(top).parents):
            with suppress(OSError):
                files = add_gitignore(files, top / parent)
        return files


def _folder_of_glob(pattern: Path) -> Path:
    """Return the folder that a glob starts from."""
    parts = itertools.takewhile(lambda part: not glob.has_magic(part), pattern.parts)
    return Path(*parts)
