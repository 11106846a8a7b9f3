"""List the files of a repository that changed since a revision (`--changed-since`)."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from crawler.git.command import run_git

_TIMEOUT_SECONDS = 120  # for a large repository on a slow disk


class ChangedFilesError(Exception):
    """Raised when git cannot list the changes; the message is one line that says what to do."""


def changed_files(folder: Path, revision: str) -> frozenset[str]:
    """Return the files of a folder's repository that changed since a revision.

    The work tree, including untracked files, is compared with the merge base of HEAD and the
    revision. That is what a pull request changes, whatever was committed to its target meanwhile.

    Returns:
        Absolute real paths. A renamed file has its new name; a deleted file is left out.

    Raises:
        ChangedFilesError: There is no git, no repository, or no such revision.
    """
    top = Path(_git(folder, "rev-parse", "--show-toplevel").removesuffix("\n"))
    base = _merge_base(folder, revision)
    diff = ("diff", "--name-only", "-z", "--no-ext-diff", "--no-renames", "--diff-filter=d")
    changed = _git(top, *diff, base)
    untracked = _git(top, "ls-files", "-z", "--others", "--exclude-standard")
    names = (changed + untracked).split("\0")
    return frozenset(os.path.realpath(top / name) for name in names if name)


def _merge_base(folder: Path, revision: str) -> str:
    """Return the commit where the histories of HEAD and a revision part."""
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


def _git(folder: Path, *arguments: str) -> str:
    """Return git's output. Raises ChangedFilesError with git's own message if it fails."""
    done = _run(folder, *arguments)
    if done.returncode:
        first = next(iter(done.stderr.splitlines()), "").removeprefix("fatal: ")
        reason = first or f"exit code {done.returncode}"
        raise ChangedFilesError(f"git cannot list what changed in {folder}: {reason}")
    return done.stdout


def _git_line(folder: Path, *arguments: str) -> str:
    """Return the line that git prints, or "" if it fails."""
    done = _run(folder, *arguments)
    return done.stdout.strip() if done.returncode == 0 else ""


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return run_git(folder, *arguments, timeout=_TIMEOUT_SECONDS)
    except FileNotFoundError as error:
        raise ChangedFilesError("git was not found: install it to use --changed-since") from error
    except subprocess.TimeoutExpired as error:
        raise ChangedFilesError(
            f"git did not finish within {_TIMEOUT_SECONDS} s: run it again, "
            "or name the pages instead of --changed-since"
        ) from error
