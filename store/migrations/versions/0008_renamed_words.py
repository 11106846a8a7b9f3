"""Rename the clue "crowd" to "shared-redirect" in details, and "spared" to "skipped" in totals.

Revision ID: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_OLD, _NEW = "crowd", "shared-redirect"
_OLD_PREFIX, _NEW_PREFIX = "spared:", "skipped:"


def upgrade() -> None:
    """Migrate from the revision before."""
    _rename_clue()
    _rename_totals()


def _rename_clue() -> None:
    for name in ("link", "host", "probe"):
        table = sa.table(name, sa.column("reason"), sa.column("detail"))
        detail = table.c.detail
        # Clues are separated by commas; other words of a detail are left alone.
        listed = sa.literal(", ").concat(detail).concat(", ")
        is_named = (table.c.reason == "soft-404") & listed.contains(f", {_OLD}, ")
        op.execute(
            sa.update(table).where(is_named).values(detail=sa.func.replace(detail, _OLD, _NEW))
        )


def _rename_totals() -> None:
    run = sa.table("run", sa.column("id", sa.Integer), sa.column("totals", sa.JSON))
    connection = op.get_bind()
    for run_id, totals in connection.execute(sa.select(run.c.id, run.c.totals)).all():
        renamed = {}
        for name, count in (totals or {}).items():
            suffix = name.removeprefix(_OLD_PREFIX)
            renamed[name if suffix == name else f"{_NEW_PREFIX}{suffix}"] = count
        if renamed != (totals or {}):
            connection.execute(sa.update(run).where(run.c.id == run_id).values(totals=renamed))


def downgrade() -> None:
    """Refuse: a schema only goes forward."""
    raise NotImplementedError(
        "a schema only goes forward: restore the backup made before the upgrade"
    )
