"""Find out for a report which of its findings `holdfast fix` can fix.

That depends on the page of the citation: nothing is changed in code, in most front matter and in
embedded content. Therefore the fixes are planned as `holdfast fix` plans them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from functools import cache, partial

from sqlalchemy import Connection

from crawler.archives import service_trust
from crawler.cli.fix.fixable_citations import FixSelection, StoredCitations, read_repairs
from crawler.cli.fix.page_planner import PagePlanner, PageRefusedError
from crawler.cli.fix.selection import default_policy
from crawler.cli.lazy_imports import own_sites
from crawler.config import LoadedConfig
from reports.findings.finding_maker import FindingMaker
from reports.findings.todo import to_do_action
from reports.model import Acknowledgement, Action, FixPlan, UnfixedPlace
from reports.patches import CitationKey, FixOptions, PagePatch
from reports.source_links import is_address
from reports.wording.sanitize import plain
from store.queries.links import link_findings
from store.vocabulary import Citation, State
from store.work.searches import trusted_new_urls


def plan_repairs(
    connection: Connection, loaded: LoadedConfig, acknowledged: Mapping[int, Acknowledgement]
) -> Mapping[str, FixPlan]:
    """Return what `holdfast fix` can fix of the to-do list, by the URLs of its entries.

    Args:
        connection: A connection in a transaction.
        loaded: The configuration of the wiki.
        acknowledged: Acknowledgements by the ids of links and mirrors.

    Returns:
        The plans; entries without a known replacement have none.
    """
    pages = _pages_with_replacements(connection, loaded, acknowledged)
    if not pages:
        return {}
    stored = read_repairs(connection, loaded, FixSelection())
    style = stored.wiki_style
    options = FixOptions(
        policy=default_policy(loaded), style=style.style, link_text=style.link_text
    )
    plans = _Plans(stored)
    with PagePlanner(loaded, stored, options) as planner:
        for path in sorted(pages & stored.cited.keys()):
            try:
                patch = planner.plan(path)
            except PageRefusedError as refused:
                plans.add_refused(path, str(refused))
            else:
                plans.add(path, patch)
    return plans.by_url()


def _pages_with_replacements(
    connection: Connection, loaded: LoadedConfig, acknowledged: Mapping[int, Acknowledgement]
) -> Collection[str]:
    """Return the paths of the pages that cite a broken link with a known replacement."""
    maker = FindingMaker(
        acknowledged=acknowledged,
        new_addresses=trusted_new_urls(connection, loaded.config.moves.min_confidence),
        distrusted=service_trust(loaded).distrusted,
        read_own_sites=cache(partial(own_sites, loaded)),
    )
    pages = set[str]()
    wiki = loaded.config.wiki
    for link in link_findings(connection, wiki=wiki, states={State.BROKEN}):
        if to_do_action(maker.make(link)) is Action.FIX:
            pages.update(place.page for place in link.citations)
    return {page for page in pages if not is_address(page)}


class _Plans:
    """Counts the planned fixes of each URL, and collects the places that are not fixed."""

    def __init__(self, stored: StoredCitations) -> None:
        self._stored = stored
        self._fixed: Counter[str] = Counter()
        self._unfixed: dict[str, list[UnfixedPlace]] = defaultdict(list)

    def add(self, path: str, patch: PagePatch) -> None:
        """Add the fixes of a page, and its citations that are not fixed."""
        for fix in patch.fixes:
            self._fixed.update(self._urls(path, fix.planned.citation))
        for skipped in patch.skipped:
            place = UnfixedPlace(
                page=path, line=skipped.citation.line, reason=plain(skipped.reason)
            )
            for url in self._urls(path, skipped.citation):
                self._unfixed[url].append(place)

    def add_refused(self, path: str, reason: str) -> None:
        """Add a page on which nothing can be fixed."""
        for key, cited in self._stored.cited[path].items():
            place = UnfixedPlace(page=path, line=key.line, reason=plain(reason))
            for url in cited.urls & self._stored.to_do:
                self._unfixed[url].append(place)

    def by_url(self) -> Mapping[str, FixPlan]:
        """Return the plans by URL."""
        return {
            url: FixPlan(fixed=self._fixed[url], unfixed=tuple(self._unfixed.get(url, ())))
            for url in self._fixed.keys() | self._unfixed.keys()
        }

    def _urls(self, path: str, citation: Citation) -> Collection[str]:
        """Return the URLs on the to-do list that a citation is about: of its link or its copy."""
        key = CitationKey(citation.line, citation.column, citation.url)
        return self._stored.cited[path][key].urls & self._stored.to_do
