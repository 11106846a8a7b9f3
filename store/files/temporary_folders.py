"""Create temporary folders, and remove those of earlier processes that were killed."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_PREFIX: Final = "holdfast-"
_SUFFIX: Final = re.compile(r"[a-z0-9_]{8}")  # as `tempfile` makes names
_MIN_AGE: Final = 60.0  # seconds: a folder that was just created is not locked yet
_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def temporary_folder(parent: Path | None = None, prefix: str = _PREFIX) -> Iterator[Path]:
    """Create a temporary folder, and remove it at the end of the block.

    It is locked during the block, so that no other process removes it as a leftover. Leftovers of
    processes that were killed are removed first.

    Args:
        parent: Where to create it; by default in the system's temporary folder.
        prefix: The beginning of its name, which no folders of other programs there may have.

    Yields:
        The folder.

    Raises:
        OSError: It cannot be created.
    """
    remove_leftover_folders(parent or Path(tempfile.gettempdir()), prefix)
    with tempfile.TemporaryDirectory(dir=parent, prefix=prefix) as folder:
        descriptor = os.open(folder, _FLAGS)
        try:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield Path(folder)
        finally:
            os.close(descriptor)


def remove_leftover_folders(folder: Path, prefix: str, min_age: float = _MIN_AGE) -> None:
    """Remove temporary folders of processes that were killed, as far as that is possible.

    Removed are folders of this user that are not locked and have names as `tempfile` makes them.

    Args:
        folder: The folder that contains them.
        prefix: The prefix of their names.
        min_age: Seconds since the last change of a folder's entries.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.name.startswith(prefix)]
        for name in names:
            if _SUFFIX.fullmatch(name.removeprefix(prefix)):
                _remove_leftover(folder / name, min_age)


def _remove_leftover(folder: Path, min_age: float) -> None:
    """Remove a folder unless it is new, locked or of another user."""
    with suppress(OSError):
        descriptor = os.open(folder, _FLAGS)
        try:
            status = os.fstat(descriptor)
            is_old = time.time() - status.st_mtime > min_age
            if not (stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and is_old):
                return
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises while it is in use
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(descriptor)
