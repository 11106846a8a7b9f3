"""Check whether archives have the images, style sheets and frames of their copies of pages.

Which parts a page has is stored when its copy is probed (`crawler.liveness.part_urls`). This
package decides which copies are due, sends the requests, and judges the archives' responses.
"""

from crawler.page_parts.job import (
    check_due_copies,
    due_copies,
    postpone_copies_without_parts,
    store_parts,
)

__all__ = ["check_due_copies", "due_copies", "postpone_copies_without_parts", "store_parts"]
