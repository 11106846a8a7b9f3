"""Tables stand for themselves in statements, also under a second name."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import select

from store.schema.models import HostRow, LinkRow, aliased


def test_a_table_can_occur_twice_in_a_statement() -> None:
    other = aliased(LinkRow)
    statement = select(LinkRow.id).join(other, other.host_id == LinkRow.host_id)
    assert str(statement).split() == (
        [
            "SELECT",
            "link.id",
            "FROM",
            "link",
            "JOIN",
            "link",
            "AS",
            "link_1",
            "ON",
            "link_1.host_id",
            "=",
            "link.host_id",
        ]
    )


def test_columns_that_tables_share_are_columns_of_each() -> None:
    assert str(LinkRow.state) == "link.state"
    assert str(HostRow.state) == "host.state"
    assert {type(name) for name in HostRow.__table__.columns.keys()} == {str}  # noqa: SIM118


def test_an_unknown_column_of_an_alias_is_an_error() -> None:
    with pytest.raises(AttributeError, match="colour"):
        _ = aliased(LinkRow).colour  # type: ignore[attr-defined]


def test_the_orm_is_imported_neither_to_read_nor_to_write() -> None:
    asked = (
        "import pkgutil, sys, store.queries as queries, store.work as work\n"
        "for room in (queries, work):\n"
        "    for module in pkgutil.iter_modules(room.__path__, room.__name__ + '.'):\n"
        "        __import__(module.name)\n"
        "print('sqlalchemy.orm' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
