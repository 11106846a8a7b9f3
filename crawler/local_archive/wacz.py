"""The archive in one file: WACZ 1.1.1 (https://specs.webrecorder.net/wacz/1.1.1/), which ReplayWeb.page and pywb show.

WARC files are stored in it as they are; the index becomes one, in compressed blocks of some hundred lines, with an index of its own.
"""

from __future__ import annotations

import gzip
import hashlib
import heapq
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from crawler.local_archive.layout import ArchiveLayout

_VERSION = "1.1.1"
_LINES_A_BLOCK = 300
_READ = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class WaczPage:
    """A page somebody would look up in the archive."""

    url: str
    captured_at: datetime
    title: str = ""


class _Package:
    """A WACZ file that is being written, and what its manifest has to say."""

    def __init__(self, stream: BinaryIO, now: datetime) -> None:
        self._zip = ZipFile(stream, "w", allowZip64=True)
        self._moment = now.timetuple()[:6]
        self._resources: list[dict[str, Any]] = []

    def add(
        self, path: str, pieces: Iterable[bytes], *, stored: bool = True, listed: bool = True
    ) -> str:
        """Add a file; give its hash. What readers fetch parts of is stored, not compressed."""
        info = ZipInfo(path, self._moment)
        info.compress_type = ZIP_STORED if stored else ZIP_DEFLATED
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                size += len(piece)
        found = f"sha256:{digest.hexdigest()}"
        if listed:
            self._resources.append(
                {"name": Path(path).name.lower(), "path": path, "hash": found, "bytes": size}
            )
        return found

    def close(self, *, title: str, software: str, now: datetime) -> None:
        manifest = {
            "profile": "data-package",
            "resources": self._resources,
            "wacz_version": _VERSION,
            "title": title,
            "created": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "software": software,
        }
        written = self.add(
            "datapackage.json",
            [json.dumps(manifest, indent=2).encode()],
            stored=False,
            listed=False,
        )
        digest = {"path": "datapackage.json", "hash": written}
        self.add(
            "datapackage-digest.json",
            [json.dumps(digest, indent=2).encode()],
            stored=False,
            listed=False,
        )
        self._zip.close()


def write_wacz(
    layout: ArchiveLayout,
    stream: BinaryIO,
    pages: Iterable[WaczPage],
    *,
    title: str,
    software: str,
    now: datetime,
) -> int:
    """Write everything the archive holds into one WACZ file; gives how many WARC files that are. Raises OSError."""
    package = _Package(stream, now)
    warcs = layout.warc_files()
    for warc in warcs:
        package.add(f"archive/{warc.name}", _pieces(warc))
    blocks: list[str] = []
    package.add("indexes/index.cdx.gz", _index_blocks(layout, blocks))
    package.add("indexes/index.idx", ["".join(blocks).encode()], stored=False)
    package.add("pages/pages.jsonl", _page_lines(pages), stored=False)
    package.close(title=title, software=software, now=now)
    return len(warcs)


def _index_blocks(folder: ArchiveLayout, blocks: list[str]) -> Iterator[bytes]:
    """Give the index in compressed blocks, and put into `blocks` the lines that lead to them."""
    blocks.append('!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}\n')
    offset = 0
    for lines in _blocks_of(heapq.merge(*map(_lines, sorted(folder.indexes.glob("*.cdxj"))))):
        block = gzip.compress("".join(lines).encode(), mtime=0)
        key = " ".join(lines[0].split(" ", 2)[:2])
        where = {
            "offset": offset,
            "length": len(block),
            "digest": f"sha256:{hashlib.sha256(block).hexdigest()}",
            "filename": "index.cdx.gz",
        }
        blocks.append(f"{key} {json.dumps(where)}\n")
        offset += len(block)
        yield block


def _page_lines(pages: Iterable[WaczPage]) -> Iterator[bytes]:
    yield b'{"format": "json-pages-1.0", "id": "pages", "title": "Pages"}\n'
    for number, page in enumerate(pages, 1):
        moment = page.captured_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        yield (
            json.dumps(
                {"id": str(number), "url": page.url, "ts": moment, "title": page.title}
            ).encode()
            + b"\n"
        )


def _blocks_of(lines: Iterator[str]) -> Iterator[list[str]]:
    while block := list(islice(lines, _LINES_A_BLOCK)):
        yield block


def _lines(index: Path) -> Iterator[str]:
    with index.open(encoding="utf-8") as file:
        yield from file


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(_READ):
            yield piece
