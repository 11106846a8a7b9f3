"""Pages: front matter, Markdown and HTML in, citations out. Pure: no network, no Scrapy, no store."""

from crawler.pages.decode import NotText
from crawler.pages.dialect import Dialect
from crawler.pages.extraction import extract

__all__ = ["Dialect", "NotText", "extract"]
