"""Read and fix MediaWiki pages (wikitext).

`scanner` finds links, templates and references in one pass; `templates` knows the parameters of
citation templates; `fix_writer` writes fixes, in citation templates as Wikipedia's bots do.
"""

from crawler.pages.formats.wikitext.reader import WikitextReader

__all__ = ["WikitextReader"]
