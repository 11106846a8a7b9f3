"""List the files of a repository that changed since a revision (`--changed-since`)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from crawler.git.command import DIFF_OPTIONS, filter_overrides, run_git

_TIMEOUT_SECONDS = 120  # for a large repository on a slow disk


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
    top = Path(_git(folder, "rev-parse", "--show-toplevel").removesuffix("\n"))
    base = _merge_base(folder, revision)
    diff = ("diff", "--name-only", "-z", *DIFF_OPTIONS, "--no-renames", "--diff-filter=d")
    changed = _git(top, *diff, base, config=_filter_overrides(top))
    untracked = _git(top, "ls-files", "-z", "--others", "--exclude-standard")
    names = (changed + untracked).split("\0")
    return frozenset(os.path.realpath(top / name) for name in names if name)


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
        raise ChangedFilesError(
            f"HEAD and {revision!r} have no common commit here: "
            "fetch more of the history (git fetch --unshallow)"
        )
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
