"""Open the configured database."""

from __future__ import annotations

from math import inf
from typing import Final

from crawler.config import LoadedConfig
from store.schema.engine import BUSY_TIMEOUT_MS, Database, open_database

# Seconds to wait for a lock even if nothing may be waited for: other programs write for a moment.
_MIN_SECONDS: Final = 1.0


def open_configured_database(loaded: LoadedConfig, *, seconds: float = inf) -> Database:
    """Open the configured database, creating it or migrating its schema where needed.

    Args:
        loaded: The configuration. No statement waits longer than `db_wait` for a lock or for a
            server that responds to nothing.
        seconds: A shorter wait.

    Returns:
        The database. The caller closes it.

    Raises:
        StoreError: The database cannot be used; the message says what to do.
    """
    wait = max(_MIN_SECONDS, min(seconds, loaded.config.db_wait))
    return open_database(
        loaded.database_url,
        busy_timeout_ms=min(BUSY_TIMEOUT_MS, round(wait * 1000)),
        unresponsive_seconds=wait,
    )
