"""Find files that may exist although no list of a wiki's files has them.

They are made by a build, not checked out, or in folders that are not listed.
"""

from __future__ import annotations

import os
import posixpath
import re
import subprocess
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from crawler.files.gitignore import IgnoreRules, is_ignored_below, read_gitignore
from crawler.git.command import run_git
from crawler.pages.internal_links.sites import Site
from crawler.scan.generators.settings_files import read_text
from crawler.scan.generators.wiki_root import is_within, repository_of
from store.vocabulary import InternalLink

_TIMEOUT = 30  # seconds
UNLISTED_FOLDERS = frozenset([".git", ".hg", ".svn", "node_modules", ".venv"])  # of a wiki's files
_CACHED_FOLDERS: Final = 1024  # whose .gitignore is not read again for each missing file
_MAX_PATTERNS: Final = 1000  # lines of a .gitignore of which folders are taken
_MAX_FOLDERS: Final = 20  # each is looked at for every missing attachment
_MAX_ATTACHMENTS: Final = 3000  # that are looked for; each may take 4 ms
_SUBMODULE = re.compile(r"^[ \t]*path[ \t]*=[ \t]*(\S[^\r\n]*?)[ \t\r]*$", re.MULTILINE)


def sparse_files(top: Path) -> Collection[str]:
    """Return the tracked files that a sparse checkout omits (git-sparse-checkout(1)).

    Args:
        top: The top folder of the repository.

    Returns:
        Paths relative to `top`; none without a sparse checkout, or if git fails.
    """
    if not (top / ".git").exists():
        return ()
    try:
        setting = run_git(top, "config", "--bool", "core.sparseCheckout", timeout=_TIMEOUT)
        if setting.stdout.strip() != "true":
            return ()
        listed = run_git(top, "ls-files", "-t", "-z", timeout=_TIMEOUT)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    # "S" marks an entry of the index that is not in the work tree ("skip-worktree").
    return frozenset(entry[2:] for entry in listed.stdout.split("\0") if entry[:2] == "S ")


def clear_broken_for_absent_files(
    folder: Path, site: Site, links: Iterable[InternalLink]
) -> Iterator[InternalLink]:
    """Yield links, with `broken` cleared for those to files that may exist outside this checkout.

    These are files that git ignores, as a build makes them, all files in submodules that are not
    checked out, those behind symbolic links that lead outside the repository, and those in
    folders whose files are not listed.

    Args:
        folder: The folder that pages are relative to.
        site: The site of the links' pages.
        links: The links, resolved.
    """
    finder = _AbsentFiles(folder, site)
    for link in links:
        yield replace(link, broken=None) if finder.may_contain(link) else link


class _AbsentFiles:
    """The files that pages of one site may link to although they are not in this checkout."""

    def __init__(self, folder: Path, site: Site) -> None:
        self._folder, self._site = folder, site
        self._top = repository_of(folder)
        self._submodules = _absent_submodules(self._top)
        self._ignored_folders = _ignored_folders(self._top)
        self._read_patterns = lru_cache(_CACHED_FOLDERS)(_read_patterns)
        self._attachments = 0  # looked for in folders that git ignores

    def may_contain(self, link: InternalLink) -> bool:
        """Return whether a broken link may lead to one of these files; False for other links."""
        if not link.broken:
            return False
        if link.broken == "missing-page" and self._may_be_missing_only_here(link):
            return True
        return bool(self._submodules) and _is_path_below(self._submodules, self._folder, link)

    def _may_be_missing_only_here(self, link: InternalLink) -> bool:
        """Return whether git ignores the missing file, or the lists of files leave it out."""
        is_attachment = link.wiki and bool(posixpath.splitext(link.target)[1])
        if is_attachment and self._ignored_folders:
            self._attachments += 1
            if self._attachments > _MAX_ATTACHMENTS:
                return True  # not looked for, and so not judged
        return any(
            is_ignored_below(file, self._top, read=self._read_patterns)
            or _may_be_unlisted(file, self._top)
            for file in _missing_files(self._folder, self._site, link, self._ignored_folders)
        )


def _missing_files(
    folder: Path, site: Site, link: InternalLink, ignored_folders: Iterable[Path]
) -> Iterator[Path]:
    """Yield the files that the target of a broken link may have been.

    A name in double brackets that is no path may be that of a file in any folder; those of the
    page and of the wiki stand for all; git may ignore attachments in further ones.
    """
    if link.path:
        yield Path(os.path.normpath(folder / site.root / link.path))
    elif link.wiki:
        name = link.target.partition("#")[0].strip().replace("\0", "").lstrip("/")
        for base in (folder / site.root, (folder / link.page).parent):
            yield Path(os.path.normpath(base / name))
        # A name without a suffix is that of a note.
        if posixpath.splitext(name)[1]:
            yield from (Path(os.path.normpath(base / name)) for base in ignored_folders)


def _ignored_folders(top: Path) -> Collection[Path]:
    """Return the folders whose files the topmost .gitignore leaves out (`attachments/*.png`)."""
    lines = islice(read_text(top / ".gitignore").splitlines(), _MAX_PATTERNS)
    names = (line.strip().lstrip("/").rpartition("/")[0] for line in lines if line[:1] != "#")
    plain = (name for name in names if name and not set("*?[\\!\0").intersection(name))
    visible = (name for name in plain if name[0] != "." and name not in UNLISTED_FOLDERS)
    return set(islice((top / name for name in visible), _MAX_FOLDERS))


def _may_be_unlisted(path: Path, top: Path) -> bool:
    """Return whether a path below a folder may exist although no list of files has it.

    It is then in a folder that is not listed, or behind a symbolic link that is not followed, as it
    leads outside the folder or forms a loop.
    """
    if not path.is_relative_to(top):
        return False
    names = path.relative_to(top).parts
    # Not the methods of `Path`, which raise for a name that is too long.
    links = [each for each in (path, *path.parents)[: len(names)] if os.path.islink(each)]  # noqa: PTH114
    is_outside = not all(is_within(each, [top]) for each in links)
    # A file that exists behind a link within the folder is listed, unless the link forms a loop.
    exists_behind_link = bool(links) and os.path.exists(path)  # noqa: PTH110
    return is_outside or exists_behind_link or not UNLISTED_FOLDERS.isdisjoint(names)


def _read_patterns(folder: Path) -> IgnoreRules | None:
    """Return the patterns of a folder's .gitignore file; None if it has none or is unreadable."""
    try:
        return read_gitignore(folder)
    except OSError:
        return None


def _absent_submodules(top: Path) -> Collection[Path]:
    """Return the folders of the submodules that are not checked out (gitmodules(5))."""
    names = _SUBMODULE.findall(read_text(top / ".gitmodules"))
    folders = (top / name.strip('"').replace("\0", "") for name in names)
    return {folder for folder in folders if not (folder / ".git").exists()}


def _is_path_below(folders: Collection[Path], root: Path, link: InternalLink) -> bool:
    """Return whether a link's target is in one of the given folders.

    Args:
        folders: The folders.
        root: The folder that pages are relative to; a target may be relative to it or to its page.
        link: The link.
    """
    target = unquote(link.target.partition("#")[0].partition("?")[0]).replace("\0", "")
    bases = (root,) if target.startswith("/") else ((root / link.page).parent, root)
    paths = [Path(os.path.normpath(base / target.lstrip("/"))) for base in bases]
    return any(each in folders for path in paths for each in (path, *path.parents))
