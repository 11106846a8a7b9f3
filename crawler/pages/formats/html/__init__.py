"""Read and fix HTML files of a wiki, byte-exactly.

`tokens` splits a page as the HTML Standard does, `link_attributes` decides which attributes cite,
`structured_data` reads JSON-LD, `reader` puts links in their context, and `fix_writer` writes
fixes. Fetched pages of published sites are read by `crawler.pages.html`.
"""

from crawler.pages.formats.html.reader import HtmlReader

__all__ = ["HtmlReader"]
