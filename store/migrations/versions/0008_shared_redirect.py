"""Rename the clue "crowd" to "shared-redirect" in the details of soft 404s.

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


def upgrade() -> None:
    """Migrate from the revision before."""
    for name in ("link", "host", "probe"):
        table = sa.table(name, sa.column("reason"), sa.column("detail"))
        detail = table.c.detail
        # Clues are separated by commas; other words of a detail are left alone.
        listed = sa.literal(", ").concat(detail).concat(", ")
        is_named = (table.c.reason == "soft-404") & listed.contains(f", {_OLD}, ")
        op.execute(
            sa.update(table).where(is_named).values(detail=sa.func.replace(detail, _OLD, _NEW))
        )


def downgrade() -> None:
    """Refuse: a schema only goes forward."""
    raise NotImplementedError(
        "a schema only goes forward: restore the backup made before the upgrade"
    )
