"""Find the baseline of a lost page: the content with which candidates are compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from crawler.archive_clients.async_client import AsyncArchive
from crawler.http.url_privacy import may_publish
from crawler.http.urls import same_address
from crawler.jobs.job import Job
from crawler.liveness.rules.redirects import is_home_page
from crawler.moves.lost_page import LostPage
from crawler.reading import PageCache, PoliteReader
from store.vocabulary import LookupOutcome, Snapshot, Verdict

_MAX_MEMENTOS: Final = 2  # of one link; the second is read only if the first cannot be used


class BaselineFinder:
    """Finds the baselines of the lost pages of one site.

    Args:
        job: The job.
        archive: The client that lists archived redirects.
        pages: Reads mementos, each once.
        reader: The reader that `pages` uses; its `postponed_reason` says why a page was not read.
    """

    def __init__(
        self, job: Job, archive: AsyncArchive, pages: PageCache, reader: PoliteReader
    ) -> None:
        self._job = job
        self._archive = archive
        self._pages = pages
        self._reader = reader

    async def find(self, lost: LostPage) -> None:
        """Set the baseline from a memento or an earlier probe, and find archived redirects.

        The results are stored in `lost`.
        """
        for memento in lost.task.mementos[:_MAX_MEMENTOS]:
            page = await self._pages.memento(memento)
            if page and page.is_served and (page.text_shingles or page.digest):
                lost.use_memento(page, memento.url)
                lost.inconclusive_reason = ""
                break
            is_shown = page and (page.is_served or page.judgement.verdict is Verdict.BROKEN)
            if not is_shown:
                reason = page.judgement.reason if page else self._reader.postponed_reason
                lost.inconclusive_reason = f"the archive did not show its memento: {reason}"
        if not lost.has_baseline and lost.task.page_evidence:
            lost.use_probed_page(lost.task.page_evidence)
        if lost.has_baseline and not self._job.stop and may_publish(lost.url):
            await self._find_archived_redirects(lost)

    async def _find_archived_redirects(self, lost: LostPage) -> None:
        listing = await self._archive.redirects(lost.url)
        if listing.outcome is LookupOutcome.UNKNOWN:
            lost.inconclusive_reason = f"the archive's index did not respond: {listing.detail}"
        for snapshot in _first_middle_last(listing.snapshots):
            target = await self._pages.archived_redirect(snapshot)
            if target and not is_home_page(target) and not same_address(target, lost.url):
                lost.redirects.setdefault(target, snapshot.url)


def _first_middle_last(snapshots: Sequence[Snapshot]) -> Sequence[Snapshot]:
    """Return the first, the middle and the last of the given snapshots.

    A site may first redirect to the new page, and later, before it closes, to its home page.
    """
    if not snapshots:
        return []
    positions = dict.fromkeys((0, len(snapshots) // 2, len(snapshots) - 1))
    return [snapshots[position] for position in positions]
