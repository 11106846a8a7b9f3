"""Read files with untrusted names: only regular files, and within a size limit.

In a repository, the name of a page may be a symbolic link to a device, a pipe or an endless file.
So every file that a repository, a configuration or a user names is read with this module.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_CHUNK_BYTES = 65_536  # bytes read at a time from a file whose size is not known
_READ_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
# On Linux, O_PATH opens a folder even if its entries may not be listed.
_FOLDER_FLAGS = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def read_regular_file(
    path: str | Path, limit: int, *, follow_symlinks: bool = True, dir_fd: int | None = None
) -> bytes:
    """Return the content of a regular file of at most `limit` bytes.

    Args:
        path: The file's name.
        limit: The largest size accepted, in bytes.
        follow_symlinks: Whether `path` itself may be a symbolic link.
        dir_fd: An open folder that `path` is relative to.

    Raises:
        OSError: The file cannot be read, is not a regular file (pipe, device, folder; EINVAL) or
            is larger than `limit` (EFBIG). `strerror` says which.
    """
    # Checked before opening: to open a device can have an effect by itself.
    status = os.stat(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
    _check_regular(status, path)
    flags = _READ_FLAGS if follow_symlinks else _READ_FLAGS | os.O_NOFOLLOW
    descriptor = os.open(path, flags, dir_fd=dir_fd)
    try:
        status = os.fstat(descriptor)  # the name may refer to another file by now
        _check_regular(status, path)
        return _read_at_most(descriptor, limit, status.st_size, path)
    finally:
        os.close(descriptor)


def open_regular_file(path: str | Path) -> BinaryIO:
    """Open a regular file of any size for reading. Raises OSError as `read_regular_file` does."""
    _check_regular(Path(path).stat(), path)
    descriptor = os.open(path, _READ_FLAGS)
    try:
        _check_regular(os.fstat(descriptor), path)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def may_be_file(path: Path) -> bool:
    """Return whether a path is a regular file, or cannot be looked at.

    Reasons are permissions, a bad disk, or a name that the encoding of the locale lacks.
    """
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        return error.errno not in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
    except UnicodeEncodeError:
        return True


def _check_regular(status: os.stat_result, path: str | Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))


def _read_at_most(descriptor: int, limit: int, size: int, path: str | Path) -> bytes:
    """Return the whole content. The reported size is only a hint: it is 0 for files in /proc."""
    chunks: list[bytes] = []
    remaining = limit + 1  # one byte more shows that the limit is exceeded
    if size > limit:
        remaining = 0
    chunk_bytes = max(size + 1, _CHUNK_BYTES)
    while remaining > 0 and (chunk := os.read(descriptor, min(remaining, chunk_bytes))):
        chunks.append(chunk)
        remaining -= len(chunk)
    if remaining <= 0:
        raise OSError(errno.EFBIG, f"larger than {limit:,} bytes", str(path))
    return b"".join(chunks)


@contextmanager
def open_folder(folder: Path) -> Iterator[int]:
    """Open a folder whose path contains no symbolic link.

    Yields:
        Its descriptor, for use as `dir_fd`.

    Raises:
        OSError: A part of the path is missing, not a folder (ENOTDIR) or a symbolic link (ENOTDIR
            or ELOOP).
    """
    absolute = folder.absolute()
    descriptor = os.open(absolute.anchor, _FOLDER_FLAGS)
    try:
        for part in absolute.parts[1:]:
            subfolder = os.open(part, _FOLDER_FLAGS, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = subfolder
        yield descriptor
    finally:
        os.close(descriptor)
