"""Export the archive as one WACZ 1.1.1 file, which ReplayWeb.page and pywb can replay.

Source: https://specs.webrecorder.net/wacz/1.1.1/. The WARC files are stored unchanged. Their
indexes are merged into one, in gzip blocks of 300 lines, with a second index of the blocks.
"""

from __future__ import annotations

import gzip
import hashlib
import heapq
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.warc import warc_date

_VERSION = "1.1.1"
_LINES_PER_BLOCK = 300
_READ_SIZE = 1 << 20  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WaczPage:
    """An entry of the package's list of pages."""

    url: str
    captured_at: datetime
    title: str = ""


class _Package:
    """A WACZ file being written, and the entries of its manifest."""

    def __init__(self, stream: BinaryIO, now: datetime) -> None:
        self._zip = ZipFile(stream, "w", allowZip64=True)
        self._date_time = now.timetuple()[:6]
        self._resources: list[dict[str, Any]] = []

    def add(self, path: str, pieces: Iterable[bytes], *, is_compressed: bool) -> None:
        """Add a file and list it in the manifest.

        Args:
            path: The path in the package.
            pieces: The content.
            is_compressed: Whether to compress it in the package. WARC files and indexes are not,
                because replay software requests parts of them.
        """
        digest, size = self._write(path, pieces, is_compressed=is_compressed)
        name = Path(path).name.lower()
        self._resources.append({"name": name, "path": path, "hash": digest, "bytes": size})

    def close(self, *, title: str, software: str, now: datetime) -> None:
        """Write the manifest and its digest, and finish the file.

        Args:
            title: The title of the package.
            software: Name and version of the program.
            now: The creation date.
        """
        manifest = {
            "profile": "data-package",
            "resources": self._resources,
            "wacz_version": _VERSION,
            "title": title,
            "created": warc_date(now),
            "software": software,
        }
        digest = self._write_json("datapackage.json", manifest)
        self._write_json("datapackage-digest.json", {"path": "datapackage.json", "hash": digest})
        self._zip.close()

    def _write_json(self, path: str, content: object) -> str:
        """Write a JSON file into the package and return its digest."""
        pieces = [json.dumps(content, indent=2).encode()]
        digest, _ = self._write(path, pieces, is_compressed=True)
        return digest

    def _write(self, path: str, pieces: Iterable[bytes], *, is_compressed: bool) -> tuple[str, int]:
        """Write a file into the package and return its digest and its size in bytes."""
        info = ZipInfo(path, self._date_time)
        info.compress_type = ZIP_DEFLATED if is_compressed else ZIP_STORED
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                size += len(piece)
        return f"sha256:{digest.hexdigest()}", size


def write_wacz(
    layout: ArchiveLayout,
    stream: BinaryIO,
    pages: Iterable[WaczPage],
    *,
    title: str,
    software: str,
    now: datetime,
) -> int:
    """Write the whole archive into one WACZ file.

    Args:
        layout: The archive.
        stream: The file to be written.
        pages: The pages a reader can look up by title.
        title: The title of the package.
        software: Name and version of the program, for the manifest.
        now: The creation date.

    Returns:
        The number of WARC files in it.

    Raises:
        OSError: A file cannot be read or written.
    """
    package = _Package(stream, now)
    warcs = layout.warc_files()
    for warc in warcs:
        package.add(f"archive/{warc.name}", _read_pieces(warc), is_compressed=False)
    block_index: list[str] = []
    package.add("indexes/index.cdx.gz", _index_blocks(layout, block_index), is_compressed=False)
    package.add("indexes/index.idx", ["".join(block_index).encode()], is_compressed=True)
    package.add("pages/pages.jsonl", _page_lines(pages), is_compressed=True)
    package.close(title=title, software=software, now=now)
    return len(warcs)


def _index_blocks(layout: ArchiveLayout, block_index: list[str]) -> Iterator[bytes]:
    """Yield the merged index in gzip blocks.

    Args:
        layout: The archive.
        block_index: For each block, a line with its place is appended.
    """
    block_index.append('!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}\n')
    offset = 0
    merged = heapq.merge(*map(_read_lines, sorted(layout.indexes.glob("*.cdxj"))))
    while lines := list(islice(merged, _LINES_PER_BLOCK)):
        block = gzip.compress("".join(lines).encode(), mtime=0)
        surt, timestamp, _ = lines[0].split(" ", 2)
        block_place = {
            "offset": offset,
            "length": len(block),
            "digest": f"sha256:{hashlib.sha256(block).hexdigest()}",
            "filename": "index.cdx.gz",
        }
        block_index.append(f"{surt} {timestamp} {json.dumps(block_place)}\n")
        offset += len(block)
        yield block


def _page_lines(pages: Iterable[WaczPage]) -> Iterator[bytes]:
    """Yield the lines of the list of pages, in JSON; the first describes the list."""
    yield b'{"format": "json-pages-1.0", "id": "pages", "title": "Pages"}\n'
    for number, page in enumerate(pages, 1):
        captured_at = warc_date(page.captured_at)
        line = {"id": str(number), "url": page.url, "ts": captured_at, "title": page.title}
        yield json.dumps(line).encode() + b"\n"


def _read_lines(index: Path) -> Iterator[str]:
    """Yield the lines of an index."""
    with index.open(encoding="utf-8") as file:
        yield from file


def _read_pieces(file: Path) -> Iterator[bytes]:
    """Yield the bytes of a file, at most `_READ_SIZE` at a time."""
    with file.open("rb") as stream:
        while piece := stream.read(_READ_SIZE):
            yield piece
