"""The index: for each WARC file one CDXJ file (SURT key, timestamp, JSON), sorted, as pywb reads them and as we look records up."""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from crawler.files.safe_files import open_regular_file
from crawler.local_archive.model import REVISIT, IndexEntry
from crawler.local_archive.surt import surt_key
from crawler.local_archive.warc import WarcRecord

_INDEXED = ("response", "revisit")


def make_entry(record: WarcRecord, *, filename: str, offset: int, length: int) -> IndexEntry | None:
    """Give the line of a record; None for those that are not looked up."""
    if record.kind not in _INDEXED:
        return None
    return IndexEntry(
        key=surt_key(record.url),
        timestamp=record.timestamp,
        url=record.url,
        mime=REVISIT
        if record.kind == "revisit"
        else media_type(record.http_headers.get("content-type", "")),
        status=record.http_status,
        digest=record.headers.get("warc-payload-digest", ""),
        length=length,
        offset=offset,
        filename=filename,
    )


def media_type(content_type: str) -> str:
    """Take the media type out of a header.

    >>> mime_of("Text/HTML; charset=gbk"), mime_of("")
    ('text/html', 'unk')
    """
    bare = content_type.replace(";", " ").split()
    return bare[0].lower() if bare else "unk"


def format_line(entry: IndexEntry) -> str:
    """Write an entry. Numbers are texts, as in every CDXJ."""
    fields = {
        "url": entry.url,
        "mime": entry.mime,
        "status": str(entry.status),
        "digest": entry.digest,
        "length": str(entry.length),
        "offset": str(entry.offset),
        "filename": entry.filename,
    }
    return f"{entry.key} {entry.timestamp} {json.dumps(fields)}\n"


def parse_line(line: str) -> IndexEntry:
    """Read an entry. Raises ValueError, KeyError."""
    key, timestamp, fields = line.split(" ", 2)
    values = json.loads(fields)
    return IndexEntry(
        key=key,
        timestamp=timestamp,
        url=values["url"],
        mime=values["mime"],
        status=int(values["status"]),
        digest=values["digest"],
        length=int(values["length"]),
        offset=int(values["offset"]),
        filename=values["filename"],
    )


def read_index(file: Path) -> Sequence[IndexEntry] | None:
    """Read a whole index; None where it is not there, or not whole: it can be made again from its WARC file."""
    try:
        with open_regular_file(file) as stream:
            text = stream.read().decode()
        return (
            [parse_line(line) for line in text.splitlines()]
            if text.endswith("\n") or not text
            else None
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def write_index(file: Path, entries: Iterable[IndexEntry]) -> None:
    """Write an index, whole or not at all. Raises OSError."""
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("w", encoding="utf-8") as stream:
            stream.writelines(sorted(map(format_line, entries)))
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def find_entries(file: Path, url: str, timestamp: str) -> Iterator[IndexEntry]:
    """Look up the records of a URL from a moment on, the oldest first, without reading the whole index. Raises OSError, ValueError."""
    prefix = f"{surt_key(url)} ".encode()
    with open_regular_file(file) as stream:
        if not os.fstat(stream.fileno()).st_size:
            return
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as lines:
            place = _first_line_from(lines, prefix + timestamp.encode())
            while place < len(lines):
                end = lines.find(b"\n", place) + 1 or len(lines)
                line = lines[place:end]
                if not line.startswith(prefix):
                    return
                entry = parse_line(line.decode())
                if entry.url == url:
                    yield entry
                place = end


def _first_line_from(lines: mmap.mmap, wanted: bytes) -> int:
    """Where the first line begins that does not sort before `wanted`."""
    low, high = 0, len(lines)
    while low < high:
        start = lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
        end = lines.find(b"\n", start) + 1 or len(lines)
        if lines[start:end] < wanted:
            low = end
        else:
            high = start
    return low
