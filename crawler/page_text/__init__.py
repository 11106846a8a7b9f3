"""What a page says: its main text, how alike two texts are, what changed between them. Pure."""

from crawler.page_text.comparison import Passage, TextComparison, compare_texts
from crawler.page_text.main_text import PAGE_LIMIT, Anchor, PageText, read_page_text
from crawler.page_text.similarity import TextSimilarity, containment, shingles

__all__ = [
    "PAGE_LIMIT",
    "Anchor",
    "PageText",
    "Passage",
    "TextComparison",
    "TextSimilarity",
    "compare_texts",
    "containment",
    "read_page_text",
    "shingles",
]
