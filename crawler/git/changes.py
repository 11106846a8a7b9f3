"""Which files have changed since a revision, as git tells it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from crawler.git.subprocess import run_git

_SECONDS = 120  # a large repository on a cold disk takes its time


class ChangesUnknown(Exception):
    """Git cannot say what has changed; the message is one line that says why and what to do."""


def changed_files(folder: Path, revision: str) -> frozenset[str]:
    """Name the files of a folder's repository that changed since `revision`: real paths, absolute.

    What is compared is the work tree, with what git does not know yet, against the commit where its history and the revision's part: what a
    pull request changes, whatever happened on its target meanwhile. A file that was renamed is there by its new name; one that is gone is not
    there at all. Raises ChangesUnknown.
    """
    top = Path(_git(folder, "rev-parse", "--show-toplevel").removesuffix("\n"))
    base = _merge_base(folder, revision)
    changed = _git(
        top, "diff", "--name-only", "-z", "--no-ext-diff", "--no-renames", "--diff-filter=d", base
    )
    unknown = _git(top, "ls-files", "-z", "--others", "--exclude-standard")
    return frozenset(
        os.path.realpath(top / name) for name in (changed + unknown).split("\0") if name
    )


def _merge_base(folder: Path, revision: str) -> str:
    commit = _git_line(
        folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
    )
    if not commit:
        raise ChangesUnknown(
            f"git knows no revision {revision!r} here; fetch it, or name another with --changed-since"
        )
    base = _git_line(folder, "merge-base", "HEAD", commit)
    if not base:
        raise ChangesUnknown(
            f"HEAD and {revision!r} have no commit in common here; fetch more of the history (git fetch --unshallow)"
        )
    return base


def _git(folder: Path, *arguments: str) -> str:
    """Give what git says. Raises ChangesUnknown with its own words."""
    done = _run(folder, *arguments)
    if done.returncode:
        first = next(iter(done.stderr.splitlines()), "").removeprefix("fatal: ")
        raise ChangesUnknown(
            f"git cannot tell what has changed in {folder}: {first or f'exit code {done.returncode}'}"
        )
    return done.stdout


def _git_line(folder: Path, *arguments: str) -> str:
    """Give the line git says; empty where it says no."""
    done = _run(folder, *arguments)
    return done.stdout.strip() if done.returncode == 0 else ""


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return run_git(folder, *arguments, seconds=_SECONDS)
    except FileNotFoundError as error:
        raise ChangesUnknown("--changed-since needs git, and there is no git here") from error
    except subprocess.TimeoutExpired as error:
        raise ChangesUnknown(f"git gave no answer within {_SECONDS} s") from error
