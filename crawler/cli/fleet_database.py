"""The database of a fleet: opened and checked before a command works with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from crawler.cli.exit_codes import CommandFailed
from crawler.cli.extras import check_fleet_queue
from crawler.config import LoadedConfig
from store.errors import DatabaseUnavailable, StoreError
from store.schema.engine import Database, open_without_migrating

# PostgreSQL ends a transaction that is idle for this long, so a frozen worker blocks the others for
# no longer. Other workers wait longer than this for a lock.
_IDLE_TRANSACTION_MS = 15_000


@contextmanager
def opened_fleet(loaded: LoadedConfig) -> Iterator[Database]:
    """Open the database of a fleet without upgrading it: workers may be using the old schema.

    Yields:
        The database.

    Raises:
        CommandFailed: The database cannot be used by this version, or the extra `fleet` is missing.
        DatabaseUnavailable: The database cannot be reached.
    """
    database = open_without_migrating(loaded.database_url, idle_timeout_ms=_IDLE_TRANSACTION_MS)
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
