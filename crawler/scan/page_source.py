"""Define the source of one page: a file, or bytes from standard input."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from crawler.files.safe_files import read_regular_file

MAX_PAGE_BYTES = 20 * 1024 * 1024  # bytes; no page written by hand is larger
MARKDOWN = "markdown"  # the format of files without a known suffix, and of standard input


class PageSourceError(ValueError):
    """Raised when an argument names no page; the message says which one and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSource:
    """One page to read.

    Attributes:
        path: Its name in records: POSIX, relative to the root.
        size: Bytes.
        file: The file to read, or None where `data` is set.
        data: The content of a page that is no file (standard input); None for a file.
        format: The name of its format, such as `markdown`.
    """

    path: str
    size: int
    file: Path | None = None
    data: bytes | None = None
    format: str = MARKDOWN

    def read(self) -> bytes:
        """Return the bytes of the page.

        Raises:
            OSError: The file cannot be read, or is no regular file.
        """
        if self.data is not None:
            return self.data
        return read_regular_file(self.file, MAX_PAGE_BYTES) if self.file else b""


def printable_name(path: str | Path) -> str:
    r"""Return a file name as text, with bytes that are not UTF-8 written as escapes.

    >>> printable_name("caf\udce9.md")
    'caf\\xe9.md'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")
