"""Store which links the robots.txt of their sites keeps from archives.

Revision ID: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.schema.column_types import StorableText, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Migrate from the revision before."""
    op.add_column("link", sa.Column("refused_robot", StorableText(), nullable=True))
    op.add_column("host", sa.Column("robots_read_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Refuse: a schema only goes forward."""
    raise NotImplementedError(
        "a schema only goes forward: restore the backup made before the upgrade"
    )
