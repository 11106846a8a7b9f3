"""Read and write CDXJ indexes (SURT key, timestamp, JSON), one for each WARC file, sorted.

pywb reads the same files. Lookups search the sorted file without reading it whole.
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from crawler.files.safe_files import open_regular_file
from crawler.http.exchange import HttpExchange
from crawler.local_archive.model import REVISIT_MIME, IndexEntry
from crawler.local_archive.surt import surt_key
from crawler.local_archive.warc_reader import WarcRecord
from store.vocabulary import format_timestamp

_INDEXED_TYPES = ("response", "revisit")
_UNKNOWN_MEDIA_TYPE = "unk"  # as CDXJ writes it


def entry_of_record(
    record: WarcRecord, *, filename: str, offset: int, length: int
) -> IndexEntry | None:
    """Return the index entry of a record.

    Args:
        record: The record.
        filename: The name of its WARC file.
        offset: The position of its gzip member.
        length: The bytes of the member.

    Returns:
        The entry; None for records that are not indexed, such as requests.
    """
    if record.kind not in _INDEXED_TYPES:
        return None
    if record.kind == "revisit":
        mime = REVISIT_MIME
    else:
        mime = media_type(record.http_headers.get("content-type", ""))
    return IndexEntry(
        key=surt_key(record.url),
        timestamp=record.timestamp,
        url=record.url,
        mime=mime,
        status=record.http_status,
        digest=record.headers.get("warc-payload-digest", ""),
        length=length,
        offset=offset,
        filename=filename,
    )


def entry_of_exchange(
    exchange: HttpExchange,
    *,
    digest: str,
    is_revisit: bool,
    filename: str,
    offset: int,
    length: int,
) -> IndexEntry:
    """Return the index entry of a response that was just written.

    Args:
        exchange: The request and its response.
        digest: The digest of the payload, as in the record.
        is_revisit: Whether a revisit record was written, because another record has the payload.
        filename: The name of the WARC file.
        offset: The position of the record's gzip member.
        length: The bytes of the member.
    """
    content_type = exchange.headers.get("content-type", "")
    return IndexEntry(
        key=surt_key(exchange.url),
        timestamp=format_timestamp(exchange.at),
        url=exchange.url,
        mime=REVISIT_MIME if is_revisit else media_type(content_type),
        status=exchange.status,
        digest=digest,
        length=length,
        offset=offset,
        filename=filename,
    )


def media_type(content_type: str) -> str:
    """Return the media type in a Content-Type header, in lower case; `unk` if there is none.

    >>> media_type("Text/HTML; charset=gbk"), media_type("")
    ('text/html', 'unk')
    """
    parts = content_type.replace(";", " ").split()
    return parts[0].lower() if parts else _UNKNOWN_MEDIA_TYPE


def format_line(entry: IndexEntry) -> str:
    """Return an entry as a CDXJ line. Numbers are JSON strings, as in every CDXJ."""
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
    """Return the entry of a CDXJ line.

    Raises:
        ValueError: The line is malformed.
        KeyError: A field is missing.
    """
    key, timestamp, fields = line.split(" ", 2)
    values = json.loads(fields)
    try:
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
    except TypeError as error:  # no object, or null for a number
        raise ValueError(f"a line with fields of other types ({error})") from error


def read_index(file: Path) -> Sequence[IndexEntry] | None:
    """Return all entries of an index.

    Returns:
        The entries; None if the file is missing or incomplete, so that it must be rebuilt from
        its WARC file.

    Raises:
        OSError: The file exists and cannot be read.
    """
    try:
        with open_regular_file(file) as stream:
            text = stream.read().decode()
        if text and not text.endswith("\n"):
            return None
        return [parse_line(line) for line in text.splitlines()]
    except (FileNotFoundError, ValueError, KeyError):
        return None


def write_index(file: Path, entries: Iterable[IndexEntry]) -> None:
    """Write an index completely or not at all.

    Args:
        file: The index.
        entries: Its entries, in any order.

    Raises:
        OSError: The file cannot be written.
    """
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
    """Yield the entries of a URL captured at a time or later, the oldest first.

    Args:
        file: The index.
        url: The URL, compared exactly.
        timestamp: The time: 14 digits, UTC.

    Raises:
        OSError: The file cannot be read.
        ValueError: A line is malformed.
        KeyError: A line lacks a field.
    """
    prefix = f"{surt_key(url)} ".encode()
    with open_regular_file(file) as stream:
        if not os.fstat(stream.fileno()).st_size:
            return
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as lines:
            start = _first_line_from(lines, prefix + timestamp.encode())
            while start < len(lines):
                end = _line_end(lines, start)
                line = lines[start:end]
                if not line.startswith(prefix):
                    return
                entry = parse_line(line.decode())
                if entry.url == url:
                    yield entry
                start = end


def _first_line_from(lines: mmap.mmap, wanted: bytes) -> int:
    """Return the position of the first line that does not sort before `wanted`, else the end.

    It is a binary search. `low` and `high` are always the start of a line, or the end of the file.
    """
    low, high = 0, len(lines)
    while low < high:
        line_break = lines.rfind(b"\n", low, (low + high) // 2)
        start = low if line_break < 0 else line_break + 1
        end = _line_end(lines, start)
        if lines[start:end] < wanted:
            low = end
        else:
            high = start
    return low


def _line_end(lines: mmap.mmap, start: int) -> int:
    """Return the position after the line that begins at `start`."""
    line_break = lines.find(b"\n", start)
    return len(lines) if line_break < 0 else line_break + 1
