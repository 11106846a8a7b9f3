"""Store which sitemap or feed lists a link, and when those of a host were read.

Revision ID: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.schema.column_types import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Migrate from the revision before."""
    op.add_column("link", sa.Column("listed_at", UtcDateTime(), nullable=True))
    op.add_column("link", sa.Column("listed_by", sa.Text(), nullable=True))
    op.add_column("host", sa.Column("listing_read_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Refuse: a schema only goes forward."""
    raise NotImplementedError(
        "a schema only goes forward: restore the backup made before the upgrade"
    )
