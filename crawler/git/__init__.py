"""The git repository a wiki lies in, where it lies in one: what has changed, since when something stands there, where it is shown."""

from crawler.git.changes import ChangesUnknown, changed_files
from crawler.git.hosting import source_template
from crawler.git.page_history import dates_added

__all__ = ["ChangesUnknown", "changed_files", "dates_added", "source_template"]
