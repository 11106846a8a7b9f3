"""What a mirror in the local archive shows: the record its key names, and where that is a redirect, those it leads to."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.archives.local_urls import parse_record_address
from crawler.http import MAX_REDIRECTS, REDIRECT_STATUSES, redirect_target
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import RecordDamaged
from crawler.local_archive.warc import WarcRecord


def read_redirect_chain(layout: ArchiveLayout, key: str) -> Sequence[WarcRecord]:
    """Read the record a mirror's key names, and where it is a redirect, those it leads to. Raises RecordDamaged."""
    address = parse_record_address(key)
    if address is None or address.original is None:
        raise RecordDamaged(f"not to be found by {key}")
    entry = layout.find(address.original, address.timestamp)
    records = [layout.read(entry)]
    while len(records) <= MAX_REDIRECTS and (target := _target(records[-1])):
        entry = layout.find_first_since(target, address.timestamp)
        records.append(layout.read(entry))
    return records


def _target(record: WarcRecord) -> str:
    """Where a record leads, by the rule that had led the prober there."""
    if record.http_status not in REDIRECT_STATUSES:
        return ""
    return (redirect_target(record.url, record.http_headers.get("location", "")) or "").partition(
        "#"
    )[0]
