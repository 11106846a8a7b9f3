"""Recognise notes that link to each other by name, as Obsidian, Foam and Logseq read them.

Their settings are often ignored by git, so that a clone has the notes only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path

from crawler.scan.generators.settings_files import read_text

_SETTINGS = (".obsidian", ".foam")
_IGNORED_SETTINGS = re.compile(r"^[ \t]*/?(?:\*\*/)?\.(?:obsidian|foam|logseq)\b", re.MULTILINE)
_WIKILINK = re.compile(r"(?<!\\)\[\[[^\[\]\n|#^]+(?:[|#^][^\[\]\n]*)?\]\](?!\()")
_CODE = re.compile(r"^([`~]{3,}).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_GOLLUM = ("_Sidebar.md", "_Footer.md")  # wikis of GitHub and GitLab, whose links look the same
_DAY = re.compile(r"\d{4}[_-]\d\d[_-]\d\d\.(?:md|org)\Z")
_LOGSEQ = re.compile(
    r"^[ \t]*(?:- )?(?:collapsed:: true|id:: [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|ls-type:: \w|hl-(?:page|color|type|stamp):: \w|logseq\.[\w.-]+:: )",
    re.MULTILINE,
)
_MAX_NOTES = 50
_MAX_FOLDERS = 300
# For a folder without settings of a vault: the least number and share of notes with wikilinks
_MIN_NOTES = 3
_MIN_SHARE = 0.2


def is_vault(folder: Path) -> bool:
    """Return whether a folder is a vault of Obsidian or Foam.

    It has their settings, or git ignores the settings and a note links by name.
    """
    if any((folder / name).is_dir() for name in _SETTINGS):
        return True
    try:
        ignored = read_text(folder / ".gitignore")
        if not _IGNORED_SETTINGS.search(ignored):
            return False
        changed_at = (folder / ".gitignore").stat().st_mtime_ns
        return _has_wikilinks(folder, changed_at, min_notes=1, min_share=0.0)
    except OSError:
        return False


def is_logseq(folder: Path) -> bool:
    """Return whether a folder is a graph of Logseq, also without its settings.

    Its settings, or pages and a journal of days in the folders that it makes, show this.
    """
    if (folder / "logseq" / "config.edn").is_file():
        return True
    if not (folder / "pages").is_dir():
        return False
    return any(_DAY.match(path.name) for path in islice(_files(folder / "journals"), _MAX_NOTES))


def is_from_logseq(folder: Path) -> bool:
    """Return whether one of a folder's first pages has what only Logseq writes.

    These are properties of its blocks, and the highlights in a PDF file.
    """
    return any(
        note.name.startswith("hls__") or _LOGSEQ.search(read_text(note))
        for note in islice(_notes(folder), _MAX_NOTES)
    )


def is_backup(folder: Path) -> bool:
    """Return whether a folder contains Logseq's backups of pages."""
    return folder.name == "bak" and (folder.parent / "config.edn").is_file()


def has_linked_notes(folder: Path) -> bool:
    """Return whether enough of a folder's pages link by name (`[[like this]]`)."""
    if any((folder / name).is_file() for name in _GOLLUM):
        return False
    return _has_wikilinks(folder, 0, min_notes=_MIN_NOTES, min_share=_MIN_SHARE)


@lru_cache(maxsize=64)
def _has_wikilinks(folder: Path, _changed_at: int, *, min_notes: int, min_share: float) -> bool:
    """Return whether enough of a folder's first pages link by name.

    Args:
        folder: The folder.
        _changed_at: Part of the cache's key only: the time of the last change of its .gitignore.
        min_notes: The least number of pages with such links.
        min_share: The least share of pages with such links, 0 to 1.
    """
    notes = list(islice(_notes(folder), _MAX_NOTES))
    linked = sum(bool(_WIKILINK.search(_CODE.sub("", read_text(note)))) for note in notes)
    return linked >= max(min_notes, min_share * len(notes))


def _notes(folder: Path) -> Iterator[Path]:
    """Yield the Markdown files in the first folders below a folder."""
    for number, (top, folders, names) in enumerate(os.walk(folder)):
        if number >= _MAX_FOLDERS:
            break
        folders[:] = sorted(name for name in folders if not name.startswith((".", "node_modules")))
        yield from (Path(top, name) for name in sorted(names) if name.endswith(".md"))


def _files(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(folder.iterdir())
    except OSError:
        return
