"""Print patches: exact bytes for a file or pipe, lines without control characters for a terminal.

The lines of a patch are those of pages, which anyone may have written: their escape sequences
could rewrite what a terminal shows.
"""

from __future__ import annotations

import sys


def print_patch(content: bytes) -> None:
    """Write a patch to standard output.

    It is written as bytes, as its pages may not be UTF-8; only a terminal gets text.
    """
    if sys.stdout.isatty():
        lines = content.decode("utf-8", "replace").split("\n")
        sys.stdout.write("\n".join(map(printable_line, lines)))
    else:
        sys.stdout.buffer.write(content)
    sys.stdout.flush()


def printable_line(line: str) -> str:
    """Return a line that is safe on a terminal, with its spaces and tabs kept."""
    return "".join(map(_printable, line))


def _printable(char: str) -> str:
    if char.isprintable() or char == "\t":
        return char
    return " " if char.isspace() else "\N{REPLACEMENT CHARACTER}"
