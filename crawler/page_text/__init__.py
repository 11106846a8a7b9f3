"""Read the text of pages and compare texts, without any I/O.

`main_text` extracts a page's main text, `similarity` measures how much of one page's text another
one contains, `comparison` lists what changed between a memento and the living page. `simhash`
computes fingerprints of texts, `copy_agreement` judges whether two copies show the same page.
"""

from crawler.page_text.comparison import Passage, TextComparison, compare_texts
from crawler.page_text.main_text import PAGE_LIMIT, Anchor, PageText, read_page_text
from crawler.page_text.similarity import (
    MIN_SHINGLES,
    Shingles,
    TextSimilarity,
    containment,
    half_words,
    shingles,
    split_words,
)

__all__ = [
    "MIN_SHINGLES",
    "PAGE_LIMIT",
    "Anchor",
    "PageText",
    "Passage",
    "Shingles",
    "TextComparison",
    "TextSimilarity",
    "compare_texts",
    "containment",
    "half_words",
    "read_page_text",
    "shingles",
    "split_words",
]
