"""Scan the pages of a wiki, and store their citations: new, moved and removed ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath

from msgspec import Struct

from crawler.config import LoadedConfig
from crawler.files.safe_files import may_be_file
from crawler.http.urls import is_web_url
from crawler.jobs.isolation import InternalError, Unit
from crawler.jobs.job import Job
from crawler.pages import Dialect
from crawler.scan.commit_dates import store_commit_dates
from crawler.scan.discovery import published_sites
from crawler.scan.internal_links import resolve_links
from crawler.scan.page_recorder import PageRecorder, versioned_read_mode
from crawler.scan.page_sites import settings_warning
from crawler.scan.page_source import PageSource
from crawler.scan.process_pool import ScanItem, UnchangedPage, read_pages
from crawler.scan.reader import internal_error_in, read_mode_of
from store.vocabulary import Page, PageWarning, Role
from store.work.internal_links import anchors_of_pages, internal_links, update_internal_links
from store.work.pages import ScanTotals, mark_removed, mark_seen
from store.work.stored_pages import StoredPage, last_scan_time, stored_pages


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """The result of scanning one wiki.

    Attributes:
        totals: The counts of what was stored.
        unchanged: Number of pages that had not changed.
        warnings: Those of the pages read (stored too), and about pages that could not be read.
    """

    totals: ScanTotals
    unchanged: int
    warnings: Sequence[PageWarning] = field(default_factory=tuple)


@dataclass(slots=True)
class _PagesRead:
    """The results of reading pages.

    Attributes:
        totals: The counts of what was stored.
        unchanged: Paths of the pages that had not changed.
        warnings: Warnings about pages.
    """

    totals: ScanTotals = field(default_factory=ScanTotals)
    unchanged: list[str] = field(default_factory=list)
    warnings: list[PageWarning] = field(default_factory=list)


def scan_wiki(
    job: Job,
    wiki: LoadedConfig,
    sources: Sequence[PageSource | PageWarning],
    *,
    is_complete: bool,
    on_page: Callable[[str], None],
) -> ScanResult:
    """Read the pages of a wiki that changed, and store them.

    Pages that no longer exist are marked as removed, with their citations. A scan that finds no
    page at all marks none: a folder that was not mounted must not empty a wiki. For the same
    reason, a page is kept that exists, or may exist, but cannot be read.

    Args:
        job: The running job.
        wiki: The configuration of the wiki.
        sources: The pages to read, and warnings about those that cannot be read.
        is_complete: The sources are all pages of the wiki, so any other page was removed. If
            false, a page was removed if its file does not exist.
        on_page: Called with the path of each page that was read.

    Returns:
        The counts and warnings of the scan.

    Raises:
        StoreError: The database cannot be read or written.
    """
    known = job.retries.run_blocking(partial(_load_known_pages, job, wiki))
    hashes = _known_hashes(sources, known.pages, Dialect(wiki.config.dialect))
    read = _read_and_store(job, wiki, sources, hashes, on_page)
    pages = [source for source in sources if isinstance(source, PageSource)]
    missing = _missing_pages(wiki, known.pages, sources, is_complete=is_complete)
    removed = job.retries.run_blocking(partial(_mark_pages, job, wiki, read.unchanged, missing))
    if read.totals.citations_new:
        with job.isolated(Unit.PAGE, f"the git history of {wiki.folder}"):
            store_commit_dates(job, wiki, pages, since=known.last_scan)
    if read.totals.pages or missing:
        with job.isolated(Unit.PAGE, f"the internal links of {wiki.folder}"):
            present = _present_files(wiki, known.pages.keys() - set(missing), pages)
            job.retries.run_blocking(partial(_resolve_internal_links, job, wiki, present))
            if warning := settings_warning(wiki, present):
                read.warnings.append(warning)
    return ScanResult(
        totals=read.totals + removed, unchanged=len(read.unchanged), warnings=read.warnings
    )


class _KnownPages(Struct, frozen=True):
    """The pages that earlier scans of a wiki stored.

    Attributes:
        pages: The pages, by path.
        last_scan: When the wiki was scanned last; None before the first scan.
    """

    pages: Mapping[str, StoredPage]
    last_scan: datetime | None


def _load_known_pages(job: Job, wiki: LoadedConfig) -> _KnownPages:
    """Return the pages that earlier scans stored, from the database."""
    name = wiki.config.wiki
    with job.database.read() as connection:
        return _KnownPages(stored_pages(connection, name), last_scan_time(connection, name))


def _known_hashes(
    sources: Sequence[PageSource | PageWarning], stored: Mapping[str, StoredPage], dialect: Dialect
) -> Mapping[str, str]:
    """Return the hashes of the stored pages, by path.

    Pages stored with another format, dialect or version of the reading rules are left out, so that
    they are read again.
    """
    hashes: dict[str, str] = {}
    for page in sources:
        if isinstance(page, PageWarning) or page.path not in stored:
            continue
        known = stored[page.path]
        if known.read_mode == versioned_read_mode(read_mode_of(page, dialect)):
            hashes[page.path] = known.sha256
    return hashes


def _mark_pages(
    job: Job, wiki: LoadedConfig, unchanged: Sequence[str], missing: Sequence[str]
) -> ScanTotals:
    """Store that pages were seen unchanged, and that others no longer exist."""
    name = wiki.config.wiki
    with job.database.write() as connection:
        mark_seen(connection, unchanged, wiki=name, run_id=job.run_id)
        return mark_removed(connection, missing, wiki=name, run_id=job.run_id)


def _read_and_store(
    job: Job,
    wiki: LoadedConfig,
    sources: Sequence[PageSource | PageWarning],
    known_hashes: Mapping[str, str],
    on_page: Callable[[str], None],
) -> _PagesRead:
    """Read the pages whose hash is not known, and store them."""
    recorder, read = PageRecorder(job, wiki), _PagesRead()
    dialect, local_url = wiki.config.dialect, wiki.config.archives.local.base_url
    for result in read_pages(sources, known_hashes, dialect=dialect, local_archive_url=local_url):
        _count_internal_errors(job, result)
        if isinstance(result, PageWarning):
            read.warnings.append(result)
            continue
        if isinstance(result, UnchangedPage):
            read.unchanged.append(result.path)
        else:
            recorder.add(result)
            read.warnings.extend(result.warnings)
        on_page(result.path)
    recorder.flush()
    read.warnings.extend(recorder.warnings)
    read.totals = recorder.totals
    return read


def _missing_pages(
    wiki: LoadedConfig,
    stored_paths: Iterable[str],
    sources: Sequence[PageSource | PageWarning],
    *,
    is_complete: bool,
) -> Sequence[str]:
    """Return the paths of stored pages that were removed; none if the scan found no page at all."""
    found = {source.path for source in sources if isinstance(source, PageSource)}
    if not found:
        return ()
    missing = [path for path in stored_paths if path not in found]
    if not is_complete or published_sites(wiki, ()):
        # Pages of a published site are in no file; only a crawl finds them.
        missing = [path for path in missing if not is_web_url(path)]
    warnings = (source for source in sources if isinstance(source, PageWarning))
    unreadable = {warning.page for warning in warnings if warning.code == "unreadable"}
    removed = []
    for path in missing:
        is_readable = not _is_at_or_below(path, unreadable)
        if (is_complete and is_readable) or not may_be_file(wiki.folder / path):
            removed.append(path)
    return removed


def _is_at_or_below(path: str, folders: Collection[str]) -> bool:
    """Return whether a path is one of the given paths, or in a folder among them."""
    return path in folders or any(str(each) in folders for each in PurePosixPath(path).parents)


def _count_internal_errors(job: Job, item: ScanItem) -> None:
    """Count the internal errors that worker processes report as warnings."""
    warnings: Sequence[PageWarning] = ()
    if isinstance(item, PageWarning):
        warnings = [item]
    elif isinstance(item, Page):
        warnings = item.warnings
    for warning in warnings:
        if kind := internal_error_in(warning):
            job.errors.add(InternalError(Unit.PAGE, warning.page, kind, "crawler.pages"))


def _present_files(
    wiki: LoadedConfig, stored_paths: Iterable[str], scanned: Sequence[PageSource]
) -> Sequence[PageSource]:
    """Return the sources of all pages in files, sorted by path, also of those not scanned now.

    The site of a page, by which its links are resolved, depends on the other pages.

    Args:
        wiki: The configuration of the wiki.
        stored_paths: The paths of stored pages that were not removed.
        scanned: The pages scanned now. Their sources are returned as they are.
    """
    files = {
        path: PageSource(path=path, size=0, file=wiki.folder / path)
        for path in stored_paths
        if not is_web_url(path)
    }
    files |= {source.path: source for source in scanned}
    return [files[path] for path in sorted(files)]


def _resolve_internal_links(job: Job, wiki: LoadedConfig, sources: Sequence[PageSource]) -> None:
    """Resolve all internal links of the wiki again: a changed page may break links on any other."""
    name = wiki.config.wiki
    with job.database.write() as connection:
        links = internal_links(connection, name)
        anchors = anchors_of_pages(connection, name)
        resolved = resolve_links(wiki, sources, anchors, list(links.values()))
        new_by_id = dict(zip(links, resolved, strict=True))
        changed = {link_id: new for link_id, new in new_by_id.items() if new != links[link_id]}
        update_internal_links(connection, changed)


def register_urls(job: Job, urls: Sequence[str]) -> Sequence[int]:
    """Return the ids of links for URLs. A link is added for each URL that is not stored yet.

    Args:
        job: The running job.
        urls: URLs as cited. URLs that are the same after normalisation share a link.

    Returns:
        The ids, each once, in the order of the URLs.
    """
    if not urls:
        return ()

    def write() -> Mapping[str, int]:
        with job.database.write() as connection:
            return job.link_registry(connection).link_ids(urls, Role.LINK)

    ids = job.retries.run_blocking(write)
    return list(dict.fromkeys(ids[url] for url in urls))
