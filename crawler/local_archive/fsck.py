"""Check that every record is complete, unchanged, and where the index says. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from crawler.files.safe_files import open_regular_file
from crawler.local_archive.cdxj import make_entry, read_index
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import ArchiveFault, IndexEntry, RecordDamaged
from crawler.local_archive.warc_reader import (
    WarcRecord,
    find_next_member,
    iter_members,
    read_record,
)


def check_archive(layout: ArchiveLayout) -> Iterator[ArchiveFault]:
    """Yield the faults of every file: incomplete records, wrong digests, wrong indexes.

    Complete records after the last indexed one are not a fault: either the file is being written,
    or the next writer indexes them.
    """
    for warc in layout.warc_files():
        yield from _check_file(layout, warc)
    for index in sorted(layout.indexes.glob("*.cdxj")):
        if not (layout.warcs / f"{index.stem}.warc.gz").exists():
            yield ArchiveFault(filename=index.name, offset=None, detail="its WARC file is missing")


def _check_file(layout: ArchiveLayout, warc: Path) -> Iterator[ArchiveFault]:
    """Yield what is wrong with a WARC file: its index, its records, or both against each other."""
    index = layout.index_path(warc)
    indexed = None
    try:
        indexed = read_index(index)
    except OSError as error:
        detail = f"cannot be read ({error.strerror})"
        yield ArchiveFault(filename=index.name, offset=None, detail=detail)
    else:
        if indexed is None:
            yield _unreadable_index(index)
    expected = {entry.offset: entry for entry in indexed or ()}
    indexed_end = max((entry.end for entry in indexed or ()), default=0)
    try:
        for offset, record, is_last in _records(warc):
            entry = expected.pop(offset, None)
            if isinstance(record, RecordDamaged):
                is_cut_off = is_last and offset >= indexed_end
                yield _damaged_record(warc, offset, record, entry, is_cut_off=is_cut_off)
            elif entry is not None and (difference := _difference(layout, record, entry)):
                yield ArchiveFault(filename=warc.name, offset=offset, detail=difference)
    except OSError as error:
        detail = f"cannot be read ({error.strerror})"
        yield ArchiveFault(filename=warc.name, offset=None, detail=detail)
    for entry in expected.values():
        detail = f"no record begins there{_of_url(entry)}"
        yield ArchiveFault(filename=warc.name, offset=entry.offset, detail=detail)


def _unreadable_index(index: Path) -> ArchiveFault:
    exists = index.exists()
    problem = "cannot be read" if exists else "is missing"
    return ArchiveFault(
        filename=index.name,
        offset=None,
        detail=f"the index {problem}: the next holdfast archive --to local rebuilds it",
        unfinished=not exists,
    )


def _damaged_record(
    warc: Path, offset: int, error: RecordDamaged, entry: IndexEntry | None, *, is_cut_off: bool
) -> ArchiveFault:
    detail = f"the record{_of_url(entry)} is {error}"
    if is_cut_off:
        detail = f"cut off at its end ({error}): the next writer removes that part"
    return ArchiveFault(filename=warc.name, offset=offset, detail=detail, unfinished=is_cut_off)


def _records(warc: Path) -> Iterator[tuple[int, WarcRecord | RecordDamaged, bool]]:
    """Read every record of a file, also those after a damaged one.

    Yields:
        The position, the record or the error, and for an error whether no record follows it.
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
    actual = make_entry(record, filename=entry.filename, offset=entry.offset, length=entry.length)
    if actual != entry:
        return f"the index has other data about it{_of_url(entry)}"
    if entry.is_revisit:
        try:
            layout.read(entry)
        except RecordDamaged as error:
            return f"the record{_of_url(entry)} is {error}"
    return ""


def _of_url(entry: IndexEntry | None) -> str:
    return f" of {entry.url}" if entry else ""
