"""Where the pages of a repository are shown on the web, as far as its remote tells."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import quote

from crawler.git.subprocess import run_git

_SECONDS = 10
# How a forge's host shows a file: the first part of a name that matches decides.
_SHOWN_AT = (
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
    """Guess where the pages below a folder are shown on the web, as `report.source_url` wants it; empty where nothing tells."""
    remote, branch = (
        _git(folder, "remote", "get-url", "origin"),
        _git(folder, "symbolic-ref", "--short", "HEAD"),
    )
    match = _REMOTE.fullmatch(remote)
    way = next((way for name, way in _SHOWN_AT if match and name in match["host"]), "")
    if not match or not way or not branch:
        return ""
    prefix = quote(_git(folder, "rev-parse", "--show-prefix"))
    return f"https://{match['host']}/{quote(match['path'])}{way}{quote(branch)}/{prefix}{{path}}#L{{line}}"


def _git(folder: Path, *arguments: str) -> str:
    """What git says in a folder; empty where there is no git, or nothing to say."""
    try:
        done = run_git(folder, *arguments, seconds=_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
