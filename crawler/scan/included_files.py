"""Read the files that pages include, within the wiki only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from crawler.files.safe_files import read_regular_file
from crawler.scan.page_source import PageSource

_MAX_BYTES = 1024 * 1024


def included_file_reader(source: PageSource) -> Callable[[str], str | None] | None:
    """Return the function that reads files that a page includes; None if it can include none.

    The function takes a path relative to the page, and returns the text of the file, or None if the
    file is outside of the wiki or cannot be read.

    Args:
        source: The page. Standard input cannot include files.
    """
    if source.file is None:
        return None
    parts = PurePosixPath(source.path).parts
    file = Path(source.file).absolute()
    # The wiki's folder is the file's path without the page's name. A page outside of the wiki may
    # include files of the same folder only.
    if ".." in parts or file.parts[-len(parts) :] != parts:
        root = file.parent
    else:
        root = Path(*file.parts[: -len(parts)])
    return lambda path: _read(root, file.parent, path)


def _read(root: Path, folder: Path, path: str) -> str | None:
    """Return the text of the file with a path relative to `folder`; None if not below `root`."""
    try:
        file = (folder / path).resolve()
        if not file.is_relative_to(root.resolve()):
            return None
        return read_regular_file(file, _MAX_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError):
        return None
