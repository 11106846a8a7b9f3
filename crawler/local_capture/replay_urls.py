"""Update the stored URLs of local mirrors after the archive's base URL was changed."""

from __future__ import annotations

from functools import partial

from crawler.archives.local_urls import parse_record_address, replay_address
from store.schema.engine import Database
from store.vocabulary import LOCAL
from store.work.archives.local_mirrors import stale_urls, update_urls


def update_replay_urls(database: Database, base_url: str) -> None:
    """Store the replay addresses of the local mirrors whose stored URL is out of date.

    Args:
        database: The database.
        base_url: The URL at which the archive is replayed. If it is "", the record address is
            stored (`local:…`), which no browser can open.
    """
    with database.read() as connection:
        stale = stale_urls(connection, LOCAL, partial(_mirror_url, base_url))
    if stale:
        with database.write() as connection:
            update_urls(connection, stale)


def _mirror_url(base_url: str, key: str) -> str:
    """Return the URL of a mirror: its replay address, or without a base URL its record address.

    Args:
        base_url: The URL at which the archive is replayed, or "".
        key: The link key of the mirror: its record address.
    """
    address = parse_record_address(key)
    if not base_url or address is None:
        return key
    return replay_address(base_url, address.timestamp, address.original or "")
