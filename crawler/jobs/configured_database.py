"""Open the configured database."""

from __future__ import annotations

from crawler.config import LoadedConfig
from store.schema.engine import Database, open_database


def open_configured_database(loaded: LoadedConfig) -> Database:
    """Open the configured database, creating it or migrating its schema where needed.

    Args:
        loaded: The configuration. A server that responds to nothing is waited for `db_wait`.

    Returns:
        The database. The caller closes it.

    Raises:
        StoreError: The database cannot be used; the message says what to do.
    """
    return open_database(loaded.database_url, unresponsive_seconds=loaded.config.db_wait)
