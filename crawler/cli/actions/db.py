"""Run `holdfast db upgrade`, `info` and `prune`: maintain the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from crawler.cli.exit_codes import ExitCode
from crawler.cli.lazy_imports import FLEET_HINT, upgrade_fleet_queue
from crawler.cli.options import CommonOptions
from crawler.cli.stored_data import require_database
from crawler.cli.terminal.console import TerminalOutput
from crawler.cli.terminal.text_format import pluralize
from crawler.jobs.configured_database import open_configured_database
from store.maintenance.inventory import read_inventory
from store.maintenance.pruning import count_old_probes, prune
from store.schema.engine import Database
from store.schema.upgrade import HEAD


@contextmanager
def opened_database(common: CommonOptions, *, create: bool = False) -> Iterator[Database]:
    """Open the configured database, upgrading its schema, and close it after the block.

    Args:
        common: The common options.
        create: Create the database if there is none.

    Yields:
        The database.

    Raises:
        CommandFailed: There is no database, and `create` is not set.
    """
    loaded = common.load_as_written()
    if not create:
        require_database(loaded)
    database = open_configured_database(loaded)
    try:
        yield database
    finally:
        database.close()


def upgrade_database(common: CommonOptions) -> ExitCode:
    """Upgrade the schema, and on PostgreSQL the queue of a fleet."""
    terminal = TerminalOutput(common)
    with opened_database(common, create=True) as database:
        terminal.note(f"{database.url}: schema {HEAD}, up to date{_upgrade_queue(database)}")
    return ExitCode.OK


def _upgrade_queue(database: Database) -> str:
    """Upgrade the queue of a fleet, and return the part of the message about it, "" for none."""
    if database.engine.dialect.name != "postgresql":
        return ""
    try:
        upgrade_fleet_queue(database)
    except ModuleNotFoundError as error:
        return f"; no fleet queue, because {error.name} is not installed: {FLEET_HINT}"
    return "; fleet queue up to date"


def show_info(common: CommonOptions) -> ExitCode:
    """Print the size of the database, the number of rows, and the period of its probes."""
    with opened_database(common) as database:
        inventory = read_inventory(database)
    print(f"database  {inventory.url}")
    print(f"schema    {inventory.revision}")
    print(f"size      {inventory.size_bytes / 1e6:,.1f} MB")
    oldest, newest = inventory.oldest_probe_at, inventory.newest_probe_at
    if oldest and newest:
        print(f"probes    {oldest:%Y-%m-%d} to {newest:%Y-%m-%d}")
    width = max(map(len, inventory.rows))
    for table, rows in inventory.rows.items():
        print(f"  {table:{width}}  {rows:12,}")
    return ExitCode.OK


def prune_probes(common: CommonOptions, *, keep_days: int | None) -> ExitCode:
    """Delete old probes.

    Args:
        common: The common options.
        keep_days: Age limit in days; None for the configured one.

    Returns:
        The exit code.
    """
    terminal = TerminalOutput(common)
    days = keep_days or common.load_as_written().config.history.keep_probes_days
    max_age, now = timedelta(days=days), datetime.now(UTC)
    with opened_database(common) as database:
        with database.read() as connection:
            total = count_old_probes(connection, now - max_age)
        with terminal.progress("pruning", total) as advance:

            def on_step(examined_probes: int) -> None:
                for _ in range(examined_probes):
                    advance()

            deleted = prune(database, max_age=max_age, now=now, on_step=on_step)
    probes, age = pluralize(deleted, "probe"), pluralize(days, "day")
    terminal.note(f"{probes} older than {age} deleted; spans are kept")
    return ExitCode.OK
