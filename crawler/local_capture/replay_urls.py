"""Mirrors in our own archive, under the address at which readers find them now."""

from __future__ import annotations

from crawler.archives.local_urls import parse_record_address, replay_address
from store.schema.engine import Database
from store.vocabulary import LOCAL
from store.work.local_mirrors import stale_urls, update_urls


def update_replay_urls(database: Database, base_url: str) -> None:
    """Let every mirror of ours have its address below `base_url`; without one it keeps the name of its record, which nobody can follow."""

    def spell(key: str) -> str:
        address = parse_record_address(key)
        return (
            replay_address(base_url, address.timestamp, address.original or "")
            if base_url and address
            else key
        )

    with database.read() as connection:
        addresses = stale_urls(connection, LOCAL, spell)
    if addresses:
        with database.write() as connection:
            update_urls(connection, addresses)
