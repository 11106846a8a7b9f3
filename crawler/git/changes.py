"""List what changed in a repository since a revision (`--changed-since`), and how it was before."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from crawler.git.command import (
    DIFF_OPTIONS,
    LOG_OPTIONS,
    filter_overrides,
    read_objects,
    run_git,
)

_TIMEOUT_SECONDS = 120  # for a large repository on a slow disk
_REGULAR_MODES = ("100644", "100755")
_LINK_MODE, _SUBMODULE_MODE = "120000", "160000"
_MAX_BLOBS = 200  # read at once
# Lists submodules with another commit, without looking at their files.
_SUBMODULE_COMMITS = ("--ignore-submodules=dirty", "--no-renames")


class ChangedFilesError(Exception):
    """Raised if git cannot list the changed files; the message is one line with what to do."""


def changed_files(folder: Path, revision: str) -> frozenset[str]:
    """Return the files of a folder's repository that changed since a revision.

    The work tree, including untracked files, is compared with the merge base of HEAD and the
    revision. These are the changes of a pull request, without later commits to its target.

    Args:
        folder: A folder in the repository.
        revision: A branch, tag or commit.

    Returns:
        Absolute real paths. A renamed file has its new name; a deleted file is left out.

    Raises:
        ChangedFilesError: git is not installed or took too long, the folder is in no repository,
            the revision does not exist, or HEAD and the revision have no merge base.
    """
    top = _top(folder)
    return frozenset(os.path.realpath(top / name) for name in _changed_names(top, revision))


def changed_links(folder: Path, revision: str) -> frozenset[str]:
    """Return the absolute paths of the symbolic links among the changed files.

    What they lead to is new below them, though its files may be unchanged.

    Args:
        folder: A folder in the repository.
        revision: A branch, tag or commit, compared as by `changed_files`.

    Raises:
        ChangedFilesError: As by `changed_files`.
    """
    top = _top(folder)
    names = _changed_names(top, revision)
    return frozenset(_own_path(top / name) for name in names if (top / name).is_symlink())


def _changed_names(top: Path, revision: str) -> list[str]:
    """Return the names of the files that changed since the merge base with a revision."""
    base = _merge_base(top, revision)
    diff = ("diff", "--name-only", "-z", *DIFF_OPTIONS, "--no-renames", "--diff-filter=d")
    changed = _git(top, *diff, base, config=_filter_overrides(top))
    untracked = _git(top, "ls-files", "-z", "--others", "--exclude-standard")
    return [name for name in (changed + untracked).split("\0") if name]


@dataclass(frozen=True, slots=True)
class Change:
    """The files changed by a pull request, a commit in preparation or the work tree.

    Attributes:
        top: The top folder of the repository.
        files: Absolute real paths of the files that exist now, those changed last first.
        old_blobs: What changed and deleted files were: ids of git's objects by absolute real path.
        links: Absolute paths of the changed symbolic links: what they lead to is new below them.
        submodules: Absolute paths of submodules with another commit; their files are not compared.
        index_blobs: If what is staged is compared: what the index has of the files that the work
            tree has otherwise, or not at all, by absolute path; "" for what is no regular file.
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
        staged: Compare what is staged with HEAD instead; untracked files do not count.

    Raises:
        ChangedFilesError: As by `changed_files`.
    """
    top = _top(folder)
    has_commits = bool(_git_line(top, "rev-parse", "--verify", "--quiet", "HEAD"))
    if revision is None or staged:
        # Before the first commit, everything is compared with the empty tree.
        base = "HEAD" if has_commits else _git(top, "hash-object", "-t", "tree", "--stdin").strip()
    else:
        base = _merge_base(top, revision)
    diff = ("diff", "--raw", "-z", "--no-abbrev", *DIFF_OPTIONS, *_SUBMODULE_COMMITS)
    index = ("--cached",) if staged else ()
    fields = _git(top, *diff, *index, base, config=_filter_overrides(top)).split("\0")
    old_blobs, present = dict[str, str](), list[str]()
    by_mode: dict[str, set[str]] = {_LINK_MODE: set(), _SUBMODULE_MODE: set()}
    for head, name in zip(fields[::2], fields[1::2], strict=False):
        old_mode, new_mode, old_blob, _, status = head.removeprefix(":").split(" ")
        if old_mode in _REGULAR_MODES:
            old_blobs[os.path.realpath(top / name)] = old_blob
        if status != "D":
            present.append(name)
            by_mode.get(new_mode, set()).add(str(top / name))
    if not staged:
        untracked = _names(top, "ls-files", "-z", "--others", "--exclude-standard")
        by_mode[_LINK_MODE].update(
            str(top / name) for name in untracked if (top / name).is_symlink()
        )
        present += untracked
    recent = _names_by_recency(top, base) if has_commits and not staged else []
    rank = {name: number for number, name in enumerate(dict.fromkeys(recent))}
    present.sort(key=lambda name: rank.get(name, -1))
    index_blobs = _index_blobs(top) if staged else {}
    own = ((_own_path(top / name), os.path.realpath(top / name)) for name in present)
    files = (path if index_blobs.get(path) else real for path, real in own)
    links, submodules = map(frozenset, by_mode.values())
    return Change(top, tuple(dict.fromkeys(files)), old_blobs, links, submodules, index_blobs)


def _index_blobs(top: Path) -> Mapping[str, str]:
    """Return the ids of what the index has of files that the work tree has otherwise."""
    diff = ("diff", "--raw", "-z", "--no-abbrev", *DIFF_OPTIONS, "--no-renames")
    fields = _git(top, *diff, config=_filter_overrides(top)).split("\0")
    blobs = dict[str, str]()
    for head, name in zip(fields[::2], fields[1::2], strict=False):
        mode, _, blob, *_ = head.removeprefix(":").split(" ")
        blobs[_own_path(top / name)] = blob if mode in _REGULAR_MODES else ""
    return blobs


def _own_path(file: Path) -> str:
    """Return the absolute path of a file without the symbolic links above it."""
    return os.path.join(os.path.realpath(file.parent), file.name)  # noqa: PTH118


def blob_sizes(top: Path, blobs: Iterable[str]) -> Mapping[str, int]:
    """Return the sizes in bytes of those of some blobs that git has.

    Args:
        top: The top folder of the repository.
        blobs: Their ids.

    Raises:
        ChangedFilesError: git failed.
    """
    names = "".join(f"{blob}\n" for blob in blobs)
    with _raise_changed_files_error():
        output = read_objects(top, names.encode(), timeout=_TIMEOUT_SECONDS, only_sizes=True)
    lines = (line.split(" ") for line in output.decode().splitlines())
    return {line[0]: int(line[2]) for line in lines if len(line) == 3 and line[1] == "blob"}


def read_old_versions(change: Change, files: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the bytes that changed files had before, those that git has.

    Args:
        change: The change.
        files: Absolute real paths; those that are new have no old version.

    Raises:
        ChangedFilesError: git failed.
    """
    yield from read_blobs(
        change.top, {file: change.old_blobs[file] for file in files if file in change.old_blobs}
    )


def read_blobs(top: Path, blobs: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Yield the bytes of files as git has them, those that it has.

    Args:
        top: The top folder of the repository.
        blobs: The ids of git's objects by the files' paths.

    Raises:
        ChangedFilesError: git failed.
    """
    wanted = list(blobs.items())
    for start in range(0, len(wanted), _MAX_BLOBS):
        batch = wanted[start : start + _MAX_BLOBS]
        names = "".join(f"{blob}\n" for _, blob in batch)
        with _raise_changed_files_error():
            output = read_objects(top, names.encode(), timeout=_TIMEOUT_SECONDS)
        position = 0
        for file, _ in batch:
            end = output.find(b"\n", position)
            head = output[position:end].split(b" ") if end >= 0 else []
            position = end + 1
            if len(head) == 3 and head[1] == b"blob":  # an object can be missing in a partial clone
                size = int(head[2])
                yield file, output[position : position + size]
                position += size + 1


def _names_by_recency(top: Path, base: str) -> list[str]:
    """Return the files that are not committed, then those of the commits, the newest first."""
    uncommitted = ("diff", "--name-only", "-z", *DIFF_OPTIONS, "--no-renames", "HEAD")
    names = _git(top, *uncommitted, config=_filter_overrides(top)).split("\0")
    log = ("log", *LOG_OPTIONS, "-z", "--format=", "--name-only", "--no-renames", f"{base}..HEAD")
    return [name.strip("\n") for name in (*names, *_git(top, *log).split("\0")) if name]


def _names(top: Path, *arguments: str) -> list[str]:
    """Return the file names that git prints, separated by NUL."""
    return [name for name in _git(top, *arguments).split("\0") if name]


def _top(folder: Path) -> Path:
    """Return the top folder of a folder's repository.

    Git is asked in the folder that has `.git`: in a folder below it, files of the wiki can look
    like a bare repository, which git refuses to use.
    """
    folder = folder.absolute()
    repositories = (each for each in (folder, *folder.parents) if (each / ".git").exists())
    start = next(repositories, folder)
    return Path(_git(start, "rev-parse", "--show-toplevel").removesuffix("\n"))


def _merge_base(folder: Path, revision: str) -> str:
    """Return the merge base of HEAD and a revision.

    Raises:
        ChangedFilesError: The revision does not exist, or there is no merge base.
    """
    verify = ("rev-parse", "--verify", "--quiet", "--end-of-options")
    commit = _git_line(folder, *verify, f"{revision}^{{commit}}")
    if not commit:
        raise ChangedFilesError(
            f"unknown revision {revision!r}: fetch it, or give another one to --changed-since"
        )
    base = _git_line(folder, "merge-base", "HEAD", commit)
    if not base:
        is_shallow = _git_line(folder, "rev-parse", "--is-shallow-repository") == "true"
        hint = (
            "fetch more of the history (git fetch --unshallow)"
            if is_shallow
            else "give --changed-since the branch that HEAD was made from"
        )
        raise ChangedFilesError(f"HEAD and {revision!r} have no common commit here: {hint}")
    return base


def _git(folder: Path, *arguments: str, config: Mapping[str, str] | None = None) -> str:
    """Return git's output.

    Raises:
        ChangedFilesError: git failed; the message contains git's own.
    """
    result = _run(folder, *arguments, config=config)
    if result.returncode:
        first_line = next(iter(result.stderr.splitlines()), "").removeprefix("fatal: ")
        reason = first_line or f"exit code {result.returncode}"
        raise ChangedFilesError(f"git cannot list what changed in {folder}: {reason}")
    return result.stdout


def _git_line(folder: Path, *arguments: str) -> str:
    """Return the line that git prints, or "" if it fails."""
    result = _run(folder, *arguments)
    return result.stdout.strip() if result.returncode == 0 else ""


def _filter_overrides(folder: Path) -> Mapping[str, str]:
    with _raise_changed_files_error():
        return filter_overrides(folder, timeout=_TIMEOUT_SECONDS)


def _run(
    folder: Path, *arguments: str, config: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    with _raise_changed_files_error():
        return run_git(folder, *arguments, timeout=_TIMEOUT_SECONDS, config=config)


@contextmanager
def _raise_changed_files_error() -> Iterator[None]:
    """Replace the exceptions of running git by ChangedFilesError."""
    try:
        yield
    except FileNotFoundError as error:
        raise ChangedFilesError("git was not found: install it to use --changed-since") from error
    except subprocess.TimeoutExpired as error:
        raise ChangedFilesError(
            f"git did not finish within {_TIMEOUT_SECONDS} s: run it again, "
            "or name the pages instead of --changed-since"
        ) from error
