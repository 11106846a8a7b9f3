"""Extract citations, internal links and anchors from pages, without network, Scrapy or store.

`extract` reads a Markdown page, `html.extract_html` a fetched HTML page; both return the same
record, a `store.vocabulary.Page`. The other modules are the readers they use.
"""

from crawler.pages.decode import NotText
from crawler.pages.dialect import Dialect
from crawler.pages.extraction import extract

__all__ = ["Dialect", "NotText", "extract"]
