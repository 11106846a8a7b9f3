"""Read a mirror in the local archive: its record, and those that its redirects lead to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crawler.archives.local_urls import parse_record_address
from crawler.http.redirects import MAX_REDIRECTS, REDIRECT_STATUSES, redirect_target
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import RecordDamaged
from crawler.local_archive.warc_reader import WarcRecord


def read_redirect_chain(layout: ArchiveLayout, record_url: str) -> Sequence[WarcRecord]:
    """Return the records of a mirror, as `iter_redirect_chain` yields them.

    Raises:
        RecordDamaged: A record of the chain is missing or damaged.
        RecordUnreadable: A file or an index exists and cannot be read.
    """
    return list(iter_redirect_chain(layout, record_url))


def iter_redirect_chain(layout: ArchiveLayout, record_url: str) -> Iterator[WarcRecord]:
    """Yield the records of a mirror, from the captured URL to the page it shows.

    Args:
        layout: The archive.
        record_url: The mirror's record address (`crawler.archives.local_urls`).

    Yields:
        The records, at least one, each read when it is needed. All but the last are redirects.

    Raises:
        RecordDamaged: A record of the chain is missing or damaged.
        RecordUnreadable: A file or an index exists and cannot be read.
    """
    address = parse_record_address(record_url)
    if address is None or address.original is None:
        raise RecordDamaged(f"not found by its address {record_url}")
    record = layout.read(layout.find(address.original, address.timestamp))
    yield record
    for _ in range(MAX_REDIRECTS):
        target = _target_of_record(record)
        if not target:
            return
        record = layout.read(layout.find_first_since(target, address.timestamp))
        yield record


def _target_of_record(record: WarcRecord) -> str:
    """Return the URL a record redirects to, without a fragment; "" if it does not redirect.

    `redirect_target` also decides what a probe follows.
    """
    if record.http_status not in REDIRECT_STATUSES:
        return ""
    target = redirect_target(record.url, record.http_headers.get("location", ""))
    return (target or "").partition("#")[0]
