"""Detect a wiki's generator, the folder its pages start from, and what lies inside the wiki.

Everything is read from the file system. Finding the pages themselves is `discovery`'s work.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from crawler.files.safe_files import read_regular_file
from crawler.pages.front_matter import top_level_strings
from crawler.pages.front_matter_values import BrokenFrontMatter

_MKDOCS_FILES = ("mkdocs.yml", "mkdocs.yaml")
_MAX_SETTINGS_BYTES = 1024 * 1024
_HUGO_FILES = ("hugo.toml", "hugo.yaml", "hugo.json", "config.toml", "config.yaml")


class WikiKind(StrEnum):
    """The generator of a wiki, as its root folder shows it."""

    MKDOCS = "MkDocs"
    HUGO = "Hugo"
    OBSIDIAN = "Obsidian"
    FOLDER = "folder"  # no generator was detected


def detect_docs_root(folder: Path, *, within: Path | None = None) -> Path:
    """Return the folder that root-relative links start from.

    MkDocs names it in mkdocs.yml, Hugo uses `content`, an Obsidian vault is its own root; without
    any of these it is `folder` itself.

    Args:
        folder: The root of a wiki, a part of it, or a file in it.
        within: The topmost folder to look at; by default only `folder` is looked at.
    """
    folder = folder if folder.is_dir() else folder.parent
    for candidate in (folder, *folder.parents):
        wiki = declared_wiki(candidate)
        if wiki is not None and (folder in {candidate, wiki[1]} or wiki[1] in folder.parents):
            return wiki[1]
        if candidate == (within or folder):
            break
    return folder


def declared_wiki(folder: Path) -> tuple[WikiKind, Path] | None:
    """Return the generator and the folder of pages that a wiki's root declares, or None."""
    if file := mkdocs_file(folder):
        return WikiKind.MKDOCS, mkdocs_pages(file)[0]
    if (folder / ".obsidian").is_dir():
        return WikiKind.OBSIDIAN, folder
    if (folder / "content").is_dir() and any((folder / name).is_file() for name in _HUGO_FILES):
        return WikiKind.HUGO, folder / "content"
    return None


def mkdocs_file(folder: Path) -> Path | None:
    """Return the path of a folder's MkDocs settings, or None if it has none."""
    files = (folder / name for name in _MKDOCS_FILES)
    return next((file for file in files if file.is_file()), None)


def mkdocs_pages(file: Path) -> tuple[Path, str]:
    """Return the folder of pages that a mkdocs.yml names, and an error text.

    MkDocs' own default, `docs`, is used where the file names no folder, or one outside of both its
    own folder and its repository.

    Returns:
        The folder, and what is wrong with the file in words for a person, or "".
    """
    default, problem = file.parent / "docs", ""
    try:
        text = read_regular_file(file, _MAX_SETTINGS_BYTES).decode("utf-8", "replace")
        named = top_level_strings(text).get("docs_dir", "docs")
    except OSError as error:
        return default, f"cannot be read: {error.strerror}"
    except BrokenFrontMatter as error:
        return default, f"cannot be read: {error}, line {error.line}"
    pages = Path(os.path.normpath(file.parent / (named or "docs").replace("\0", "")))
    if not is_within(pages, [file.parent, repository_of(file.parent)]):
        pages, problem = default, "docs_dir leads outside the wiki, and was not followed"
    return pages, problem


def repository_of(folder: Path) -> Path:
    """Return the top folder of the git repository around a folder, else the folder itself."""
    absolute = folder.absolute()
    tops = (each for each in (absolute, *absolute.parents) if (each / ".git").exists())
    return next(tops, absolute)


def is_within(path: Path, roots: Iterable[Path]) -> bool:
    """Return whether a path lies in one of the folders once symbolic links are followed."""
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(os.path.realpath(root)) for root in roots)
