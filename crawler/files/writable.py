"""Check whether files can be written to a folder, before any work is done for them."""

from __future__ import annotations

import os
from pathlib import Path


def why_not_writable(folder: Path) -> str:
    """Return why no files can be written to a folder; "" if they can.

    Nothing is created: a folder that does not exist is judged by the nearest one that does.

    Args:
        folder: The folder; it need not exist.
    """
    path = folder.absolute()
    existing = next(each for each in (path, *path.parents) if os.path.lexists(each))
    if not existing.is_dir():
        return f"{existing} is not a folder"
    if not os.access(existing, os.W_OK | os.X_OK):
        return f"{existing} is read-only for this user"
    return ""
