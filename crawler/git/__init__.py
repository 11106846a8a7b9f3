"""Read the git repository around a wiki, if there is one.

The package returns the files changed since a revision, the days on which URLs were committed, and
the web address of the repository's files. It writes to no repository, uses no network, and runs no
program that a repository configures.
"""

from crawler.git.changes import ChangedFilesError, changed_files
from crawler.git.hosting import source_template
from crawler.git.page_history import dates_added

__all__ = ["ChangedFilesError", "changed_files", "dates_added", "source_template"]
