"""The git repository a wiki lies in, where it lies in one: what has changed, since when something stands there, where it is shown."""

from crawler.repository.changes import ChangesUnknown, changed_files
from crawler.repository.forge import source_template
from crawler.repository.page_history import days_added

__all__ = ["ChangesUnknown", "changed_files", "days_added", "source_template"]
