"""Create, upgrade and check the queue's tables, with procrastinate's own SQL.

procrastinate does not store the version of its schema. Holdfast writes the latest migration that
was applied into a comment on the table of jobs.
"""

from __future__ import annotations

from pathlib import Path

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, text

from store.errors import DatabaseNewer, DatabaseUrlError, StoreError
from store.schema.dialects import lock_for_transaction
from store.schema.engine import Database
from store.schema.upgrade import HEAD, read_revision

_LOCK = 0x486F6C66  # advisory lock for schema changes
_TABLE = "procrastinate_jobs"
# Taking a job searches for others with the same lock. procrastinate's index does not start with
# that column, so PostgreSQL would read all of it each time.
_INDEX = (
    f"CREATE INDEX IF NOT EXISTS holdfast_jobs_lock ON {_TABLE} (lock) "
    "WHERE status IN ('todo', 'doing')"
)


class QueueMissing(StoreError):
    """The database has no queue, or an old one: run `holdfast db upgrade`."""


def latest_migration() -> str:
    """Return the name of the latest migration of the installed procrastinate."""
    return _migrations()[-1].stem


def applied_migration(connection: Connection) -> str | None:
    """Return the name of the latest migration that was applied to the database.

    Args:
        connection: A connection to PostgreSQL.

    Returns:
        The name; None if there is no queue.

    Raises:
        QueueMissing: The tables were not created by Holdfast.
    """
    statement = text(
        "SELECT to_regclass(:name) IS NOT NULL, obj_description(to_regclass(:name), 'pg_class')"
    )
    exists, migration = connection.execute(statement, {"name": _TABLE}).one()
    if exists and not migration:
        raise QueueMissing(
            "the database has procrastinate tables of another application: "
            "use a separate database for Holdfast"
        )
    return str(migration) if exists else None


def upgrade_queue(database: Database) -> bool:
    """Create the queue's tables, or upgrade them.

    Args:
        database: The database; nothing is done if it is not PostgreSQL.

    Returns:
        Whether anything was changed. A `StoreError` is raised if the database fails.
    """
    if database.engine.dialect.name != "postgresql":
        return False
    with database.write() as connection:
        lock_for_transaction(connection, _LOCK)
        applied = applied_migration(connection)
        if applied is None:
            _apply(connection, SchemaManager.get_schema())
            _apply(connection, _INDEX)
            _save_migration(connection, latest_migration())
            return True
    missing = [migration for migration in _migrations() if migration.stem > applied]
    for migration in missing:
        # One transaction each: a new enum value cannot be used before it is committed.
        with database.write() as connection:
            lock_for_transaction(connection, _LOCK)
            # Another process may have applied it in the meantime.
            if (applied_migration(connection) or "") < migration.stem:
                _apply(connection, migration.read_text(encoding="utf-8"))
                _save_migration(connection, migration.stem)
    if missing:
        with database.write() as connection:
            _apply(connection, _INDEX)
    return bool(missing)


def check_queue(database: Database) -> None:
    """Check that the database has the queue of this version of Holdfast.

    Args:
        database: The database.

    Raises:
        DatabaseUrlError: It is not PostgreSQL.
        DatabaseNewer: It was upgraded by a later version.
        QueueMissing: It must be upgraded.
    """
    if database.engine.dialect.name != "postgresql":
        raise DatabaseUrlError(
            "a fleet needs PostgreSQL, but the database is SQLite: set --db or HOLDFAST_DB to "
            "postgresql://user@host/name (copy the history with holdfast db export and import), "
            "or use holdfast run on a single machine"
        )
    with database.read() as connection:
        revision = read_revision(connection)
        applied = applied_migration(connection) if revision == HEAD else None
    if revision is not None and revision > HEAD:
        raise DatabaseNewer(
            f"{database.url} was upgraded by a later version of Holdfast "
            f"(schema {revision}, this version knows {HEAD}): upgrade Holdfast"
        )
    if revision != HEAD:
        raise QueueMissing(
            f"{database.url} is out of date (schema {revision}): "
            "stop the workers, then run holdfast db upgrade"
        )
    if applied is None:
        raise QueueMissing(f"{database.url} has no queue yet: run holdfast db upgrade")
    if applied < latest_migration():
        raise QueueMissing(
            f"the queue in {database.url} is out of date: "
            "stop the workers, then run holdfast db upgrade"
        )
    if applied > latest_migration():
        raise DatabaseNewer(
            f"the queue in {database.url} was upgraded by a later version of Holdfast: "
            "upgrade Holdfast (run pip install '.[fleet]' in its new checkout)"
        )


def _apply(connection: Connection, statements: str) -> None:
    """Execute SQL that may have several statements."""
    cursor = connection.connection.cursor()
    cursor.execute(statements)  # SQLAlchemy would run only one statement


def _save_migration(connection: Connection, migration: str) -> None:
    """Store the name of the latest migration, as a comment on the table of jobs."""
    connection.exec_driver_sql(f"COMMENT ON TABLE {_TABLE} IS '{migration}'")


def _migrations() -> list[Path]:
    """Return the files of the migrations in order; their names begin with procrastinate's version.

    procrastinate has migrations to apply before and others to apply after an upgrade of its code.
    Here all are applied together, after it.
    """
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
