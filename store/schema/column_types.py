"""Column types shared by all tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import JSON, BigInteger, Date, DateTime, Dialect, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from store.errors import DatabaseDamaged

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

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], datetime | None]:
        """Read millions of them with no layer in between."""
        return _from_postgresql if dialect.name == "postgresql" else _from_microseconds


def _from_postgresql(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def _from_microseconds(microseconds: int | None) -> datetime | None:
    try:
        return None if microseconds is None else _EPOCH + microseconds * _MICROSECOND
    except (TypeError, OverflowError) as error:
        raise damaged_value(f"{microseconds!r} is no moment") from error


def damaged_value(what: str) -> DatabaseDamaged:
    """Say that a value cannot be what was written."""
    return DatabaseDamaged(
        f"the database is damaged ({what[:100]}), or a later Holdfast wrote it: look with holdfast db check, and restore a backup"
    )


class IsoDate(TypeDecorator[date]):
    """A date without a time."""

    impl = Date
    cache_ok = True

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], date | None] | None:
        """Read it; text that is no date on SQLite, which would store any, is damage."""
        return _from_iso_format if dialect.name == "sqlite" else None


def _from_iso_format(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise damaged_value(f"{text!r} is no date") from error


def replace_unstorable(text: str) -> str:
    r"""Replace what a database cannot hold in a text: half a surrogate pair (no UTF-8 for it), and NUL (refused by PostgreSQL).

    >>> storable("a\0b\ud800") == "a\N{REPLACEMENT CHARACTER}b?"
    True
    """
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


class StorableText(TypeDecorator[str]):
    """Text from anywhere: pages, servers' answers, URLs. See `storable`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return (
            value
            if value is None or (value.isascii() and "\0" not in value)
            else replace_unstorable(value)
        )


class EnumText(TypeDecorator[_E]):
    """An enum stored by its stable value, as text: a new word needs no migration."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[_E]) -> None:
        super().__init__(40)
        self.enum_type = words
        self._values: dict[str, str] = {word: word.value for word in words}

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else self._values.get(value) or self.enum_type(value).value

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], _E | None]:
        """Read millions of them with no layer in between."""
        return _Known({word.value: word for word in self.enum_type} | {None: None}).__getitem__


class _Known(dict[Any, Any]):
    """What stored words mean."""

    def __missing__(self, word: object) -> Any:
        raise damaged_value(f"{word!r} is no known word")


class StringList(TypeDecorator[tuple[str, ...]]):
    """A few words as a list in JSON. Mostly there are none, which need no parser."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], tuple[str, ...]]:
        decode: Callable[[Any], Any] = (
            super().result_processor(dialect, coltype) or tuple
        )  # PostgreSQL's driver has decoded it
        return lambda stored: () if stored is None or stored == "[]" else tuple(decode(stored))
