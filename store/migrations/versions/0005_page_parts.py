"""Store which parts of archive copies (images, style sheets, frames) the archives have.

Revision ID: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.schema.column_types import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Migrate from the revision before."""
    with op.batch_alter_table("mirror") as batch:
        batch.add_column(sa.Column("parts_checked", sa.SmallInteger(), nullable=True))
        batch.add_column(sa.Column("parts_missing", sa.SmallInteger(), nullable=True))
        batch.add_column(sa.Column("parts_checked_at", UtcDateTime(), nullable=True))
        batch.add_column(sa.Column("parts_due_at", UtcDateTime(), nullable=True))
    op.create_table(
        "archived_part",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("url_hash", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("is_there", sa.Boolean(), nullable=False),
        sa.Column("captured_at", UtcDateTime(), nullable=True),
        sa.Column("asked_for", UtcDateTime(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("service", "url_hash", name=op.f("pk_archived_part")),
    )


def downgrade() -> None:
    """Refuse: a schema only goes forward."""
    raise NotImplementedError(
        "a schema only goes forward: restore the backup made before the upgrade"
    )
