"""Read files whose names come from outside, and replace files in one step.

A repository can hold a symbolic link to a device, a pipe or a file without an end under the name of
a page. So every file that a repository, a configuration or a user names is read through this module.
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
from typing import BinaryIO

_CHUNK = 65_536  # bytes read at a time where a file does not say how large it is
_READ_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
# Linux opens a folder by O_PATH even where its entries may not be listed.
_FOLDER_FLAGS = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LEFT_BEHIND_AFTER = 60.0  # seconds without a change until a temporary file may be removed
_SUFFIX = re.compile(r"[a-z0-9_]{8}")  # of temporary files; `tempfile`, used before, has it too


def read_regular_file(
    path: str | Path, limit: int, *, follow_symlinks: bool = True, dir_fd: int | None = None
) -> bytes:
    """Return the content of a regular file of at most `limit` bytes.

    Args:
        path: The file's name; relative to `dir_fd` where that is given.
        limit: The largest size accepted, in bytes.
        follow_symlinks: Whether `path` itself may be a symbolic link.
        dir_fd: An open folder.

    Raises:
        OSError: The file cannot be read, is not a regular file (pipe, device, folder; EINVAL) or
            is larger than `limit` (EFBIG). `strerror` says which.
    """
    # A device is never opened: for some of them that alone has an effect.
    status = os.stat(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
    _check_regular(status, path)
    flags = _READ_FLAGS if follow_symlinks else _READ_FLAGS | os.O_NOFOLLOW
    descriptor = os.open(path, flags, dir_fd=dir_fd)
    try:
        status = os.fstat(descriptor)  # another file may stand there by now
        _check_regular(status, path)
        return _read_at_most(descriptor, limit, status.st_size, path)
    finally:
        os.close(descriptor)


def open_regular_file(path: str | Path) -> BinaryIO:
    """Open a regular file for reading, however large. Raises OSError as `read_regular_file` does."""
    _check_regular(Path(path).stat(), path)
    descriptor = os.open(path, _READ_FLAGS)
    try:
        _check_regular(os.fstat(descriptor), path)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _check_regular(status: os.stat_result, path: str | Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))


def _read_at_most(descriptor: int, limit: int, size: int, path: str | Path) -> bytes:
    """Read up to the end, whatever size the file claims: those in /proc claim none."""
    chunks: list[bytes] = []
    room = limit + 1
    if size > limit:
        room = 0
    while room > 0 and (chunk := os.read(descriptor, min(room, max(size + 1, _CHUNK)))):
        chunks.append(chunk)
        room -= len(chunk)
    if room <= 0:
        raise OSError(errno.EFBIG, f"larger than {limit:,} bytes", str(path))
    return b"".join(chunks)


@contextmanager
def open_folder(folder: Path) -> Iterator[int]:
    """Open a folder for use as `dir_fd`, refusing a symbolic link at any part of its path.

    Raises:
        OSError: A part of the path is missing, no folder (ENOTDIR) or a symbolic link (ENOTDIR or
            ELOOP).
    """
    absolute = folder.absolute()
    descriptor = os.open(absolute.anchor, _FOLDER_FLAGS)
    try:
        for part in absolute.parts[1:]:
            below = os.open(part, _FOLDER_FLAGS, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def temporary_file(prefix: str, *, dir_fd: int) -> Iterator[tuple[BinaryIO, str]]:
    """Make a file in an open folder and yield it with its name; remove it if it is still there.

    The file is locked until the block ends, so that `remove_leftovers` spares it. Raises OSError.
    """
    name = prefix + secrets.token_hex(4)
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(name, flags, 0o600, dir_fd=dir_fd)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield file, name
    finally:
        with suppress(FileNotFoundError):  # it was given its final name
            os.unlink(name, dir_fd=dir_fd)


@contextmanager
def replacement_of(file: Path) -> Iterator[BinaryIO]:
    """Yield a temporary file that takes the place of `file` when the block ends well.

    What earlier processes left behind of the same kind is removed. Raises OSError.
    """
    prefix = f".{file.name}."
    remove_leftovers(file.parent, prefix)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with temporary_file(prefix, dir_fd=folder) as (temporary, name):
            yield temporary
            temporary.flush()
            os.fchmod(temporary.fileno(), 0o644)
            os.replace(name, file.name, src_dir_fd=folder, dst_dir_fd=folder)
    finally:
        os.close(folder)


def remove_leftovers(folder: Path, prefix: str) -> None:
    """Remove the temporary files of processes that were killed, as far as that is possible.

    Only regular files of this user are removed, named as `temporary_file` names them, that nobody
    holds locked and nobody wrote to for a minute.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.name.startswith(prefix)]
        for name in names:
            if _SUFFIX.fullmatch(name.removeprefix(prefix)):
                _remove_leftover(folder / name)


def _remove_leftover(file: Path) -> None:
    with suppress(OSError):
        status = file.lstat()
        is_old = time.time() - status.st_mtime > _LEFT_BEHIND_AFTER
        if not (stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and is_old):
            return
        descriptor = os.open(file, _READ_FLAGS | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises while somebody writes
            file.unlink()
        finally:
            os.close(descriptor)
