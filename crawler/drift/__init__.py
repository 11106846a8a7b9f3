"""Compare living pages with mementos from the time of the citation, and store what has changed.

The comparison of two texts is in `crawler.page_text.comparison`; this package decides which links
are compared and reads both texts.
"""

from crawler.drift.job import (
    compare_due_links,
    drift_outcome,
    due_comparisons,
    needs_archive,
    store_comparison,
)

__all__ = [
    "compare_due_links",
    "drift_outcome",
    "due_comparisons",
    "needs_archive",
    "store_comparison",
]
