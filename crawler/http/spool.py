"""Buffer received bytes until they are archived: few in memory, many in a temporary file.

The file has no name and disappears with the process.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import SpooledTemporaryFile

from msgspec import Struct

NO_ROOM = "no-room"  # why a response is not recorded: it could not be buffered
_MAX_IN_MEMORY = 131_072  # bytes; there may be hundreds of spools at a time


class Spool:
    """A growing buffer that is read in slices; closed when it is garbage-collected.

    Args:
        folder: Where its file is created; None for the system's folder.

    Attributes:
        error: Why bytes could not be stored, for example a full disk; empty if they could. With an
            error the spool is empty.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file = SpooledTemporaryFile[bytes](
            max_size=_MAX_IN_MEMORY, dir=str(folder) if folder else None
        )
        self._length = 0
        self.error = ""

    def __del__(self) -> None:
        with suppress(OSError):
            self._file.close()

    def __len__(self) -> int:
        return self._length

    def add(self, data: bytes) -> None:
        """Append bytes; without effect after an error."""
        if self.error:
            return
        try:
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            self.error = error.strerror or str(error)
            self._length = 0
        else:
            self._length += len(data)

    def slice(self, start: int = 0, end: int | None = None) -> SpooledBytes:
        """Return the bytes from `start` to `end`, by default to the last, without reading them."""
        end = self._length if end is None else min(end, self._length)
        return SpooledBytes(self, min(start, end), end)

    def read(self, start: int, length: int) -> bytes:
        """Return up to `length` bytes from `start` on.

        Raises OSError if the file cannot be read.
        """
        self._file.seek(start)
        data = self._file.read(length)
        self._file.seek(0, 2)
        return data


class SpooledBytes(Struct, frozen=True):
    """A slice of a spool; `bytes(...)` reads it and `len(...)` returns its length."""

    spool: Spool
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def __bytes__(self) -> bytes:
        return self.spool.read(self.start, len(self))
