"""Run git without side effects.

Git runs no program that a repository configures, fetches nothing, and prompts for no password.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


def git_command(folder: Path, *arguments: str) -> Sequence[str]:
    """Return the command line that runs git in a folder."""
    return ["git", "-C", str(folder), "-c", "core.fsmonitor=false", *arguments]


def git_environment() -> Mapping[str, str]:
    """Return the environment variables for `git_command`."""
    return os.environ | _ENVIRONMENT


def run_git(folder: Path, *arguments: str, timeout: float) -> subprocess.CompletedProcess[str]:
    """Run git in a folder and return its result, whatever its exit code.

    File names are bytes to git and need not be UTF-8: others come back with surrogate escapes.

    Returns:
        The finished process; nothing is checked.

    Raises:
        OSError: There is no git, or it cannot be run.
        subprocess.TimeoutExpired: It took longer than `seconds`.
    """
    return subprocess.run(  # noqa: S603
        git_command(folder, *arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=timeout,
        env=git_environment(),
        check=False,
    )
