"""The declarative base of all tables, and the columns that several tables share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import MetaData, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from store.schema.column_types import (
    EnumText,
    IsoDate,
    StorableText,
    UtcDateTime,
    replace_unstorable,
)
from store.vocabulary import Reason, State, Verdict

HASH_LENGTH = 32  # hexadecimal digits: 128 bits, far too many for two keys to collide by chance


class Base(DeclarativeBase):
    """The base class of all tables.

    Constraint names are fixed from the first migration, so that later ones can find them.
    """

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    # SQLAlchemy reads it once.
    type_annotation_map = {  # noqa: RUF012
        datetime: UtcDateTime,
        date: IsoDate,
        str: StorableText,
    }


class TrackedStateColumns:
    """The fields of `vocabulary.TrackedState` as columns of their own.

    Reports read them without reading the history.
    """

    state: Mapped[State] = mapped_column(
        EnumText(State), default=State.UNCHECKED, server_default="unchecked"
    )
    verdict: Mapped[Verdict | None] = mapped_column(EnumText(Verdict))
    reason: Mapped[Reason | None] = mapped_column(EnumText(Reason))
    detail: Mapped[str] = mapped_column(default="", server_default="")
    note: Mapped[str] = mapped_column(default="", server_default="")
    state_since: Mapped[datetime | None]
    first_failed_at: Mapped[datetime | None]
    last_alive_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    next_probe_at: Mapped[datetime | None]
    consecutive_failures: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    probes: Mapped[int] = mapped_column(default=0, server_default=text("0"))


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
