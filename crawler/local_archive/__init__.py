"""Write, read, check and export the files of the local archive: WARC files with CDXJ indexes.

The package handles files only. `crawler.local_capture` decides what is captured, and when.
"""

from crawler.local_archive.fsck import check_archive
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import (
    ArchiveDefect,
    IndexEntry,
    LocalArchiveError,
    RecordDamaged,
    RecordUnreadable,
)
from crawler.local_archive.redirect_chains import iter_redirect_chain, read_redirect_chain
from crawler.local_archive.warc_reader import WarcRecord
from crawler.local_archive.writer import (
    LocalArchiveWriter,
    finish_interrupted_write,
    open_archive_writer,
)

__all__ = [
    "ArchiveDefect",
    "ArchiveLayout",
    "IndexEntry",
    "LocalArchiveError",
    "LocalArchiveWriter",
    "RecordDamaged",
    "RecordUnreadable",
    "WarcRecord",
    "check_archive",
    "finish_interrupted_write",
    "iter_redirect_chain",
    "open_archive_writer",
    "read_redirect_chain",
]
