"""What a page says: its main text, how alike two texts are, what changed between them. Pure."""

from crawler.page_text.comparison import Comparison, Passage, compare
from crawler.page_text.main_text import PAGE_LIMIT, Anchor, PageText, read_page_text
from crawler.page_text.similarity import Likeness, liken, shingles

__all__ = ["PAGE_LIMIT", "Anchor", "Comparison", "Likeness", "PageText", "Passage", "compare", "liken", "read_page_text", "shingles"]
