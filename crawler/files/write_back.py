"""Pages written back: whole or not at all, and never over what somebody else has written meanwhile."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from crawler.files.safe_files import open_folder, read_regular_file, temporary_file

TEMPORARY = ".holdfast."  # how the names of temporary files beside pages begin


class WriteRefused(Exception):
    """A page was left as it is; the message says why, in words for a person."""


def write_page(file: Path, before: bytes, after: bytes) -> None:
    """Replace a file that still holds `before`, in one step.

    Its mode is kept, and its owner where we may set it. No symbolic link on the way to it is
    followed: a folder may have been replaced by one since the page was read. Raises NotWritten.
    """
    try:
        with open_folder(Path(os.path.normpath(file.parent))) as folder:
            _rewrite_in(folder, file.name, before, after)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR}:
            raise WriteRefused(
                "is reached by a symbolic link by now, and was left alone"
            ) from error
        raise WriteRefused(f"cannot be written: {error.strerror}") from error


def _rewrite_in(folder: int, name: str, before: bytes, after: bytes) -> None:
    """Replace a file in an open folder. Raises NotWritten, OSError."""
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    is_writable = os.access(name, os.W_OK, dir_fd=folder)
    if not status.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not is_writable:
        raise WriteRefused("is read-only")
    with temporary_file(TEMPORARY, dir_fd=folder) as (copy, temporary):
        copy.write(after)
        copy.flush()
        os.fsync(copy.fileno())
        with suppress(PermissionError):  # another's file
            os.chown(copy.fileno(), status.st_uid, status.st_gid)
        os.chmod(copy.fileno(), stat.S_IMODE(status.st_mode))  # noqa: PTH101 - it has no path
        if _holds(folder, name, before):
            os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            return
    raise WriteRefused("was changed by somebody else just now")


def _holds(folder: int, name: str, content: bytes) -> bool:
    """Whether a file has this content. Raises OSError, also where it is no regular file."""
    try:
        read = read_regular_file(name, len(content), follow_symlinks=False, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.EFBIG:
            return False
        raise
    return read == content


class PatchRecord:
    """A file that keeps what was changed. It is made with the first entry; an entry is on disk before its page is changed."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._open: BinaryIO | None = None
        self._kept = 0  # bytes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._open:
            self._open.close()
            if not self._kept:
                self.file.unlink(missing_ok=True)

    def __bool__(self) -> bool:
        return self._kept > 0

    def apply(self, file: Path, before: bytes, after: bytes, patch: bytes) -> None:
        """Replace a page and keep the patch. Raises NotWritten; then neither the page nor the record has changed."""
        try:
            if self._open is None:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                self._open = self.file.open("xb", buffering=0)
            self._append(self._open, patch)
        except OSError as error:
            self._take_back()
            raise WriteRefused(
                f"was left as it is: the record {self.file} cannot be written ({error.strerror})"
            ) from error
        try:
            write_page(file, before, after)
        except BaseException:
            self._take_back()
            raise
        self._kept += len(patch)

    def _append(self, record: BinaryIO, patch: bytes) -> None:
        view = memoryview(patch)
        while view:
            view = view[record.write(view) :]
        os.fsync(record.fileno())

    def _take_back(self) -> None:
        if self._open:
            with suppress(OSError):
                self._open.truncate(self._kept)
                self._open.seek(self._kept)
