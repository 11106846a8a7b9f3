"""List the files that changed since a revision (`--changed-since`), and read their old versions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct, field

from crawler.git.blobs import read_blobs
from crawler.git.checked_command import (
    checked_filter_overrides,
    git_line,
    git_output,
    merge_base,
    top_folder,
)
from crawler.git.command import DIFF_OPTIONS, LOG_OPTIONS

_REGULAR_MODES = ("100644", "100755")
_LINK_MODE, _SUBMODULE_MODE = "120000", "160000"
# Lists submodules with another commit, without looking at their files.
_SUBMODULE_COMMITS = ("--ignore-submodules=dirty", "--no-renames")


class ChangedFiles(NamedTuple):
    """The files of a repository that changed since a revision.

    Attributes:
        files: Absolute real paths. A renamed file has its new name; a deleted file is left out.
        links: Absolute paths of the symbolic links among them. All files below such a link have new
            paths, even if their contents are unchanged.
    """

    files: frozenset[str]
    links: frozenset[str]


def changed_files(folder: Path, revision: str) -> ChangedFiles:
    """Return the files of a folder's repository that changed since a revision.

    The work tree, including untracked files, is compared with the merge base of HEAD and the
    revision. These are the changes of a pull request, without later commits to its target.

    Args:
        folder: A folder in the repository.
        revision: A branch, tag or commit.

    Raises:
        ChangedFilesError: git is not installed or took too long, the folder is in no repository,
            the revision does not exist, or HEAD and the revision have no merge base.
    """
    top = top_folder(folder)
    paths = [top / name for name in _changed_names(top, revision)]
    return ChangedFiles(
        files=frozenset(map(os.path.realpath, paths)),
        links=frozenset(_path_in_real_folder(path) for path in paths if path.is_symlink()),
    )


def _changed_names(top: Path, revision: str) -> list[str]:
    """Return the names of the files that changed since the merge base with a revision."""
    base = merge_base(top, revision)
    diff = ("diff", "--name-only", "-z", *DIFF_OPTIONS, "--no-renames", "--diff-filter=d")
    changed = _names(top, *diff, base, config=checked_filter_overrides(top))
    return changed + _untracked_names(top)


class Change(Struct, frozen=True):
    """The files changed by a pull request, a commit in preparation or the work tree.

    Attributes:
        top: The top folder of the repository.
        files: Absolute real paths of the changed files that exist now, most recently changed first.
        old_blobs: The old versions of changed and deleted files: ids of blobs by absolute real
            path.
        links: Absolute paths of the changed symbolic links; all files below them have new paths.
        submodules: Absolute paths of submodules with another commit; their files are not compared.
        index_blobs: With `staged`, the staged versions of files that differ from the work tree or
            are missing there: ids of blobs by absolute path, "" for entries that are no regular
            files.
    """

    top: Path
    files: tuple[str, ...]
    old_blobs: Mapping[str, str]
    links: frozenset[str] = frozenset()
    submodules: frozenset[str] = frozenset()
    index_blobs: Mapping[str, str] = field(default_factory=dict)


def find_change(folder: Path, revision: str | None, *, staged: bool = False) -> Change:
    """Return what changed since a revision, or what is staged for the next commit.

    Args:
        folder: A folder in the repository.
        revision: A branch, tag or commit, compared as by `changed_files`; None for HEAD.
        staged: Whether to compare what is staged with HEAD instead (without untracked files).

    Raises:
        ChangedFilesError: As by `changed_files`.
    """
    top = top_folder(folder)
    has_commits = bool(git_line(top, "rev-parse", "--verify", "--quiet", "HEAD"))
    if revision is not None and not staged:
        base = merge_base(top, revision)
    elif has_commits:
        base = "HEAD"
    else:  # before the first commit, everything is compared with the empty tree
        base = git_output(top, "hash-object", "-t", "tree", "--stdin").strip()
    index = ("--cached",) if staged else ()
    files = list(_list_changed(top, *_SUBMODULE_COMMITS, *index, base))
    present = [file.name for file in files if file.status != "D"]
    links = {file.name for file in files if file.is_present_as(_LINK_MODE)}
    if not staged:
        untracked = _untracked_names(top)
        links.update(name for name in untracked if (top / name).is_symlink())
        present += untracked
        if has_commits:
            present = _sort_by_recency(present, top, base)
    submodules = [file.name for file in files if file.is_present_as(_SUBMODULE_MODE)]
    index_blobs = _index_blobs(top) if staged else {}
    return Change(
        top=top,
        files=_existing_files(top, present, index_blobs),
        old_blobs={
            os.path.realpath(top / file.name): file.old_blob
            for file in files
            if file.old_mode in _REGULAR_MODES
        },
        links=frozenset(str(top / name) for name in links),
        submodules=frozenset(str(top / name) for name in submodules),
        index_blobs=index_blobs,
    )


class _ChangedFile(NamedTuple):
    """A line of `git diff --raw`.

    Attributes:
        name: Its path below the top folder.
        old_mode: Its mode before, such as "100644"; "000000" if the file is new.
        new_mode: Its mode now.
        old_blob: The id of the blob of its old version.
        status: git's letter for the kind of change, "D" if the file was deleted.
    """

    name: str
    old_mode: str
    new_mode: str
    old_blob: str
    status: str

    def is_present_as(self, mode: str) -> bool:
        """Return whether the file exists now with the given mode."""
        return self.status != "D" and self.new_mode == mode


def _list_changed(top: Path, *arguments: str) -> Iterator[_ChangedFile]:
    """Yield the files that `git diff` lists with the given arguments."""
    diff = ("diff", "--raw", "-z", "--no-abbrev", *DIFF_OPTIONS)
    output = git_output(top, *diff, *arguments, config=checked_filter_overrides(top))
    fields = output.split("\0")  # for each file two: its modes, blobs and status; its name
    for head, name in zip(fields[::2], fields[1::2], strict=False):
        old_mode, new_mode, old_blob, _, status = head.removeprefix(":").split(" ")
        yield _ChangedFile(name, old_mode, new_mode, old_blob, status)


def _index_blobs(top: Path) -> Mapping[str, str]:
    """Return `Change.index_blobs`: the staged versions of files that differ in the work tree."""
    blobs = {}
    # Without a revision, git compares the work tree with the index: the old version is staged.
    for file in _list_changed(top, "--no-renames"):
        is_regular = file.old_mode in _REGULAR_MODES
        blobs[_path_in_real_folder(top / file.name)] = file.old_blob if is_regular else ""
    return blobs


def _existing_files(
    top: Path, names: Iterable[str], index_blobs: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the paths of files, each once.

    They are absolute and real, but a file that is read from the index keeps its name even if the
    work tree has a link of that name.
    """
    paths: dict[str, None] = {}
    for name in names:
        path = _path_in_real_folder(top / name)
        is_read_from_index = bool(index_blobs.get(path))
        paths[path if is_read_from_index else os.path.realpath(top / name)] = None
    return tuple(paths)


def _path_in_real_folder(file: Path) -> str:
    """Return the absolute path of a file; links are followed above it, but not the file itself."""
    return os.path.join(os.path.realpath(file.parent), file.name)  # noqa: PTH118


def read_old_versions(change: Change, files: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield changed files with the bytes of their old versions, as far as git has these.

    Args:
        change: The change.
        files: Absolute real paths; new files have no old version.

    Raises:
        ChangedFilesError: git failed.
    """
    wanted = {file: change.old_blobs[file] for file in files if file in change.old_blobs}
    yield from read_blobs(change.top, wanted)


def _sort_by_recency(names: Iterable[str], top: Path, base: str) -> list[str]:
    """Return names of files, most recently changed first.

    Files that are in no commit come first, then uncommitted changes, then the newest commits.

    Args:
        names: The names.
        top: The top folder of the repository.
        base: The commit since which they changed.
    """
    uncommitted = ("diff", "--name-only", "-z", *DIFF_OPTIONS, "--no-renames", "HEAD")
    changed = _names(top, *uncommitted, config=checked_filter_overrides(top))
    log = ("log", *LOG_OPTIONS, "-z", "--format=", "--name-only", "--no-renames", f"{base}..HEAD")
    committed = _names(top, *log)
    recent = (name.strip("\n") for name in (*changed, *committed))
    rank = {name: number for number, name in enumerate(dict.fromkeys(recent))}
    return sorted(names, key=lambda name: rank.get(name, -1))


def _untracked_names(top: Path) -> list[str]:
    """Return the names of the files that git neither tracks nor ignores."""
    return _names(top, "ls-files", "-z", "--others", "--exclude-standard")


def _names(top: Path, *arguments: str, config: Mapping[str, str] | None = None) -> list[str]:
    """Return the file names that git prints, separated by NUL."""
    return [name for name in git_output(top, *arguments, config=config).split("\0") if name]
