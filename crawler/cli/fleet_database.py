"""Open and check the database of a fleet for a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from crawler.cli.exit_codes import CommandFailed
from crawler.cli.lazy_imports import check_fleet_queue
from crawler.config import LoadedConfig
from store.errors import DatabaseUnavailable, StoreError
from store.schema.engine import Database, open_without_migrating

# PostgreSQL ends transactions that are idle for this long. So a frozen worker cannot block other
# workers, which wait longer than this for a lock.
_IDLE_TRANSACTION_MS = 15_000


@contextmanager
def opened_fleet_database(loaded: LoadedConfig) -> Iterator[Database]:
    """Open the database of a fleet without upgrading it: workers may be using the old schema.

    Yields:
        The database.

    Raises:
        CommandFailed: The database cannot be used by this version, or the extra `fleet` is missing.
        DatabaseUnavailable: The database cannot be reached.
    """
    database = open_without_migrating(
        loaded.database_url,
        idle_timeout_ms=_IDLE_TRANSACTION_MS,
        unresponsive_seconds=loaded.config.db_wait,
    )
    try:
        try:
            check_fleet_queue(database)
        except DatabaseUnavailable:
            raise
        except StoreError as error:
            raise CommandFailed(str(error)) from error
        yield database
    finally:
        database.close()
