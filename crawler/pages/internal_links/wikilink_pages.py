"""Find the page that a wikilink (`[[name]]`) names, by the rules of the wiki's generator."""

from __future__ import annotations

import posixpath

from crawler.pages.internal_links.daily_notes import is_daily_note
from crawler.pages.internal_links.link_paths import join_path
from crawler.pages.internal_links.sites import Generator, Site
from crawler.pages.internal_links.wiki_index import WikiIndex
from store.vocabulary import InternalLink

# MediaWiki pages usually have links to pages that are not yet written ("red links").
_RED_LINK_SUFFIXES = (".wiki", ".mediawiki", ".wikitext")


def find_wikilink_page(
    site: Site, index: WikiIndex, link: InternalLink, written: str
) -> str | None:
    """Return the page or file that a wikilink names, or None.

    Args:
        site: The site of the wiki.
        index: The pages and files of the wiki.
        link: The link.
        written: A path from the root or from the folder of the link's page, else a page's name.
    """
    for base in (site.root, posixpath.dirname(link.page)):
        if found := index.find(join_path(base, written), link.page):
            return found
    names = [written]
    if _has_red_links(link.page):
        names.append(written.replace(" ", "_"))
    if site.generator is Generator.LOGSEQ:  # a/b is in a___b.md
        names.append(written.replace("/", "___"))
    if site.generator is Generator.FOLDER:
        names.append(written.replace("+", " "))
    if link.text != link.target:  # [[text|page]] in the wikis of GitHub
        names.append(link.text)
    for name in names:
        if found := index.names.find(name):
            return found
    return None


def is_missing_page(site: Site, link: InternalLink, written: str) -> bool:
    """Return whether a wikilink whose page was not found is broken.

    A link to a page that is not yet written is not: a red link of MediaWiki, a note of a day.

    Args:
        site: The site of the wiki; other generators than these may render no link.
        link: The link.
        written: The path or name in the link.
    """
    if site.generator not in {Generator.OBSIDIAN, Generator.FOLDER}:
        return False
    return not _has_red_links(link.page) and not is_daily_note(written)


def _has_red_links(page: str) -> bool:
    """Return whether a page is of MediaWiki, by its suffix."""
    return page.lower().endswith(_RED_LINK_SUFFIXES)
