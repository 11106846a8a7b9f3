"""Write changed pages back: completely or not at all, and never over another program's changes."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from crawler.files.atomic import temporary_file
from crawler.files.safe_files import open_folder, read_regular_file

TEMPORARY_PREFIX = ".holdfast."  # of temporary files next to pages


class WriteRefused(Exception):
    """A page was left unchanged; the message is the reason, for people."""


def write_page(file: Path, before: bytes, after: bytes) -> None:
    """Replace a file that still has the content `before`, atomically.

    Its mode is kept, and its owner if permitted. No symbolic link on its path is followed: a
    folder may have been replaced by one since the page was read.

    Args:
        file: The page.
        before: Its content when it was read.
        after: Its new content.

    Raises:
        WriteRefused: It cannot be written, or was changed meanwhile.
    """
    try:
        with open_folder(Path(os.path.normpath(file.parent))) as folder:
            _replace_in(folder, file.name, before, after)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR}:
            raise WriteRefused(
                "was left unchanged: it is now reached through a symbolic link"
            ) from error
        raise WriteRefused(f"cannot be written: {error.strerror}") from error


def _replace_in(folder: int, name: str, before: bytes, after: bytes) -> None:
    """Replace a file in an open folder.

    Raises:
        OSError: It cannot be read or written, or is a symbolic link.
        WriteRefused: It is read-only, or was changed meanwhile.
    """
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    is_writable = os.access(name, os.W_OK, dir_fd=folder)
    if not status.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not is_writable:
        raise WriteRefused("is read-only")
    with temporary_file(TEMPORARY_PREFIX, dir_fd=folder) as (copy, temporary):
        copy.write(after)
        copy.flush()
        os.fsync(copy.fileno())
        with suppress(PermissionError):  # another user's file
            os.chown(copy.fileno(), status.st_uid, status.st_gid)
        os.chmod(copy.fileno(), stat.S_IMODE(status.st_mode))  # noqa: PTH101  it has no path
        if _has_content(folder, name, before):
            os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            return
    raise WriteRefused("was changed by another program meanwhile")


def _has_content(folder: int, name: str, content: bytes) -> bool:
    """Return whether a regular file has this content; raises OSError for others."""
    try:
        read = read_regular_file(name, len(content), follow_symlinks=False, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.EFBIG:
            return False
        raise
    return read == content


class PatchRecord:
    """Writes patches to a file; each is on disk before its page is changed.

    The file is created with the first patch, and removed if none remains.

    Args:
        file: The file of patches.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._open: BinaryIO | None = None
        self._size = 0  # bytes of the patches whose pages were written

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
            if not self._size:
                self.file.unlink(missing_ok=True)

    @property
    def has_patches(self) -> bool:
        """True if the file has a patch of a page that was written."""
        return self._size > 0

    def apply(self, file: Path, before: bytes, after: bytes, patch: bytes) -> None:
        """Write a patch, then replace the page it belongs to.

        Args:
            file: The page.
            before: Its content when it was read.
            after: Its new content.
            patch: The patch.

        Raises:
            WriteRefused: The page cannot be replaced. The page and the patches are unchanged.
        """
        try:
            if self._open is None:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                self._open = self.file.open("xb", buffering=0)
            self._append(self._open, patch)
        except OSError as error:
            self._remove_last_patch()
            raise WriteRefused(
                f"was left unchanged: {self.file} cannot be written ({error.strerror})"
            ) from error
        try:
            write_page(file, before, after)
        except BaseException:
            self._remove_last_patch()
            raise
        self._size += len(patch)

    def _append(self, record: BinaryIO, patch: bytes) -> None:
        """Append a patch to the file, and wait until it is on disk."""
        view = memoryview(patch)
        while view:
            view = view[record.write(view) :]
        os.fsync(record.fileno())

    def _remove_last_patch(self) -> None:
        """Cut the file to the patches whose pages were written; errors are ignored."""
        if self._open:
            with suppress(OSError):
                self._open.truncate(self._size)
                self._open.seek(self._size)
