"""Export and import a whole database as JSON Lines, between SQLite and PostgreSQL.

Every row and id is preserved. The first line is a header with the format and the schema's
revision; the last line has the number of rows, so that a file that was cut off is noticed. Every
other line is one row: `{"<table>": {"<column>": ...}}`. Tables are in an order in which each row
refers only to rows before it, rows are by primary key, and times are in UTC (RFC 3339). Both
directions hold a few hundred rows in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Annotated, Any, BinaryIO

import msgspec
from sqlalchemy import (
    JSON,
    BigInteger,
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
from store.schema.column_types import EnumText, StringList, UtcDateTime
from store.schema.models import Base
from store.schema.upgrade import HEAD

FORMAT = 1
_HEADER = "holdfast-export"
_END = "end"
_BATCH_ROWS = 500
# Bytes: far more than any row has. It limits the memory for a file that is not an export.
_MAX_LINE_BYTES = 64 * 1024 * 1024
_TABLES = {table.name: table for table in Base.metadata.sorted_tables}
_LINE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_VALUE_TYPES: dict[type, Any] = {Date: date, Boolean: bool, Float: float, JSON: Any}


class _Header(msgspec.Struct, frozen=True):
    format: int
    schema: str


class _End(msgspec.Struct, frozen=True):
    rows: int


def export_lines(connection: Connection) -> Iterator[bytes]:
    """Yield the whole database line by line, as it is in this transaction."""
    yield _encode_line(_HEADER, _Header(FORMAT, HEAD))
    rows = 0
    for name, table in _TABLES.items():
        statement = select(table).order_by(*table.primary_key)
        result = connection.execute(statement, execution_options={"yield_per": _BATCH_ROWS})
        for row in result.mappings():
            yield _encode_line(name, dict(row))
            rows += 1
    yield _encode_line(_END, _End(rows))


def import_lines(connection: Connection, file: BinaryIO) -> int:
    """Write an export into an empty database.

    Args:
        connection: A connection in a transaction that writes, to be rolled back on an error.
        file: The export.

    Returns:
        The number of rows.

    Raises:
        ImportFailed: The file is not a complete export of this schema, or the database is not
            empty.
    """
    _check_empty(connection)
    importer = _Importer(connection)
    for number, line in _numbered_lines(file):
        importer.read(number, line)
    importer.finish()
    _advance_sequences(connection)
    return importer.rows


def _check_empty(connection: Connection) -> None:
    """Raise ImportFailed if any table has a row."""
    for name, table in _TABLES.items():
        if connection.execute(select(table).limit(1)).first():
            raise ImportFailed(
                f"the database is not empty (there are rows in {name!r}): import into a new one"
            )


class _Importer:
    """Reads lines in their order, and writes each table's rows in batches.

    Attributes:
        rows: Number of rows read so far.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._decoders = {
            name: msgspec.json.Decoder(_row_type(table)) for name, table in _TABLES.items()
        }
        self._order = list(_TABLES)
        self._batch: list[dict[str, Any]] = []
        self._line_number = 0
        self._ended = False
        self._table: Table | None = None
        self.rows = 0

    def read(self, number: int, line: bytes) -> None:
        """Read the next line. Raises ImportFailed if it does not belong there."""
        self._line_number = number
        kind, content = _split_line(number, line)
        if number == 1:
            self._check_header(kind, content)
        elif self._ended:
            raise ImportFailed(
                f"line {number}: lines after the end of the export: import one export at a time"
            )
        elif kind == _END:
            self._check_end(_decode(number, msgspec.json.Decoder(_End), content))
        elif kind in self._decoders:
            self._add_row(kind, content)
        else:
            raise ImportFailed(f"line {number}: unknown table {kind!r}: the file was changed")

    def finish(self) -> None:
        """Check that the last line was read. Raises ImportFailed if it was not."""
        if not self._ended:
            raise ImportFailed(
                f"line {self._line_number + 1}: the last line is missing: the file was cut off"
            )

    def _check_header(self, kind: str, content: msgspec.Raw) -> None:
        """Raise ImportFailed unless the first line is the header of this format and schema."""
        if kind != _HEADER:
            raise ImportFailed("line 1: not an export of Holdfast: its header is missing")
        header = _decode(1, msgspec.json.Decoder(_Header), content)
        if header.format != FORMAT or header.schema != HEAD:
            raise ImportFailed(
                f"line 1: the export has format {header.format} and schema {header.schema}, this "
                f"Holdfast reads format {FORMAT} and schema {HEAD}: import it with the version "
                "that wrote it, then open that database with this version, which migrates it"
            )

    def _add_row(self, table_name: str, content: msgspec.Raw) -> None:
        if self._table is None or self._table.name != table_name:
            self._begin_table(table_name)
        row = _decode(self._line_number, self._decoders[table_name], content)
        self._batch.append(msgspec.structs.asdict(row))
        self.rows += 1
        if len(self._batch) == _BATCH_ROWS:
            self._write_batch(self._line_number)

    def _begin_table(self, name: str) -> None:
        """Write the last rows of the table before. Raises ImportFailed if the order is wrong."""
        before = self._table
        if before is not None and self._order.index(name) < self._order.index(before.name):
            raise ImportFailed(
                f"line {self._line_number}: rows of {name!r} after those of {before.name!r}: "
                "the order of the lines was changed"
            )
        self._write_batch(self._line_number - 1)
        self._table = _TABLES[name]

    def _check_end(self, end: _End) -> None:
        """Write the last rows. Raises ImportFailed if rows of the export are missing."""
        self._write_batch(self._line_number - 1)
        if end.rows != self.rows:
            raise ImportFailed(
                f"line {self._line_number}: the export has {end.rows} rows, "
                f"but {self.rows} were read: some are missing"
            )
        self._ended = True

    def _write_batch(self, last_line: int) -> None:
        """Write the rows of a batch. Raises ImportFailed if the database refuses one."""
        if not self._batch or self._table is None:
            return
        try:
            self._connection.execute(insert(self._table), self._batch)
        except (IntegrityError, DataError) as error:
            first_line = last_line - len(self._batch) + 1
            reason = str(error.orig).splitlines()[0]
            raise ImportFailed(
                f"lines {first_line} to {last_line}: invalid rows of {self._table.name!r}: {reason}"
            ) from error
        self._batch = []


def _encode_line(kind: str, content: Any) -> bytes:
    return msgspec.json.encode({kind: content}) + b"\n"


def _numbered_lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield the lines with their numbers, from 1. Raises ImportFailed if one is too long."""
    number = 0
    while line := file.readline(_MAX_LINE_BYTES):
        number += 1
        if len(line) == _MAX_LINE_BYTES:
            raise ImportFailed(f"line {number}: too long for a row: not an export of Holdfast")
        yield number, line


def _split_line(number: int, line: bytes) -> tuple[str, msgspec.Raw]:
    """Return the only key of a line (a table, the header or the end) and its value."""
    try:
        parts = _LINE.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        problem = "not a line of an export" if line.endswith(b"\n") else "cut off in the middle"
        raise ImportFailed(f"line {number}: {problem} ({error})") from error
    if len(parts) != 1:
        raise ImportFailed(f"line {number}: not a line of an export")
    return next(iter(parts.items()))


def _decode(line_number: int, decoder: msgspec.json.Decoder[Any], content: msgspec.Raw) -> Any:
    try:
        return decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ImportFailed(f"line {line_number}: {error}") from error


def _row_type(table: Table) -> type[msgspec.Struct]:
    """Build the type of a table's rows: exactly its columns, each with its type of value."""
    columns: Sequence[Column[Any]] = list(table.columns)
    fields = []
    for column in columns:
        value_type = _value_type(column)
        fields.append((column.name, value_type | None if column.nullable else value_type))
    return msgspec.defstruct(table.name, fields, forbid_unknown_fields=True)


def _value_type(column: Column[Any]) -> Any:
    """Return the type of a column's values in an export, as msgspec takes it."""
    column_type = column.type
    if isinstance(column_type, UtcDateTime):
        return Annotated[datetime, msgspec.Meta(tz=True)]
    if isinstance(column_type, StringList):
        return list[str]
    if isinstance(column_type, EnumText):
        return column_type.enum_type
    if isinstance(column_type, SmallInteger):
        return Annotated[int, msgspec.Meta(ge=-(2**15), lt=2**15)]
    if isinstance(column_type, BigInteger):  # which is an `Integer`, too
        return Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
    if isinstance(column_type, Integer):
        return Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]
    for known_type, value_type in _VALUE_TYPES.items():
        if isinstance(column_type, known_type):
            return value_type
    return str


def _advance_sequences(connection: Connection) -> None:
    """Set PostgreSQL's sequences to the imported ids. SQLite continues after the largest id."""
    if connection.dialect.name != "postgresql":
        return
    for name, table in _TABLES.items():
        if "id" in table.columns:
            last = connection.execute(select(func.max(table.c.id))).scalar_one()
            sequence = {"table": name, "last": last or 1, "used": last is not None}
            connection.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :last, :used)"), sequence
            )
