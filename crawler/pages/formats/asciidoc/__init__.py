"""Read and fix AsciiDoc pages, as Asciidoctor reads them.

`blocks` finds the blocks of a page, `tables` the cells of its tables, `substitutions` resolves
attributes and passthroughs in a text, `inline` finds the links in it; `fix_writer` writes fixes.
"""

from crawler.pages.formats.asciidoc.reader import AsciidocReader

__all__ = ["AsciidocReader"]
