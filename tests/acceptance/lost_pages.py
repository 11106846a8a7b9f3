"""A wiki whose cited pages are all lost, and an archive that has one copy of each."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.responses import status
from crawler.demo.web import ANY
from tests.acceptance import seed
from tests.acceptance.folder import Folder
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

_CONFIRM_AT_ONCE = "[history]\nconfirm_failures = 1\nconfirm_days_definite = 0\n"
_TIMESTAMP = "20211105000000"


def web_without_pages() -> Internet:
    """Return a web in which each of the lost pages is not found."""
    return Internet({"gone.example": {ANY: status(404)}})


def gone(name: str) -> str:
    """Return the URL of a lost page."""
    return f"http://gone.example/{name}"


def copy(name: str) -> str:
    """Return the URL of the archive copy of a lost page."""
    return f"https://web.archive.org/web/{_TIMESTAMP}/{gone(name)}"


def write_wiki(
    folder: Folder,
    web: Internet,
    wayback: RunningWayback,
    pages: Mapping[str, str],
    names: Iterable[str],
) -> Folder:
    """Write a wiki in a git repository, and add a copy of each lost page to the archive.

    Args:
        folder: The folder of the wiki.
        web: The web without the pages.
        wayback: The archive.
        pages: The texts of the wiki's pages, by file name.
        names: The lost pages that they cite.
    """
    folder.configure(web, wayback, more=_CONFIRM_AT_ONCE)
    for page, text in pages.items():
        folder.write(f"wiki/{page}", text)
    for name in names:
        body = seed.article(name).html
        snapshot = StoredSnapshot(original=gone(name), timestamp=_TIMESTAMP, body=body)
        wayback.snapshots.append(snapshot)
    subprocess.run(["git", "init", "-q"], cwd=folder.path, check=True)
    return folder
