"""Judge links within a wiki for which no source was found: broken if a target is certainly missing.

Pages that a build may add (lists of tags, feeds, pages of plugins and templates) cannot be known.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cached_property

from crawler.pages.internal_links.asciidoc_links import AntoraComponents, is_asciidoc
from crawler.pages.internal_links.documentation_tools import DocumentationTools
from crawler.pages.internal_links.generated_addresses import (
    BUILT_SUFFIXES,
    FORGE_PAGES,
    GENERATED_PAGES,
)
from crawler.pages.internal_links.link_paths import (
    join_path,
    path_in_wiki,
    possible_addresses,
    suffix_in_link,
)
from crawler.pages.internal_links.page_addresses import address_key
from crawler.pages.internal_links.sites import WITH_UNKNOWN_ADDRESSES, Generator, Site
from crawler.pages.internal_links.sphinx_links import SphinxProjects
from crawler.pages.internal_links.wiki_index import WikiIndex
from crawler.pages.registry import source_suffixes
from store.vocabulary import InternalLink

# `@snippets/a.sh`, `~images/a.png`: the settings of a program say which folder it stands for.
# `|filename|a.md`: Pelican's older form of `{filename}a.md`.
_ALIAS = re.compile(r"~?@[\w-]*/|~[\w-]*/|\|(?:filename|static|attach|category|tag|author)\|")
# A file on the author's machine: a path with a drive, or Logseq's for attachments in Zotero
# (https://docs.logseq.com/#/page/zotero%2Fsettings)
_ON_MACHINE = re.compile(r"[A-Za-z]:[/\\]|zotero_(?:link|storage)/")

_PAGE_SUFFIXES = frozenset(["", ".html", ".htm"])  # of addresses of pages


class MissingLinkJudge:
    """Judge the links of one wiki for which no target was found.

    Args:
        site: The site of the wiki.
        index: The pages and files of the wiki.
        projects: The Sphinx projects of the wiki.
        tools: Other tools that publish pages of the wiki.
        read_text: Returns the source of a page, None if it cannot be read.
    """

    def __init__(
        self,
        site: Site,
        index: WikiIndex,
        projects: SphinxProjects,
        tools: DocumentationTools,
        read_text: Callable[[str], str | None],
    ) -> None:
        self._site, self._index = site, index
        self._projects, self._tools = projects, tools
        self._components = AntoraComponents(index, read_text)

    def judge(self, link: InternalLink, written: str) -> InternalLink:
        """Return a link whose target was not found, with `path` and `broken` set.

        `path` is not set outside of the root. `broken` is None unless the target is certainly
        missing, or outside of the root.

        Args:
            link: The link.
            written: Its path as written.
        """
        site, index = self._site, self._index
        if _ALIAS.match(written) or _ON_MACHINE.match(written):
            return replace(link, broken=None)
        base = site.root if written.startswith("/") else posixpath.dirname(link.page)
        path = join_path(base, written)
        # Hugo also publishes the pages of folders that are mounted.
        roots = site.folders if site.generator is Generator.HUGO else (site.root,)
        is_outside = not any(_is_below(root, path) for root in roots)
        may_exist = self._may_be_built(link.page, written, path)
        if may_exist or self._may_exist_on_site(link, written, path, is_outside=is_outside):
            return replace(link, path=None if is_outside else path_in_wiki(site, path), broken=None)
        if is_outside:
            # An address starts from that of its page, so that it stays within the site.
            is_address = site.is_generated and suffix_in_link(written) in _PAGE_SUFFIXES
            return replace(link, broken="missing-page" if is_address else "outside-root")
        broken = "missing-page" if index.can_judge(path) else None
        return replace(link, path=path_in_wiki(site, path), broken=broken)

    def is_generated(self, written: str) -> bool:
        """Return whether the generator fills the first folder of an address without sources."""
        address = address_key(written)
        return any(f"{address}/".startswith(f"{each}/") for each in self._site.generated_folders)

    def _may_be_built(self, page: str, written: str, path: str) -> bool:
        """Return whether a tool for pages of this format may build the file of a missing path."""
        if path in self._site.named_pages:
            return True
        if self._projects.is_excluded(page):
            return True
        if is_asciidoc(page):
            return self._components.may_be_generated(page, path)
        if self._site.is_generated:
            return False
        if not suffix_in_link(written) and self._projects.may_be_label_elsewhere(page, written):
            return True
        return self._tools.may_be_built(page, written) or self._projects.may_be_built(page, written)

    def _may_exist_on_site(
        self, link: InternalLink, written: str, path: str, *, is_outside: bool
    ) -> bool:
        """Return whether the published site may have a path for which there is no source.

        It may if the settings redirect it, or if the generator or a plugin may add it. Without a
        generator, the forge or the web host may add it.
        """
        site = self._site
        is_redirected = self._is_redirected(link.page, written)
        is_elsewhere = self.is_generated(written) or self._is_in_unknown_mount(link.page, written)
        if site.changes_links or is_redirected or is_elsewhere:
            return True
        if site.generator in {Generator.FOLDER, Generator.GITHUB, Generator.LOGSEQ}:
            return self._may_exist_without_generator(link, written, is_outside=is_outside)
        suffix = suffix_in_link(written)
        if site.generator is Generator.OBSIDIAN:
            return False
        # The settings or code of these generators may publish files from outside of the root.
        publishes_outside = site.generator in {Generator.HUGO, *WITH_UNKNOWN_ADDRESSES}
        if site.adds_pages or (is_outside and publishes_outside):
            return True
        if suffix in source_suffixes():
            return False
        if suffix in _PAGE_SUFFIXES:
            return self._may_be_address(link.page, written, is_outside=is_outside)
        if is_outside:
            return False
        # Wiki.js keeps uploaded files in its database, and may not write them to git
        # (https://github.com/requarks/wiki/issues/2285).
        if site.adds_addresses or site.generator is Generator.WIKIJS:
            return True
        if site.is_generated and suffix in BUILT_SUFFIXES:
            return True
        return written.startswith("/") and not self._has_parent(link.page, written)

    def _may_exist_without_generator(
        self, link: InternalLink, written: str, *, is_outside: bool
    ) -> bool:
        """Return whether a forge or web host, or a program, may add a path without a source."""
        site, suffix = self._site, suffix_in_link(written)
        if site.adds_addresses and suffix in _PAGE_SUFFIXES and "/" in written:
            return True  # a program's pages have other addresses than their files have paths
        if is_outside:
            return site.generator is Generator.GITHUB or _names_forge_page(written)
        is_address = written.startswith("/") and suffix not in source_suffixes()
        return is_address and (site.adds_addresses or not self._has_parent(link.page, written))

    def _may_be_address(self, page: str, written: str, *, is_outside: bool) -> bool:
        """Return whether an address may be published although no source has it.

        Browsers resolve it from the address of its page, so `../` may lead out of the folder of
        pages and not out of the site. What is above a site that is not at the top of its host is
        not known.
        """
        is_above_site = is_outside and bool(self._site.base_path)
        if self._site.adds_addresses or is_above_site:
            return True
        return not self._is_judged_address(page, written)

    def _is_in_unknown_mount(self, page: str, written: str) -> bool:
        """Return whether a path leads into a Hugo mount whose folder is not in the wiki."""
        if not self._unknown_mounts:
            return False
        for path in self._site.mounted_files(page, written):
            if any(f"{path}/".startswith(f"{mount}/") for mount in self._unknown_mounts):
                return True
        return False

    def _is_redirected(self, page: str, written: str) -> bool:
        """Return whether a pattern of the site's settings may redirect an address."""
        if not self._prefixes_by_length:
            return False
        for address in possible_addresses(self._site, self._index, page, written):
            for length, prefixes in self._prefixes_by_length.items():
                if address.lower()[:length] in prefixes:
                    return True
        return False

    @cached_property
    def _unknown_mounts(self) -> Sequence[str]:
        """Return the folders that settings of Hugo mount and the wiki lacks."""
        is_hugo = self._site.generator is Generator.HUGO
        return self._site.unknown_mounts(self._index.knows) if is_hugo else ()

    @cached_property
    def _prefixes_by_length(self) -> Mapping[int, AbstractSet[str]]:
        """Return the redirected beginnings of addresses: settings may name tens of thousands."""
        prefixes: dict[int, set[str]] = {}
        for prefix in self._site.redirected_prefixes:
            prefixes.setdefault(len(prefix), set()).add(prefix)
        return prefixes

    def _is_judged_address(self, page: str, written: str) -> bool:
        """Return whether an address is in a folder of pages whose paths determine their addresses.

        If so, a page without a source is missing.
        """
        site = self._site
        if site.generator in WITH_UNKNOWN_ADDRESSES or "" in site.patterned_sections:
            return False
        addresses = [
            address_key(address)
            for address in possible_addresses(
                self._site, self._index, page, written, as_configured=True
            )
        ]
        for address in addresses:
            parts = address.split("/")
            is_special = bool(GENERATED_PAGES.intersection(parts))
            if is_special or parts[0] in site.patterned_sections or len(parts) < 2:
                return False
        folders = map(posixpath.dirname, addresses)
        return any(map(self._index.has_addresses_from_paths, folders))

    def _has_parent(self, page: str, written: str) -> bool:
        """Return whether the folder of an address is also a folder of the sources."""
        folders = self._index.folders
        for address in possible_addresses(self._site, self._index, page, written):
            parent = posixpath.dirname(address)
            if any(join_path(base, parent) in folders for base in self._site.folders if parent):
                return True
        return False


def _names_forge_page(written: str) -> bool:
    """Return whether a path that leads out of a repository names a page of the forge."""
    parts = [part for part in written.split("/") if part not in {"", ".", ".."}]
    return not parts or not FORGE_PAGES.isdisjoint(parts[:3])


def _is_below(root: str, path: str) -> bool:
    """Return whether a path is in a folder or is the folder; "" is the top folder."""
    return f"{path}/".startswith(f"{root}/") if root else not path.startswith("..")
