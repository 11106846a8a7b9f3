"""Open consoles, and make tables that fit the terminal; elsewhere they are as wide as needed."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

_MAX_TABLE_COLUMNS = 10_000
_LOG_COLUMNS = 200  # width where there is no terminal, so that no cell is wrapped


class PipedConsole(Console):
    """A console that does not end the process with exit code 1 when a pipe is closed."""

    def on_broken_pipe(self) -> None:
        """Raise the error again; `crawler.cli.main` handles it."""
        raise BrokenPipeError


def open_console(file: TextIO | None = None) -> Console:
    """Return a console that does not wrap text.

    Colors are used only on a terminal, and not if `NO_COLOR` is set. A URL with `/:cat:/` is
    printed as it is.

    Args:
        file: Where to write instead of standard output.

    Returns:
        The console.
    """
    console = PipedConsole(file=file, highlight=False, soft_wrap=True, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _LOG_COLUMNS
    return console


class FittingTable(Table):
    """A table that is printed as a list where the terminal is too narrow for its longest words."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table; or each row as lines of a heading and a cell."""
        wide = options.update(max_width=_MAX_TABLE_COLUMNS)
        if Measurement.get(console, wide, self).minimum <= options.max_width:
            yield from super().__rich_console__(console, options)
            return
        cells = [list(column.cells) for column in self.columns]
        for row in zip(*cells, strict=True):
            indent = ""  # the first cell of a row stands out
            for column, cell in zip(self.columns, row, strict=True):
                text = cell if isinstance(cell, Text) else Text.from_markup(str(cell), emoji=False)
                if text.plain.strip():
                    heading = f"{column.header}: " if column.header else ""
                    yield Text.assemble(indent, (heading, "dim"), text)
                    indent = "  "


def table(*columns: str, right: Collection[str] = ()) -> Table:
    """Return an empty table without borders. Cells that are too wide are wrapped, not cut.

    Where the terminal is too narrow for its longest words, it is printed as a list.

    Args:
        columns: The column headings.
        right: The columns to align right.
    """
    created = FittingTable(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        is_right = column in right
        created.add_column(column, justify="right" if is_right else "left", overflow="fold")
    return created
