"""Is every record whole, as it was written, and where the index says? Reads everything, changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from crawler.files.safe_files import open_regular_file
from crawler.local_archive.cdxj import make_entry, read_index
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import ArchiveFault, IndexEntry, RecordDamaged
from crawler.local_archive.warc import WarcRecord, find_next_member, iter_members, read_record


def check_archive(layout: ArchiveLayout) -> Iterator[ArchiveFault]:
    """Look for damage in every file: records that are not whole or whose digests are wrong, and indexes that say something else.

    A file that is being written has records its index does not name yet: those at its end are no flaw, as the next opening indexes them.
    """
    for warc in layout.warc_files():
        yield from _check_file(layout, warc)
    for index in sorted(layout.indexes.glob("*.cdxj")):
        if not (layout.warcs / f"{index.stem}.warc.gz").exists():
            yield ArchiveFault(filename=index.name, offset=None, detail="its WARC file is gone")


def _check_file(folder: ArchiveLayout, warc: Path) -> Iterator[ArchiveFault]:
    index = folder.index_path(warc)
    known = read_index(index)
    if known is None:
        what = "cannot be read" if index.exists() else "is missing"
        yield ArchiveFault(
            filename=index.name,
            offset=None,
            detail=f"the index {what}: the next holdfast archive --to local makes it anew",
            unfinished=not index.exists(),
        )
    expected = {entry.offset: entry for entry in known or ()}
    indexed_to = max((entry.end for entry in known or ()), default=0)
    try:
        for offset, record, is_last in _records(warc):
            entry = expected.pop(offset, None)
            if isinstance(record, RecordDamaged):
                cut_off = is_last and offset >= indexed_to
                detail = (
                    f"cut off at its end ({record}): the next writer removes that"
                    if cut_off
                    else f"the record{_of(entry)} is {record}"
                )
                yield ArchiveFault(
                    filename=warc.name, offset=offset, detail=detail, unfinished=cut_off
                )
            elif entry is not None and (flaw := _compared(folder, record, entry)):
                yield ArchiveFault(filename=warc.name, offset=offset, detail=flaw)
    except OSError as error:
        yield ArchiveFault(
            filename=warc.name, offset=None, detail=f"cannot be read ({error.strerror})"
        )
    yield from (
        ArchiveFault(
            filename=warc.name, offset=entry.offset, detail=f"no record begins there{_of(entry)}"
        )
        for entry in expected.values()
    )


def _records(warc: Path) -> Iterator[tuple[int, WarcRecord | RecordDamaged, bool]]:
    """Read every record of a file, and go on behind what is damaged.

    Yields:
        Where it begins, the record or what is the matter with it, and, of what is damaged,
        whether no record begins behind it.
    """
    start: int | None = 0
    with open_regular_file(warc) as file:
        while start is not None:
            place = start
            try:
                for offset, length, content in iter_members(file, start):
                    place = offset
                    record = read_record(content)
                    place = offset + length
                    yield offset, record, False
                start = None
            except RecordDamaged as error:
                start = find_next_member(file, place + 1)
                yield place, error, start is None


def _compared(folder: ArchiveLayout, record: WarcRecord, entry: IndexEntry) -> str:
    found = make_entry(record, filename=entry.filename, offset=entry.offset, length=entry.length)
    if found != entry:
        return f"the index says something else of it{_of(entry)}"
    if entry.is_revisit:
        try:
            folder.read(entry)
        except RecordDamaged as error:
            return f"the record{_of(entry)} is {error}"
    return ""


def _of(entry: IndexEntry | None) -> str:
    return f" of {entry.url}" if entry else ""
