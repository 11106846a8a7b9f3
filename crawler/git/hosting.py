"""Guess the web address of a repository's files from its remote URL."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import quote

from crawler.git.command import run_git

_TIMEOUT_SECONDS = 10
# Part of a host's name -> the path its software shows files at; the first match counts.
_FILE_PATHS = (
    ("gitlab", "/-/blob/"),
    ("gitea", "/src/branch/"),
    ("forgejo", "/src/branch/"),
    ("codeberg", "/src/branch/"),
    ("git", "/blob/"),
)
_REMOTE = re.compile(
    r"(?:(?:https?|ssh|git)://)?(?:[^@/]*@)?(?P<host>[\w.-]+)(?::\d+(?=/))?[:/](?P<path>[^?#]+?)(?:\.git)?/?"
)


def source_template(folder: Path) -> str:
    """Return a template of the web addresses of the pages below a folder, for `report.source_url`.

    Returns:
        A URL with `{path}` and `{line}`, or "" if the remote is unknown or of an unknown host.
    """
    remote = _git(folder, "remote", "get-url", "origin")
    branch = _git(folder, "symbolic-ref", "--short", "HEAD")
    match = _REMOTE.fullmatch(remote)
    if not match or not branch:
        return ""
    host, path = match["host"], quote(match["path"])
    file_path = next((shown_at for name, shown_at in _FILE_PATHS if name in host), "")
    if not file_path:
        return ""
    prefix = quote(_git(folder, "rev-parse", "--show-prefix"))
    return f"https://{host}/{path}{file_path}{quote(branch)}/{prefix}{{path}}#L{{line}}"


def _git(folder: Path, *arguments: str) -> str:
    """Return git's output, or "" if it fails or there is no git."""
    try:
        done = run_git(folder, *arguments, timeout=_TIMEOUT_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
