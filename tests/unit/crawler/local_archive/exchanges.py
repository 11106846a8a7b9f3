"""Make HTTP exchanges for tests of the local archive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.http.exchange import HttpExchange
from crawler.local_archive.cdxj import read_index
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import IndexEntry
from crawler.local_archive.writer import LocalArchiveWriter

START = datetime(2026, 5, 4, 12, tzinfo=UTC)


def exchange(
    url: str,
    body: bytes = b"<p>A page.",
    *,
    after: int = 0,
    headers: str = "Content-Type: text/html\r\n",
    status: int = 200,
) -> HttpExchange:
    """Return an exchange that took place `after` seconds past START."""
    head = f"HTTP/1.1 {status} Some phrase\r\nX-Odd:  spaces \r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return HttpExchange(
        url=url,
        at=START + timedelta(seconds=after),
        request=f"GET /{url.split('/', 3)[3]} HTTP/1.1\r\nHost: {url.split('/')[2]}\r\n\r\n".encode(),
        head=head.encode(),
        body=body,
        content=body,
        status=status,
        headers={
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head.splitlines()[1:-1])
        },
        peer="192.0.2.7",
    )


def write_pages(archive: LocalArchiveWriter, count: int, *, start: int = 0) -> list[IndexEntry]:
    """Write `count` pages with different bodies."""
    return [
        archive.write(
            exchange(f"http://a.example/{number}", b"page %d " % number * 20, after=number)
        )
        for number in range(start, start + count)
    ]


def warc_files(folder: Path) -> list[Path]:
    return list(ArchiveLayout(folder).warc_files())


def readable_urls(folder: Path) -> list[str]:
    """Read every indexed record back and return the URLs."""
    found = []
    for index in sorted(ArchiveLayout(folder).indexes.glob("*.cdxj")):
        for entry in read_index(index) or ():
            ArchiveLayout(folder).read(entry)
            found.append(entry.url)
    return sorted(found)
