"""What the commands of a fleet have in common: its database, looked at before anything is done with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from crawler.cli.exit_codes import CommandFailed
from crawler.config import LoadedConfig
from store.errors import DatabaseUnavailable, StoreError
from store.schema.engine import Database, open_as_it_is

# A worker frozen within a transaction keeps the others from its rows for so long. Nothing here thinks longer between two statements; and
# the others wait for a lock longer than that.
_FROZEN_MS = 15_000


@contextmanager
def opened_fleet(loaded: LoadedConfig) -> Iterator[Database]:
    """Open a fleet's database as it is: upgrading it under workers that are at work is for a person to decide. Raises Failure, StoreError."""
    database = open_as_it_is(loaded.database_url, idle_timeout_ms=_FROZEN_MS)
    try:
        try:
            from crawler.fleet.schema import check_queue  # noqa: PLC0415  an extra that may not be installed
        except ModuleNotFoundError as error:
            raise CommandFailed(
                f"a fleet needs {error.name}, which is not installed: pip install 'holdfast[fleet]'"
            ) from error
        try:
            check_queue(database)
        except DatabaseUnavailable:
            raise
        except StoreError as error:
            raise CommandFailed(str(error)) from error
        yield database
    finally:
        database.close()
