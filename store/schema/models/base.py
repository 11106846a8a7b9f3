"""The base class of all tables, and the columns that several tables share.

Tables are classes with typed columns, as with SQLAlchemy's ORM, but without the ORM: nothing here
loads or saves objects, and importing the ORM would take a quarter of a short command's time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, ClassVar, TypeVar, cast

from sqlalchemy import BigInteger, Column, ColumnElement, FromClause, Integer, MetaData, Table, text
from sqlalchemy.schema import SchemaItem

from store.schema.column_types import EnumText, StorableText, UtcDateTime, replace_unstorable
from store.vocabulary import Reason, State, Verdict

HASH_LENGTH = 32  # hexadecimal digits: 128 bits, far too many for two keys to collide by chance

_R = TypeVar("_R", bound="Base")


class _Declaration:
    """The arguments of a declared column, from which each table gets a column of its own."""

    def __init__(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
        self._arguments = arguments
        self._options = options

    def make_column(self, name: str) -> Column[Any]:
        """Return a new column with these arguments and a name."""
        column: Column[Any] = Column(*self._arguments, **self._options)
        # Passed to `Column`, the name would become a subclass of str, as would the keys of rows.
        column.name = column.key = name
        return column


def not_null(*arguments: Any, **options: Any) -> Any:
    """Declare a column that is never null. The arguments are those of `sqlalchemy.Column`."""
    return _Declaration(arguments, {"nullable": False, **options})


def nullable(*arguments: Any, **options: Any) -> Any:
    """Declare a column that may be null. The arguments are those of `sqlalchemy.Column`."""
    return _Declaration(arguments, options)


class Base:
    """The base class of all tables.

    A subclass declares columns with `not_null` and `nullable`. It gets a table, and its attributes
    become that table's columns. SQLAlchemy takes the class wherever it takes a table.

    Constraint names are fixed from the first migration, so that later ones can find them.
    """

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    __tablename__: ClassVar[str]
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = ()
    __table__: ClassVar[Table]

    def __init_subclass__(cls) -> None:
        """Make the table of a subclass."""
        columns = [declared.make_column(name) for name, declared in _declarations(cls)]
        cls.__table__ = Table(cls.__tablename__, cls.metadata, *columns, *cls.__table_args__)
        for column in columns:
            setattr(cls, column.key, column)

    @classmethod
    def __clause_element__(cls) -> FromClause:
        """Return the table. SQLAlchemy calls this where the class is passed in place of a table."""
        return cls.__table__


def _declarations(table: type[Base]) -> Iterator[tuple[str, _Declaration]]:
    """Yield the columns that a class declares, then those of its mixins, with their names."""
    for base in table.__mro__:
        for name, value in vars(base).items():
            if isinstance(value, _Declaration):
                yield name, value


class _Alias:
    """A table under another name, with its columns as attributes."""

    def __init__(self, table: Table) -> None:
        self._clause = table.alias()

    def __clause_element__(self) -> FromClause:
        return self._clause

    def __getattr__(self, name: str) -> Column[Any]:
        try:
            return self._clause.c[name]
        except KeyError:
            raise AttributeError(name) from None


def aliased(table: type[_R]) -> type[_R]:
    """Return a table under another name, for statements in which it occurs twice."""
    return cast("type[_R]", _Alias(table.__table__))


class TrackedStateColumns:
    """The fields of `vocabulary.TrackedState` as columns of their own.

    Reports read them without reading the history.
    """

    state: ColumnElement[State] = not_null(
        EnumText(State), default=State.UNCHECKED, server_default="unchecked"
    )
    verdict: ColumnElement[Verdict | None] = nullable(EnumText(Verdict))
    reason: ColumnElement[Reason | None] = nullable(EnumText(Reason))
    detail: ColumnElement[str] = not_null(StorableText, default="", server_default="")
    note: ColumnElement[str] = not_null(StorableText, default="", server_default="")
    state_since: ColumnElement[datetime | None] = nullable(UtcDateTime)
    first_failed_at: ColumnElement[datetime | None] = nullable(UtcDateTime)
    last_alive_at: ColumnElement[datetime | None] = nullable(UtcDateTime)
    checked_at: ColumnElement[datetime | None] = nullable(UtcDateTime)
    next_probe_at: ColumnElement[datetime | None] = nullable(UtcDateTime)
    consecutive_failures: ColumnElement[int] = not_null(
        Integer, default=0, server_default=text("0")
    )
    probes: ColumnElement[int] = not_null(Integer, default=0, server_default=text("0"))
    failing_microseconds: ColumnElement[int | None] = nullable(BigInteger)


def hash_text(value: str) -> str:
    """Hash a text of any length for a unique index.

    PostgreSQL refuses index entries over 2,704 bytes, and URLs may be longer. The hash is of the
    text as it is stored, so that two texts that are stored alike count as the same.

    Returns:
        The first `HASH_LENGTH` hexadecimal digits of its SHA-256.

    >>> hash_text("https://example.org/")
    '8198d1bac40a1033653a78e48800cefc'
    """
    stored = replace_unstorable(value)
    return hashlib.sha256(stored.encode()).hexdigest()[:HASH_LENGTH]


def hash_of_column(name: str) -> Callable[[Any], str]:
    """Return a column default that hashes another column of the row that is inserted."""

    def default(context: Any) -> str:
        return hash_text(context.get_current_parameters()[name])

    return default
