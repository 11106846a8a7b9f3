"""Read and fix BibTeX and BibLaTeX bibliographies.

`parser` finds entries and fields with their bytes, `reader` finds the links in them, and
`fix_writer` replaces URLs or adds the fields of an archive copy.
"""

from crawler.pages.formats.bibtex.reader import BibtexReader

__all__ = ["BibtexReader"]
