"""`holdfast db`: maintain the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import CommonOptions, Count, common_options
from crawler.config.value_checks import MAX_DAYS


@click.group(
    epilog="""\b
Examples:
  holdfast db info
  holdfast db export wiki.jsonl
  holdfast --db postgresql://user@host/name db import wiki.jsonl
  holdfast db rejudge               how today's rules would judge stored probes
"""
)
@common_options
def command() -> None:
    """Maintain the database: upgrade, check, info, prune, export, import, rejudge."""


@command.command()
@common_options
def upgrade(common: CommonOptions) -> ExitCode:
    """Upgrade the schema of the database.

    Every command except plan and worker does so itself. SQLite files are backed up first. On
    PostgreSQL, the queue of a fleet is created or upgraded, too, if the extra `fleet` is installed.
    """
    from crawler.cli.actions.db import upgrade_database

    return upgrade_database(common)


@command.command()
@common_options
def check(common: CommonOptions) -> ExitCode:
    """Look for damage in the database and the local archive. Changes nothing.

    In the database: a corrupt file, rows whose references are missing, states that do not follow
    from their history. In the archive: records that are incomplete or not where the index says.
    Exit code 1 if damage is found.
    """
    from crawler.cli.actions.db_check import execute

    return execute(common)


@command.command()
@common_options
def info(common: CommonOptions) -> ExitCode:
    """Show the size of the database, the number of rows, and the period of its probes."""
    from crawler.cli.actions.db import show_info

    return show_info(common)


@command.command()
@click.option(
    "--keep-days",
    type=Count(1, MAX_DAYS),
    metavar="DAYS",
    help="Delete probes older than DAYS (default: history.keep_probes_days).",
)
@common_options
def prune(common: CommonOptions, **options: Any) -> ExitCode:
    """Delete old probes, except the latest probe of each link.

    Spans and states are never deleted.
    """
    from crawler.cli.actions.db import prune_probes

    return prune_probes(common, **options)


@command.command("export")
@click.argument(
    "file",
    type=click.Path(dir_okay=False, writable=True, allow_dash=True, path_type=Path),
    default="-",
)
@common_options
def export_(common: CommonOptions, **options: Any) -> ExitCode:
    """Write the whole database as JSON Lines to FILE, or to standard output."""
    from crawler.cli.actions.db_transfer import export_database

    return export_database(common, **options)


@command.command("import")
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
)
@common_options
def import_(common: CommonOptions, **options: Any) -> ExitCode:
    """Import an export (FILE, or - for standard input) into an empty database.

    If an error occurs, nothing is imported.
    """
    from crawler.cli.actions.db_transfer import import_database

    return import_database(common, **options)


@command.command()
@click.option("--write", is_flag=True, help="Save the new verdicts (default: only show them).")
@common_options
def rejudge(common: CommonOptions, **options: Any) -> ExitCode:
    """Judge all stored probes by the current rules, and show which links would change state."""
    from crawler.cli.actions.db_rejudge import execute

    return execute(common, **options)
