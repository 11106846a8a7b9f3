"""Resolve the links within a wiki against its files.

Only the file system is used. `page_sites` finds the site of each page; the rules of resolving are
in `crawler.pages.internal_links.resolver`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from crawler.config import LoadedConfig
from crawler.pages.internal_links.resolver import resolve_internal_links
from crawler.pages.internal_links.sites import Site
from crawler.pages.internal_links.wiki_index import WikiIndex
from crawler.scan.absent_files import clear_broken_for_absent_files
from crawler.scan.link_depth import is_resolvable, is_too_deep
from crawler.scan.page_sites import default_site, find_sites
from crawler.scan.page_source import PageSource
from crawler.scan.published_names import page_source_reader, read_addresses, read_aliases
from crawler.scan.wiki_files import list_wiki_files
from store.vocabulary import InternalLink


def resolve_links(
    loaded: LoadedConfig,
    sources: Sequence[PageSource],
    anchors: Mapping[str, Collection[str]],
    links: Sequence[InternalLink],
) -> tuple[InternalLink, ...]:
    """Return internal links with `path` and `broken` set, in the order of `links`.

    Args:
        loaded: The configuration of the wiki.
        sources: The files of the wiki's pages.
        anchors: The anchors of every stored page, by the page's path.
        links: The links to resolve. Those that are nested too deeply are left as they are.
    """
    shallow = [source for source in sources if not is_too_deep(source.path)]
    resolvable_numbers = [number for number, link in enumerate(links) if is_resolvable(link)]
    site_of = find_sites(loaded, shallow, [links[number] for number in resolvable_numbers])
    files = list_wiki_files(loaded, sources, set(site_of.values()))
    by_site: dict[Site, list[int]] = {}
    default = default_site(loaded, shallow, links)
    for number in resolvable_numbers:
        page = links[number].page
        site = site_of.get(page) or site_of.get(page.rpartition("/")[0], default)
        by_site.setdefault(site, []).append(number)
    resolved: dict[int, InternalLink] = {}
    for site, numbers in by_site.items():
        paths = [*anchors, *(files or ())]
        addresses = read_addresses(site, paths, loaded.folder)
        aliases = read_aliases(site, anchors, loaded.folder)
        index = WikiIndex(anchors, files, addresses, aliases)
        group = [links[number] for number in numbers]
        results = resolve_internal_links(group, site, index, page_source_reader(loaded.folder))
        present = clear_broken_for_absent_files(loaded.folder, site, results)
        resolved |= dict(zip(numbers, present, strict=True))
    return tuple(resolved.get(number, link) for number, link in enumerate(links))
