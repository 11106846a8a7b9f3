"""What a page says: its main text, how alike two texts are, what changed between them. Pure."""

from crawler.texts.drift import Comparison, Passage, compare
from crawler.texts.likeness import Likeness, liken, shingles
from crawler.texts.main_text import PAGE_LIMIT, Anchor, PageText, read_page_text

__all__ = ["PAGE_LIMIT", "Anchor", "Comparison", "Likeness", "PageText", "Passage", "compare", "liken", "read_page_text", "shingles"]
