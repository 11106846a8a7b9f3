"""What a mirror in the local archive shows: the record its key names, and where that is a redirect, those it leads to."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.archives.local_urls import parse_record_address
from crawler.http import MAX_REDIRECTS, REDIRECT_STATUSES, redirect_target
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import RecordDamaged
from crawler.local_archive.warc import Record


def read_redirect_chain(folder: ArchiveLayout, key: str) -> Sequence[Record]:
    """Read the record a mirror's key names, and where it is a redirect, those it leads to. Raises RecordDamaged."""
    address = parse_record_address(key)
    if address is None or address.original is None:
        raise RecordDamaged(f"not to be found by {key}")
    entry = folder.find(address.original, address.timestamp)
    records = [folder.read(entry)]
    while len(records) <= MAX_REDIRECTS and (target := _target(records[-1])):
        entry = folder.find_since(target, address.timestamp)
        records.append(folder.read(entry))
    return records


def _target(record: Record) -> str:
    """Where a record leads, by the rule that had led the prober there."""
    if record.http_status not in REDIRECT_STATUSES:
        return ""
    return (redirect_target(record.url, record.http_headers.get("location", "")) or "").partition(
        "#"
    )[0]
