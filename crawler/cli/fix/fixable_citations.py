"""Read from the store the citations that `holdfast fix` can fix."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, partial

from msgspec import Struct
from sqlalchemy import Connection

from crawler.archives import service_trust
from crawler.cli.acknowledgements import acknowledged_ids
from crawler.cli.fix.copy_plans import read_leave_plan, returnable_citations
from crawler.cli.lazy_imports import own_sites
from crawler.config import LoadedConfig
from crawler.jobs.clock import system_clock
from crawler.jobs.configured_database import open_configured_database
from crawler.local_capture.replay_urls import update_replay_urls
from crawler.moves.shared_targets import Redirect, links_at_shared_targets
from reports.findings.finding_maker import FindingMaker
from reports.findings.todo import is_to_do
from reports.leave_plan import KeptCitation, LeaveProgress
from reports.patches import (
    FixGoal,
    WikiStyle,
    citations_by_page,
    citations_of_links,
    citations_of_returned_originals,
    citations_to_leave,
    citations_without_copies,
)
from reports.patches.cited_links import CitationKey, CitationsByPage, CitedLink
from store.queries.link_records import LinkFinding
from store.queries.links import link_findings
from store.vocabulary import State
from store.work.searches import redirected_links, trusted_new_urls
from store.work.stored_pages import page_hashes


class FixSelection(Struct, frozen=True, kw_only=True):
    """The stored citations that a patch is for: those of its goal, within limits.

    Attributes:
        goal: The goal.
        leave: The archives to leave, for the goal LEAVE.
        since: The first day of the citations that get a copy, for the goal ADD_COPIES, None for all
            of them.
        only_to_do: Whether to fix only links on the report's to-do list. Moved links are not on it.
        with_acknowledged: Whether to fix acknowledged links and archive copies, too.
    """

    goal: FixGoal = FixGoal.REPAIR
    leave: frozenset[str] = frozenset()
    since: date | None = None
    only_to_do: bool = False
    with_acknowledged: bool = False


@dataclass(frozen=True, kw_only=True)
class StoredCitations:
    """Stored data about the pages of a wiki.

    Attributes:
        page_hashes: SHA-256 of each page as scanned, in hexadecimal digits, by path.
        cited: The link of each citation that can be fixed, by the page's path and the citation.
        wiki_style: How the wiki's pages write archive links.
        to_do: URLs of the links and archive copies on the report's to-do list.
        acknowledged: Number of broken or moved citations that are not fixed because they are
            acknowledged.
        leave_progress: The progress of leaving each archive, for the goal LEAVE.
    """

    page_hashes: Mapping[str, str]
    cited: CitationsByPage
    wiki_style: WikiStyle
    to_do: frozenset[str] = frozenset()
    acknowledged: int = 0
    leave_progress: Sequence[LeaveProgress] = ()

    @cached_property
    def kept(self) -> Mapping[tuple[str, int, int], KeptCitation]:
        """The citations that keep their copies at the archives to leave, by page, line, column."""
        kept: dict[tuple[str, int, int], KeptCitation] = {}
        for progress in self.leave_progress:
            for citation in progress.kept:
                kept[citation.page, citation.line, citation.column] = citation
        return kept


def read_stored_citations(loaded: LoadedConfig, selection: FixSelection) -> StoredCitations:
    """Return what is stored about the citations of a patch.

    Args:
        loaded: The configuration of the wiki.
        selection: Which citations the patch is for.
    """
    database = open_configured_database(loaded)
    try:
        update_replay_urls(database, loaded.config.archives.local.base_url)
        with database.read() as connection:
            if selection.goal is FixGoal.REPAIR:
                return read_repairs(connection, loaded, selection)
            return _read_selected(connection, loaded, selection)
    finally:
        database.close()


def _read_selected(
    connection: Connection, loaded: LoadedConfig, selection: FixSelection
) -> StoredCitations:
    """Return the citations of a patch with another goal than to repair."""
    wiki = loaded.config.wiki
    wiki_style = WikiStyle()
    hashes = page_hashes(connection, wiki)
    if selection.goal is FixGoal.LEAVE:
        # The style is not needed: a replacement stands where the copy stood.
        plan = read_leave_plan(connection, loaded, selection.leave)
        return StoredCitations(
            page_hashes=hashes,
            cited=citations_to_leave(plan),
            wiki_style=wiki_style,
            leave_progress=plan.progress,
        )
    # Each link is added to `wiki_style` when it is read from this iterator.
    links = _learn_style(link_findings(connection, wiki=wiki), wiki_style)
    if selection.goal is FixGoal.ROBUST_LINKS:
        cited = citations_of_links(links)
    elif selection.goal is FixGoal.ADD_COPIES:
        cited = citations_without_copies(links, selection.since)
    else:  # FixGoal.ORIGINALS: cite originals that are alive again
        for _ in links:
            pass  # completes `wiki_style`, which decides where the copies stay
        cited = citations_of_returned_originals(returnable_citations(connection, loaded))
    return StoredCitations(page_hashes=hashes, cited=cited, wiki_style=wiki_style)


def read_repairs(
    connection: Connection, loaded: LoadedConfig, selection: FixSelection
) -> StoredCitations:
    """Return the citations that can be repaired, without those that are acknowledged.

    Args:
        connection: A connection in a transaction.
        loaded: The configuration of the wiki.
        selection: Which citations the patch is for; its goal is to repair.
    """
    wiki_style = WikiStyle()
    to_do: set[str] = set()
    acknowledged: set[str] = set()

    def record_states(links: Iterable[LinkFinding], maker: FindingMaker) -> Iterator[LinkFinding]:
        """Yield links, and record which are on the to-do list and which are acknowledged."""
        for link in links:
            is_broken = link.tracked_state.state is State.BROKEN
            if is_broken and is_to_do(maker.make(link)):
                to_do.add(link.url)
            if link.id in maker.acknowledged:
                acknowledged.add(link.url)
            yield link

    new_urls = trusted_new_urls(connection, loaded.config.moves.min_confidence)
    today = system_clock().astimezone().date()
    known = {} if selection.with_acknowledged else acknowledged_ids(connection, loaded, today=today)
    maker = FindingMaker(
        acknowledged=known,
        new_addresses=new_urls,
        distrusted=service_trust(loaded).distrusted,
        read_own_sites=cache(partial(own_sites, loaded)),
    )
    links = _learn_style(link_findings(connection, wiki=loaded.config.wiki), wiki_style)
    redirects = [Redirect(*each) for each in redirected_links(connection)]
    cited = citations_by_page(
        record_states(links, maker), new_urls, links_at_shared_targets(redirects)
    )
    # Now that all links are read, `to_do` and `acknowledged` are complete.
    acknowledged_count = sum(_needs_fix(each) for each in _citations_of(cited, acknowledged))
    cited = _without(cited, acknowledged)
    if selection.only_to_do:
        cited = _limited_to(cited, to_do)
    return StoredCitations(
        page_hashes=page_hashes(connection, loaded.config.wiki),
        cited=cited,
        wiki_style=wiki_style,
        to_do=frozenset(to_do),
        acknowledged=acknowledged_count,
    )


def _learn_style(links: Iterable[LinkFinding], style: WikiStyle) -> Iterator[LinkFinding]:
    """Yield links, and add how each is cited to the wiki's style."""
    for link in links:
        style.learn(link)
        yield link


def _citations_of(cited: CitationsByPage, urls: Collection[str]) -> Iterator[CitedLink]:
    """Yield the citations of the given links and mirrors."""
    for page in cited.values() if urls else ():
        for each in page.values():
            if not each.urls.isdisjoint(urls):
                yield each


def _without(cited: CitationsByPage, urls: Collection[str]) -> CitationsByPage:
    """Return citations by page, without those of the given links and mirrors."""
    return _select(cited, lambda each: each.urls.isdisjoint(urls)) if urls else cited


def _limited_to(cited: CitationsByPage, urls: Collection[str]) -> CitationsByPage:
    """Return citations by page, only those of the given links and mirrors."""
    return _select(cited, lambda each: not each.urls.isdisjoint(urls))


def _select(cited: CitationsByPage, is_selected: Callable[[CitedLink], bool]) -> CitationsByPage:
    """Return the citations that a function selects, by page; pages without any are included."""
    selected: dict[str, Mapping[CitationKey, CitedLink]] = {}
    for path, page in cited.items():
        selected[path] = {key: each for key, each in page.items() if is_selected(each)}
    return selected


def _needs_fix(cited: CitedLink) -> bool:
    """Return whether a citation's link or mirror is broken, or its link has moved."""
    is_mirror_broken = cited.mirror is not None and cited.mirror.state is State.BROKEN
    return is_mirror_broken or cited.link.tracked_state.state in {State.BROKEN, State.MOVED}
