"""List folders, and test paths that settings or pages name, which may be no valid paths."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

MAX_FOLDERS = 200  # of content or static files; more would take long for every page

ToRelativePath = Callable[[Path], str]
"""Returns a folder's path in the form of `Page.path`."""


def is_folder(path: Path) -> bool:
    """Return whether a path, whatever its name, is a folder."""
    return os.path.isdir(path)  # noqa: PTH112 - Path.is_dir raises for a name that is too long


def is_file(path: Path) -> bool:
    """Return whether a path, whatever its name, is a file."""
    return os.path.isfile(path)  # noqa: PTH113 - Path.is_file raises for a name that is too long


def subfolders(folder: Path) -> list[Path]:
    """Return the first `MAX_FOLDERS` folders in a folder by name; none if it cannot be read."""
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir())[:MAX_FOLDERS]
    except (OSError, ValueError):  # a setting that is no valid path
        return []
