"""Run by Alembic: `store.schema.upgrade` hands over the connection that may migrate."""

from __future__ import annotations

from alembic import context

from store.schema.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
