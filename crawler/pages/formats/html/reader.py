"""Read the links of an HTML file with their bytes and their context."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import ClassVar

from ada_url import URL

from crawler.http.urls import is_web_url
from crawler.pages.formats.html.fix_writer import HtmlFixWriter
from crawler.pages.formats.html.link_finder import LinkFinder
from crawler.pages.formats.html.links import HtmlLink
from crawler.pages.html_input import declared_charset
from crawler.pages.interface import FormatReader, ReadOptions
from crawler.pages.page_builder import PageBuilder
from crawler.pages.source.source_text import SourceText
from store.vocabulary import Page
from store.vocabulary.fixes import FixWriter

# Reports list broken links; if they were read as pages, those links would stay cited forever.
_OWN_REPORT = re.compile(rb"<meta name=\"generator\" content=\"Holdfast")
_HEAD_BYTES = 65_536  # of a page, that are searched for the mark of a report
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")


class HtmlReader(FormatReader):
    """Read HTML files."""

    name: ClassVar[str] = "html"
    title: ClassVar[str] = "HTML"
    suffixes: ClassVar[frozenset[str]] = frozenset([".html", ".htm", ".xhtml"])
    is_source: ClassVar[bool] = False

    def declared_encoding(self, data: bytes) -> str | None:
        """Return the encoding that a `meta` element or the XML declaration names."""
        return declared_charset(data)

    def read(self, source: SourceText, builder: PageBuilder, options: ReadOptions) -> None:
        """Add the links, title and anchors of a page to its record."""
        del options
        if _OWN_REPORT.search(source.data, 0, _HEAD_BYTES):
            return
        finder = LinkFinder(source)
        finder.read()
        links = [found.link for found in _resolved(finder)]
        builder.add_links(links)
        builder.title = finder.title
        builder.anchors = tuple(dict.fromkeys(finder.anchors))
        builder.code_spans = finder.code_spans

    def fix_writer(self, text: bytes, page: Page, link_text: str) -> FixWriter:
        """Return the writer of one page's fixes."""
        del page
        source = SourceText(text.decode(errors="replace"))
        finder = LinkFinder(source)
        finder.read()
        return HtmlFixWriter(source.data, _resolved(finder), link_text)


def _resolved(finder: LinkFinder) -> Iterator[HtmlLink]:
    """Yield the links of a page, relative ones resolved against its `base`."""
    for found in finder.links:
        if finder.base and not found.is_json:
            found.link.url = _join(finder.base, found.link.url)
        yield found


def _join(base: str, written: str) -> str:
    """Return a link of a page resolved against its `base`: a URL, or a path within the wiki.

    >>> _join("https://a.example/b/", "c.html"), _join("/docs/", "c.html"), _join("/docs/", "#d")
    ('https://a.example/b/c.html', '/docs/c.html', '#d')
    """
    if _SCHEME.match(written) or written.startswith(("//", "#")) or "{" in written:
        return written
    if is_web_url(base):
        try:
            return str(URL(written, base).href)
        except ValueError:
            return written
    folder = base.rpartition("/")[0]
    return written if written.startswith("/") else posixpath.join(f"{folder}/", written)
