"""Guess the web address of a repository's files from its remote URL."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import quote

from crawler.git.command import run_git

_TIMEOUT_SECONDS = 10
# A label of a host's name -> the path below which the host shows files. The first match counts.
_FILE_PATHS = (
    ("github", "/blob/"),
    ("gitlab", "/-/blob/"),
    ("gitea", "/src/branch/"),
    ("forgejo", "/src/branch/"),
    ("codeberg", "/src/branch/"),
    ("git", "/blob/"),
)
_REMOTE = re.compile(
    r"(?:(?:https?|ssh|git)://)?(?:[^@/]*@)?(?P<host>[\w.-]+)(?::\d+(?=/))?"
    r"[:/](?P<path>[^?#]+?)(?:\.git)?/?"
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
    host, repository = match["host"], quote(match["path"])
    labels = host.lower().split(".")
    file_path = next((path for label, path in _FILE_PATHS if label in labels), "")
    if not file_path:
        return ""
    prefix = quote(_git(folder, "rev-parse", "--show-prefix"))
    return f"https://{host}/{repository}{file_path}{quote(branch)}/{prefix}{{path}}#L{{line}}"


def _git(folder: Path, *arguments: str) -> str:
    """Return git's output, or "" if it fails or there is no git."""
    try:
        result = run_git(folder, *arguments, timeout=_TIMEOUT_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""
