"""Pages written back: whole or not at all, and never over what somebody else has written meanwhile."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self


class NotWritten(Exception):
    """A page was left as it is; the message says why, in words for a person."""


def rewrite(file: Path, before: bytes, after: bytes) -> None:
    """Replace a file that still holds `before`, in one step; its mode stays, and its owner where we may set it. Raises NotWritten."""
    try:
        status = file.stat()
        if not status.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(file, os.W_OK):
            raise NotWritten("is read-only")
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=".holdfast.")
        try:
            with os.fdopen(handle, "wb") as copy:
                copy.write(after)
                copy.flush()
                os.fsync(copy.fileno())
            Path(name).chmod(stat.S_IMODE(status.st_mode))
            with suppress(PermissionError, AttributeError):  # another's file; a system without owners
                os.chown(name, status.st_uid, status.st_gid)
            if file.read_bytes() != before:
                raise NotWritten("was changed by somebody else just now")
            Path(name).replace(file)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise NotWritten(f"cannot be written: {error.strerror}") from error


class PatchRecord:
    """A file that keeps what was changed. It is made with the first entry; an entry is on disk before its page is changed."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._open: BinaryIO | None = None
        self._kept = 0  # bytes

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._open:
            self._open.close()
            if not self._kept:
                self.file.unlink(missing_ok=True)

    def __bool__(self) -> bool:
        return self._kept > 0

    def rewrite(self, file: Path, before: bytes, after: bytes, patch: bytes) -> None:
        """Replace a page and keep the patch. Raises NotWritten; then neither the page nor the record has changed."""
        try:
            if self._open is None:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                self._open = self.file.open("xb", buffering=0)
            self._append(self._open, patch)
        except OSError as error:
            self._take_back()
            raise NotWritten(f"was left as it is: the record {self.file} cannot be written ({error.strerror})") from error
        try:
            rewrite(file, before, after)
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
