"""Resolve links within a wiki to its pages and headings, as its generator does.

A link is broken only if the sources of the wiki show it. What a build may add (lists of tags,
feeds, pages of plugins and templates) cannot be known, and is no finding. The index of the wiki is
passed in; `crawler.scan.internal_links` makes it from the file system.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from urllib.parse import unquote

from crawler.pages.anchors import loose_fragment
from crawler.pages.asciidoc_links import (
    find_from_including_page,
    is_asciidoc,
    may_be_generated,
    without_cross_references,
)
from crawler.pages.fragment_evidence import fragment_may_exist
from crawler.pages.generated_addresses import (
    BUILT_ENDINGS,
    FORGE_PAGES,
    GENERATED_FRAGMENT,
    GENERATED_PAGES,
)
from crawler.pages.page_addresses import address_key, without_locale
from crawler.pages.registry import source_suffixes
from crawler.pages.sites import PROGRAMMED, Generator, Site
from crawler.pages.sphinx_links import SphinxProjects, may_name_document
from crawler.pages.template_links import TemplateTarget, plain_target, read_template
from crawler.pages.wiki_index import WikiIndex
from store.vocabulary import InternalLink

_HAS_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,7}\Z")

# In these wikis a link to a page that nobody has written yet is usual.
_RED_LINK_SUFFIXES = (".wiki", ".mediawiki", ".wikitext")

ReadText = Callable[[str], str | None]


def resolve_internal_links(
    links: Iterable[InternalLink],
    site: Site | str,
    index: WikiIndex,
    read_text: ReadText = lambda _: None,
) -> tuple[InternalLink, ...]:
    """Return links with `path` and `broken` set.

    Args:
        links: The links to resolve.
        site: The site of the wiki; a text is the root of one without a generator.
        index: The pages and files of the wiki.
        read_text: Returns the source of a page, None if it cannot be read. It is read only where
            a fragment is not found.

    >>> from store.vocabulary import InternalLink
    >>> link = InternalLink(
    ...     page="docs/a.md", line=1, column=1, start=0, end=0, target="/b.md#c", fragment="c"
    ... )
    >>> index = WikiIndex({"docs/b.md": ["d"]})
    >>> [(link.path, link.broken) for link in resolve_internal_links([link], "docs", index)]
    [('b.md', 'missing-heading')]
    """
    if isinstance(site, str):
        site = Site(root=site.strip("/"))
    resolver = _Resolver(site, index, read_text)
    return tuple(resolver.resolve(link) for link in links)


class _Resolver:
    """Resolves the links of one wiki."""

    def __init__(self, site: Site, index: WikiIndex, read_text: ReadText) -> None:
        self.site, self.index, self.read_text = site, index, read_text
        self._projects = SphinxProjects(index, read_text)

    def resolve(self, link: InternalLink) -> InternalLink:
        """Return a link with `path` and `broken` set."""
        if "://" in link.page:  # a fetched page: its site has more than was fetched
            return replace(link, broken=None)
        if call := read_template(link.target):
            return self._resolve_template(link, call)
        target = link.target if link.wiki else plain_target(link.target)
        if target is None:
            return replace(link, broken=None)
        target, _, fragment = target.partition("#")
        link = replace(link, fragment=fragment)
        written = target.partition("?")[0].strip().replace("\\", "/")
        if not written:
            own = self._with_fragment(link, link.page)
            is_label = own.broken and self._projects.may_be_label(link.page, unquote(fragment))
            return replace(own, broken=None) if is_label else own
        if link.wiki:
            return self._resolve_wikilink(link, written)
        spellings = list(dict.fromkeys((written, unquote(written))))
        found = [each for spelling in spellings for each in self._find(link.page, spelling)]
        if not found and not self.site.is_generated:
            found = list(self._projects.find_published(link.page, spellings[-1]))
        if not found and may_name_document(link.page, written):
            return self._resolve_document(link, written)
        if not found and is_asciidoc(link.page):
            found = [each for each in [find_from_including_page(written, self.index)] if each]
        if not found:
            return self._missing(link, spellings[-1])
        # The same words may be a path from the page's file, and from its address.
        results = [self._with_fragment(link, each) for each in dict.fromkeys(found)]
        return next((each for each in results if not each.broken), results[0])

    def _resolve_document(self, link: InternalLink, written: str) -> InternalLink:
        """Resolve the name of a document of Sphinx that is no path from its page."""
        if written.startswith("/") and (found := self._projects.find(link.page, written)):
            return self._with_fragment(link, found)
        is_known = not self._projects.may_be_added(link.page, written)
        return replace(link, broken="missing-page" if is_known else None)

    def _find(self, page: str, written: str) -> Iterator[str]:
        """Yield the pages, files and folders that a path or an address may lead to."""
        index, site = self.index, self.site
        if written.startswith("/"):
            bases = list(dict.fromkeys([site.root, *site.folders]))
        else:
            bases = [posixpath.dirname(page)]
        for base in bases:
            if found := index.find(_join(base, written), page):
                yield found
        # Generators look for a page's file as it is written.
        names_file = _ending(written) in source_suffixes()
        for address in self._addresses(page, written):
            if names_file and address.lower() not in site.redirects:
                continue
            if found := index.find_address(address):
                yield found
            for path in site.files_at(address):
                if found := index.find_file(path):
                    yield found
        is_vault = site.generator is Generator.OBSIDIAN and not written.startswith("/")
        if is_vault and (found := index.find_by_name(written)):
            yield found

    def _addresses(self, page: str, written: str, *, strict: bool = False) -> Iterator[str]:
        """Yield the addresses that a link on a page may mean, without a leading slash.

        Args:
            page: The page.
            written: The path as written.
            strict: Only what it means by the settings. Otherwise a page's address may end with a
                slash or not, as some servers change that.
        """
        site = self.site
        if written.startswith("/"):
            address = posixpath.normpath(written.lstrip("/"))
            yield address
            if site.base_path and f"{address}/".startswith(f"{site.base_path}/"):
                yield address[len(site.base_path) :].strip("/")
            if (short := without_locale(address)) != address:
                yield short
            return
        for own in self.index.addresses_of(page):
            bases = [own, posixpath.dirname(own)]
            if not site.directory_urls:
                bases.reverse()
            for folder in bases[: 1 if strict else 2]:
                joined = posixpath.normpath(f"/{folder}/{written}")
                yield joined.strip("/")

    def _resolve_wikilink(self, link: InternalLink, written: str) -> InternalLink:
        """Resolve `[[written]]`: a path from the root or from its page, else a name anywhere."""
        bases = (self.site.root, posixpath.dirname(link.page))
        candidates = (self.index.find(_join(base, written), link.page) for base in bases)
        found = next(filter(None, candidates), None) or self.index.find_by_name(written)
        has_red_links = link.page.lower().endswith(_RED_LINK_SUFFIXES)
        if not found and has_red_links:  # MediaWiki
            found = self.index.find_by_name(written.replace(" ", "_"))
        if not found and self.site.generator is Generator.LOGSEQ:  # a/b is in a___b.md
            found = self.index.find_by_name(written.replace("/", "___"))
        if not found and link.text != link.target:  # [[text|page]] in the wikis of GitHub
            found = self.index.find_by_name(link.text)
        if found:
            return self._with_fragment(link, found)
        is_link = self.site.generator in {Generator.OBSIDIAN, Generator.FOLDER}
        is_missing = is_link and not has_red_links
        return replace(link, broken="missing-page" if is_missing else None)

    def _resolve_template(self, link: InternalLink, call: TemplateTarget) -> InternalLink:
        """Resolve a template call, such as Hugo's `ref`, that fails the build without its page."""
        link = replace(link, fragment=call.fragment)
        expected = Generator.HUGO if call.kind == "ref" else Generator.JEKYLL
        if not call.is_certain or self.site.generator is not expected:
            return replace(link, broken=None)
        if not call.path:
            return self._with_fragment(link, link.page)
        if found := self._find_called(link.page, call):
            return self._with_fragment(link, found)
        if self.site.adds_pages or not self.index.is_complete:
            return replace(link, broken=None)
        return replace(link, path=call.path, broken="missing-page")

    def _find_called(self, page: str, call: TemplateTarget) -> str | None:
        index, path = self.index, call.path
        if call.kind == "post_url":
            name = posixpath.basename(path)
            return index.find_by_name(name) or index.find_post(name)
        if call.kind == "link":
            return index.find(_join(self.site.root, path)) or index.find_address(path)
        folders = [folder for folder, _ in self.site.content]
        bases = folders if path.startswith("/") else [posixpath.dirname(page), *folders]
        found = (index.find(_join(base, path), page) for base in bases)
        return (
            next(filter(None, found), None)
            or index.find_address(path)
            or (None if "/" in path.strip("/") else index.find_by_name(path))
        )

    def _missing(self, link: InternalLink, written: str) -> InternalLink:
        """Return a link that no source is the target of; broken if it is certainly missing."""
        site, index = self.site, self.index
        base = site.root if written.startswith("/") else posixpath.dirname(link.page)
        path = _join(base, written)
        root = f"{site.root}/" if site.root else ""
        is_outside = not f"{path}/".startswith(root) if root else path.startswith("..")
        may_exist = not site.is_generated and self._projects.may_be_built(link.page, written)
        if is_asciidoc(link.page):
            may_exist = may_be_generated(link.page, path, index, self.read_text)
        if may_exist or self._cannot_know(link, written, path, is_outside=is_outside):
            return replace(link, path=None if is_outside else self._name(path), broken=None)
        if is_outside:
            return replace(link, broken="outside-root")
        broken = "missing-page" if index.can_judge(path) else None
        return replace(link, path=self._name(path), broken=broken)

    def _cannot_know(
        self, link: InternalLink, written: str, path: str, *, is_outside: bool
    ) -> bool:
        """Return whether a path may exist on the built site though no source has it."""
        site = self.site
        if site.changes_links or self._is_redirected(link.page, written):
            return True
        ending = _ending(written)
        if site.generator in {Generator.FOLDER, Generator.GITHUB, Generator.LOGSEQ}:
            if is_outside:
                return site.generator is Generator.GITHUB or _names_forge_page(written)
            is_address = written.startswith("/") and ending not in source_suffixes()
            return is_address and not self._has_parent(link.page, written)
        if site.generator is Generator.OBSIDIAN:
            return False
        if site.adds_pages or (is_outside and site.generator in {Generator.HUGO, *PROGRAMMED}):
            return True
        if is_outside or ending in source_suffixes():
            return False
        if site.adds_addresses:
            return True
        if not ending or ending in {".html", ".htm"}:
            return not self._is_judged_address(link.page, written)
        if site.is_generated and ending in BUILT_ENDINGS:
            return True
        return written.startswith("/") and not self._has_parent(link.page, written)

    def _is_redirected(self, page: str, written: str) -> bool:
        """Return whether a pattern of the site's settings may redirect an address."""
        prefixes = self.site.redirected_prefixes
        return bool(prefixes) and any(
            address.lower().startswith(prefix)
            for address in self._addresses(page, written)
            for prefix in prefixes
        )

    def _is_judged_address(self, page: str, written: str) -> bool:
        """Return whether every page beside an address is named by its path, and is known."""
        site = self.site
        if site.generator in PROGRAMMED or "" in site.changed_sections:
            return False
        addresses = [
            address_key(address) for address in self._addresses(page, written, strict=True)
        ]
        for address in addresses:
            parts = address.split("/")
            is_special = bool(GENERATED_PAGES.intersection(parts))
            if is_special or parts[0] in site.changed_sections or len(parts) < 2:
                return False
        return any(self.index.has_named_pages(posixpath.dirname(each)) for each in addresses)

    def _has_parent(self, page: str, written: str) -> bool:
        """Return whether the folder that a file should be in is a folder of the sources."""
        folders = self.index.folders
        for address in self._addresses(page, written):
            parent = posixpath.dirname(address)
            if any(_join(base, parent) in folders for base in self.site.folders if parent):
                return True
        return False

    def _with_fragment(self, link: InternalLink, found: str) -> InternalLink:
        """Return a link that leads to the page `found`, broken if that lacks its fragment."""
        broken = None
        if is_asciidoc(link.page) and self.index.is_id(unquote(link.fragment)):
            return replace(link, path=self._name(found), broken=None)
        if link.fragment and self._lacks_fragment(found, unquote(link.fragment)):
            broken = "missing-heading"
        return replace(link, path=self._name(found), broken=broken)

    def _lacks_fragment(self, found: str, fragment: str) -> bool:
        if found not in self.index.pages or self.site.changes_headings:
            return False
        if GENERATED_FRAGMENT.match(fragment) or self.index.has_anchor(found, fragment):
            return False
        heading = fragment.rpartition("#")[2]  # [[Page#Heading#Subheading]]
        if not loose_fragment(heading) or self.index.has_anchor(found, heading):
            return False
        text = self.read_text(found)
        if text and found.lower().endswith((".html", ".htm", ".xhtml")) and "<script" in text:
            return False  # scripts make ids
        if text and is_asciidoc(found):
            text = without_cross_references(text)
        is_component_page = found.endswith(".mdx")
        return text is None or not fragment_may_exist(
            text, heading, is_component_page=is_component_page
        )

    def _name(self, path: str) -> str:
        root = self.site.root
        return path.removeprefix(f"{root}/") if root else path


def _names_forge_page(written: str) -> bool:
    """Return whether a path that leads out of a repository names a page of the forge."""
    parts = [part for part in written.split("/") if part not in {"", ".", ".."}]
    return not parts or not FORGE_PAGES.isdisjoint(parts[:3])


def _ending(path: str) -> str:
    found = _HAS_ENDING.search(path.rstrip("/"))
    return found[0].lower() if found and not path.endswith("/") else ""


def _join(base: str, path: str) -> str:
    joined = posixpath.normpath(posixpath.join(base, path.lstrip("/")))
    return "" if joined == "." else joined
