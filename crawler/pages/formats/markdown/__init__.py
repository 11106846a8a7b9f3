"""Read and fix Markdown pages, in every dialect.

`reader` puts together what the modules for Markdown's parts in `crawler.pages` find; `fix_writer`
writes fixes.
"""

from crawler.pages.formats.markdown.reader import MarkdownReader

__all__ = ["MarkdownReader"]
