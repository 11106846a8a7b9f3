"""Store under which spelling of its URL an archive recorded a copy.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Migrate from the revision before."""
    with op.batch_alter_table("mirror") as batch:
        batch.add_column(
            sa.Column("spelling", sa.String(40), nullable=False, server_default="same")
        )


def downgrade() -> None:
    """Refuse: a schema only goes forward."""
    raise NotImplementedError(
        "a schema only goes forward: restore the backup made before the upgrade"
    )
