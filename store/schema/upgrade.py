"""Create the tables of a new database, and migrate a database with an older schema.

A new database gets its tables from the models, which a test compares with the migrations. Alembic
is imported only when there is something to migrate: its import takes longer than the first scan of
a small wiki.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    inspect,
    text,
)

from store.errors import DatabaseNewer, DatabaseUrlError, StoreError
from store.files.temporary_folders import remove_leftover_folders, temporary_folder
from store.schema.dialects import lock_for_transaction

HEAD = "0009"  # the newest file in migrations/versions; a test compares them
VERSION_TABLE = "alembic_version"  # a database with tables, but not this one, is not Holdfast's
_LOCK = 0x486F6C64  # any number, the same for all processes: one migrates at a time


def read_revision(connection: Connection) -> str | None:
    """Read the schema's revision.

    Returns:
        The revision, or None for an empty database.

    Raises:
        DatabaseUrlError: The database belongs to another program.
    """
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return None
    if VERSION_TABLE not in tables:
        url = connection.engine.url.render_as_string()
        raise DatabaseUrlError(
            f"{url} has tables of another program: use a database of its own for Holdfast"
        )
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return None if row is None else str(row[0])


def migrate_if_older(engine: Engine) -> None:
    """Migrate the schema to the current revision if it is older.

    An SQLite file is first copied to a backup in the same folder. Incomplete backups of killed
    processes are removed.

    Raises:
        DatabaseNewer: The schema is newer than this version of Holdfast.
    """
    with engine.begin() as connection:
        revision = read_revision(connection)
    if revision is not None and revision > HEAD:
        raise DatabaseNewer(
            f"{engine.url.render_as_string()} was written by a newer Holdfast "
            f"(schema {revision}, this one has {HEAD}): upgrade Holdfast"
        )
    if engine.dialect.name == "sqlite":
        source = Path(engine.url.database or "")
        remove_leftover_folders(source.parent, _backup_prefix(source))
    if revision != HEAD:
        _migrate(engine, backup=revision is not None)


def _migrate(engine: Engine, *, backup: bool) -> None:
    """Create or migrate the tables; with `backup`, copy an SQLite file first."""
    if backup and engine.dialect.name == "sqlite":
        _back_up(engine)
    with _exclusive_transaction(engine) as connection:
        revision = read_revision(connection)
        if revision is None:
            create_tables(connection)
        elif revision != HEAD:  # another process may have migrated it meanwhile
            run_migrations(connection)


def create_tables(connection: Connection) -> None:
    """Create the tables of the current schema in an empty database."""
    from store.schema.models import Base  # noqa: PLC0415  opening a database needs no models

    Base.metadata.create_all(connection)
    metadata = MetaData()  # of Alembic's own table, which is not one of the models
    table = Table(
        VERSION_TABLE,
        metadata,
        # As Alembic creates it.
        Column("version_num", String(32), nullable=False),
        PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
    )
    metadata.create_all(connection)
    connection.execute(table.insert().values(version_num=HEAD))


def run_migrations(connection: Connection) -> None:
    """Migrate a database of any revision, or an empty one, to the current schema."""
    from alembic import command  # noqa: PLC0415  see the module's docstring
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    with _migrations_folder() as folder:
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _migrations_folder() -> Iterator[Path]:
    """Yield the folder of the migrations.

    Alembic needs a folder of files. From an egg, as scrapyd runs it, they are copied to a temporary
    folder.
    """
    folder = files("store.migrations")
    if isinstance(folder, Path):
        yield folder
        return
    with temporary_folder() as copy:
        _copy_contents(folder, copy)
        yield copy


def _copy_contents(folder: Traversable, target: Path) -> None:
    """Copy the contents of a folder, which may be inside an egg, to another folder."""
    for entry in folder.iterdir():
        if entry.is_dir():
            (target / entry.name).mkdir()
            _copy_contents(entry, target / entry.name)
        else:
            (target / entry.name).write_bytes(entry.read_bytes())


@contextmanager
def _exclusive_transaction(engine: Engine) -> Iterator[Connection]:
    """Yield the only connection that may migrate, in a transaction. Other processes wait.

    On SQLite, foreign keys are off meanwhile: rebuilding a table with them on would delete the
    rows that refer to it. They are checked before the commit.
    """
    with engine.connect().execution_options(writes=True) as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            connection.exec_driver_sql("COMMIT")  # the pragma is ignored inside a transaction
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            lock_for_transaction(connection, _LOCK)
        try:
            yield connection
            if is_sqlite:
                _check_foreign_keys(connection)
            connection.commit()
        finally:
            connection.rollback()  # without effect after the commit
            if is_sqlite:
                # The connection returns to the pool, so the pragma is restored after a failure
                # as well. SQLAlchemy begins a transaction for it, in which it is ignored.
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def _check_foreign_keys(connection: Connection) -> None:
    rows = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if rows:
        raise StoreError(
            f"the migration would leave {len(rows)} rows that refer to missing ones: "
            "nothing was changed, please report it"
        )


def _back_up(engine: Engine) -> None:
    """Copy the SQLite file to a backup in its folder, completely or not at all.

    Several processes may do so at once.
    """
    source = Path(engine.url.database or "")
    with engine.connect() as connection:
        revision = read_revision(connection)
        with temporary_folder(source.parent, _backup_prefix(source)) as folder:
            copy = folder / "copy"
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("VACUUM INTO ?", (str(copy),))
            copy.replace(source.with_name(f"{source.name}.{revision}.bak"))


def _backup_prefix(database: Path) -> str:
    """Return the prefix of the names of temporary folders for a database's backups."""
    return f".{database.name}."
