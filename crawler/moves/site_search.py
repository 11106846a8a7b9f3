"""Search for the new addresses of one site's broken links.

The cheap sources come first: archived redirects, the page's canonical URL, rules learned from moves
of other pages. Then the pages that the site lists are collected. Every candidate is read and
compared with the baseline, with other pages of its site as controls. Every page found is a further
move from which rules are learned.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Final

from sqlalchemy import Connection

from crawler.archive_clients.async_client import AsyncArchive
from crawler.archives import parse_mirror
from crawler.http.urls import link_key, same_address
from crawler.items import Emit, SearchItem
from crawler.jobs.failed_items import failed_search
from crawler.jobs.isolation import InternalError, Unit
from crawler.jobs.job import Job
from crawler.liveness.rules.redirects import MIN_LINKS_SHARING_TARGET, is_home_page
from crawler.moves.baselines import BaselineFinder
from crawler.moves.candidates import MoveCandidate, candidates_by_rules, merge_candidates
from crawler.moves.controls import SAME_TITLE, ControlPages
from crawler.moves.lost_page import LostPage
from crawler.moves.neighbour_moves import moves_of_neighbours
from crawler.moves.site_listing import SiteListing
from crawler.moves.title_matching import differ_only_in_numbers, title_similarity
from crawler.moves.unarchived import UnarchivedPages
from crawler.moves.url_rules import KnownMove, SiteRules
from crawler.reading import PageCache, ParsedPage, PoliteReader
from store.vocabulary import EvidenceKind, MoveEvidence
from store.work.searches import SearchTask, known_moves

_MAX_EXAMINED: Final = 4  # candidates of one link from one source


class SiteSearch:
    """Searches for the new addresses of one host's broken links.

    Args:
        job: The job.
        tasks: The broken links, all of one host, at least one.
        archive: The client that lists archived redirects.
        reader: Reads pages and mementos.
        emit: Sends an item through the pipelines.
    """

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
        self._lost_pages = [LostPage(task) for task in tasks]
        self._archive = archive
        self._reader = reader
        self._emit = emit
        self._pages = PageCache(job, reader)
        self._baselines = BaselineFinder(job, archive, self._pages, reader)
        self._listing = SiteListing(reader, self._pages)
        self._controls = ControlPages(self._pages, self._listing.index)
        self._unarchived = UnarchivedPages(archive, self._pages, reader)
        self._min_confidence = job.config.moves.min_confidence
        self._moves: list[KnownMove] = []  # of this site, from the database and the archive
        self._errors: dict[int, InternalError] = {}  # by link id: the error that ended its search

    async def run(self) -> None:
        """Search, and emit an item for each link.

        If the job stops, a link that was not searched to the end stays due. An internal error ends
        the search for one link, or one step that serves all links together.

        Raises:
            LeaseLost: Another process took the host's lease over.
        """
        for lost in self._lost_pages:
            await self._isolated(lost, self._baselines.find)
        comparable = [lost for lost in self._lost_pages if lost.has_baseline]
        unarchived = [lost for lost in self._lost_pages if not lost.has_baseline]
        await self._isolated_for_all(self._lost_pages, self._add_known_moves())
        for lost in comparable:
            await self._isolated(lost, self._examine_known)
        await self._isolated_for_all(comparable, self._apply_rules(comparable))
        not_found = self._not_found(self._lost_pages)
        await self._isolated_for_all(self._lost_pages, self._add_neighbour_moves(not_found))
        await self._isolated_for_all(comparable, self._apply_rules(comparable))
        not_found = self._not_found(comparable)
        if not_found:
            urls = [lost.url for lost in not_found]
            await self._isolated_for_all(not_found, self._listing.collect(urls))
            for lost in not_found:
                await self._isolated(lost, self._examine_listed)
            await self._isolated_for_all(not_found, self._apply_rules(not_found))
        await self._isolated_for_all(unarchived, self._search_unarchived(unarchived))
        for lost in self._lost_pages:
            await self._isolated(lost, self._emit_result)
            if error := self._errors.get(lost.task.link_id):
                await self._emit(failed_search(lost.task, error))

    async def _emit_result(self, lost: LostPage) -> None:
        """Emit the result of a search, unless the job stopped before anything was found."""
        if self._job.stop:
            if not lost.is_found(self._min_confidence):
                return
            lost.inconclusive_reason = lost.inconclusive_reason or "the run ended before the search"
        await self._emit(
            SearchItem(
                task=lost.task,
                outcome=lost.outcome(),
                proposals=tuple(lost.proposals()),
                detail=lost.inconclusive_reason,
            )
        )

    # --- internal errors

    async def _isolated(self, lost: LostPage, step: Callable[[LostPage], Awaitable[None]]) -> None:
        """Run one step of the search for one link, unless an internal error has ended it."""
        if lost.task.link_id in self._errors:
            return
        with self._job.isolated(Unit.SEARCH, lost.url) as isolation:
            await step(lost)
        if isolation.error:
            self._errors[lost.task.link_id] = isolation.error

    async def _isolated_for_all(
        self, lost_pages: Sequence[LostPage], step: Awaitable[None]
    ) -> None:
        """Run a step that serves several links. After an error their search is inconclusive."""
        with self._job.isolated(Unit.SEARCH, self._host) as isolation:
            await step
        if isolation.error:
            for lost in lost_pages:
                lost.inconclusive_reason = lost.inconclusive_reason or str(isolation.error)

    def _not_found(self, lost_pages: Iterable[LostPage]) -> Sequence[LostPage]:
        """Return the links whose new address is not found yet, without those that had an error."""
        not_found = []
        for lost in self._without_errors(lost_pages):
            with self._job.isolated(Unit.SEARCH, lost.url) as isolation:
                if not lost.is_found(self._min_confidence):
                    not_found.append(lost)
            if isolation.error:
                self._errors[lost.task.link_id] = isolation.error
        return not_found

    def _without_errors(self, lost_pages: Iterable[LostPage]) -> Sequence[LostPage]:
        return [lost for lost in lost_pages if lost.task.link_id not in self._errors]

    # --- moves of other pages

    async def _add_known_moves(self) -> None:
        """Add the moves of this site's pages that are stored."""
        stored = await self._job.read(_stored_moves, self._host)
        self._moves.extend(KnownMove(*move) for move in stored)

    async def _add_neighbour_moves(self, not_found: Sequence[LostPage]) -> None:
        """Add the moves of uncited pages near those whose new address is not found yet."""
        urls = [lost.url for lost in not_found]
        async for move in moves_of_neighbours(self._job, urls, self._archive, self._pages):
            self._moves.append(move)

    async def _apply_rules(self, lost_pages: Sequence[LostPage]) -> None:
        """Examine the URLs that rules predict; learn new rules as long as that finds moves."""
        known_count = 0
        while True:
            moves = self._all_moves()
            if len(moves) == known_count:
                return
            known_count = len(moves)
            rules = await self._learn_rules(moves)
            for lost in self._not_found(lost_pages):
                await self._isolated(lost, partial(self._examine_by_rules, rules))

    def _all_moves(self) -> Sequence[KnownMove]:
        """Return the moves that were known before and those found in this search, each once."""
        moves = list(self._moves)
        for lost in self._without_errors(self._lost_pages):
            moves += lost.moves()
        return list(dict.fromkeys(moves))

    async def _learn_rules(self, moves: Sequence[KnownMove]) -> SiteRules:
        """Learn the rules in a thread: with many moves that takes a fraction of a second."""
        return await asyncio.to_thread(SiteRules, _without_catch_all_targets(moves))

    async def _search_unarchived(self, unarchived: Sequence[LostPage]) -> None:
        """Search for the links without a baseline."""
        if not unarchived or self._job.stop:
            return
        rules = await self._learn_rules(self._all_moves())
        for lost in self._without_errors(unarchived):
            await self._isolated(lost, partial(self._unarchived.search, rules))

    # --- candidates

    async def _examine_known(self, lost: LostPage) -> None:
        """Examine the targets of archived redirects, and the page's canonical URL."""
        await self._examine(lost, merge_candidates(lost.known_candidates(), lost.url))

    async def _examine_by_rules(self, rules: SiteRules, lost: LostPage) -> None:
        await self._examine(lost, candidates_by_rules(lost.url, lost.title, rules))

    async def _examine_listed(self, lost: LostPage) -> None:
        lost.inconclusive_reason = lost.inconclusive_reason or self._listing.incomplete_reason
        index = self._listing.index
        await self._examine(lost, await asyncio.to_thread(index.candidates, lost.url, lost.title))

    async def _examine(self, lost: LostPage, candidates: Sequence[MoveCandidate]) -> None:
        """Read the likeliest candidates, and compare each with the baseline."""
        for candidate in candidates:
            lost.add_evidence(candidate)
        unexamined = [candidate for candidate in candidates if not lost.is_examined(candidate)]
        for candidate in unexamined[:_MAX_EXAMINED]:
            if parse_mirror(candidate.url) or self._is_catch_all(candidate.url):
                continue
            page = await self._pages.page(candidate.url)
            if page is None:
                reason = self._reader.postponed_reason
                lost.inconclusive_reason = lost.inconclusive_reason or reason
                continue
            lost.examined.add(link_key(candidate.url))
            if page.is_served and _may_be_lost_page(lost, page):
                # A file without text is compared by its digest, for which no control is needed.
                controls = () if lost.digest else await self._controls.choose(lost, page)
                with_title = _with_title_evidence(lost, candidate, page)
                await asyncio.to_thread(lost.compare, with_title, page, controls)

    def _is_catch_all(self, url: str) -> bool:
        """Return whether archived redirects of several lost pages have a URL as their target.

        The site redirects all removed pages to such a URL.
        """
        key = link_key(url)
        count = 0
        for lost in self._lost_pages:
            targets = {link_key(target) for target in lost.redirects}
            count += key in targets
        return count >= MIN_LINKS_SHARING_TARGET


def _stored_moves(connection: Connection, host: str) -> list[tuple[str, str, str]]:
    """Return old URL, new URL and title of a host's known moves, read within the transaction."""
    return list(known_moves(connection, host))


def _without_catch_all_targets(moves: Sequence[KnownMove]) -> Sequence[KnownMove]:
    """Return the moves without those whose target many pages share."""
    counts = Counter(link_key(move.new) for move in moves)
    return [move for move in moves if counts[link_key(move.new)] < MIN_LINKS_SHARING_TARGET]


def _may_be_lost_page(lost: LostPage, page: ParsedPage) -> bool:
    """Return whether a page can be the lost one, before texts are compared."""
    if is_home_page(page.url) or same_address(page.url, lost.url):
        return False
    return not differ_only_in_numbers(lost.title, page.text.title)


def _with_title_evidence(
    lost: LostPage, candidate: MoveCandidate, page: ParsedPage
) -> MoveCandidate:
    """Return a candidate with the evidence that its page has the lost page's title."""
    has_evidence = any(each.kind is EvidenceKind.TITLE for each in candidate.evidence)
    titles = (page.text.title, page.text.heading)
    has_title = any(title_similarity(lost.title, title) >= SAME_TITLE for title in titles)
    if has_evidence or not has_title:
        return candidate
    same_title = MoveEvidence(EvidenceKind.TITLE, f"“{page.text.title}” at {page.url}")
    return MoveCandidate(candidate.url, (*candidate.evidence, same_title))
