"""Where commands print what they found, and the tables they print: as wide as the terminal, and elsewhere as wide as they have to be."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import TextIO

from rich.console import Console
from rich.table import Table

_OF_A_LOG = 200  # columns: nobody sees where a log ends, and a cut date is none


def open_console(file: TextIO | None = None, *, stderr: bool = False) -> Console:
    """Open a console that wraps no text, and colours nothing but on a terminal whose owner wants that (`NO_COLOR`)."""
    console = Console(file=file, stderr=stderr, highlight=False, soft_wrap=True)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _OF_A_LOG
    return console


def table(*columns: str, right: Collection[str] = ()) -> Table:
    """Begin a table without lines. Where it is too narrow, cells go on in the next line: nothing is cut off."""
    begun = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        begun.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return begun
