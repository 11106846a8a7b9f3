"""Check that a database exists, for commands that only read it and must not create one."""

from __future__ import annotations

from crawler.cli.exit_codes import CommandFailed
from crawler.config import LoadedConfig
from store.schema.engine import database_exists


def require_database(loaded: LoadedConfig) -> None:
    """Check that the configured database exists.

    Raises:
        CommandFailed: It does not.
        DatabaseUrlError: Its URL cannot be used.
    """
    if not database_exists(loaded.database_url):
        raise CommandFailed("no database yet: run holdfast run first")
