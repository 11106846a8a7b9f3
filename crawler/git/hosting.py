"""Guess the web address of a repository's files from its remote URL."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
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
# Hosts of repositories, and the host at which each publishes the pages of an owner
_PAGES_HOSTS = {
    "github.com": "github.io",
    "gitlab.com": "gitlab.io",
    "codeberg.org": "codeberg.page",
}
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
    host_labels = host.lower().split(".")
    file_paths = [path for label, path in _FILE_PATHS if label in host_labels]
    if not file_paths:
        return ""
    prefix = quote(folder_in_repository(folder))
    return f"https://{host}/{repository}{file_paths[0]}{quote(branch)}/{prefix}{{path}}#L{{line}}"


def folder_in_repository(folder: Path) -> str:
    """Return the path of a folder from the top of its git repository.

    Returns:
        The path with a slash at its end; "" for the top, or outside of a repository.
    """
    return _git(folder, "rev-parse", "--show-prefix")


def repository_addresses(folder: Path) -> Sequence[str]:
    """Return the web addresses of a folder's repository: on its host, and of its published pages.

    There are none if the folder is in no repository, or the remote `origin` is not on the web.
    """
    match = _REMOTE.fullmatch(_git(folder, "remote", "get-url", "origin"))
    if not match or "." not in match["host"]:
        return ()
    host, path = match["host"].lower(), match["path"].strip("/")
    owner, _, name = path.partition("/")
    if not name:
        return ()
    addresses = [f"https://{host}/{quote(path)}"]
    pages_host = _PAGES_HOSTS.get(host)
    if pages_host is not None:
        site = f"{owner.lower()}.{pages_host}"
        is_owners_site = name.lower() in {site, "pages"}
        addresses.append(f"https://{site}/{'' if is_owners_site else quote(name)}")
    return addresses


def _git(folder: Path, *arguments: str) -> str:
    """Return git's output, or "" if it fails or there is no git."""
    try:
        result = run_git(folder, *arguments, timeout=_TIMEOUT_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""
