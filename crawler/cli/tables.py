"""Consoles and tables for results: as wide as the terminal, and elsewhere as wide as needed."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import TextIO

from rich.console import Console
from rich.table import Table

_LOG_COLUMNS = 200  # width where there is no terminal, so that no cell is wrapped


def open_console(file: TextIO | None = None) -> Console:
    """Return a console that does not wrap text.

    Colors are used only on a terminal, and not if `NO_COLOR` is set.

    Args:
        file: Where to write instead of standard output.

    Returns:
        The console.
    """
    console = Console(file=file, highlight=False, soft_wrap=True)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _LOG_COLUMNS
    return console


def table(*columns: str, right: Collection[str] = ()) -> Table:
    """Return an empty table without borders. Cells that are too wide are wrapped, not cut.

    Args:
        columns: The column headings.
        right: The columns to align right.
    """
    created = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        is_right = column in right
        created.add_column(column, justify="right" if is_right else "left", overflow="fold")
    return created
