"""Column types shared by all tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import BigInteger, DateTime, Dialect, Enum, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_E = TypeVar("_E", bound=StrEnum)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC: `timestamptz` on PostgreSQL, whole microseconds since 1970 on SQLite (which has no such type).

    A naive datetime is refused: its meaning would depend on the machine.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: times in the store are aware, in UTC")
        if dialect.name == "postgresql":
            return value.astimezone(UTC)
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "postgresql":
            moment: datetime = value
            return moment.astimezone(UTC)
        microseconds: int = value
        return _EPOCH + microseconds * _MICROSECOND


def storable(text: str) -> str:
    r"""Replace what a database cannot hold in a text: half a surrogate pair (no UTF-8 for it), and NUL (refused by PostgreSQL).

    >>> storable("a\0b\ud800") == "a\N{REPLACEMENT CHARACTER}b?"
    True
    """
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


class PlainText(TypeDecorator[str]):
    """Text from anywhere: pages, servers' answers, URLs. See `storable`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value if value is None or (value.isascii() and "\0" not in value) else storable(value)


def word(words: type[_E]) -> Enum:
    """Store an enum by its stable value, as text: a new word needs no migration.

    Returns a plain VARCHAR type that reads back as the enum.
    """
    return Enum(words, native_enum=False, create_constraint=False, length=40, values_callable=lambda kind: [item.value for item in kind])
