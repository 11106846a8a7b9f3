"""Extract citations, internal links and anchors from pages, without network, Scrapy or database.

`extract` reads a page of the wiki by the reader of its format, `html.extract_html` reads a fetched
HTML page; both return a `store.vocabulary.Page`. The readers and fix writers of the formats are in
`formats`, behind `interface`; `internal_links` resolves links within the wiki.
"""

from crawler.pages.dialect import Dialect
from crawler.pages.extraction import extract
from crawler.pages.source.decode import NotText

__all__ = ["Dialect", "NotText", "extract"]
