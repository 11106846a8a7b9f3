"""The schema's revision: is the database ours to use, and how is an older one brought up to date?

Alembic is imported only where there is something to migrate: it costs more than a whole scan of an unchanged wiki.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, inspect, text

from store.errors import DatabaseNewer, DatabaseUrlError, StoreError

HEAD = "0002"  # the newest file in migrations/versions; a test holds the two together
VERSION_TABLE = "alembic_version"  # a database without it is another program's, or empty
_ADVISORY_LOCK = 0x486F6C64  # one number for all Holdfasts: migrations wait for each other


def read_revision(connection: Connection) -> str | None:
    """Read the schema's revision; None for an empty database. Raises StoreError for a database of something else."""
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return None
    if VERSION_TABLE not in tables:
        raise DatabaseUrlError(
            f"{connection.engine.url.render_as_string()} holds tables of another program: give Holdfast a database of its own"
        )
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return None if row is None else str(row[0])


def migrate_if_older(engine: Engine) -> None:
    """Migrate to the present revision if the schema is older; raise DatabaseNewer if it is newer."""
    with engine.begin() as connection:
        revision = read_revision(connection)
    if revision is not None and revision > HEAD:
        raise DatabaseNewer(
            f"{engine.url.render_as_string()} was written by a later Holdfast (schema {revision}, this one knows {HEAD}): upgrade Holdfast"
        )
    if revision != HEAD:
        _migrate(engine, backup=revision is not None)


def _migrate(engine: Engine, *, backup: bool) -> None:
    from alembic import command  # noqa: PLC0415  see the module's docstring
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    if backup and engine.dialect.name == "sqlite":
        _back_up(engine)
    with _migrations() as folder, _exclusive(engine) as connection:
        if read_revision(connection) == HEAD:  # another process was faster
            return
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _migrations() -> Iterator[Path]:
    """Give the folder of the migrations. Alembic wants files; from an egg, as scrapyd runs them, they are copied out first."""
    folder = files("store").joinpath("migrations")
    if isinstance(folder, Path):
        yield folder
        return
    with TemporaryDirectory(prefix="holdfast-") as copy:
        _copy(folder, Path(copy))
        yield Path(copy)


def _copy(folder: Traversable, target: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir():
            (target / entry.name).mkdir()
            _copy(entry, target / entry.name)
        else:
            (target / entry.name).write_bytes(entry.read_bytes())


@contextmanager
def _exclusive(engine: Engine) -> Iterator[Connection]:
    """Give the one connection that may migrate, in a transaction; others wait.

    Foreign keys are off meanwhile on SQLite: rebuilding a parent table with them on would delete its children's rows. They are checked
    before the end.
    """
    with engine.connect().execution_options(writes=True) as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("COMMIT")  # the pragma is ignored inside a transaction
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        yield connection
        if connection.dialect.name == "sqlite" and (
            rows := connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        ):
            raise StoreError(
                f"the migration would leave {len(rows)} rows without what they refer to: nothing was changed, please report it"
            )
        connection.commit()
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def _back_up(engine: Engine) -> None:
    """Copy the file beside itself, whole or not at all: several processes may be about to migrate it at once."""
    source = Path(engine.url.database or "")
    with engine.connect() as connection:
        revision = read_revision(connection)
        with TemporaryDirectory(dir=source.parent, prefix=f".{source.name}.") as folder:
            copy = Path(folder) / "copy"
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("VACUUM INTO ?", (str(copy),))
            copy.replace(source.with_name(f"{source.name}.{revision}.bak"))
