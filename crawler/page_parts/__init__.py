"""Look for the images, style sheets and frames of archive copies in the archives that hold them.

Which parts a page has was noted when the copy was probed (`crawler.liveness.page_parts`). This
package decides which copies are due, sends the requests, and judges the archives' responses.
"""

from crawler.page_parts.job import (
    check_due_copies,
    due_copies,
    put_off_empty_copies,
    store_parts,
)

__all__ = ["check_due_copies", "due_copies", "put_off_empty_copies", "store_parts"]
