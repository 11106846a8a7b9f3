"""Run all checks. Those of software, configuration, pages and notifications are in this module."""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Iterator, Sequence
from importlib.util import find_spec

from crawler.config import LoadedConfig
from crawler.doctor.archive import check_archive, check_memento_archives
from crawler.doctor.database import check_database
from crawler.doctor.model import CheckResult, CheckStatus
from crawler.files.writable import why_not_writable
from crawler.notifications import configured_channels
from crawler.process.version import holdfast_version
from crawler.scan.discovery import page_sources, published_sites
from crawler.scan.page_sites import overridden_generators
from crawler.scan.page_source import PageSource, PageSourceError
from store.vocabulary import PageWarning

_MAX_SHOWN_SITES = 3


def run_checks(
    loaded: LoadedConfig, *, network: bool = True, archives: bool = False
) -> Iterator[CheckResult]:
    """Yield the results of all checks, one after the other.

    Args:
        loaded: The configuration to check.
        network: Whether to check the archive, the clock and the API keys (three requests at most).
        archives: Whether to check every archive with Memento, too (one request each).

    Yields:
        The results, each when its check is done.
    """
    yield _check_software()
    yield _check_configuration(loaded)
    yield _check_contact(loaded)
    for wiki in loaded.wikis():
        prefix = f"{wiki.config.wiki}: " if loaded.config.wikis else ""
        yield from _check_pages(wiki, prefix)
        yield from _check_reports_folder(wiki, prefix)
    yield from check_database(loaded)
    # No test message is sent: recipients would take it for a finding.
    for channel in configured_channels(loaded.config):
        yield CheckResult(CheckStatus.OK, f"notifications go to {channel.name}")
    if network:
        yield from check_archive(loaded)
        if archives:
            yield from check_memento_archives(loaded)
    else:
        yield CheckResult(CheckStatus.NOTE, "network checks skipped")


def _check_software() -> CheckResult:
    with_or_without = "with" if find_spec("psycopg") else "without"
    versions = (
        f"Holdfast {holdfast_version()}",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        f"{with_or_without} PostgreSQL",
    )
    return CheckResult(CheckStatus.OK, ", ".join(versions))


def _check_configuration(loaded: LoadedConfig) -> CheckResult:
    if loaded.file is None:
        return CheckResult(
            CheckStatus.NOTE,
            "no configuration file: default settings are used",
            "run holdfast init to write one",
        )
    return CheckResult(CheckStatus.OK, f"configuration {loaded.file}")


def _check_contact(loaded: LoadedConfig) -> CheckResult:
    network = loaded.config.network
    message = f"user agent: {network.user_agent}"
    if network.contact:
        return CheckResult(CheckStatus.OK, message)
    return CheckResult(
        CheckStatus.NOTE,
        f"{message}: site owners cannot contact you",
        "set network.contact to your e-mail address or a URL",
    )


def _check_reports_folder(wiki: LoadedConfig, prefix: str) -> Iterator[CheckResult]:
    """Yield a problem if a run could not write its reports."""
    folder = wiki.folder / (wiki.config.report.output or ".holdfast")
    if problem := why_not_writable(folder):
        yield CheckResult(
            CheckStatus.PROBLEM,
            f"{prefix}cannot write reports to {folder}: {problem}",
            "set report.output to another folder, or use --output",
        )


def _check_pages(wiki: LoadedConfig, prefix: str) -> Iterator[CheckResult]:
    """Yield how many pages a wiki has, and what is wrong with them.

    Args:
        wiki: The configuration of the wiki.
        prefix: The wiki's name before each message, "book: "; empty for a single wiki.
    """
    try:
        sources = list(page_sources(wiki, ()))
    except PageSourceError as error:
        yield CheckResult(CheckStatus.PROBLEM, str(error), "correct pages in the configuration")
        return
    for source in sources:
        if isinstance(source, PageWarning):
            yield CheckResult(CheckStatus.NOTE, f"{source.page}: {source.message}")
    pages = sum(isinstance(source, PageSource) for source in sources)
    sites = published_sites(wiki, ())
    if pages or sites:
        found = ", ".join([f"{prefix}pages: {pages:,}", *sites])
        yield CheckResult(CheckStatus.OK, found)
        yield from _check_generator(wiki, prefix, sources)
    else:
        yield CheckResult(
            CheckStatus.PROBLEM,
            f"{prefix}no pages found",
            "set pages in the configuration to the folder of the pages",
        )


def _check_generator(
    wiki: LoadedConfig, prefix: str, sources: Sequence[PageSource | PageWarning]
) -> Iterator[CheckResult]:
    """Yield a note for each folder whose generator is not the configured one."""
    pages = [source for source in sources if isinstance(source, PageSource)]
    for generator, folder in overridden_generators(wiki, pages)[:_MAX_SHOWN_SITES]:
        yield CheckResult(
            CheckStatus.NOTE,
            f'{prefix}generator = "{wiki.config.generator}", but the pages in {folder or "."} are '
            f"published by {generator}: their internal links are resolved as paths in the "
            "repository",
            f'remove generator from the configuration, or set it to "{generator}"',
        )
