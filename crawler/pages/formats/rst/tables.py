"""Split tables into the texts of their cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from crawler.pages.formats.rst.block_patterns import SIMPLE_BORDER
from crawler.pages.formats.rst.lines import Lines

Pieces = list[tuple[int, str]]
"""The lines of a cell: the index in the page's text at which each begins, and its text."""
_BAR = re.compile(r"(?:\A|(?<=\s))\|(?=\s|\Z)")
_RULE = re.compile(r"\+[-=]{2,}")
_CELL_UNITS = 8  # of the reading limit, for one cell of one line
_ROW_RULE = re.compile(r"-+(?: +-+)*\Z")


class TableCell(NamedTuple):
    """A cell of a table.

    Attributes:
        pieces: Its lines.
        can_grow: The table stays valid with a longer text in the cell.
    """

    pieces: Pieces
    can_grow: bool


def table_end(lines: Lines, index: int, *, is_grid: bool) -> int | None:
    """Return the line after the table that begins on a line, or None if none begins there."""
    indent, end = lines.indents[index], index + 1
    if is_grid:
        while end < len(lines) and lines.indents[end] == indent and lines.texts[end][0] in "+|":
            end += 1
        return end if end > index + 2 else None
    while end < len(lines) and (lines.indents[end] < 0 or lines.indents[end] >= indent):
        is_border = SIMPLE_BORDER.match(lines.texts[end]) is not None
        if is_border and (end + 1 == len(lines) or lines.indents[end + 1] < 0):
            lines.spend_lines(end - index)
            return end + 1
        end += 1
    lines.spend_lines(end - index)
    return None


def grid_cells(lines: Lines, index: int, end: int) -> Iterator[TableCell]:
    """Yield the cells of a grid table, none of which can grow."""
    cells: dict[int, Pieces] = {}  # of the current row, by the number of the column
    for line in range(index, end):
        text, start = lines.texts[line], lines.starts[line]
        if _RULE.search(text):
            yield from (TableCell(pieces, can_grow=False) for pieces in cells.values())
            cells = {}
            continue
        bars = [bar.start() for bar in _BAR.finditer(text)]
        for number, (first, last) in enumerate(pairwise(bars)):
            _add_piece(cells, number, start + first + 1, text[first + 1 : last])
    yield from (TableCell(pieces, can_grow=False) for pieces in cells.values())


def simple_cells(lines: Lines, index: int, end: int) -> Iterator[TableCell]:
    """Yield the cells of a simple table; those of the last column can grow."""
    columns = [column.start() for column in re.finditer("=+", lines.texts[index])]
    indent = lines.indents[index]
    cells: dict[int, Pieces] = {}  # of the current row, by the number of the column
    for line in range(index + 1, end):
        text, start = lines.texts[line], lines.starts[line]
        if not text or SIMPLE_BORDER.match(text) or _ROW_RULE.match(text):
            yield from _simple_row(cells, len(columns))
            cells = {}
            continue
        margin = lines.indents[line] - indent
        bounds = [max(0, column - margin) for column in columns[1:]] if margin >= 0 else []
        lines.limit.spend(len(columns) * _CELL_UNITS)
        if any(text[bound - 1 : bound].strip() for bound in bounds if bound):
            bounds = []  # text in the margin of a column: it spans columns, or is too long for one
        row = list(pairwise([0, *bounds, len(text)]))  # start and end of each cell in the line
        first_cell = text[slice(*row[0])]
        if first_cell.strip() and not margin:  # text in the first column: a new row
            yield from _simple_row(cells, len(columns))
            cells = {}
        for number, (first, last) in enumerate(row):
            _add_piece(cells, number, start + first, text[first:last])
    yield from _simple_row(cells, len(columns))


def _simple_row(cells: dict[int, Pieces], columns: int) -> Iterator[TableCell]:
    """Yield the cells of a row by their columns; that of the last column can grow."""
    for number, pieces in cells.items():
        yield TableCell(pieces, can_grow=number == columns - 1)


def _add_piece(cells: dict[int, Pieces], number: int, start: int, text: str) -> None:
    """Add a line, which begins at an index of the page, to the cell in a column."""
    stripped = text.strip()
    if stripped:
        margin = len(text) - len(text.lstrip())
        cells.setdefault(number, []).append((start + margin, stripped))
