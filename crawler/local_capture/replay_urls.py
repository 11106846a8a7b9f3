"""Update the URLs at which readers find the mirrors of the local archive."""

from __future__ import annotations

from functools import partial

from crawler.archives.local_urls import parse_record_address, replay_address
from store.schema.engine import Database
from store.vocabulary import LOCAL
from store.work.local_mirrors import stale_urls, update_urls


def update_replay_urls(database: Database, base_url: str) -> None:
    """Put the URL of every local mirror below `base_url`.

    Args:
        database: The database.
        base_url: Where the archive is replayed. If it is empty, each mirror gets its record
            address, which no reader can follow.
    """
    with database.read() as connection:
        changed = stale_urls(connection, LOCAL, partial(_replay_url, base_url))
    if changed:
        with database.write() as connection:
            update_urls(connection, changed)


def _replay_url(base_url: str, key: str) -> str:
    """Return the URL of the mirror with a record address."""
    address = parse_record_address(key)
    if not base_url or address is None:
        return key
    return replay_address(base_url, address.timestamp, address.original or "")
