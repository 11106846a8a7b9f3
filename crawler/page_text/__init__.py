"""What a page says: its main text, how alike two texts are, what changed between them. Pure."""

from crawler.page_text.comparison import TextComparison, Passage, compare_texts
from crawler.page_text.main_text import PAGE_LIMIT, Anchor, PageText, read_page_text
from crawler.page_text.similarity import TextSimilarity, containment, shingles

__all__ = ["PAGE_LIMIT", "Anchor", "TextComparison", "TextSimilarity", "PageText", "Passage", "compare_texts", "containment", "read_page_text", "shingles"]
