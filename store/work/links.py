"""The rows of links, mirrors and hosts, created where they do not exist yet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from store.schema.dialects import chunks, insert_missing, lock_for_transaction
from store.schema.models import HostRow, LinkRow, MirrorRow, hash_text
from store.vocabulary import LinkIdentity, MirrorAddress, MirrorOrigin, Role, Spelling

_LOCK = 0x4C696E6B  # any number, the same for all processes

Identify = Callable[[str], LinkIdentity]  # takes a URL


class MirrorRecord(Struct, frozen=True, kw_only=True):
    """A mirror to be stored."""

    url: str
    address: MirrorAddress
    original_id: int | None  # the id of the link it is a copy of, if that is known
    origin: MirrorOrigin
    status_at_capture: int | None = None
    spelling: Spelling = Spelling.SAME


class LinkRegistry:
    """Looks up the ids of links and mirrors within one transaction, creating rows as needed.

    Args:
        connection: A connection in a transaction that writes.
        run_id: The run that new rows are first found in.
        at: The time from which new links are due, usually now.
        identify: Returns the identity of a URL (its key, the URL to request and its host).
    """

    def __init__(
        self, connection: Connection, *, run_id: int, at: datetime, identify: Identify
    ) -> None:
        self._connection = connection
        self._run_id = run_id
        self._at = at
        self._identify = identify
        # Two scans at once would miss each other's rows, and could deadlock on hosts.
        lock_for_transaction(connection, _LOCK)

    def link_ids(self, urls: Iterable[str], role: Role) -> Mapping[str, int]:
        """Map each URL to the id of its link. New links get `role`."""
        identities = {url: self._identify(url) for url in urls}
        by_key: dict[str, LinkIdentity] = {}
        for identity in identities.values():
            by_key.setdefault(identity.key, identity)  # the first spelling is stored
        hashes = {key: hash_text(key) for key in by_key}
        ids = self._ids_by_key(hashes)
        missing = {key: identity for key, identity in by_key.items() if key not in ids}
        if missing:
            self._insert_links(missing, hashes, role)
            ids |= self._ids_by_key({key: hashes[key] for key in missing})
        return {url: ids[identity.key] for url, identity in identities.items()}

    def mirror_ids(self, mirrors: Sequence[MirrorRecord]) -> Mapping[str, int]:
        """Map each mirror's URL to the mirror's id.

        An original and a status that were unknown are added to known mirrors, but never replaced.

        Returns:
            The ids by URL.
        """
        link_ids = self.link_ids([mirror.url for mirror in mirrors], Role.MIRROR)
        by_link: dict[int, MirrorRecord] = {}
        for mirror in mirrors:
            same = by_link.get(link_ids[mirror.url])
            # One page may name the original, and another cite the bare URL.
            if same is None or same.original_id is None:
                by_link[link_ids[mirror.url]] = mirror
        known = self._mirrors_by_link(by_link)
        new = [
            self._mirror_values(link_id, mirror)
            for link_id, mirror in by_link.items()
            if link_id not in known
        ]
        if new:
            self._connection.execute(insert(MirrorRow), new)
        for link_id, row in known.items():
            values = _missing_values(row, by_link[link_id])
            if values:
                self._connection.execute(
                    update(MirrorRow).where(MirrorRow.id == row.id).values(values)
                )
        stored = self._mirrors_by_link(by_link)
        return {mirror.url: stored[link_ids[mirror.url]].id for mirror in mirrors}

    def _insert_links(
        self, identities: Mapping[str, LinkIdentity], hashes: Mapping[str, str], role: Role
    ) -> None:
        """Insert links, given by key. `hashes` maps their keys to the hashes of the keys."""
        hosts = {identity.host for identity in identities.values()}
        host_ids = ensure_hosts(self._connection, hosts)
        rows = [
            {
                "key": key,
                "key_hash": hashes[key],
                "url": identity.url,
                "role": role,
                "host_id": host_ids[identity.host],
                "first_run_id": self._run_id,
                "next_probe_at": self._at,
            }
            for key, identity in identities.items()
        ]
        insert_missing(self._connection, LinkRow, rows)

    def _mirror_values(self, link_id: int, mirror: MirrorRecord) -> dict[str, Any]:
        """Return the values of a new row of `mirror` by column."""
        return {
            "link_id": link_id,
            "original_id": mirror.original_id,
            "original_source": mirror.address.original_source,
            "service": mirror.address.service,
            "timestamp": mirror.address.timestamp,
            "snapshot_id": mirror.address.snapshot_id,
            "captured_at": mirror.address.captured_at,
            "origin": mirror.origin,
            "status_at_capture": mirror.status_at_capture,
            "spelling": mirror.spelling,
            "first_run_id": self._run_id,
        }

    def _ids_by_key(self, hashes: Mapping[str, str]) -> dict[str, int]:
        """Return the ids of stored links by their keys; `hashes` maps the keys to their hashes."""
        ids: dict[str, int] = {}
        for batch in chunks(list(hashes.values())):
            statement = select(LinkRow.key_hash, LinkRow.id).where(LinkRow.key_hash.in_(batch))
            ids |= {row.key_hash: row.id for row in self._connection.execute(statement)}
        return {key: ids[key_hash] for key, key_hash in hashes.items() if key_hash in ids}

    def _mirrors_by_link(self, link_ids: Collection[int]) -> dict[int, Any]:
        """Return id, original and status of stored mirrors, by the link ids of their own URLs."""
        found: dict[int, Any] = {}
        for batch in chunks(list(link_ids)):
            statement = select(
                MirrorRow.link_id, MirrorRow.id, MirrorRow.original_id, MirrorRow.status_at_capture
            ).where(MirrorRow.link_id.in_(batch))
            found |= {row.link_id: row for row in self._connection.execute(statement)}
        return found


def ensure_hosts(connection: Connection, names: Collection[str]) -> dict[str, int]:
    """Return the ids of hosts (or archive services) by their names, creating missing rows."""
    found = _host_ids(connection, names)
    # Sorted: two transactions that insert the same names must not wait for each other.
    missing = sorted(set(names) - found.keys())
    insert_missing(connection, HostRow, [{"name": name} for name in missing])
    return found | _host_ids(connection, missing)


def _host_ids(connection: Connection, names: Collection[str]) -> dict[str, int]:
    """Return the ids of stored hosts by their names."""
    hashes = {name: hash_text(name) for name in sorted(names)}
    ids: dict[str, int] = {}
    for batch in chunks(list(hashes.values())):
        statement = select(HostRow.name_hash, HostRow.id).where(HostRow.name_hash.in_(batch))
        ids |= {row.name_hash: row.id for row in connection.execute(statement)}
    return {name: ids[name_hash] for name, name_hash in hashes.items() if name_hash in ids}


def _missing_values(stored: Any, mirror: MirrorRecord) -> dict[str, Any]:
    """Return the values by column that are known now, but not in the stored row of a mirror."""
    values: dict[str, Any] = {}
    if stored.original_id is None and mirror.original_id is not None:
        values |= {
            "original_id": mirror.original_id,
            "original_source": mirror.address.original_source,
        }
    if stored.status_at_capture is None and mirror.status_at_capture is not None:
        values["status_at_capture"] = mirror.status_at_capture
    return values
