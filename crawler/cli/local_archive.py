"""`holdfast archive --to local`: copies kept on a disk of one's own, and packed."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from crawler.archives.local_urls import parse_record_address
from crawler.cli.console import TerminalOutput, one_line
from crawler.cli.crawl_runner import CrawlRunner
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.log_setup import print_message
from crawler.cli.text_format import pluralize
from crawler.config import LoadedConfig
from crawler.files.safe_files import replacement_of
from crawler.items import CaptureItem
from crawler.jobs.clock import system_clock
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import LocalArchiveError
from crawler.local_archive.wacz import WaczPage, write_wacz
from crawler.local_archive.writer import open_archive_writer
from crawler.local_capture import incomplete_captures, verify_local_mirrors, wanted_local_captures
from crawler.local_capture.replay_urls import update_replay_urls
from crawler.preservation.mirror_review import review_mirrors
from crawler.spiders.captures import CapturesSpider
from store.schema.engine import open_database
from store.vocabulary import LOCAL, CaptureStatus
from store.work.local_mirrors import local_pages


async def archive_locally(
    crawls: CrawlRunner, job: Job, screen: TerminalOutput, *, limit: int
) -> None:
    """Keep what is not kept yet, read back what was not read for a while, and say what both came to."""
    await _keep(
        crawls,
        job,
        screen,
        limit=limit,
        total=min(limit, len(wanted_local_captures(job))) + len(incomplete_captures(job)),
    )
    _look_after(job)
    if not job.config.archives.local.base_url:
        screen.note(
            "no page will be led to these copies until archives.local.base_url says where they are shown"
        )


async def complete_copies(crawls: CrawlRunner, job: Job, screen: TerminalOutput) -> None:
    """Keep what pages show that probes brought, and read back what they brought."""
    if not job.stop:
        await _keep(crawls, job, screen, limit=0, total=len(incomplete_captures(job)))
    _look_after(job)


async def _keep(
    crawls: CrawlRunner, job: Job, screen: TerminalOutput, *, limit: int, total: int
) -> None:
    failed = Counter[str]()
    if total and not job.stop:
        with screen.progress("keeping pages", total) as advance:

            def on_item(item: Any) -> None:
                if isinstance(item, CaptureItem):
                    advance(f"{item.result.status} {item.task.url}", kind=item.result.status)
                    if item.result.status is CaptureStatus.FAILED:
                        failed[item.result.code] += 1
                        if screen.verbose:
                            screen.note(
                                f"{item.task.url}: not kept: {item.result.code}: {item.result.detail}"
                            )

            await crawls.crawl(CapturesSpider, job, limit=limit, to=LOCAL, on_item=on_item)
    if failed:
        each = ", ".join(f"{count} {code}" for code, count in failed.most_common())
        screen.note(
            f"{pluralize(failed.total(), 'page')} not kept ({each}){'' if screen.verbose else '; -v says which'}"
        )


def _look_after(job: Job) -> None:
    folder = ArchiveLayout(job.loaded.local_archive)
    if folder.exists():
        with job.isolated(Unit.MIRROR, str(folder.path)):
            verify_local_mirrors(job, folder)
        review_mirrors(job)
        update_replay_urls(job.database, job.config.archives.local.base_url)


def print_local_plan(job: Job, *, limit: int) -> None:
    """What would be kept, in order, and why."""
    wanted = wanted_local_captures(job)
    for choice in wanted[:limit]:
        click.echo(f"keep  {one_line(choice.url)}  ({one_line('; '.join(choice.reasons))})")
    begun = len(incomplete_captures(job))
    completed = f", {pluralize(begun, 'page')} that probes brought to complete" if begun else ""
    print_message(f"{pluralize(len(wanted), 'page')} to keep in {job.loaded.local_archive}{completed}")


def pack_archive(loaded: LoadedConfig, file: Path, screen: TerminalOutput) -> None:
    """Write everything the archive holds into a WACZ file, whole or not at all. Raises Failure."""
    folder = ArchiveLayout(loaded.local_archive)
    if not folder.warc_files():
        raise CommandFailed(
            f"{folder.path} holds no archive yet: holdfast archive --to local makes one"
        )
    pages = _pages(loaded)
    with suppress(LocalArchiveError), open_archive_writer(folder):
        pass  # what a killed process left without an index is indexed
    try:
        with replacement_of(file) as stream:
            title = f"{loaded.config.wiki or 'Holdfast'}: the pages it cites"
            files = write_wacz(
                folder,
                stream,
                pages,
                title=title,
                software=f"Holdfast/{version('holdfast')}",
                now=system_clock(),
            )
    except OSError as error:
        raise CommandFailed(
            f"{file} cannot be written: {error.strerror}", ExitCode.FAILED
        ) from error
    screen.note(
        f"{pluralize(len(pages), 'page')} in {pluralize(files, 'WARC file')} packed into {file} ({file.stat().st_size / 1e6:,.1f} MB)"
    )


def _pages(loaded: LoadedConfig) -> list[WaczPage]:
    database = open_database(loaded.database_url)
    try:
        with database.read() as connection:
            found = [
                (parse_record_address(page.key), page.title)
                for page in local_pages(connection, LOCAL)
            ]
    finally:
        database.close()
    return [
        WaczPage(url=address.original, captured_at=address.captured_at, title=title)
        for address, title in found
        if address and address.original and address.captured_at
    ]
