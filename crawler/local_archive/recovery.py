"""A WARC file taken up where its index ends: whole records behind that are indexed, what a crash cut off is removed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from crawler.local_archive.cdxj import make_entry
from crawler.local_archive.model import IndexEntry, RecordDamaged
from crawler.local_archive.warc import find_next_member, iter_members, read_record


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredFile:
    """What a file holds. `note` says what was the matter with it, for a person; `sound` is false where nothing may be added to it."""

    entries: Sequence[IndexEntry]
    note: str = ""
    appendable: bool = True


def recover_file(warc: Path, indexed: Sequence[IndexEntry] | None) -> RecoveredFile:
    """Compare a file with its index (None: there is none) and bring both to agree. Raises OSError.

    What is not whole at the end of the file is what a crash was in the middle of: nobody was told that it is kept, and it is cut off. What
    is damaged with whole records behind it is left as it is, for a person to look at.
    """
    end = max((entry.end for entry in indexed or ()), default=0)
    size = warc.stat().st_size
    if indexed is None or end > size:
        indexed, end = (), 0
    if end == size and indexed:
        return RecoveredFile(entries=indexed)
    with warc.open("r+b") as file:
        found, whole = _read_on(file, warc.name, list(indexed), end, size)
        if whole < size:
            file.truncate(whole)
            os.fsync(file.fileno())
    return found


def unindexed_entries(warc: Path, known: Sequence[IndexEntry] | None) -> Sequence[IndexEntry]:
    """List the records behind the end of a file's index (None: there is none). Changes nothing.

    They are what a process was told to keep that was killed, or that writes at this moment.

    Raises:
        OSError: The file cannot be read.
    """
    end = max((entry.end for entry in known or ()), default=0)
    size = warc.stat().st_size
    if end >= size:
        return ()
    with warc.open("rb") as file:
        return _read_on(file, warc.name, [], end, size)[0].entries


def _read_on(
    file: BinaryIO, name: str, entries: list[IndexEntry], start: int, size: int
) -> tuple[RecoveredFile, int]:
    """Read records from a place on.

    Returns:
        The entries with what was the matter, and where the last whole record ends.
    """
    notes: list[str] = []
    while True:
        place = start
        try:
            for offset, length, content in iter_members(file, start):
                place = offset
                entry = make_entry(
                    read_record(content), filename=name, offset=offset, length=length
                )
                place = start = offset + length
                if entry:
                    entries.append(entry)
            break
        except RecordDamaged as error:
            after = find_next_member(file, place + 1)
            if after is None:
                gone = size - place
                note = f"{name}: {gone} bytes behind the last whole record, which a crash had left, were removed"
                return RecoveredFile(
                    entries=entries, note="; ".join([*notes, note]), appendable=not notes
                ), place
            notes.append(f"{name}: the record at byte {place} is {error}")
            start = after
    return RecoveredFile(entries=entries, note="; ".join(notes), appendable=not notes), size
