"""Links, mirrors and hosts: getting their rows, making those that do not exist yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from store.schema.dialects import chunks, insert_missing, lock_for_transaction
from store.schema.models import HostRow, LinkRow, MirrorRow
from store.vocabulary import LinkIdentity, MirrorAddress, MirrorOrigin, Role

_TURN = 0x4C696E6B  # one number for all Holdfasts

Identify = Callable[[str], LinkIdentity]


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorRecord:
    """A mirror to be stored: its URL, what the URL says, whose copy it is (a link's id, or None), how it came to be known."""

    url: str
    address: MirrorAddress
    original_id: int | None
    origin: MirrorOrigin
    status_at_capture: int | None = None


class LinkRegistry:
    """Gives the ids of links and mirrors within one transaction, making rows as needed.

    `run_id` and `at` go into new rows: a new link is due at once.
    """

    def __init__(
        self, connection: Connection, *, run_id: int, at: datetime, identify: Identify
    ) -> None:
        self._connection = connection
        self._run_id = run_id
        self._at = at
        self._identify = identify
        # Two scans at once would each miss the other's rows, and wait for each other's hosts in opposite orders.
        lock_for_transaction(connection, _TURN)

    def link_ids(self, urls: Iterable[str], role: Role) -> Mapping[str, int]:
        """Map each URL to the id of its link."""
        identities = {url: self._identify(url) for url in urls}
        by_key: dict[str, LinkIdentity] = {}
        for identity in identities.values():
            by_key.setdefault(identity.key, identity)  # the first spelling stands
        ids = self._ids_by_key(list(by_key))
        missing = [by_key[key] for key in by_key if key not in ids]
        if missing:
            hosts = self._host_ids({identity.host for identity in missing})
            insert_missing(
                self._connection,
                LinkRow,
                [
                    {
                        "key": identity.key,
                        "url": identity.url,
                        "role": role,
                        "host_id": hosts[identity.host],
                        "first_run_id": self._run_id,
                        "next_probe_at": self._at,
                    }
                    for identity in missing
                ],
            )
            ids = {**ids, **self._ids_by_key([identity.key for identity in missing])}
        return {url: ids[identity.key] for url, identity in identities.items()}

    def mirror_ids(self, mirrors: Sequence[MirrorRecord]) -> Mapping[str, int]:
        """Map each mirror's URL to the mirror's id; an original and a status learnt since are filled in, never replaced."""
        link_ids = self.link_ids([mirror.url for mirror in mirrors], Role.MIRROR)
        by_link = {link_ids[mirror.url]: mirror for mirror in mirrors}
        known = self._mirrors_of(list(by_link))
        new = [
            {
                "link_id": link_id,
                "original_id": mirror.original_id,
                "original_source": mirror.address.original_source,
                "service": mirror.address.service,
                "timestamp": mirror.address.timestamp,
                "snapshot_id": mirror.address.snapshot_id,
                "captured_at": mirror.address.captured_at,
                "origin": mirror.origin,
                "status_at_capture": mirror.status_at_capture,
                "first_run_id": self._run_id,
            }
            for link_id, mirror in by_link.items()
            if link_id not in known
        ]
        if new:
            self._connection.execute(insert(MirrorRow), new)
        for link_id, row in known.items():
            if learnt := _learnt(row, by_link[link_id]):
                self._connection.execute(
                    update(MirrorRow).where(MirrorRow.id == row.id).values(learnt)
                )
        ids = {link_id: row.id for link_id, row in self._mirrors_of(list(by_link)).items()}
        return {mirror.url: ids[link_ids[mirror.url]] for mirror in mirrors}

    def _ids_by_key(self, keys: Sequence[str]) -> dict[str, int]:
        ids: dict[str, int] = {}
        for some in chunks(keys):
            ids |= {
                row.key: row.id
                for row in self._connection.execute(
                    select(LinkRow.key, LinkRow.id).where(LinkRow.key.in_(some))
                )
            }
        return ids

    def _host_ids(self, names: set[str]) -> dict[str, int]:
        ids: dict[str, int] = {}
        insert_missing(self._connection, HostRow, [{"name": name} for name in sorted(names)])
        for some in chunks(sorted(names)):
            ids |= {
                row.name: row.id
                for row in self._connection.execute(
                    select(HostRow.name, HostRow.id).where(HostRow.name.in_(some))
                )
            }
        return ids

    def _mirrors_of(self, link_ids: Sequence[int]) -> dict[int, Any]:
        found: dict[int, Any] = {}
        for some in chunks(link_ids):
            statement = select(
                MirrorRow.link_id, MirrorRow.id, MirrorRow.original_id, MirrorRow.status_at_capture
            ).where(MirrorRow.link_id.in_(some))
            found |= {row.link_id: row for row in self._connection.execute(statement)}
        return found


def _learnt(known: Any, mirror: MirrorRecord) -> dict[str, Any]:
    """Give the columns of a stored mirror that were empty and no longer need be."""
    values: dict[str, Any] = {}
    if known.original_id is None and mirror.original_id is not None:
        values |= {
            "original_id": mirror.original_id,
            "original_source": mirror.address.original_source,
        }
    if known.status_at_capture is None and mirror.status_at_capture is not None:
        values["status_at_capture"] = mirror.status_at_capture
    return values
