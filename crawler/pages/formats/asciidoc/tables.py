"""Split the tables of an AsciiDoc page into cells.

Rows are not read: only the text and the style of each cell matter for its links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from crawler.pages.formats.asciidoc.block_attributes import BlockAttributes
from crawler.pages.formats.asciidoc.lines import Line
from crawler.pages.reading_limit import ReadingLimit

# A column in `cols`: a factor (`3*`), alignments and widths, and the style
_COLUMN = re.compile(r"\s*(?:(\d+)\*)?[<^>.\d%~]*([a-z])?\s*\Z")
# What may precede a separator: a factor, its operator (span or copy), alignments and the style
_CELL = (
    r"(?:(?:(?<=\s)|^)(?:(\d+(?:\.\d*)?|(?:\d*\.)?\d+)([*+]))?"
    r"(?:[<^>](?:\.[<^>]?)?|(?:[<^>]?\.)?[<^>])?([a-z])?)?(?<!\\)"
)
_FORMATS = {",": "csv", ":": "dsv"}  # by the first character of the delimiter
_MAX_REPEATS = 100  # of a column, by the factor before it (`3*`)


class Cell(NamedTuple):
    """A cell of a table.

    Attributes:
        style: Its style: `a` contains blocks, `l` is literal, "" is text.
        lines: Its lines.
        can_add: Text can be added in it.
    """

    style: str
    lines: list[Line]
    can_add: bool


def table_cells(
    lines: Sequence[Line], mark: str, attributes: BlockAttributes, limit: ReadingLimit
) -> Iterator[Cell]:
    """Yield the cells of a table.

    Args:
        lines: The lines between its delimiters.
        mark: The first character of its delimiters.
        attributes: The attributes of the table.
        limit: Limits how much is read.
    """
    kind = attributes.named.get("format", _FORMATS.get(mark, "psv"))
    separator = attributes.named.get("separator", "")
    styles = _column_styles(attributes.named.get("cols", ""))
    if kind == "psv":
        yield from _psv_cells(lines, separator or ("!" if mark == "!" else "|"), styles)
        return
    if separator == "\\t":
        separator = "\t"
    elif not separator:
        separator = {"tsv": "\t", "dsv": ":"}.get(kind, ",")
    for line in lines:
        limit.spend(len(line.text))
        for number, piece in enumerate(_split(line, separator, has_quotes=kind != "dsv")):
            style = styles[number] if number < len(styles) else ""
            yield Cell(style, [piece], can_add=False)


def _column_styles(written: str) -> list[str]:
    """Return the styles of the columns that `cols` sets.

    >>> _column_styles("1,2*a,l")
    ['', 'a', 'a', 'l']
    """
    styles: list[str] = []
    for part in re.split("[,;]", written):
        if found := _COLUMN.match(part):
            repeats = min(int((found[1] or "1")[:4]), _MAX_REPEATS)
            styles += [found[2] or ""] * repeats
    return styles


def _psv_cells(lines: Sequence[Line], separator: str, styles: list[str]) -> Iterator[Cell]:
    """Yield the cells of a table in which each cell begins with a separator (`|`)."""
    mark = re.compile(_CELL + re.escape(separator))
    column, style = 0, ""
    cell: list[Line] = []
    is_in_cell = False  # text before the first separator belongs to no cell
    for line in lines:
        at = 0
        for found in mark.finditer(line.text):
            cell.append(Line(line.start + at, line.text[at : found.start()].rstrip()))
            if is_in_cell:
                yield Cell(style, _stripped(cell), can_add=True)
            width = int(found[1].split(".")[0] or 1) if found[1] else 1
            default = styles[column % len(styles)] if styles else ""
            style, cell, is_in_cell = found[3] or default, [], True
            column += min(width, _MAX_REPEATS)
            at = found.end()
        cell.append(line.cut(at))
    if is_in_cell:
        yield Cell(style, _stripped(cell), can_add=True)


def _stripped(lines: list[Line]) -> list[Line]:
    """Return lines without blank ones at both ends, the first without its indentation."""
    first = next((number for number, line in enumerate(lines) if line.text.strip()), None)
    if first is None:
        return []
    kept = lines[first:]
    while not kept[-1].text.strip():
        kept.pop()
    text = kept[0].text
    return [kept[0].cut(len(text) - len(text.lstrip())), *kept[1:]]


def _split(line: Line, separator: str, *, has_quotes: bool) -> Iterator[Line]:
    """Yield the values in a line of CSV or DSV, without quotation marks."""
    at, text = 0, line.text
    while at <= len(text):
        while text.startswith(" ", at):
            at += 1
        is_quoted = has_quotes and text.startswith('"', at)
        closing = text.find('"', at + 1) if is_quoted else -1
        end = text.find(separator, closing if closing >= 0 else at)
        if end < 0:
            end = len(text)
        if closing >= 0:
            yield Line(line.start + at + 1, text[at + 1 : closing])
        else:
            yield Line(line.start + at, text[at:end])
        at = end + 1
