"""How git is asked: it runs nothing of a repository's own, fetches nothing for it, and asks nobody for a password."""

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
    """The command that asks whichever git the person uses in a folder."""
    return ["git", "-C", str(folder), "-c", "core.fsmonitor=false", *arguments]


def git_environment() -> Mapping[str, str]:
    """What `command` is to be run with."""
    return os.environ | _ENVIRONMENT


def run_git(folder: Path, *arguments: str, seconds: float) -> subprocess.CompletedProcess[str]:
    """What git says. Names of files are bytes to it, and need not be UTF-8. Raises OSError and `subprocess.TimeoutExpired`."""
    return subprocess.run(  # noqa: S603
        git_command(folder, *arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=seconds,
        env=git_environment(),
        check=False,
    )
