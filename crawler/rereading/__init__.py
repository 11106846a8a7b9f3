"""Pages read again in a job: where broken ones moved to, and whether living ones still say what was cited."""

from crawler.rereading.comparing import compare_due
from crawler.rereading.searching import search_due

__all__ = ["compare_due", "search_due"]
