"""Find what a path or an address in a link may lead to, by the rules of the wiki's generator."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import cached_property

from crawler.pages.internal_links.link_paths import join_path, possible_addresses, suffix_in_link
from crawler.pages.internal_links.sites import Generator, Site
from crawler.pages.internal_links.wiki_index import WikiIndex
from crawler.pages.registry import source_suffixes

# Pages that a wiki of GitHub or GitLab shows beside, above and below every other page
_SHOWN_ON_EVERY_PAGE = ("_Sidebar.md", "_Footer.md", "_Header.md")
# Logseq resolves assets from the folder of the graph, whatever the folder of the page.
_LOGSEQ_ASSET = re.compile(r"[./]*(assets/.+)\Z")


class PathFinder:
    """Find the pages and files of a wiki that the path in a link may lead to.

    Args:
        site: The site of the wiki.
        index: The pages and files of the wiki.
    """

    def __init__(self, site: Site, index: WikiIndex) -> None:
        self._site, self._index = site, index

    def find(self, page: str, written: str) -> Iterator[str]:
        """Yield the pages, files and folders that a path or an address may lead to.

        Args:
            page: The path of the page with the link.
            written: The path or address in the link, without a query or fragment.
        """
        index, site = self._index, self._site
        if written.startswith("/"):
            bases = list(dict.fromkeys([*site.folders, *site.other_roots]))
        else:
            bases = [posixpath.dirname(page)]
        for base in bases:
            if found := index.find(join_path(base, written), page):
                yield found
        # A link with the suffix of a page names a file; only a redirect has such an address.
        names_file = suffix_in_link(written) in source_suffixes()
        for address in possible_addresses(site, index, page, written):
            if names_file and address.lower() not in site.redirects:
                continue
            yield from site.prefer_same_folder(page, index.pages_at(address))
            for path in site.files_at(address):
                if found := index.find_file(path):
                    yield found
        yield from self._find_by_rule(page, written)

    def _find_by_rule(self, page: str, written: str) -> Iterator[str]:
        """Yield the pages and files that a path leads to by a rule of the generator's settings."""
        index, site = self._index, self._site
        if not written.startswith("/"):
            path = join_path(posixpath.dirname(page), written)
            if site.fallbacks and not index.find(path, page):
                originals = (index.find(each, page) for each in site.untranslated(path))
                yield from filter(None, originals)
        names_page = suffix_in_link(written) in {".md", ".mdx"}
        if names_page or site.generator is not Generator.DOCUSAURUS:
            documents = site.from_document_bases(page, written)
            yield from filter(None, map(index.find_file, documents))
        yield from filter(None, self._candidates_of_generator(page, written))

    def _candidates_of_generator(self, page: str, written: str) -> Iterator[str | None]:
        """Yield what the generator's own rule finds for a path; None where it finds nothing."""
        index, site = self._index, self._site
        if site.generator is Generator.HUGO:
            yield from map(index.find_bundle_or_file, site.mounted_files(page, written))
        elif site.generator is Generator.GRAV and not written.startswith("/"):
            # Grav also names an image of high density without its mark: `a.png` is `a@2x.png`.
            stem, suffix = posixpath.splitext(join_path(posixpath.dirname(page), written))
            yield from (index.find_file(f"{stem}@{density}x{suffix}") for density in (2, 3))
        elif site.generator is Generator.LOGSEQ and (asset := _LOGSEQ_ASSET.match(written)):
            yield index.find_file(join_path(site.root, asset[1]))
        elif site.generator is Generator.OBSIDIAN and not written.startswith("/"):
            yield index.names.find(written)
        elif site.generator is Generator.FOLDER:
            if self._is_forge_wiki:  # a name may have a full stop: `.NET-tracker`, `Release-1.2`
                yield index.names.find_gollum_name(written)
            if not suffix_in_link(written):
                base = site.root if written.startswith("/") else posixpath.dirname(page)
                yield index.names.find_gollum_path(join_path(base, written))

    @cached_property
    def _is_forge_wiki(self) -> bool:
        """Return whether the pages are a wiki of GitHub or GitLab: one is shown on all others."""
        folders = ("", self._site.root)
        paths = (join_path(folder, name) for folder in folders for name in _SHOWN_ON_EVERY_PAGE)
        return any(map(self._index.find_file, paths))
