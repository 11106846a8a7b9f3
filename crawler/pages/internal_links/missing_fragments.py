"""Judge fragments that are not among a page's known anchors: in doubt, one is not missing."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Final

from crawler.pages.anchors import fragment_key
from crawler.pages.internal_links.asciidoc_links import (
    includes_missing_page,
    is_antora_page,
    is_asciidoc,
    without_cross_references,
)
from crawler.pages.internal_links.documentation_tools import DocumentationTools
from crawler.pages.internal_links.fragment_evidence import FragmentEvidence
from crawler.pages.internal_links.generated_addresses import CONTRIBUTION, GENERATED_FRAGMENT
from crawler.pages.internal_links.page_scripts import PageScripts
from crawler.pages.internal_links.sites import Generator, Site
from crawler.pages.internal_links.wiki_index import WikiIndex

# Wiki.js puts this before an anchor that begins with a digit: `h-1-first` for "1. First"
# (server/modules/rendering/html-core/renderer.js).
_BEFORE_DIGIT = re.compile(r"\Ah-(?=\d)")
# What some renderers (marked, hexo-renderer-marked of old) leave of an escaped character in an
# anchor: `oil-amp-wick` for "Oil & wick".
_ENTITY = re.compile(r"(?:(?<=-)|\A)(?:amp|lt|gt|quot|39|x27)(?:-|\Z)")
# In front matter, of YAML or TOML; layouts may write `<span id="{{ page.title | slugify }}">`.
_TITLE = re.compile(r"^title[ \t]*[:=][ \t]*(.{1,300})$", re.MULTILINE)
# The type or layout of a page of Hugo, in front matter
_LAYOUT = re.compile(r"""^(?:type|layout)[ \t]*[:=][ \t]*["']?([\w-]{1,100})""", re.MULTILINE)
# Generators whose layouts often show a page's title, with or without an anchor of its own
_WITH_LAYOUTS: Final = frozenset(
    [Generator.JEKYLL, Generator.HUGO, Generator.HEXO, Generator.GRAV, Generator.ASTRO]
)
# Fragments of the comments below each page of Wiki.js (client/themes/default/components/page.vue,
# comments.vue)
_COMMENTS: Final = frozenset(["discussion", "discussion-new"])
# The comment around the table of All Contributors
_CONTRIBUTORS: Final = "ALL-CONTRIBUTORS-LIST"
_MAX_FRONT_MATTER: Final = 20_000  # characters
_CACHED_PAGES: Final = 256  # links on one page lead to few others
# Characters of pages that are searched for all links of a wiki; some pages are read again.
_MAX_SEARCHED: Final = 500_000_000


class MissingFragmentJudge:
    """Judge the fragments of links to the pages of one wiki.

    Args:
        site: The site of the wiki.
        index: The pages and files of the wiki.
        tools: The tools for books and documentation that publish pages of the wiki.
        read_text: Returns the source of a page, None if it cannot be read.
    """

    def __init__(
        self,
        site: Site,
        index: WikiIndex,
        tools: DocumentationTools,
        read_text: Callable[[str], str | None],
    ) -> None:
        self._site, self._index = site, index
        self._tools, self._read_text = tools, read_text
        self._scripts = PageScripts(index, read_text)
        self._characters_left = _MAX_SEARCHED  # that may still be searched
        self._evidence_of = lru_cache(_CACHED_PAGES)(self._read_evidence)
        self._names_of = lru_cache(_CACHED_PAGES)(self._read_names)
        self._has_contributors = lru_cache(_CACHED_PAGES)(self._read_has_contributors)

    def is_missing(self, page: str, fragment: str) -> bool:
        """Return whether a page certainly lacks a fragment.

        Args:
            page: The page that the link leads to.
            fragment: The fragment, percent-encoding resolved.
        """
        if page not in self._index.pages or self._site.changes_headings:
            return False
        if GENERATED_FRAGMENT.match(fragment) or self._index.has_anchor(page, fragment):
            return False
        if CONTRIBUTION.match(fragment) and self._has_contributors(page):
            return False
        heading = fragment.rpartition("#")[2]  # [[Page#Heading#Subheading]]
        if self._site.generator is Generator.WIKIJS:
            if heading in _COMMENTS:
                return False
            heading = _BEFORE_DIGIT.sub("", heading)
        if not fragment_key(heading) or self._index.has_anchor(page, heading):
            return False
        if self._index.has_anchor(page, _ENTITY.sub("", heading)):
            return False
        if self._is_title(page, heading) or self._has_layout_with_ids(page):
            return False
        if self._site.is_generated and self._scripts.may_write(page):
            return False
        return not self._may_be_in_source(page, heading) and not self._may_be_added(page)

    def _is_title(self, page: str, heading: str) -> bool:
        """Return whether a layout may make a fragment of a page's title."""
        if self._site.generator not in _WITH_LAYOUTS:
            return False
        return fragment_key(heading) in self._names_of(page)

    def _has_layout_with_ids(self, page: str) -> bool:
        """Return whether a layout of Hugo adds anchors to a page, by its type or folder."""
        layouts = self._site.layouts_with_ids
        if not layouts:
            return False
        front_matter = (self._read_text(page) or "")[:_MAX_FRONT_MATTER]
        named = (name.lower() for name in _LAYOUT.findall(front_matter))
        return not layouts.isdisjoint((*named, *page.lower().split("/")[:-1]))

    def _read_names(self, page: str) -> frozenset[str]:
        """Return the keys of the fragments that a page's title and file name would make."""
        title = _TITLE.search((self._read_text(page) or "")[:_MAX_FRONT_MATTER])
        names = (posixpath.splitext(posixpath.basename(page))[0], title[1] if title else "")
        return frozenset(map(fragment_key, names))

    def _read_has_contributors(self, page: str) -> bool:
        """Return whether a page has the table of All Contributors."""
        return _CONTRIBUTORS in (self._read_text(page) or "")

    def _may_be_in_source(self, page: str, heading: str) -> bool:
        """Return whether a page's source suggests that it has a heading.

        True, too, once the pages of a hostile wiki have cost too much.
        """
        if self._characters_left < 0:
            return True
        evidence = self._evidence_of(page)
        if evidence is None:
            return False
        is_transliterated = self._site.generator is Generator.ZOLA or self._tools.is_gitbook(page)
        if is_transliterated and evidence.may_transliterate(heading):
            return True
        return evidence.may_have(heading)

    def _may_be_added(self, page: str) -> bool:
        """Return whether fragments that are not in a page's source may be added when it is built.

        A page of AsciiDoc may be part of a book of which the wiki lacks another part.
        """
        if self._tools.may_add_headings(page):
            return True
        is_part = is_asciidoc(page) and not is_antora_page(page, self._read_text)
        return is_part and self._lacks_part_of_book

    @cached_property
    def _lacks_part_of_book(self) -> bool:
        """Return whether any AsciiDoc page includes a page that the wiki lacks.

        True, too, once the pages of a hostile wiki have cost too much.
        """
        for page in filter(is_asciidoc, self._index.pages):
            text = self._read_text(page) or ""
            self._characters_left -= len(text)
            if self._characters_left < 0 or includes_missing_page(text, self._index):
                return True
        return False

    def _read_evidence(self, page: str) -> FragmentEvidence | None:
        """Return the evidence of a page, None if the page cannot be read."""
        text = self._read_text(page)
        if text is None:
            return None
        self._characters_left -= len(text)
        if is_asciidoc(page):
            text = without_cross_references(text)
        return FragmentEvidence(
            text,
            is_component_page=page.endswith(".mdx"),
            is_html=page.lower().endswith((".html", ".htm", ".xhtml")),
        )
