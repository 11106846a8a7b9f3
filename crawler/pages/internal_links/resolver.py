"""Resolve links within a wiki to its pages and headings, as its generator does.

A link is called broken only if the sources of the wiki show that its target is missing. Pages that
a build may add (lists of tags, feeds, pages of plugins and templates) cannot be known, and links to
them are not judged. `crawler.scan.internal_links` creates the index of the wiki.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from urllib.parse import unquote

from crawler.pages.formats.markdown.template_links import (
    TemplateCall,
    has_template_markup,
    is_page_template,
    plain_target,
    read_template_call,
)
from crawler.pages.internal_links.asciidoc_links import find_from_including_page, is_asciidoc
from crawler.pages.internal_links.dendron_links import find_note, may_be_note, read_dendron_link
from crawler.pages.internal_links.documentation_tools import DocumentationTools
from crawler.pages.internal_links.link_paths import join_path, path_in_wiki, suffix_in_link
from crawler.pages.internal_links.missing_fragments import MissingFragmentJudge
from crawler.pages.internal_links.missing_links import MissingLinkJudge
from crawler.pages.internal_links.named_destinations import names_no_page, page_named_by
from crawler.pages.internal_links.path_finder import PathFinder
from crawler.pages.internal_links.sites import Generator, Site
from crawler.pages.internal_links.sphinx_links import SphinxProjects, may_name_document
from crawler.pages.internal_links.template_call_targets import find_called_page
from crawler.pages.internal_links.unrendered_text import UnrenderedText
from crawler.pages.internal_links.wiki_index import MAX_PAGES_AT_ADDRESS, WikiIndex
from crawler.pages.internal_links.wikilink_pages import find_wikilink_page, is_missing_page
from crawler.pages.registry import source_suffixes
from store.vocabulary import InternalLink

# In pages of other programs, `[[lamp]](oil.md)` may be a link with the text "[lamp]".
_WITH_WIKILINKS = frozenset([Generator.OBSIDIAN, Generator.LOGSEQ, Generator.DENDRON])

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
        site: The site of the wiki. A string is the root folder of a wiki without a generator.
        index: The pages and files of the wiki.
        read_text: Returns the source of a page, None if it cannot be read. It is called only for
            pages on which a fragment is not found.

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
    """Resolve the links of one wiki."""

    def __init__(self, site: Site, index: WikiIndex, read_text: ReadText) -> None:
        self.site, self.index, self.read_text = site, index, read_text
        self._projects = SphinxProjects(index, read_text)
        self._tools = DocumentationTools(index, read_text)
        self._missing = MissingLinkJudge(site, index, self._projects, self._tools, read_text)
        self._fragments = MissingFragmentJudge(site, index, self._tools, read_text)
        self._unrendered = UnrenderedText(read_text)
        self._paths = PathFinder(site, index)
        self._templates: dict[str, bool] = {}  # results of `_is_template` by page

    def resolve(self, link: InternalLink) -> InternalLink:
        """Return a link with `path` and `broken` set.

        Links in formulas and in Obsidian's comments, fragments without a text, wikilinks with a
        template's call, and text in brackets behind a wikilink are not judged.
        """
        resolved = self._resolve(link)
        if not resolved.broken:
            return resolved
        if self._is_unrendered(link) or self._is_on_included_page(link):
            return replace(resolved, broken=None)
        return resolved

    def _is_on_included_page(self, link: InternalLink) -> bool:
        """Return whether the page of a link may be put into others, to which paths are relative."""
        if self._tools.is_included(link.page):
            return True
        return self.site.includes_pages and self._tools.may_be_included(link.page)

    def _is_unrendered(self, link: InternalLink) -> bool:
        """Return whether the text of a link is not rendered as a link, or as another one."""
        if self._unrendered.is_in_formula(link) or self._unrendered.is_without_text(link):
            return True
        if self.site.generator is Generator.OBSIDIAN and self._unrendered.is_in_comment(link):
            return True
        return has_template_markup(link.target) if link.wiki else self._is_behind_wikilink(link)

    def _is_behind_wikilink(self, link: InternalLink) -> bool:
        """Return whether a destination is text behind a wikilink, as in `[[lamp]](s)`."""
        name = self._unrendered.wikilink_before(link)
        has_wikilinks = self.site.generator in _WITH_WIKILINKS
        return bool(name) and (has_wikilinks or self.index.names.find(name) is not None)

    def _resolve(self, link: InternalLink) -> InternalLink:
        """Return a link with `path` and `broken` set, also one that `resolve` does not judge."""
        if "://" in link.page:  # a fetched page: its site has more pages than were fetched
            return replace(link, broken=None)
        if special := self._resolve_special(link):
            return special
        target = link.target if link.wiki else plain_target(link.target)
        if target is None:
            return replace(link, broken=None)
        target, _, fragment = target.partition("#")
        link = replace(link, fragment=fragment)
        written = target.partition("?")[0].strip().replace("\\", "/")
        if not written:
            return self._resolve_fragment(link)
        if link.wiki:  # a name may have a question mark or a backslash
            name = target.strip()
            spellings = dict.fromkeys([name.replace("\\", "/"), written, name])
            results = [self._resolve_wikilink(link, spelling) for spelling in spellings]
            return next((each for each in results if each.path), results[-1])
        return self._resolve_path(link, written)

    def _resolve_path(self, link: InternalLink, written: str) -> InternalLink:
        """Resolve a path or an address."""
        spellings = list(dict.fromkeys((written, unquote(written))))
        found = [each for spelling in spellings for each in self._paths.find(link.page, spelling)]
        if not found and not self.site.is_generated:
            found = list(self._projects.find_published(link.page, spellings[-1]))
        if not found and may_name_document(link.page, written):
            return self._resolve_document(link, written)
        if not found:
            return self._judge_missing(link, written, spellings[-1])
        # The path may start from the page's file or from its address.
        results = [self._with_fragment(link, each) for each in dict.fromkeys(found)]
        resolved = next((each for each in results if not each.broken), results[0])
        # The index keeps only so many pages of one address, so it may lack the page of the link.
        if len(found) >= MAX_PAGES_AT_ADDRESS:
            return replace(resolved, broken=None)
        # Defaults of permalinks may give the same address to another page of this name.
        is_address = suffix_in_link(written) not in source_suffixes()
        if resolved.broken and is_address and self.site.generator is Generator.JEKYLL:
            return self._with_fragment_of_namesake(link, found[0])
        return resolved

    def _judge_missing(self, link: InternalLink, written: str, unquoted: str) -> InternalLink:
        """Return a link, whose path or address leads to no page or file, with `broken` set.

        Args:
            link: The link.
            written: The path as written.
            unquoted: The path with percent-encoding resolved.

        Returns:
            The link; `broken` is None if its target may exist.
        """
        named = find_from_including_page(written, self.index) if is_asciidoc(link.page) else None
        if named:
            return self._resolve_named(link, named, unquoted)
        if self._is_template(link.page):
            return replace(link, broken=None)
        return self._missing.judge(link, unquoted)

    def _resolve_named(self, link: InternalLink, named: str, written: str) -> InternalLink:
        """Resolve a path of AsciiDoc to the page `named`, found by the file name alone.

        Returns:
            The resolved link. As `named` may be another page, the link is broken only if its path
            is broken, too.
        """
        resolved = self._with_fragment(link, named)
        if resolved.broken and not self._missing.judge(link, written).broken:
            return replace(link, broken=None)
        return resolved

    def _resolve_alias(self, link: InternalLink) -> InternalLink:
        """Resolve `@/a.md`: in Zola a path from the root of the pages, elsewhere not known."""
        if self.site.generator is not Generator.ZOLA or has_template_markup(link.target):
            return replace(link, broken=None)
        path, _, fragment = link.target.removeprefix("@/").partition("#")
        link = replace(link, fragment=fragment)
        if found := self.index.find_file(join_path(self.site.root, unquote(path))):
            return self._with_fragment(link, found)
        is_missing = self.index.can_judge(path)
        return replace(link, path=path, broken="missing-page" if is_missing else None)

    def _resolve_special(self, link: InternalLink) -> InternalLink | None:
        """Resolve a destination that is no path: a template's call, or a name of a block or page.

        Returns:
            The resolved link; None if the destination is a path.
        """
        if link.wiki and self.site.generator is Generator.DENDRON:
            return self._resolve_dendron(link)
        if link.target.startswith("@/") and not link.wiki:
            return self._resolve_alias(link)
        if call := read_template_call(link.target):
            return self._resolve_template_call(link, call)
        if names_no_page(link):
            return replace(link, broken=None)
        name = page_named_by(link)
        if not name:
            return None
        page, _, fragment = name.partition("#")
        link = replace(link, fragment=fragment)
        return self._resolve_wikilink(link, page.strip()) if page.strip() else link

    def _resolve_fragment(self, link: InternalLink) -> InternalLink:
        """Resolve a fragment on the link's page, or in the book or project of the page."""
        resolved = self._with_fragment(link, link.page)
        fragment = unquote(link.fragment)
        if resolved.broken and (
            self._projects.may_be_label(link.page, fragment)
            or self._tools.is_in_joined_chapter(link.page, fragment)
            or self._tools.may_be_included(link.page)
        ):
            return replace(resolved, broken=None)
        return resolved

    def _is_template(self, page: str) -> bool:
        """Return whether a page is an HTML template, which is published at other addresses."""
        if page not in self._templates:
            is_html = page.lower().endswith((".html", ".htm"))
            self._templates[page] = is_html and is_page_template(self.read_text(page) or "")
        return self._templates[page]

    def _resolve_document(self, link: InternalLink, written: str) -> InternalLink:
        """Resolve the name of a Sphinx document that is not a path from the link's page."""
        if written.startswith("/") and (found := self._projects.find(link.page, written)):
            return self._with_fragment(link, found)
        is_missing = not self._projects.may_be_added(link.page, written)
        return replace(link, broken="missing-page" if is_missing else None)

    def _resolve_wikilink(self, link: InternalLink, written: str) -> InternalLink:
        """Resolve `[[written]]`: a path from the root or the page's folder, else a page's name."""
        found = find_wikilink_page(self.site, self.index, link, written)
        if found:
            return self._with_fragment_of_namesake(link, found)
        is_generated = self._missing.is_generated(written)
        is_missing = not is_generated and is_missing_page(self.site, link, written)
        return replace(link, broken="missing-page" if is_missing else None)

    def _resolve_dendron(self, link: InternalLink) -> InternalLink:
        """Resolve Dendron's `[[text|note]]`: the name of a note, which may need no file."""
        link, name = read_dendron_link(link)
        found = find_note(self.index, name) if name else link.page
        if found:
            return self._with_fragment(link, found)
        may_exist = self.site.adds_pages or may_be_note(link, self.index, name)
        return replace(link, path=name, broken=None if may_exist else "missing-page")

    def _resolve_template_call(self, link: InternalLink, call: TemplateCall) -> InternalLink:
        """Resolve a template call such as Hugo's `ref`; without its page, the build fails."""
        link = replace(link, fragment=call.fragment)
        expected = Generator.HUGO if call.kind == "ref" else Generator.JEKYLL
        if not call.is_certain or self.site.generator is not expected:
            return replace(link, broken=None)
        if not call.path:
            return self._with_fragment(link, link.page)
        if found := find_called_page(self.site, self.index, link.page, call):
            return self._with_fragment(link, found)
        if self._has_unknown_mounts or self.site.adds_pages or not self.index.is_complete:
            return replace(link, broken=None)
        return replace(link, path=call.path, broken="missing-page")

    @cached_property
    def _has_unknown_mounts(self) -> bool:
        """Return whether the settings mount a folder that the wiki lacks."""
        return bool(self.site.unknown_mounts(self.index.knows))

    def _with_fragment_of_namesake(self, link: InternalLink, found: str) -> InternalLink:
        """Return a link resolved to a page, or to another of its file name that has the fragment.

        Which of them a name leads to depends on folders and settings that may not be known.
        """
        resolved = self._with_fragment(link, found)
        if not resolved.broken:
            return resolved
        namesakes = self.index.names.namesakes(found)
        if len(namesakes) >= MAX_PAGES_AT_ADDRESS:
            return replace(resolved, broken=None)
        results = (self._with_fragment(link, each) for each in namesakes)
        return next((each for each in results if not each.broken), resolved)

    def _with_fragment(self, link: InternalLink, found: str) -> InternalLink:
        """Return a link resolved to the page `found`, broken if the page lacks its fragment."""
        fragment = unquote(link.fragment)
        is_in_book = is_asciidoc(link.page) and self.index.has_asciidoc_id(fragment)
        is_missing = (
            bool(fragment) and not is_in_book and self._fragments.is_missing(found, fragment)
        )
        broken = "missing-heading" if is_missing else None
        return replace(link, path=path_in_wiki(self.site, found), broken=broken)
