"""Read and fix HTML files of a wiki, byte-exactly.

`tokens` splits a page into tags as the HTML Standard does, `link_attributes` decides which
attributes cite, `attribute_urls` finds the URLs in them, `structured_data` reads JSON-LD,
`link_finder` puts the links in their context, and `fix_writer` writes fixes. Fetched pages of
published sites are read by `crawler.pages.html`.
"""

from crawler.pages.formats.html.reader import HtmlReader

__all__ = ["HtmlReader"]
