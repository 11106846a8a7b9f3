"""Read and fix Markdown pages, in every dialect.

`reader` puts together what the other modules find, each a part of Markdown, `mdx` finds
the parts that only MDX has, and `fix_writer` writes fixes.
"""

from crawler.pages.formats.markdown.reader import MarkdownReader, MdxReader

__all__ = ["MarkdownReader", "MdxReader"]
