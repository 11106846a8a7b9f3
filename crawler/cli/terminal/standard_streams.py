"""Standard output and error whose writes do not fail, for example on a full disk.

The first error is recorded, and the command reports it in one line at its end. So a command still
finishes its work, and its own `except OSError` handles only errors of the files that it writes.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from typing import Any, TextIO

_ESCAPE = "holdfast-escape"  # the name of `_escape` in the registry of codecs


class _StandardFile(io.FileIO):
    """A file that records the first error of a write, and drops all data from then on.

    Attributes:
        problem: The system's message about the first error; None if no write failed.
        has_lost: Whether data was dropped.
    """

    def __init__(
        self, descriptor: int, *, is_closed: bool = False, raises_broken_pipe: bool = True
    ) -> None:
        super().__init__(descriptor, "wb", closefd=False)
        self._raises_broken_pipe = raises_broken_pipe
        self.problem = os.strerror(errno.EBADF) if is_closed else None
        self.has_lost = False

    def write(self, data: Any, /) -> int:
        """Write bytes.

        Returns:
            How many bytes were written or dropped.

        Raises:
            BrokenPipeError: Nobody reads standard output any more.
        """
        if self.problem is None:
            try:
                return super().write(data)
            except BrokenPipeError as error:
                if self._raises_broken_pipe:
                    raise
                self.problem = error.strerror or str(error)
            except OSError as error:
                self.problem = error.strerror or str(error)
        self.has_lost = True
        return memoryview(data).nbytes


class StandardStreams:
    """Standard output and error of this process, which keep the first error of a write."""

    def __init__(self) -> None:
        sys.stdout, self._output = _wrap_stream(sys.stdout, raises_broken_pipe=True)
        # Messages that nobody reads stop no work: results are stored.
        sys.stderr, _ = _wrap_stream(sys.stderr, raises_broken_pipe=False)

    def output_problem(self) -> str | None:
        """Return why data for standard output was dropped; None if all of it was written."""
        if self._output is None:
            return None
        sys.stdout.flush()
        return self._output.problem if self._output.has_lost else None


def is_output_lost() -> bool:
    """Return whether something that was written to standard output is lost, as on a full disk.

    The command then must not say that it is written; `crawler.cli.main` says that it is not.
    """
    sys.stdout.flush()
    buffer = getattr(sys.stdout, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    return isinstance(raw, _StandardFile) and raw.has_lost


def _wrap_stream(
    stream: TextIO | None, *, raises_broken_pipe: bool
) -> tuple[TextIO, _StandardFile | None]:
    """Return a stream that writes to the same place, and its file.

    Args:
        stream: Standard output or error; None if it was closed when the process started (`>&-`).
        raises_broken_pipe: Whether a closed pipe is raised; else what is written is dropped.

    Returns:
        The new stream and its file. If `stream` does not write to a file, itself and None.
    """
    if stream is None:
        # It occupies the free descriptor 1 or 2. A database that is opened later could get it, and
        # messages would be written into the database.
        descriptor = os.open(os.devnull, os.O_WRONLY)
        file = _StandardFile(descriptor, is_closed=True)
        return io.TextIOWrapper(io.BufferedWriter(file), "utf-8", "backslashreplace"), file
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)  # with PYTHONUNBUFFERED there is no buffer
    if not isinstance(stream, io.TextIOWrapper) or not isinstance(raw, io.FileIO):
        return stream, None
    stream.flush()
    file = _StandardFile(raw.fileno(), raises_broken_pipe=raises_broken_pipe)
    return io.TextIOWrapper(
        file if raw is buffer else io.BufferedWriter(file),
        _encoding(stream),
        _error_handler(stream),
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    ), file


def _error_handler(stream: io.TextIOWrapper) -> str | None:
    r"""Return how a stream writes characters that its encoding lacks: escaped, as `\u0436`.

    Python would end the command. UTF-8 lacks only parts of characters, which show a bug.
    """
    is_utf_8 = _encoding(stream) == "utf-8"
    return stream.errors if is_utf_8 or stream.errors != "strict" else _ESCAPE


def _encoding(stream: io.TextIOWrapper) -> str:
    """Return the name of the encoding in which to write: UTF-8 if the stream's is ASCII.

    ASCII is that of the locale C, which says nothing about the terminal (PEP 540). Click does the
    same.
    """
    name = codecs.lookup(stream.encoding).name
    return "utf-8" if name == "ascii" else name


def _escape(error: UnicodeError) -> tuple[str, int]:
    """Return characters as JSON escapes them, so that JSON stays valid, and where they end."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)), error.end


codecs.register_error(_ESCAPE, _escape)
