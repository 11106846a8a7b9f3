"""Find moves of uncited pages of a site by archived redirects of pages in the same folders."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

from crawler.archive_clients.async_client import AsyncArchive
from crawler.archive_clients.cdx import neighbour_prefix
from crawler.archives.spellings import is_same_page
from crawler.http.url_privacy import may_publish
from crawler.jobs.job import Job
from crawler.liveness.rules.redirects import is_home_page
from crawler.moves.url_rules import KnownMove, have_same_shape
from crawler.reading import PageCache
from store.vocabulary import Snapshot

_MAX_FOLDERS: Final = 3  # of one site
_MAX_NEIGHBOURS: Final = 4  # of one folder


async def moves_of_neighbours(
    job: Job, urls: Sequence[str], archive: AsyncArchive, pages: PageCache
) -> AsyncIterator[KnownMove]:
    """Yield the moves of pages in the folders of lost pages whose URLs have the same shape.

    At most four pages of three folders are looked at. The iteration ends if the job must stop.

    Args:
        job: The job.
        urls: The URLs of lost pages of one site.
        archive: The client that lists archived redirects.
        pages: Reads archived redirects.
    """
    requested = set[str]()
    for url in urls:
        prefix = neighbour_prefix(url)
        if not prefix or prefix in requested or job.stop or not may_publish(url):
            continue
        if len(requested) >= _MAX_FOLDERS:
            return
        requested.add(prefix)
        listing = await archive.redirects(url, of_neighbours=True)
        same_shape = [
            snapshot for snapshot in listing.snapshots if have_same_shape(snapshot.original, url)
        ]
        for snapshot in same_shape[:_MAX_NEIGHBOURS]:
            target = await _target_of_neighbour(job, snapshot, archive, pages)
            if target:
                yield KnownMove(snapshot.original, target)


async def _target_of_neighbour(
    job: Job, first: Snapshot, archive: AsyncArchive, pages: PageCache
) -> str | None:
    """Return the address to which a page moved; None if its archived redirects show none.

    Args:
        job: The job.
        first: The first archived redirect of the page, often to https only. If it shows no move,
            the latest one is read.
        archive: The client that lists archived redirects.
        pages: Reads archived redirects.
    """
    target = await pages.archived_redirect(first)
    if _is_move(first.original, target):
        return target
    if job.stop:
        return None
    later = await archive.redirects(first.original)
    if not later.snapshots or later.snapshots[0].captured_at == first.captured_at:
        return None
    target = await pages.archived_redirect(later.snapshots[0])
    return target if _is_move(first.original, target) else None


def _is_move(url: str, target: str | None) -> bool:
    """Return whether the target of a redirect is another page than the redirecting one."""
    return target is not None and not is_home_page(target) and not is_same_page(target, url)
