"""Repair a WARC file and its index after a crash.

Complete records after the last indexed one are added to the index. An incomplete record at the end
of the file is removed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from crawler.local_archive.cdxj import make_entry
from crawler.local_archive.model import IndexEntry, RecordDamaged
from crawler.local_archive.warc_reader import find_next_member, iter_members, read_record


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredFile:
    """The records of a file after recovery.

    Attributes:
        entries: The entries of its index.
        note: What was wrong with the file, for people; "" if nothing was.
        appendable: Whether records may be appended: no if it is damaged before its last record.
    """

    entries: Sequence[IndexEntry]
    note: str = ""
    appendable: bool = True


def recover_file(warc: Path, indexed: Sequence[IndexEntry] | None) -> RecoveredFile:
    """Return the records of a file, after removing an incomplete one at its end.

    A crash leaves such a record, which was never reported as saved. Damage with complete records
    after it is left as it is, for a person to look at.

    Args:
        warc: The file.
        indexed: The entries of its index; None if there is no usable index.

    Returns:
        The entries that the index must have, and the faults that were found.

    Raises:
        OSError: The file cannot be read or truncated.
    """
    end = _end_of(indexed)
    size = warc.stat().st_size
    if indexed is None or end > size:
        indexed, end = (), 0
    if end == size and indexed:
        return RecoveredFile(entries=indexed)
    with warc.open("r+b") as file:
        found, complete_size = _read_from(file, warc.name, list(indexed), end, size)
        if complete_size < size:
            file.truncate(complete_size)
            os.fsync(file.fileno())
    return found


def unindexed_entries(warc: Path, indexed: Sequence[IndexEntry] | None) -> Sequence[IndexEntry]:
    """Return the records after the end of a file's index, without changing anything.

    They were written by a process that was killed, or that is writing at this moment.

    Args:
        warc: The file.
        indexed: The entries of its index; None if there is no usable index.

    Returns:
        The entries the index lacks.

    Raises:
        OSError: The file cannot be read.
    """
    end = _end_of(indexed)
    size = warc.stat().st_size
    if end >= size:
        return ()
    with warc.open("rb") as file:
        return _read_from(file, warc.name, [], end, size)[0].entries


def _end_of(indexed: Sequence[IndexEntry] | None) -> int:
    """Return the position after the last indexed record."""
    return max((entry.end for entry in indexed or ()), default=0)


def _read_from(
    file: BinaryIO, name: str, entries: list[IndexEntry], start: int, size: int
) -> tuple[RecoveredFile, int]:
    """Read the records of a file from a position on.

    Returns:
        The entries with the faults that were found, and the position after the last complete
        record.
    """
    notes: list[str] = []
    while True:
        position = start
        try:
            for offset, length, content in iter_members(file, start):
                position = offset
                record = read_record(content)
                entry = make_entry(record, filename=name, offset=offset, length=length)
                position = start = offset + length
                if entry:
                    entries.append(entry)
        except RecordDamaged as error:
            next_member = find_next_member(file, position + 1)
            is_appendable = not notes
            if next_member is None:
                notes.append(
                    f"{name}: removed {size - position} bytes after the last complete record, "
                    "left by a crash"
                )
                recovered = _recovered(entries, notes, appendable=is_appendable)
                return recovered, position
            notes.append(f"{name}: the record at byte {position} is {error}")
            start = next_member
        else:
            return _recovered(entries, notes, appendable=not notes), size


def _recovered(
    entries: Sequence[IndexEntry], notes: Sequence[str], *, appendable: bool
) -> RecoveredFile:
    return RecoveredFile(entries=entries, note="; ".join(notes), appendable=appendable)
