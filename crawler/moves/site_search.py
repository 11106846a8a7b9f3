"""The search for the new addresses of one site's broken links.

First what is cheap to know: redirects an archive remembers, what the page called itself, what other pages of the site did. Then the site is
asked what pages it has. Whatever is found is read and held against the memento, with another page of its site as the control; and what was
found teaches how the others may have moved.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Final

from crawler.archive_clients.async_client import AsyncArchive
from crawler.archive_clients.wayback import neighbour_prefix
from crawler.archives import parse_mirror
from crawler.http.urls import host_of, link_key, same_address, split_url
from crawler.items import Emit, SearchItem
from crawler.jobs.failed_items import failed_search
from crawler.jobs.isolation import InternalError, Unit
from crawler.jobs.job import Job
from crawler.liveness.redirects import MIN_LINKS_SHARING_TARGET, is_home_page
from crawler.moves.candidates import MoveCandidate, candidates_by_rules, merge_candidates
from crawler.moves.lost_page import LostPage
from crawler.moves.site_listing import SiteListing
from crawler.moves.title_matching import differ_only_in_numbers, title_similarity
from crawler.moves.url_rules import KnownMove, UrlRule, have_same_shape, learn_rules
from crawler.reading.page_cache import PageCache, ReadPage
from crawler.reading.polite_reader import PoliteReader
from store.vocabulary import EvidenceKind, LookupOutcome, MoveEvidence, Snapshot, Verdict
from store.work.searches import SearchTask, known_moves

_MOST_MEMENTOS: Final = 2  # of one link, should the first one say nothing
_MOST_NEIGHBOURHOODS: Final = 3  # of one site
_MOST_NEIGHBOURS: Final = 4
_MOST_LOOKED_AT: Final = 4  # candidates of one link at a time
_CONTROLS: Final = 2
_MOST_CONTROLS_ASKED: Final = 3
_SAME_TITLE: Final = 0.9


class SiteSearch:
    """Looks for the new addresses of one host's broken links. Raises LeaseLost."""

    def __init__(
        self,
        job: Job,
        tasks: Sequence[SearchTask],
        archive: AsyncArchive,
        reader: PoliteReader,
        emit: Emit,
    ) -> None:
        self._job = job
        self._host = tasks[0].host
        self._gone = [LostPage(task) for task in tasks]
        self._archive = archive
        self._reader = reader
        self._emit = emit
        self._pages = PageCache(job, reader)
        self._site = SiteListing(reader, self._pages)
        self._enough = job.config.moves.min_confidence
        self._errors: dict[int, InternalError] = {}  # by link: what ended its search

    async def run(self) -> None:
        """Search, and give what came of it; what could not be searched to the end because the job stops stays due.

        An internal error ends the search for one link, or leaves out one thing that is done for all of them together.
        """
        for gone in self._gone:
            await self._apart(gone, self._recall)
        kept = [gone for gone in self._gone if gone.has_baseline]
        moves = list[KnownMove]()
        await self._together(kept, self._add_known_moves(moves))
        for gone in kept:
            await self._apart(gone, self._look_at_known)
        await self._together(kept, self._apply_rewrites(kept, moves))
        await self._together(kept, self._add_moves_beside(self._missing(kept), moves))
        await self._together(kept, self._apply_rewrites(kept, moves))
        if missing := self._missing(kept):
            await self._together(missing, self._site.collect([gone.task.url for gone in missing]))
            for gone in missing:
                await self._apart(gone, self._look_at_listed)
            await self._together(missing, self._apply_rewrites(missing, moves))
        for gone in self._gone:
            await self._apart(gone, self._conclude)
            if error := self._errors.get(gone.task.link_id):
                await self._emit(failed_search(gone.task, error))

    async def _apart(self, gone: LostPage, step: Callable[[LostPage], Awaitable[None]]) -> None:
        """Take one step of the search for one link, unless an internal error has ended it."""
        if gone.task.link_id in self._errors:
            return
        with self._job.isolated(Unit.SEARCH, gone.task.url) as searching:
            await step(gone)
        if searching.error:
            self._errors[gone.task.link_id] = searching.error

    async def _together(self, concerned: Sequence[LostPage], step: Awaitable[None]) -> None:
        """Take a step for several links at once; without it, what nothing is found for stays unanswered."""
        with self._job.isolated(Unit.SEARCH, self._host) as searching:
            await step
        if searching.error:
            for gone in concerned:
                gone.inconclusive_reason = gone.inconclusive_reason or str(searching.error)

    async def _conclude(self, gone: LostPage) -> None:
        if not self._job.stop or gone.is_found(self._enough):
            proposals = gone.proposals()
            await self._emit(
                SearchItem(
                    task=gone.task,
                    outcome=gone.outcome(),
                    proposals=tuple(proposals),
                    detail=gone.inconclusive_reason,
                )
            )

    def _missing(self, kept: Iterable[LostPage]) -> Sequence[LostPage]:
        """List the links whose new address is not found yet, but for those whose search has ended."""
        missing = []
        for gone in self._unfailed(kept):
            with self._job.isolated(Unit.SEARCH, gone.task.url) as weighing:
                if not gone.is_found(self._enough):
                    missing.append(gone)
            if weighing.error:
                self._errors[gone.task.link_id] = weighing.error
        return missing

    def _unfailed(self, all_gone: Iterable[LostPage]) -> Sequence[LostPage]:
        return [gone for gone in all_gone if gone.task.link_id not in self._errors]

    # --- what is kept

    async def _recall(self, gone: LostPage) -> None:
        """Read what an archive, or we ourselves, keep of a page, and where the archive saw it lead."""
        for memento in gone.task.mementos[:_MOST_MEMENTOS]:
            page = await self._pages.memento(memento)
            if page and page.is_served and (page.text_shingles or page.digest):
                gone.use_memento(page, memento.url)
                gone.inconclusive_reason = ""
                break
            if page is None or page.judgement.verdict is not Verdict.BROKEN:
                gone.inconclusive_reason = f"the archive did not show its memento: {page.judgement.reason if page else self._reader.postponed_reason}"
        if not gone.has_baseline and gone.task.page_evidence:
            gone.use_probed_page(gone.task.page_evidence)
        if gone.has_baseline and not self._job.stop:
            await self._recall_redirects(gone)

    async def _recall_redirects(self, gone: LostPage) -> None:
        listing = await self._archive.redirects(gone.task.url)
        if listing.outcome is LookupOutcome.UNKNOWN:
            gone.inconclusive_reason = f"the archive's index gave no answer: {listing.detail}"
        for snapshot in _first_middle_last(listing.snapshots):
            target = await self._pages.archived_redirect(snapshot)
            if target and not is_home_page(target) and not same_address(target, gone.task.url):
                gone.redirects.setdefault(target, snapshot.url)

    async def _add_moves_beside(self, missing: Sequence[LostPage], moves: list[KnownMove]) -> None:
        """Add where the archive saw neighbours of these pages lead, cited or not: a few of each neighbourhood, built as the page is."""
        asked = set[str]()
        for gone in missing:
            place = neighbour_prefix(gone.task.url)
            if not place or place in asked or len(asked) >= _MOST_NEIGHBOURHOODS or self._job.stop:
                continue
            asked.add(place)
            listing = await self._archive.redirects(gone.task.url, neighbours=True)
            alike = [
                snapshot
                for snapshot in listing.snapshots
                if have_same_shape(snapshot.original, gone.task.url)
            ]
            for snapshot in alike[:_MOST_NEIGHBOURS]:
                target = await self._pages.archived_redirect(snapshot)
                if target and not is_home_page(target):
                    moves.append(KnownMove(snapshot.original, target))

    async def _add_known_moves(self, moves: list[KnownMove]) -> None:
        moves.extend(KnownMove(*pair) for pair in await asyncio.to_thread(self._known_moves))

    def _known_moves(self) -> Sequence[tuple[str, str]]:
        with self._job.database.read() as connection:
            return list(known_moves(connection, self._host))

    # --- candidates

    async def _apply_rewrites(
        self, all_gone: Sequence[LostPage], moves: Iterable[KnownMove]
    ) -> None:
        """Look where the rules that other pages followed lead, as long as that teaches more of them."""
        known, learnt = list(moves), 0
        while True:
            told = list(
                dict.fromkeys(
                    (
                        *known,
                        *(move for gone in self._unfailed(self._gone) for move in gone.moves()),
                    )
                )
            )
            if len(told) == learnt:
                return
            learnt = len(told)
            rewrites = learn_rules(move for move in told if not self._is_catch_all(move.new, told))
            for gone in self._missing(all_gone):
                await self._apart(gone, partial(self._look_where_rules_lead, rewrites))

    async def _look_where_rules_lead(self, rewrites: Sequence[UrlRule], gone: LostPage) -> None:
        await self._look_at(gone, candidates_by_rules(gone.task.url, rewrites))

    async def _look_at_known(self, gone: LostPage) -> None:
        await self._look_at(gone, merge_candidates(gone.known_candidates(), gone.task.url))

    async def _look_at_listed(self, gone: LostPage) -> None:
        gone.inconclusive_reason = gone.inconclusive_reason or self._reader.postponed_reason
        await self._look_at(gone, self._site.index.candidates(gone.task.url, gone.title))

    def _is_catch_all(self, target: str, moves: Sequence[KnownMove]) -> bool:
        return (
            Counter(link_key(move.new) for move in moves)[link_key(target)]
            >= MIN_LINKS_SHARING_TARGET
        )

    async def _look_at(self, gone: LostPage, candidates: Sequence[MoveCandidate]) -> None:
        """Read the likeliest candidates, and hold each against what is kept."""
        wanted = [candidate for candidate in candidates if gone.is_unexamined(candidate)][
            :_MOST_LOOKED_AT
        ]
        for candidate in wanted:
            if parse_mirror(candidate.url) or self._leads_many(candidate.url):
                continue
            page = await self._pages.page(candidate.url)
            if page is None:
                gone.inconclusive_reason = gone.inconclusive_reason or self._reader.postponed_reason
                continue
            gone.examined.add(link_key(candidate.url))
            if page.is_served and self._may_be(gone, page):
                gone.compare(
                    self._with_title(gone, candidate, page),
                    page,
                    None if gone.digest else await self._controls(gone, page),
                )

    def _may_be(self, gone: LostPage, page: ReadPage) -> bool:
        """Whether a page can be the one that is gone at all, whatever it says."""
        is_next_of_a_series = differ_only_in_numbers(gone.title, page.text.title)
        return not (
            is_home_page(page.url) or same_address(page.url, gone.task.url) or is_next_of_a_series
        )

    def _leads_many(self, url: str) -> bool:
        """Whether archived redirects of several pages lead there: then it is where a site sends what it no longer has."""
        return (
            sum(
                any(link_key(target) == link_key(url) for target in gone.redirects)
                for gone in self._gone
            )
            >= MIN_LINKS_SHARING_TARGET
        )

    def _with_title(
        self, gone: LostPage, candidate: MoveCandidate, page: ReadPage
    ) -> MoveCandidate:
        title = page.text.title
        if (
            title_similarity(gone.title, title) < _SAME_TITLE
            and title_similarity(gone.title, page.text.heading) < _SAME_TITLE
        ):
            return candidate
        same = MoveEvidence(EvidenceKind.TITLE, f"“{title}” at {page.url}")
        return (
            candidate
            if any(each.kind is EvidenceKind.TITLE for each in candidate.evidence)
            else MoveCandidate(candidate.url, (*candidate.evidence, same))
        )

    # --- controls

    async def _controls(self, gone: LostPage, page: ReadPage) -> Sequence[ReadPage] | None:
        """Pages of the same site that certainly are others, as near to a page as can be: of its own folder rather than the front door."""
        found = [other for other in self._pages.served if self._is_another(gone, page, other)]
        near = [other for other in found if _nearness(other.url, page.url) >= _depth(page.url)]
        for url in self._neighbours(page)[:_MOST_CONTROLS_ASKED]:
            if len(near) >= _CONTROLS:
                break
            other = await self._pages.page(url)
            if (
                other
                and other.is_served
                and other not in near
                and self._is_another(gone, page, other)
            ):
                near.append(other)
        near.sort(key=lambda other: -_nearness(other.url, page.url))
        return (
            near[:_CONTROLS]
            or sorted(found, key=lambda other: -_nearness(other.url, page.url))[:_CONTROLS]
            or None
        )

    def _neighbours(self, page: ReadPage) -> Sequence[str]:
        """Addresses of other pages of a page's site, the nearest first."""
        linked = [
            *(anchor.url for anchor in page.text.anchors),
            *(named.url for named in self._site.index.pages),
        ]
        own = {
            link_key(url): url
            for url in linked
            if host_of(url) == host_of(page.url) and not is_home_page(url)
        }
        own.pop(link_key(page.url), None)
        return sorted(
            own.values(),
            key=lambda url: (-_nearness(url, page.url), abs(_depth(url) - _depth(page.url))),
        )

    def _is_another(self, gone: LostPage, page: ReadPage, other: ReadPage) -> bool:
        """Whether a page is neither this one nor what this one was: a copy for printers must not be its own control."""
        if (
            same_address(other.url, page.url)
            or host_of(other.url) != host_of(page.url)
            or not other.text_shingles
        ):
            return False
        return title_similarity(gone.title, other.text.title) < _SAME_TITLE and not (
            page.text.canonical and same_address(page.text.canonical, other.url)
        )


def _first_middle_last(snapshots: Sequence[Snapshot]) -> Sequence[Snapshot]:
    """Choose of very many: a site may lead to the new page first, and to its front door before it closes."""
    places = dict.fromkeys((0, len(snapshots) // 2, len(snapshots) - 1))
    return [snapshots[place] for place in places] if snapshots else []


def _nearness(url: str, other: str) -> int:
    """How many folders two addresses share from the left."""
    ours, theirs = (split_url(each).path.strip("/").split("/")[:-1] for each in (url, other))
    return next(
        (depth for depth, (one, two) in enumerate(zip(ours, theirs, strict=False)) if one != two),
        min(len(ours), len(theirs)),
    )


def _depth(url: str) -> int:
    return len(split_url(url).path.strip("/").split("/")) - 1
