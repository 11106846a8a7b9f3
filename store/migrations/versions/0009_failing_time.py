"""Store how long a series of failures has lasted, without what a jump of the clock added.

Revision ID: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Migrate from the revision before."""
    for table in ("link", "host"):
        op.add_column(table, sa.Column("failing_microseconds", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Refuse: a schema only goes forward."""
    raise NotImplementedError(
        "a schema only goes forward: restore the backup made before the upgrade"
    )
