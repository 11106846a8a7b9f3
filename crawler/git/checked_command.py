"""Run git for the list of changed files, and raise `ChangedFilesError` where it fails."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from crawler.git.command import enclosing_repository, filter_overrides, run_git

TIMEOUT_SECONDS = 120  # for a large repository on a slow disk


class ChangedFilesError(Exception):
    """Raised if git cannot list the changed files; the message is one line with what to do."""


def top_folder(folder: Path) -> Path:
    """Return the top folder of a folder's repository.

    Git is run in the folder that has `.git`: in a folder below it, files of the wiki can look
    like a bare repository, which git refuses to use.

    Raises:
        ChangedFilesError: The folder is in no repository, or git failed.
    """
    folder = folder.absolute()
    start = enclosing_repository(folder) or folder
    return Path(git_output(start, "rev-parse", "--show-toplevel").removesuffix("\n"))


def merge_base(folder: Path, revision: str) -> str:
    """Return the merge base of HEAD and a revision.

    Raises:
        ChangedFilesError: The revision does not exist, or there is no merge base.
    """
    verify = ("rev-parse", "--verify", "--quiet", "--end-of-options")
    commit = git_line(folder, *verify, f"{revision}^{{commit}}")
    if not commit:
        raise ChangedFilesError(
            f"unknown revision {revision!r}: fetch it, or give another one to --changed-since"
        )
    base = git_line(folder, "merge-base", "HEAD", commit)
    if not base:
        hint = "give --changed-since the branch that HEAD was made from"
        if git_line(folder, "rev-parse", "--is-shallow-repository") == "true":
            hint = "fetch more of the history (git fetch --unshallow)"
        raise ChangedFilesError(f"HEAD and {revision!r} have no common commit here: {hint}")
    return base


def git_output(folder: Path, *arguments: str, config: Mapping[str, str] | None = None) -> str:
    """Return git's output.

    Raises:
        ChangedFilesError: git failed; the message contains git's own.
    """
    result = _run(folder, *arguments, config=config)
    if result.returncode:
        first_line = next(iter(result.stderr.splitlines()), "").removeprefix("fatal: ")
        reason = first_line or f"exit code {result.returncode}"
        hint = "check it with git status"
        if "dubious ownership" in reason:  # common in containers (git-config, "safe.directory")
            hint = f"if you trust it, run git config --global --add safe.directory {folder}"
        raise ChangedFilesError(f"git cannot list what changed in {folder}: {reason}: {hint}")
    return result.stdout


def git_line(folder: Path, *arguments: str) -> str:
    """Return the line that git prints, or "" if it fails."""
    result = _run(folder, *arguments)
    return result.stdout.strip() if result.returncode == 0 else ""


def checked_filter_overrides(folder: Path) -> Mapping[str, str]:
    """Return the settings that disable the repository's filters, see `filter_overrides`.

    Raises:
        ChangedFilesError: git failed.
    """
    with raise_changed_files_error():
        return filter_overrides(folder, timeout=TIMEOUT_SECONDS)


def _run(
    folder: Path, *arguments: str, config: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Return the result of git, whatever its exit code. Raises ChangedFilesError."""
    with raise_changed_files_error():
        return run_git(folder, *arguments, timeout=TIMEOUT_SECONDS, config=config)


@contextmanager
def raise_changed_files_error() -> Iterator[None]:
    """Replace the exceptions of running git by ChangedFilesError."""
    try:
        yield
    except FileNotFoundError as error:
        raise ChangedFilesError("git was not found: install it to use --changed-since") from error
    except subprocess.TimeoutExpired as error:
        raise ChangedFilesError(
            f"git did not finish within {TIMEOUT_SECONDS} s: run it again, "
            "or name the pages instead of --changed-since"
        ) from error
