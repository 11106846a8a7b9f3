"""${message}

Revision ID: ${up_revision}
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import store.schema.column_types
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    raise NotImplementedError("a schema only goes forward: restore the backup made before the upgrade")
