"""Build records from rows: columns are matched to the fields of a record by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy import ColumnElement, Result

_R = TypeVar("_R")


def rows_as(record_type: type[_R], result: Result[*tuple[Any, ...]]) -> list[_R]:
    """Build one record from each row.

    Args:
        record_type: A dataclass or `Struct` that takes its fields as keyword arguments.
        result: Rows whose columns are named like the fields of the record. Fields that have a
            default may be missing.

    Returns:
        The records, in the order of the rows.

    Raises:
        TypeError: A column has no field, or a field without a default has no column.
    """
    names = tuple(result.keys())
    return [record_type(**dict(zip(names, row, strict=True))) for row in result]


def check_column_order(
    record_type: type[Struct],
    columns: Sequence[ColumnElement[Any]],
    *,
    first_field: str,
) -> None:
    """Check that columns are named like a record's fields, in their order.

    Records that are built a hundred thousand at a time are built by position, which is twice as
    fast as by name. Checked at import, the order of the columns is as reliable as their names.

    Args:
        record_type: The record that is built by position.
        columns: The columns that are selected for it.
        first_field: The field that the first column belongs to.

    Raises:
        TypeError: A column and the field at its position have different names.
    """
    fields = record_type.__struct_fields__
    start = fields.index(first_field)
    names = tuple(column.key for column in columns)
    expected = fields[start : start + len(names)]
    if names != expected:
        raise TypeError(f"{record_type.__name__} has the fields {expected}, not {names}")
