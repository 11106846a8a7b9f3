"""Know the files that a wiki has, but this copy of it has not: built, or not checked out."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from crawler.files.gitignore import is_ignored_below
from crawler.git.command import run_git
from crawler.pages.sites import Site
from crawler.scan.settings_files import read_text
from crawler.scan.wiki_root import repository_of
from store.vocabulary import InternalLink

_TIMEOUT = 30  # seconds
_SUBMODULE = re.compile(r"^[ \t]*path[ \t]*=[ \t]*(\S[^\r\n]*?)[ \t\r]*$", re.MULTILINE)


def sparse_files(top: Path) -> Collection[str]:
    """Return the files that git tracks, and that a sparse checkout leaves out.

    Args:
        top: The top folder of the repository.

    Returns:
        Their paths below it; none without a sparse checkout, or if git cannot tell.
    """
    if not (top / ".git").exists():
        return ()
    try:
        setting = run_git(top, "config", "--bool", "core.sparseCheckout", timeout=_TIMEOUT)
        if setting.stdout.strip() != "true":
            return ()
        listed = run_git(top, "ls-files", "-t", "-z", timeout=_TIMEOUT)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return frozenset(entry[2:] for entry in listed.stdout.split("\0") if entry[:2] == "S ")


def without_absent_files(
    folder: Path, site: Site, links: Iterable[InternalLink]
) -> Iterator[InternalLink]:
    """Yield links, without a finding where the file is built, or is not checked out.

    A build makes files that git ignores. In a submodule that is not checked out, any file may be.

    Args:
        folder: The folder that pages are relative to.
        site: The site of the links' pages.
        links: The links, resolved.
    """
    top = repository_of(folder)
    submodules = _absent_submodules(top)
    for link in links:
        is_absent = False
        if link.broken == "missing-page" and link.path:
            file = Path(os.path.normpath(folder / site.root / link.path))
            is_absent = is_ignored_below(file, top)
        if link.broken and submodules and not is_absent:
            is_absent = _leads_into(submodules, folder, link)
        yield replace(link, broken=None) if is_absent else link


def _absent_submodules(top: Path) -> Sequence[Path]:
    """Return the folders of the submodules that are not checked out (gitmodules(5))."""
    names = _SUBMODULE.findall(read_text(top / ".gitmodules"))
    folders = (top / name.strip('"').replace("\0", "") for name in names)
    return [folder for folder in folders if not (folder / ".git").exists()]


def _leads_into(folders: Sequence[Path], start: Path, link: InternalLink) -> bool:
    """Return whether a link's path, from its page or from the top, leads into a folder."""
    written = unquote(link.target.partition("#")[0].partition("?")[0]).replace("\0", "")
    starts = (start,) if written.startswith("/") else ((start / link.page).parent, start)
    paths = [Path(os.path.normpath(each / written.lstrip("/"))) for each in starts]
    return any(path.is_relative_to(each) for path in paths for each in folders)
