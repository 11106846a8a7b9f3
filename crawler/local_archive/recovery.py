"""Repair a WARC file after a crash, and find the records that its index lacks.

An incomplete record at the end of the file is removed. The writer (`crawler.local_archive.writer`)
adds complete records after the last indexed one to the index.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from crawler.local_archive.cdxj import entry_of_record
from crawler.local_archive.model import IndexEntry, RecordDamaged, indexed_end
from crawler.local_archive.warc_reader import find_next_member, iter_members, read_record


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredFile:
    """The records of a file after recovery.

    Attributes:
        entries: The entries that its index must have.
        note: What was wrong with the file, for people; "" if nothing was.
        is_appendable: Whether records may be appended: not if it is damaged before its last record.
    """

    entries: Sequence[IndexEntry]
    note: str = ""
    is_appendable: bool = True


def recover_file(warc: Path, indexed: Sequence[IndexEntry] | None) -> RecoveredFile:
    """Return the index entries of a file, after removing an incomplete record at its end.

    A crash leaves such a record, which was never reported as saved. A damaged record with complete
    ones after it is left as it is, for a person to look at.

    Args:
        warc: The file.
        indexed: The entries of its index; None if there is no usable index.

    Returns:
        The entries that the index must have, and the faults that were found.

    Raises:
        OSError: The file cannot be read or truncated.
    """
    size = warc.stat().st_size
    known = indexed or ()
    start = indexed_end(known)
    if start > size:  # the index is of a longer file, so that it is of no use
        known, start = (), 0
    if known and start == size:
        return RecoveredFile(entries=known)
    with warc.open("r+b") as file:
        found = _read_records(file, warc.name, start, size)
        if found.complete_size < size:
            file.truncate(found.complete_size)
            os.fsync(file.fileno())
    return RecoveredFile(
        entries=[*known, *found.entries],
        note="; ".join(found.notes),
        is_appendable=not found.has_inner_damage,
    )


def was_interrupted(warc: Path, indexed: Sequence[IndexEntry] | None) -> bool:
    """Return whether a file lacks a part of its index, or ends with a part of a record.

    Args:
        warc: The file.
        indexed: The entries of its index; None if there is no usable index.

    Raises:
        OSError: The file cannot be read.
    """
    size = warc.stat().st_size
    start = indexed_end(indexed or ())
    if indexed is None or start > size:
        return True
    with warc.open("rb") as file:
        found = _read_records(file, warc.name, start, size)
    return bool(found.entries) or found.complete_size < size


def unindexed_entries(warc: Path, indexed: Sequence[IndexEntry] | None) -> Sequence[IndexEntry]:
    """Return the entries of the records after the last indexed one, without changing anything.

    They were written by a process that was killed, or that is writing at this moment.

    Args:
        warc: The file.
        indexed: The entries of its index; None if there is no usable index.

    Returns:
        The entries the index lacks.

    Raises:
        OSError: The file cannot be read.
    """
    start = indexed_end(indexed or ())
    size = warc.stat().st_size
    if start >= size:
        return ()
    with warc.open("rb") as file:
        return _read_records(file, warc.name, start, size).entries


@dataclass(slots=True, kw_only=True)
class _FoundRecords:
    """The records of a file from a position on, and what is wrong with them.

    Attributes:
        complete_size: The position after the last complete record.
        entries: The entries of the complete records that are indexed.
        notes: What is wrong with the file, for people.
        has_inner_damage: Whether a complete record follows a damaged one.
    """

    complete_size: int
    entries: list[IndexEntry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    has_inner_damage: bool = False


def _read_records(file: BinaryIO, name: str, start: int, size: int) -> _FoundRecords:
    """Return the records of a file from a position on, also those after a damaged one.

    Args:
        file: The WARC file.
        name: Its name.
        start: The position of the first record to be read.
        size: The size of the file in bytes.
    """
    found = _FoundRecords(complete_size=size)
    while True:
        position = start
        try:
            for offset, length, content in iter_members(file, start):
                position = offset
                record = read_record(content)
                entry = entry_of_record(record, filename=name, offset=offset, length=length)
                position = offset + length
                if entry is not None:
                    found.entries.append(entry)
        except RecordDamaged as error:
            next_member = find_next_member(file, position + 1)
            if next_member is None:
                found.complete_size = position
                found.notes.append(
                    f"{name}: removed {size - position} bytes after the last complete record, "
                    "left by a crash"
                )
                return found
            found.has_inner_damage = True
            found.notes.append(f"{name}: the record at byte {position} is {error}")
            start = next_member
        else:
            return found
