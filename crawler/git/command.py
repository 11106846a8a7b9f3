"""Run git without side effects.

Git runs no program that a repository configures, fetches nothing, and prompts for no password.
Options of single commands disable what only those run: see `DIFF_OPTIONS` and `LOG_OPTIONS`. A
command that reads the work tree, such as `git diff`, also needs `config=filter_overrides(folder)`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

# Without these, `diff.external` and `diff.<driver>.textconv` run, and the filters of submodules.
DIFF_OPTIONS = ("--no-ext-diff", "--no-textconv", "--ignore-submodules=all")
# With `log.showSignature`, git runs `gpg.program`.
LOG_OPTIONS = (*DIFF_OPTIONS, "--no-show-signature")

_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",  # the index is not written, so no hook runs
    "GIT_NO_LAZY_FETCH": "1",  # from git 2.45
    "GIT_ALLOW_PROTOCOL": "",  # older versions fetch missing objects of a partial clone
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


def enclosing_repository(folder: Path) -> Path | None:
    """Return the nearest folder with `.git`: a folder itself or one above it; else None.

    Args:
        folder: An absolute path.
    """
    for parent in (folder, *folder.parents):
        if (parent / ".git").exists():
            return parent
    return None


def git_command(folder: Path, *arguments: str) -> Sequence[str]:
    """Return the command line that runs git in a folder.

    Files of a wiki can form a bare repository with a configuration of its own, which git would use
    (`safe.bareRepository`, from git 2.38).
    """
    settings = ("-c", "core.fsmonitor=false", "-c", "safe.bareRepository=explicit")
    return ["git", "-C", str(folder), *settings, *arguments]


def git_environment(config: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Return the environment variables for `git_command`.

    Args:
        config: Settings that override those of the repository. They are passed by variables (git
            2.31), because `-c` cannot set a key that contains `=`.
    """
    variables = {}
    count = os.environ.get("GIT_CONFIG_COUNT", "")
    start = int(count) if count.isdecimal() else 0
    for index, (key, value) in enumerate((config or {}).items(), start):
        variables[f"GIT_CONFIG_KEY_{index}"] = key
        variables[f"GIT_CONFIG_VALUE_{index}"] = value
        variables["GIT_CONFIG_COUNT"] = str(index + 1)
    return os.environ | _ENVIRONMENT | variables


def run_git(
    folder: Path, *arguments: str, timeout: float, config: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run git in a folder and return its result, whatever its exit code.

    File names are bytes to git and need not be UTF-8; other bytes are returned as surrogate
    escapes.

    Args:
        folder: The folder.
        arguments: The command of git and its arguments.
        timeout: Seconds.
        config: Settings that override those of the repository.

    Returns:
        The finished process; nothing is checked.

    Raises:
        OSError: git is not installed, or cannot be run.
        subprocess.TimeoutExpired: git took longer than `timeout`.
    """
    return subprocess.run(  # noqa: S603
        git_command(folder, *arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=timeout,
        env=git_environment(config),
        check=False,
    )


def read_objects(folder: Path, names: bytes, *, timeout: float, only_sizes: bool = False) -> bytes:
    """Return the output of `git cat-file --batch`: for each object a line about it, then its bytes.

    Args:
        folder: A folder in the repository.
        names: The names of the objects, one a line.
        timeout: Seconds.
        only_sizes: Whether to leave out the bytes.

    Raises:
        OSError: git is not installed, or cannot be run.
        subprocess.TimeoutExpired: git took longer than `timeout`.
    """
    return subprocess.run(  # noqa: S603
        git_command(folder, "cat-file", "--batch-check" if only_sizes else "--batch"),
        input=names,
        capture_output=True,
        timeout=timeout,
        env=git_environment(),
        check=False,
    ).stdout


def filter_overrides(folder: Path, *, timeout: float) -> Mapping[str, str]:
    """Return settings that disable every configured filter (gitattributes(5), `filter`).

    Without its filter, an unchanged file may be listed as changed.

    Raises:
        OSError: git is not installed, or cannot be run.
        subprocess.TimeoutExpired: git took longer than `timeout`.
    """
    listing = ("config", "--null", "--name-only", "--get-regexp", r"^filter\.")
    keys = run_git(folder, *listing, timeout=timeout).stdout.split("\0")
    drivers = {key.rpartition(".")[0] for key in keys if key.count(".") > 1}
    overrides: dict[str, str] = {}
    for driver in sorted(drivers):
        overrides[f"{driver}.clean"] = ""
        overrides[f"{driver}.smudge"] = ""
        overrides[f"{driver}.process"] = ""
        overrides[f"{driver}.required"] = "false"
    return overrides
