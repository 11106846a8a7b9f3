"""The queue's tables: made and upgraded by procrastinate's own SQL, and looked at by every worker before it takes a job.

procrastinate keeps no version of its schema in the database; we note the newest migration that was applied as a comment on its table of jobs.
"""

from __future__ import annotations

from pathlib import Path

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, text

from store.errors import DatabaseNewer, DatabaseUrlError, StoreError
from store.schema.dialects import take_turns
from store.schema.engine import Database
from store.schema.upgrade import HEAD, revision_of

_LOCK = 0x486F6C66  # of those who change the schema
_TABLE = "procrastinate_jobs"
# Taking a job looks for others with its lock; procrastinate's own index does not begin with it, and is read whole each time.
_INDEX = f"CREATE INDEX IF NOT EXISTS holdfast_jobs_lock ON {_TABLE} (lock) WHERE status IN ('todo', 'doing')"


class QueueMissing(StoreError):
    """The database has no queue, or an old one: bring it up to date."""


def latest_migration() -> str:
    """Name the newest migration that the installed procrastinate brings."""
    return _migrations()[-1].stem


def applied_migration(connection: Connection) -> str | None:
    """Name the newest migration the database has had; None where it has no queue. Raises QueueMissing where nobody noted it."""
    statement = text(
        "SELECT to_regclass(:name) IS NOT NULL, obj_description(to_regclass(:name), 'pg_class')"
    )
    there, note = connection.execute(statement, {"name": _TABLE}).one()
    if there and not note:
        raise QueueMissing(
            "the database has tables of procrastinate that Holdfast did not make: give Holdfast a database of its own"
        )
    return str(note) if there else None


def upgrade_queue(database: Database) -> bool:
    """Make the queue's tables, or upgrade them; tell whether there was anything to do. Raises StoreError."""
    if database.engine.dialect.name != "postgresql":
        return False
    with database.write() as connection:
        take_turns(connection, _LOCK)
        known = applied_migration(connection)
        if known is None:
            _apply(connection, SchemaManager.get_schema())
            _apply(connection, _INDEX)
            _note(connection, latest_migration())
            return True
    behind = [migration for migration in _migrations() if migration.stem > known]
    for (
        migration
    ) in behind:  # each by itself: a new word of an enum cannot be used before it is committed
        with database.write() as connection:
            take_turns(connection, _LOCK)
            if (applied_migration(connection) or "") < migration.stem:  # another process may be faster
                _apply(connection, migration.read_text(encoding="utf-8"))
                _note(connection, migration.stem)
    if behind:
        with database.write() as connection:
            _apply(connection, _INDEX)
    return bool(behind)


def check_queue(database: Database) -> None:
    """Raise a StoreError that says what to do unless the queue is as this Holdfast knows it."""
    if database.engine.dialect.name != "postgresql":
        raise DatabaseUrlError(
            "a fleet needs PostgreSQL, and this is SQLite: set --db or HOLDFAST_DB to postgresql://user@host/name "
            "(holdfast db export and import take the history along); on one machine, holdfast run does it all"
        )
    with database.read() as connection:
        revision = revision_of(connection)
        known = applied_migration(connection) if revision == HEAD else None
    if revision is not None and revision > HEAD:
        raise DatabaseNewer(
            f"{database.url} was upgraded by a later Holdfast (schema {revision}, this one knows {HEAD}): upgrade this one too"
        )
    if revision != HEAD:
        raise QueueMissing(
            f"{database.url} is not up to date (schema {revision}): stop the workers, then run holdfast db upgrade"
        )
    if known is None:
        raise QueueMissing(f"{database.url} has no queue yet: run holdfast db upgrade")
    if known < latest_migration():
        raise QueueMissing(
            f"the queue in {database.url} is older than this Holdfast: stop the workers, then run holdfast db upgrade"
        )
    if known > latest_migration():
        raise DatabaseNewer(
            f"the queue in {database.url} was made for a later Holdfast: upgrade this one (pip install -U 'holdfast[fleet]')"
        )


def _apply(connection: Connection, statements: str) -> None:
    cursor = connection.connection.cursor()
    cursor.execute(statements)  # many statements at once, and no parameters


def _note(connection: Connection, migration: str) -> None:
    connection.exec_driver_sql(f"COMMENT ON TABLE {_TABLE} IS '{migration}'")


def _migrations() -> list[Path]:
    """List migrations by their names, which begin with the version they are for; what is to come before and after code is all the same here."""
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
