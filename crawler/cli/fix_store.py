"""Read from the store what `holdfast fix` may change, without what is acknowledged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from crawler.cli.acknowledgements import acknowledged_ids
from crawler.config import LoadedConfig
from crawler.jobs.clock import system_clock
from crawler.local_capture.replay_urls import update_replay_urls
from reports.finding_maker import FindingMaker
from reports.model import Action
from reports.patches import WikiStyle, citations_by_page
from reports.patches.fixes import CitationKey, CitedLink
from reports.todo import action_of
from store.queries.links import LinkFinding, link_findings
from store.schema.engine import open_database
from store.vocabulary import State
from store.work.pages import page_hashes
from store.work.searches import trusted_new_urls

_Cited = Mapping[str, Mapping[CitationKey, CitedLink]]


@dataclass(frozen=True, slots=True)
class StoredCitations:
    """Stored data about the pages of a wiki.

    Attributes:
        hashes: SHA-256 of each page as scanned, by path.
        cited: Links that can be fixed, by page and citation.
        wiki_style: How the wiki's pages write archive links.
        to_do: URLs of the links and archive copies that the report lists as "can be fixed now".
        acknowledged: Number of citations that are left alone because they are acknowledged.
    """

    hashes: Mapping[str, str]
    cited: Mapping[str, Mapping[CitationKey, CitedLink]]
    wiki_style: WikiStyle
    to_do: frozenset[str]
    acknowledged: int


def read_store(
    loaded: LoadedConfig, *, only_to_do: bool = False, with_acknowledged: bool = False
) -> StoredCitations:
    """Return what the store knows about the pages of a wiki.

    Args:
        loaded: The configuration of the wiki.
        only_to_do: Leave out what is not on the report's to-do list, such as moved links.
        with_acknowledged: Also return links and archive copies that are acknowledged.
    """
    wiki, wiki_style = loaded.config.wiki, WikiStyle()
    to_do: set[str] = set()
    acknowledged: set[str] = set()

    def read(links: Iterable[LinkFinding], maker: FindingMaker) -> Iterable[LinkFinding]:
        for link in links:
            wiki_style.learn(link)
            is_broken = link.tracked_state.state is State.BROKEN
            if is_broken and action_of(maker.make(link)) is Action.FIX:
                to_do.add(link.url)
            if link.id in maker.acknowledged:
                acknowledged.add(link.url)
            yield link

    database = open_database(loaded.database_url)
    try:
        update_replay_urls(database, loaded.config.archives.local.base_url)
        with database.read() as connection:
            hashes = page_hashes(connection, wiki)
            new_urls = trusted_new_urls(connection, loaded.config.moves.min_confidence)
            today = system_clock().astimezone().date()
            known = {} if with_acknowledged else acknowledged_ids(connection, loaded, today=today)
            maker = FindingMaker(acknowledged=known, new_addresses=new_urls)
            links = link_findings(connection, wiki=wiki)
            cited = citations_by_page(read(links, maker), new_urls)
    finally:
        database.close()
    left = sum(_is_failing(each) for each in _citations_of(cited, acknowledged))
    cited = _without(cited, acknowledged)
    if only_to_do:
        cited = _limited_to(cited, to_do)
    return StoredCitations(hashes, cited, wiki_style, frozenset(to_do), left)


def _citations_of(cited: _Cited, urls: Collection[str]) -> Iterator[CitedLink]:
    """Yield the citations of some links and mirrors."""
    citations = (each for page in cited.values() for each in page.values()) if urls else ()
    return (each for each in citations if not each.urls.isdisjoint(urls))


def _without(cited: _Cited, urls: Collection[str]) -> _Cited:
    """Return citations by page, without those of some links and mirrors."""
    if not urls:
        return cited
    return {
        path: {key: each for key, each in page.items() if each.urls.isdisjoint(urls)}
        for path, page in cited.items()
    }


def _limited_to(cited: _Cited, urls: Collection[str]) -> _Cited:
    """Return citations by page, only those of some links and mirrors."""
    return {
        path: {key: each for key, each in page.items() if not each.urls.isdisjoint(urls)}
        for path, page in cited.items()
    }


def _is_failing(cited: CitedLink) -> bool:
    """Return whether a citation's link or mirror is broken, or its link has moved."""
    is_mirror_broken = cited.mirror is not None and cited.mirror.state is State.BROKEN
    return is_mirror_broken or cited.link.tracked_state.state in {State.BROKEN, State.MOVED}
