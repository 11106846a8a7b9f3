"""Replace files atomically: readers see the old content or the new, never a part.

The new content is written to a temporary file in the same folder, which is then renamed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

SYMBOLIC_LINK: Final = "it is a symbolic link"
_READ_FLAGS: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_NEW_MODE: Final = 0o644
_MIN_LEFTOVER_AGE: Final = 60.0  # seconds without a change until a temporary file may be removed
# The end of a temporary file's name; the names that `tempfile` makes match too.
_SUFFIX: Final = re.compile(r"[a-z0-9_]{8}")


@contextmanager
def temporary_file(
    prefix: str, *, dir_fd: int, mode: int = 0o600
) -> Iterator[tuple[BinaryIO, str]]:
    """Create a temporary file in an open folder, and remove it at the end of the block.

    The file is locked during the block, so that `remove_leftovers` does not remove it.

    Args:
        prefix: The beginning of the file's name.
        dir_fd: The open folder.
        mode: The mode of the file, from which the umask of the process is taken.

    Yields:
        The file and its name. If the block renames it, nothing is removed.

    Raises:
        OSError: It cannot be created.
    """
    name = prefix + secrets.token_hex(4)
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(name, flags, mode, dir_fd=dir_fd)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield file, name
    finally:
        with suppress(FileNotFoundError):  # it was renamed
            os.unlink(name, dir_fd=dir_fd)


@contextmanager
def replace_file(file: Path) -> Iterator[BinaryIO]:
    """Replace a file when the block ends without an exception.

    Leftovers of earlier processes that were killed are removed first. An existing file keeps its
    mode; a new one gets the usual mode, without what the umask of the process takes away.

    Args:
        file: The file to be replaced or created.

    Yields:
        A temporary file for the new content.

    Raises:
        OSError: It cannot be created, written or renamed, or is a symbolic link (ELOOP): to
            replace the link would leave the file that it leads to as it was, and in a repository
            the link may be that of a stranger.
    """
    if os.path.islink(file):  # noqa: PTH114 - `Path.is_symlink` raises for a long name
        raise OSError(errno.ELOOP, SYMBOLIC_LINK, str(file))
    prefix = f".{file.name}."
    remove_leftovers(file.parent, prefix)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with temporary_file(prefix, dir_fd=folder, mode=_NEW_MODE) as (temporary, name):
            with suppress(FileNotFoundError):
                before = os.stat(file.name, dir_fd=folder).st_mode
                if stat.S_ISREG(before):
                    os.fchmod(temporary.fileno(), stat.S_IMODE(before))
            yield temporary
            temporary.flush()
            os.replace(name, file.name, src_dir_fd=folder, dst_dir_fd=folder)
    finally:
        os.close(folder)


def remove_leftovers(folder: Path, prefix: str) -> None:
    """Remove the temporary files of processes that were killed; errors are ignored.

    Only regular files of this user are removed whose name `temporary_file` may have made, that are
    not locked, and that were not written to for a minute.

    Args:
        folder: The folder.
        prefix: The prefix of the temporary files.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.name.startswith(prefix)]
        for name in names:
            if _SUFFIX.fullmatch(name.removeprefix(prefix)):
                _remove_leftover(folder / name)


def _remove_leftover(file: Path) -> None:
    """Remove a temporary file if it is a regular file of this user, old and not locked."""
    with suppress(OSError):
        status = file.lstat()
        is_old = time.time() - status.st_mtime > _MIN_LEFTOVER_AGE
        if not (stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and is_old):
            return
        descriptor = os.open(file, _READ_FLAGS | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises while a process writes
            file.unlink()
        finally:
            os.close(descriptor)
