"""Rename tables, columns and stored words to the field's terms; index long texts by their hash.

PostgreSQL refuses index entries over 2,704 bytes: one longer URL ended every run. Unique
constraints on texts of any length are therefore on hashes from here on.

Revision ID: 0002
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from store.schema.column_types import UtcDateTime
from store.schema.models.base import HASH_LENGTH, hash_text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ROWS_PER_STEP = 2_000

# (table, column, old word, new word)
_WORDS = (
    ("search", "outcome", "nothing-kept", "no-baseline"),
    ("capture", "status", "asked", "requested"),
    ("mirror", "quality", "unseen", "unverified"),
    ("mirror", "quality", "drifted", "other-capture"),
    ("mirror", "quality", "worthless", "unusable"),
    ("comparison", "outcome", "none", "unchanged"),
    ("comparison", "outcome", "some", "partly-changed"),
    ("comparison", "outcome", "strong", "changed"),
)
# (table, text column, hash column, old unique constraint, columns of the new one)
_HASHES = (
    ("host", "name", "name_hash", "uq_host_name", ("name_hash",)),
    ("link", "key", "key_hash", "uq_link_key", ("key_hash",)),
    ("page", "path", "path_hash", "uq_page_wiki_path", ("wiki", "path_hash")),
    ("proposal", "url", "url_hash", "uq_proposal_link_id_url", ("link_id", "url_hash")),
)
_COLUMNS = (
    ("host", "kept_interval_ms", "observed_interval_ms"),
    ("lookup", "asked_at", "requested_at"),
    ("capture", "asked_at", "requested_at"),
    ("capture", "seen", "observed_reason"),
)


def upgrade() -> None:
    """Migrate from 0001."""
    for table, old, new in _COLUMNS:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    _create_comparison()
    _create_pending_notification()
    for table, column, old, new in _WORDS:
        target = sa.table(table, sa.column(column))
        op.execute(sa.update(target).where(target.c[column] == old).values({column: new}))
    with op.batch_alter_table("mirror") as batch:
        batch.alter_column("quality", server_default="unverified", existing_nullable=False)
    _rewrite_json("proposal", "evidence", _rename_evidence)
    _rewrite_json("link", "warnings", _rename_warnings)
    for table, text_column, hash_column, old_constraint, unique in _HASHES:
        _add_hash(table, text_column, hash_column)
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(old_constraint, type_="unique")
            batch.alter_column(hash_column, existing_type=sa.String(HASH_LENGTH), nullable=False)
            batch.create_unique_constraint(f"uq_{table}_{'_'.join(unique)}", list(unique))


def downgrade() -> None:
    """Refuse: a schema only goes forward."""
    raise NotImplementedError(
        "a schema only goes forward: restore the backup made before the upgrade"
    )


def _create_comparison() -> None:
    """Replace the table `drift` by `comparison`, with constraints that have its name."""
    op.create_table(
        "comparison",
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("mirror_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("compared_at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("remaining_share", sa.Double(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("passages", sa.JSON(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("next_comparison_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_comparison_link_id_link")),
        sa.ForeignKeyConstraint(
            ["mirror_id"], ["mirror.id"], name=op.f("fk_comparison_mirror_id_mirror")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_comparison_run_id_run")),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_comparison")),
    )
    op.execute(
        "INSERT INTO comparison (link_id, mirror_id, run_id, compared_at, outcome, "
        "remaining_share, detail, passages, since, next_comparison_at) "
        "SELECT link_id, mirror_id, run_id, compared_at, outcome, kept, "
        "detail, passages, since, next_comparison_at FROM drift"
    )
    op.drop_table("drift")


def _create_pending_notification() -> None:
    """Replace the table `owed_notice` by `pending_notification`."""
    op.create_table(
        "pending_notification",
        sa.Column("wiki", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("pending_since", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_pending_notification_run_id_run")
        ),
        sa.PrimaryKeyConstraint("wiki", "channel", "run_id", name=op.f("pk_pending_notification")),
    )
    op.execute(
        "INSERT INTO pending_notification (wiki, channel, run_id, pending_since) "
        "SELECT wiki, channel, run_id, owed_at FROM owed_notice"
    )
    op.drop_table("owed_notice")


def _rewrite_json(table: str, column: str, rewrite: Callable[[list[Any]], list[Any]]) -> None:
    """Pass each list in a JSON column through `rewrite`, and write those that differ."""
    connection = op.get_bind()
    target = sa.table(table, sa.column("id"), sa.column(column, sa.JSON()))
    is_empty = sa.cast(target.c[column], sa.Text()) == "[]"
    rows = connection.execute(sa.select(target.c.id, target.c[column]).where(~is_empty)).all()
    for row_id, value in rows:
        rewritten = rewrite(value)
        if rewritten != value:
            connection.execute(
                sa.update(target).where(target.c.id == row_id).values({column: rewritten})
            )


def _rename_evidence(evidence: list[Mapping[str, str]]) -> list[Any]:
    return [
        {**item, "kind": "url-pattern"} if item["kind"] == "siblings-moves" else item
        for item in evidence
    ]


def _rename_warnings(warnings: list[str]) -> list[Any]:
    return ["other-capture" if warning == "drifted" else warning for warning in warnings]


def _add_hash(table: str, text_column: str, hash_column: str) -> None:
    """Add a hash column, and fill it for the rows that are there."""
    op.add_column(table, sa.Column(hash_column, sa.String(HASH_LENGTH), nullable=True))
    connection = op.get_bind()
    target = sa.table(table, sa.column("id"), sa.column(text_column), sa.column(hash_column))
    statement = (
        sa.update(target)
        .where(target.c.id == sa.bindparam("row_id"))
        .values({hash_column: sa.bindparam("hash")})
    )
    last_id = 0
    while True:
        step = (
            sa.select(target.c.id, target.c[text_column])
            .where(target.c.id > last_id)
            .order_by(target.c.id)
            .limit(_ROWS_PER_STEP)
        )
        rows = connection.execute(step).all()
        if not rows:
            return
        connection.execute(
            statement, [{"row_id": row_id, "hash": hash_text(text)} for row_id, text in rows]
        )
        last_id = rows[-1][0]
