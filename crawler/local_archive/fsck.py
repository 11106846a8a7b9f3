"""Find the defects of a local archive: damaged records, and indexes that differ from the files.

A file system check (fsck) that changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from crawler.files.safe_files import open_regular_file
from crawler.local_archive.cdxj import entry_of_record, read_index
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import ArchiveDefect, IndexEntry, RecordDamaged, indexed_end
from crawler.local_archive.warc_reader import (
    WarcRecord,
    find_next_member,
    iter_members,
    read_record,
)


def check_archive(layout: ArchiveLayout) -> Iterator[ArchiveDefect]:
    """Yield the defects of every file: incomplete records, wrong digests, wrong indexes.

    Complete records after the last indexed one are not a defect: either the file is being written,
    or the next writer indexes them.
    """
    for warc in layout.warc_files():
        yield from _check_file(layout, warc)
    for index in sorted(layout.indexes.glob("*.cdxj")):
        if not (layout.warcs / f"{index.stem}.warc.gz").exists():
            yield ArchiveDefect(filename=index.name, offset=None, detail="its WARC file is missing")


def _check_file(layout: ArchiveLayout, warc: Path) -> Iterator[ArchiveDefect]:
    """Yield the defects of a WARC file and of its index."""
    index = layout.index_path(warc)
    indexed = None
    try:
        indexed = read_index(index)
    except OSError as error:
        yield _unreadable_file(index, error)
    else:
        if indexed is None:
            yield _unusable_index(index)
    yield from _check_records(layout, warc, indexed or ())


def _check_records(
    layout: ArchiveLayout, warc: Path, indexed: Sequence[IndexEntry]
) -> Iterator[ArchiveDefect]:
    """Yield the defects of the records in a WARC file, compared with the entries of its index."""
    unseen = {entry.offset: entry for entry in indexed}
    index_end = indexed_end(indexed)
    try:
        for offset, record, is_last in _records(warc):
            entry = unseen.pop(offset, None)
            if isinstance(record, RecordDamaged):
                is_cut_off = is_last and offset >= index_end
                yield _damaged_record(warc, offset, record, entry, is_cut_off=is_cut_off)
                continue
            difference = _difference(layout, record, entry) if entry is not None else ""
            if difference:
                yield ArchiveDefect(filename=warc.name, offset=offset, detail=difference)
    except OSError as error:
        yield _unreadable_file(warc, error)
    for entry in unseen.values():
        detail = f"no record begins there{_of_url(entry)}"
        yield ArchiveDefect(filename=warc.name, offset=entry.offset, detail=detail)


def _unreadable_file(file: Path, error: OSError) -> ArchiveDefect:
    """Return the defect of a file that the system cannot read."""
    detail = f"cannot be read ({error.strerror})"
    return ArchiveDefect(filename=file.name, offset=None, detail=detail)


def _unusable_index(index: Path) -> ArchiveDefect:
    """Return the defect of an index that is missing or malformed."""
    exists = index.exists()
    problem = "cannot be read" if exists else "is missing"
    return ArchiveDefect(
        filename=index.name,
        offset=None,
        detail=f"the index {problem}: the next holdfast archive --to local rebuilds it",
        is_repairable=not exists,
    )


def _damaged_record(
    warc: Path, offset: int, error: RecordDamaged, entry: IndexEntry | None, *, is_cut_off: bool
) -> ArchiveDefect:
    """Return the defect of a damaged record.

    Args:
        warc: The WARC file.
        offset: The position of the record.
        error: What is wrong with it.
        entry: Its index entry, if there is one.
        is_cut_off: Whether a writer was interrupted in this record, the last one of the file.
    """
    detail = f"the record{_of_url(entry)} is {error}"
    if is_cut_off:
        detail = f"cut off at its end ({error}): the next writer removes that part"
    return ArchiveDefect(filename=warc.name, offset=offset, detail=detail, is_repairable=is_cut_off)


def _records(warc: Path) -> Iterator[tuple[int, WarcRecord | RecordDamaged, bool]]:
    """Read every record of a file, also those after a damaged one.

    Yields:
        The position; the record, or the error if it is damaged; and for an error whether no
        record follows it, False for a record.
    """
    start: int | None = 0
    with open_regular_file(warc) as file:
        while start is not None:
            position = start
            try:
                for offset, length, content in iter_members(file, start):
                    position = offset
                    record = read_record(content)
                    position = offset + length
                    yield offset, record, False
                start = None
            except RecordDamaged as error:
                start = find_next_member(file, position + 1)
                yield position, error, start is None


def _difference(layout: ArchiveLayout, record: WarcRecord, entry: IndexEntry) -> str:
    """Return how a record differs from its index entry; "" if it does not."""
    actual = entry_of_record(
        record, filename=entry.filename, offset=entry.offset, length=entry.length
    )
    if actual != entry:
        return f"the index has other data about it{_of_url(entry)}"
    if entry.is_revisit:
        try:
            layout.read(entry)
        except RecordDamaged as error:
            return f"the record{_of_url(entry)} is {error}"
    return ""


def _of_url(entry: IndexEntry | None) -> str:
    """Return the part of a message that names the URL of a record; "" if it is not known."""
    return f" of {entry.url}" if entry else ""
