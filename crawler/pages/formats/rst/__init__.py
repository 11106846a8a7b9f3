"""Read and fix reStructuredText pages, as docutils and Sphinx read them.

`blocks` finds the blocks of a page, `inline` the links in their text, `directives` those in
arguments and options, `references` resolves names; `fix_writer` writes fixes.
"""

from crawler.pages.formats.rst.reader import RstReader

__all__ = ["RstReader"]
