"""Import optional dependencies and rarely used modules when they are needed, not before.

Each function imports its module when it is called. So commands start fast, and run without the
extras `fleet` and `otel` of the package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from crawler.cli.exit_codes import CommandFailed

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from crawler.cli.targets import Target
    from crawler.cli.terminal.console import TerminalOutput
    from crawler.config import LoadedConfig
    from crawler.jobs.job import Job
    from crawler.monitoring.interface import Monitor
    from reports.model import Acknowledgement, FixPlan, Report
    from reports.own_sites import OwnSites
    from store.schema.engine import Database
    from store.vocabulary import Page

FLEET_HINT = "run pip install '.[fleet]' in Holdfast's checkout"


@contextmanager
def fleet_extra_required() -> Iterator[None]:
    """Raise CommandFailed if an import in the block needs the extra `fleet` and it is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise CommandFailed(
            f"a fleet needs {error.name}, which is not installed: {FLEET_HINT}"
        ) from error


def metrics_monitor(target: str, job: Job) -> Monitor:
    """Return the monitor that exports Prometheus metrics.

    Args:
        target: A file, or ADDRESS:PORT to serve metrics at.
        job: The job to monitor.

    Raises:
        CommandFailed: The target cannot be used.
    """
    from crawler.monitoring.metrics import MetricsMonitor, MetricsUnavailable

    try:
        return MetricsMonitor(target, job.database, job.clock)
    except MetricsUnavailable as error:
        raise CommandFailed(f"--metrics: {error}") from error


def trace_monitor(version: str) -> Monitor:
    """Return the monitor that exports OpenTelemetry traces.

    Raises:
        ModuleNotFoundError: The extra `otel` is not installed.
    """
    from crawler.monitoring import traces

    return traces.trace_monitor(version)


def check_fleet_queue(database: Database) -> None:
    """Check that a fleet can use the database.

    Raises:
        CommandFailed: The extra `fleet` is not installed.
        StoreError: The database has no queue, or not the one of this version.
    """
    with fleet_extra_required():
        from crawler.fleet.schema import check_queue
    check_queue(database)


def upgrade_fleet_queue(database: Database) -> None:
    """Create or upgrade the queue of a fleet in a PostgreSQL database.

    Raises:
        ModuleNotFoundError: The extra `fleet` is not installed.
    """
    from crawler.fleet.schema import upgrade_queue

    upgrade_queue(database)


def describe_fleet_queue(connection: Connection) -> str | None:
    """Return a line about the jobs and workers of a fleet; None if there is no fleet."""
    if connection.dialect.name != "postgresql":
        return None  # the queue's library takes longer to import than the command takes
    try:
        from crawler.cli.fleet_status import describe_queue
    except ModuleNotFoundError:
        return None
    return describe_queue(connection)


def store_citations(
    loaded: LoadedConfig,
    targets: Sequence[Target],
    terminal: TerminalOutput,
    pages: tuple[str, ...],
    wiki_names: tuple[str, ...],
    *,
    stdin_format: str,
) -> None:
    """Save the citations of pages. Imported late: to print them, no database is needed."""
    from crawler.cli.actions import scan_store

    scan_store.store_citations(
        loaded, targets, terminal, pages, wiki_names, stdin_format=stdin_format
    )


def plan_repairs(
    connection: Connection, loaded: LoadedConfig, acknowledged: Mapping[int, Acknowledgement]
) -> Mapping[str, FixPlan]:
    """Return what `holdfast fix` can fix of the to-do list, see `fix_preview.plan_repairs`.

    Imported late: reports with nothing to fix do not need the parsers of pages.
    """
    from crawler.cli.fix import preview as fix_preview

    return fix_preview.plan_repairs(connection, loaded, acknowledged)


def own_sites(loaded: LoadedConfig) -> OwnSites:
    """Return the sites of a wiki itself. Imported late: most settings need the parsers of pages."""
    from crawler.scan.generators.own_addresses import own_addresses
    from reports.own_sites import OwnSites

    return OwnSites.of(own_addresses(loaded))


def write_wiki_site(report: Report, wiki: LoadedConfig, folder: Path, *, several: bool) -> None:
    """Write a report as a site. Imported late: most reports are files."""
    from crawler.cli.report import site as report_site

    report_site.write_wiki_site(report, wiki, folder, several=several)


def write_index(wikis: Sequence[LoadedConfig], folder: Path, lang: str | None) -> Path:
    """Return the path of a site's index; write an index of the wikis if there are several."""
    from crawler.cli.report import site as report_site

    return report_site.write_index(wikis, folder, lang)


def scan_written_pages(
    loaded: LoadedConfig, written: Sequence[tuple[LoadedConfig, Sequence[str]]]
) -> None:
    """Scan the pages that `holdfast fix` wrote. Imported late: most calls write none."""
    from crawler.cli.fix.rescan import scan_written_pages

    scan_written_pages(loaded, written)


def scan_sites(
    loaded: LoadedConfig,
    targets: Sequence[Target],
    terminal: TerminalOutput,
    pages: Sequence[str],
    *,
    on_page: Callable[[Page], None] = lambda _: None,
) -> int:
    """Crawl the published sites of several wikis. Imported late: files are read without Scrapy."""
    from crawler.cli.pages import site_crawl

    return site_crawl.scan_sites(loaded, targets, terminal, pages, on_page=on_page)
