"""Bytes on their way to the archive, put aside: few in memory, many in a file without a name, which goes with the process."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile

NO_ROOM = "no-room"  # what an answer lacks that could not be put aside
_IN_MEMORY = 131_072  # bytes; hundreds of answers may be on their way at once


class Spool:
    """Takes bytes in, and gives them back in parts. Whoever lets go of it last closes it.

    `fault` says why it could not take them all, as where the disk is full: then it has none. `folder` is where its file would be.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file = SpooledTemporaryFile[bytes](
            max_size=_IN_MEMORY, dir=str(folder) if folder else None
        )
        self._length = 0
        self.error = ""

    def __del__(self) -> None:
        with suppress(OSError):
            self._file.close()

    def __len__(self) -> int:
        return self._length

    def add(self, data: bytes) -> None:
        """Take bytes in."""
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
        """Give the bytes from `start` to `end`, or to the last."""
        end = self._length if end is None else min(end, self._length)
        return SpooledBytes(self, min(start, end), end)

    def read(self, start: int, length: int) -> bytes:
        """Read some of them. Raises OSError."""
        self._file.seek(start)
        found = self._file.read(length)
        self._file.seek(0, 2)
        return found


@dataclass(frozen=True, slots=True)
class SpooledBytes:
    """Some of a spool's bytes. `bytes` and `len` work on it as on bytes."""

    spool: Spool
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def __bytes__(self) -> bytes:
        return self.spool.read(self.start, len(self))


Body = bytes | SpooledBytes  # what `bytes` makes bytes of, and `len` tells the length of
