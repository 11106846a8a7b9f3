"""Add what a link's last whole answer said of its version, and the fragments it did not have.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Migrate from 0002."""
    op.add_column("link", sa.Column("validators", sa.JSON(), nullable=True))
    op.add_column(
        "link",
        sa.Column("missing_fragments", sa.JSON(), nullable=False, server_default="[]"),
    )
