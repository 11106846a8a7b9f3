"""Read the git repository around a wiki, if there is one.

The package returns the files changed since a revision and their old contents, the days on which
URLs were committed, and the web address of the repository's files. It writes to no repository, uses
no network, and runs no program that a repository configures.
"""

from crawler.git.blobs import blob_sizes, read_blobs
from crawler.git.changes import (
    Change,
    changed_files,
    find_change,
    read_old_versions,
)
from crawler.git.checked_command import ChangedFilesError
from crawler.git.command import enclosing_repository
from crawler.git.hosting import folder_in_repository, repository_addresses, source_template
from crawler.git.page_history import dates_added
from crawler.git.unmerged import UnmergedCommits, unmerged_commits

__all__ = [
    "Change",
    "ChangedFilesError",
    "UnmergedCommits",
    "blob_sizes",
    "changed_files",
    "dates_added",
    "enclosing_repository",
    "find_change",
    "folder_in_repository",
    "read_blobs",
    "read_old_versions",
    "repository_addresses",
    "source_template",
    "unmerged_commits",
]
