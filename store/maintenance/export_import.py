"""Carrying a database about: all tables as JSON Lines, from SQLite to PostgreSQL and back, with every row and id kept.

The first line is a header with the format and the schema's revision, the last one counts the rows: a file that was cut off shows. Every
other line is one row, `{"<table>": {"<column>": …}}`: tables in an order in which each row refers only to rows above it, rows by primary
key. Times are in UTC (RFC 3339). Both ways hold a few hundred rows in memory, however many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Annotated, Any, BinaryIO

import msgspec
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    Float,
    Integer,
    SmallInteger,
    Table,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import DataError, IntegrityError

from store.errors import ImportFailed
from store.schema.column_types import UtcDateTime, EnumText, StringList
from store.schema.models import Base
from store.schema.upgrade import HEAD

FORMAT = 1
_HEADER = "holdfast-export"
_END = "end"
_ROWS_AT_ONCE = 500
_LONGEST_LINE = (
    64 * 1024 * 1024
)  # bytes: far beyond any row of ours, and what a foreign file may cost in memory
_TABLES = {table.name: table for table in Base.metadata.sorted_tables}
_LINE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_PLAIN: dict[type, Any] = {Date: date, Boolean: bool, Float: float, JSON: Any}


class _Header(msgspec.Struct, frozen=True):
    format: int
    schema: str


class _End(msgspec.Struct, frozen=True):
    rows: int


def export_lines(connection: Connection) -> Iterator[bytes]:
    """Give the whole database line by line, as it is at this moment."""
    yield _line(_HEADER, _Header(FORMAT, HEAD))
    rows = 0
    for name, table in _TABLES.items():
        statement = select(table).order_by(*table.primary_key)
        for row in connection.execute(statement, execution_options={"yield_per": _ROWS_AT_ONCE}):
            yield _line(name, dict(row._mapping))  # noqa: SLF001  its public name for this
            rows += 1
    yield _line(_END, _End(rows))


def import_lines(
    connection: Connection, file: BinaryIO, *, on_row: Callable[[str], None] = lambda _: None
) -> int:
    """Write what `export_lines` gave into an empty database; give the number of rows. `on_row` hears the table's name.

    Raises TransferError, and leaves it to the caller's transaction that nothing of it stays.
    """
    if table := next(
        (
            name
            for name, table in _TABLES.items()
            if connection.execute(select(table).limit(1)).first()
        ),
        None,
    ):
        raise ImportFailed(
            f"the database is not empty (there are rows in {table!r}): import into a new one"
        )
    importer = _Importer(connection)
    for number, line in _numbered(file):
        importer.take(number, line)
        if importer.table is not None:
            on_row(importer.table.name)
    importer.finish()
    _continue_ids(connection)
    return importer.rows


class _Importer:
    """Takes lines in their order, and writes each table's rows in batches."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._decoders = {
            name: msgspec.json.Decoder(_row_type(table)) for name, table in _TABLES.items()
        }
        self._order = list(_TABLES)
        self._waiting: list[dict[str, Any]] = []
        self._number = 0
        self._ended = False
        self.table: Table | None = None
        self.rows = 0

    def take(self, number: int, line: bytes) -> None:
        self._number = number
        kind, content = _split(number, line)
        if number == 1:
            self._begin(kind, content)
        elif self._ended:
            raise ImportFailed(
                f"line {number}: there is more after the end of the export: two files in one?"
            )
        elif kind == _END:
            self._end(_decode(number, msgspec.json.Decoder(_End), content))
        elif kind in self._decoders:
            self._add(kind, content)
        else:
            raise ImportFailed(f"line {number}: there is no table {kind!r}")

    def finish(self) -> None:
        if not self._ended:
            raise ImportFailed(
                f"line {self._number + 1}: the export ends before its last line: it was cut off"
            )

    def _begin(self, kind: str, content: msgspec.Raw) -> None:
        if kind != _HEADER:
            raise ImportFailed(
                "line 1: this is no export of Holdfast's: it begins with another line"
            )
        header = _decode(1, msgspec.json.Decoder(_Header), content)
        if header.format != FORMAT or header.schema != HEAD:
            raise ImportFailed(
                f"line 1: the export is of format {header.format}, schema {header.schema}; this Holdfast reads format {FORMAT}, "
                f"schema {HEAD}: use the Holdfast that wrote it, or export with this one"
            )

    def _add(self, kind: str, content: msgspec.Raw) -> None:
        if self.table is None or self.table.name != kind:
            if self.table is not None and self._order.index(kind) < self._order.index(
                self.table.name
            ):
                raise ImportFailed(
                    f"line {self._number}: rows of {kind!r} stand behind those of {self.table.name!r}: the order was changed"
                )
            self._flush()
            self.table = _TABLES[kind]
        self._waiting.append(
            msgspec.structs.asdict(_decode(self._number, self._decoders[kind], content))
        )
        self.rows += 1
        if len(self._waiting) == _ROWS_AT_ONCE:
            self._flush(self._number)

    def _end(self, end: _End) -> None:
        self._flush()
        if end.rows != self.rows:
            raise ImportFailed(
                f"line {self._number}: the export counts {end.rows} rows, {self.rows} were read: some are missing"
            )
        self._ended = True

    def _flush(self, last: int | None = None) -> None:
        if not self._waiting or self.table is None:
            return
        last = last or self._number - 1
        try:
            self._connection.execute(insert(self.table), self._waiting)
        except (IntegrityError, DataError) as error:
            first = last - len(self._waiting) + 1
            reason = str(error.orig).splitlines()[0]
            raise ImportFailed(
                f"lines {first} to {last}: these rows of {self.table.name!r} do not fit: {reason}"
            ) from error
        self._waiting = []


def _line(kind: str, content: Any) -> bytes:
    return msgspec.json.encode({kind: content}) + b"\n"


def _numbered(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE:
            raise ImportFailed(
                f"line {number}: longer than any row: this is no export of Holdfast's"
            )
        yield number, line


def _split(number: int, line: bytes) -> tuple[str, msgspec.Raw]:
    try:
        parts = _LINE.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        what = "not a line of an export" if line.endswith(b"\n") else "cut off in the middle"
        raise ImportFailed(f"line {number}: {what} ({error})") from error
    if len(parts) != 1:
        raise ImportFailed(f"line {number}: not a line of an export")
    return next(iter(parts.items()))


def _decode(number: int, decoder: msgspec.json.Decoder[Any], content: msgspec.Raw) -> Any:
    try:
        return decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ImportFailed(f"line {number}: {error}") from error


def _row_type(table: Table) -> type[msgspec.Struct]:
    """Make the type a table's rows must have: every column there, none besides, each value of its kind."""
    columns: Sequence[Column[Any]] = list(table.columns)
    fields = [
        (column.name, _value_type(column) | None if column.nullable else _value_type(column))
        for column in columns
    ]
    return msgspec.defstruct(table.name, fields, forbid_unknown_fields=True)


def _value_type(column: Column[Any]) -> Any:
    kind = column.type
    if isinstance(kind, UtcDateTime):
        return Annotated[datetime, msgspec.Meta(tz=True)]
    if isinstance(kind, StringList):
        return list[str]
    if isinstance(kind, EnumText):
        return kind.enum_type
    if isinstance(kind, SmallInteger):
        return Annotated[int, msgspec.Meta(ge=-(2**15), lt=2**15)]
    if isinstance(kind, Integer):
        return Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]
    return next((plain for kinds, plain in _PLAIN.items() if isinstance(kind, kinds)), str)


def _continue_ids(connection: Connection) -> None:
    """Let PostgreSQL's sequences go on behind the ids that came with the rows; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for name, table in _TABLES.items():
        if "id" in table.columns:
            last = connection.execute(select(func.max(table.c.id))).scalar_one()
            sequence = {"table": name, "last": last or 1, "used": last is not None}
            connection.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :last, :used)"), sequence
            )
