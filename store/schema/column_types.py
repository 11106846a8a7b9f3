"""Column types shared by all tables.

Reports read millions of values and scans write as many, so each type converts them with a single
function call.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import JSON, BigInteger, Date, DateTime, Dialect, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from store.errors import DamagedValue

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_E = TypeVar("_E", bound=StrEnum)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC.

    It is `timestamptz` on PostgreSQL, and whole microseconds since 1970 on SQLite, which has no
    such type. A naive datetime raises ValueError: its meaning would depend on the machine's
    time zone.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the database's own column type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Convert a datetime to the stored value."""
        return self.bind_processor(dialect)(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """Return the function that converts a datetime to the stored value."""
        return _to_postgresql if dialect.name == "postgresql" else _to_microseconds

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], datetime | None]:
        """Return the function that converts a stored value to a datetime."""
        return _from_postgresql if dialect.name == "postgresql" else _from_microseconds


def _to_postgresql(moment: datetime | None) -> datetime | None:
    return None if moment is None else _require_aware(moment).astimezone(UTC)


def _to_microseconds(moment: datetime | None) -> int | None:
    return None if moment is None else (_require_aware(moment) - _EPOCH) // _MICROSECOND


def _require_aware(moment: datetime) -> datetime:
    """Return an aware datetime unchanged. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"naive datetime {moment!r}: times in the store are aware, in UTC")
    return moment


def _from_postgresql(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def _from_microseconds(microseconds: int | None) -> datetime | None:
    try:
        return None if microseconds is None else _EPOCH + microseconds * _MICROSECOND
    except (TypeError, OverflowError) as error:
        raise DamagedValue(f"{microseconds!r} is not a time") from error


class IsoDate(TypeDecorator[date]):
    """A date without a time."""

    impl = Date
    cache_ok = True

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], date | None] | None:
        """Return the function that converts a stored value to a date.

        SQLite stores any text in such a column, so text that is not a date means damage.
        """
        return _from_iso_format if dialect.name == "sqlite" else None


def _from_iso_format(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise DamagedValue(f"{text!r} is not a date") from error


def replace_unstorable(text: str) -> str:
    r"""Replace the characters that a database cannot store.

    These are lone surrogates, which UTF-8 cannot encode, and NUL, which PostgreSQL refuses.

    Returns:
        The text with `?` in place of each lone surrogate, and U+FFFD in place of each NUL.

    >>> replace_unstorable("a\0b\ud800") == "a\N{REPLACEMENT CHARACTER}b?"
    True
    """
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


class StorableText(TypeDecorator[str]):
    """Text from pages, servers and URLs, stored through `replace_unstorable`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace the characters that cannot be stored."""
        return _to_storable(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:
        """Return the function that replaces the characters that cannot be stored."""
        return _to_storable


def _to_storable(value: str | None) -> str | None:
    if value is None or (value.isascii() and "\0" not in value):
        return value
    return replace_unstorable(value)


class EnumText(TypeDecorator[_E]):
    """An enum member stored as the text of its value, so that a new member needs no migration.

    Args:
        enum_type: The enum whose values the column may hold.
    """

    impl = String
    cache_ok = True

    def __init__(self, enum_type: type[_E]) -> None:
        super().__init__(40)
        self.enum_type = enum_type
        self._values: dict[str, str] = {member: member.value for member in enum_type}

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text of a member. Raises ValueError for anything else."""
        if value is None:
            return None
        return self._values.get(value) or self.enum_type(value).value

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:
        """Return the function that converts a member to its text."""
        return partial(self.process_bind_param, dialect=dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], _E | None]:
        """Return the function that looks up a member by its stored text."""
        members = _MemberByValue({member.value: member for member in self.enum_type})
        members[None] = None
        return members.__getitem__


class EnumPosition(TypeDecorator[int]):
    """An enum member stored as `EnumText`, read as its position in the enum, from 0.

    Args:
        enum_type: The enum whose values the column may hold.
    """

    impl = String
    cache_ok = True

    def __init__(self, enum_type: type[StrEnum]) -> None:
        super().__init__(40)
        self.enum_type = enum_type

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], int]:
        """Return the function that looks up the position of a stored text."""
        positions = _MemberByValue(
            {member.value: position for position, member in enumerate(self.enum_type)}
        )
        return positions.__getitem__


class _MemberByValue(dict[Any, Any]):
    """Enum members or their positions by value. An unknown value raises DamagedValue."""

    def __missing__(self, value: object) -> Any:
        raise DamagedValue(f"{value!r} is not a known value")


class StringList(TypeDecorator[tuple[str, ...]]):
    """A short tuple of strings, stored as a JSON array. Empty ones need no parser."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], tuple[str, ...]]:
        """Return the function that converts a stored array to a tuple."""
        # PostgreSQL's driver has decoded the array already.
        decode: Callable[[Any], Any] = super().result_processor(dialect, coltype) or tuple

        def to_tuple(stored: Any) -> tuple[str, ...]:
            if stored is None or stored == "[]":
                return ()
            return tuple(decode(stored))

        return to_tuple
