"""Clients that lead each name to the address we looked up and checked: as few of them as can be.

A reqwest client takes its pins when it is built, which costs four milliseconds and 140 KB, nearly all of it for the system's certificates.
So names are gathered for a moment and share one, and of the clients only those last used are kept.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic

from pyreqwest.client import Client
from pyreqwest.exceptions import PyreqwestError

from crawler.probing.clients.interface import Identity, Unfit
from crawler.probing.resolver import Place

_GATHER_SECONDS = 0.05
# Where hosts come and go by the dozen a second, each waits a little longer for company.
_GATHER_SECONDS_BUSY = 0.25
_BUSY_BATCHES = 8  # in two seconds
_BUSY_SECONDS = 2.0
_BATCH_PINS = 64
_KEPT_CLIENTS = 192  # more than hosts are asked side by side; those forgotten take their idle connections along


@dataclass(frozen=True, slots=True)
class Route:
    """What is settled when a client is built, pins apart."""

    connect_seconds: float
    proxy: str = ""
    identity: Identity | None = None


@dataclass(slots=True, eq=False)
class _Batch:
    """Names with their addresses, and the client that will be built with them."""

    route: Route
    pins: dict[str, Place] = field(default_factory=dict)
    client: asyncio.Future[Client] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class PinnedClients:
    """Gives the client for a route, a name and its place. `build` makes one; what it fails at comes out as Unfit."""

    def __init__(self, build: Callable[[Route, Mapping[str, Place]], Client]) -> None:
        self._build = build
        self._batches: dict[tuple[Route, str, Place], _Batch] = {}
        self._used: dict[_Batch, None] = {}  # the last one used stands last
        self._gathering: dict[Route, _Batch] = {}
        self._built: deque[float] = deque([-_BUSY_SECONDS] * _BUSY_BATCHES, maxlen=_BUSY_BATCHES)

    async def client_for(self, route: Route, host: str, place: Place) -> Client:
        """Raises Unfit."""
        key = (route, host, place)
        if key not in self._batches:
            self._batches[key] = self._batch_for(route, host, place)
        batch = self._batches[key]
        self._used.pop(batch, None)
        self._used[batch] = None
        if len(self._used) > _KEPT_CLIENTS:
            self._forget(next(iter(self._used)))
        return batch.client.result() if batch.client.done() else await asyncio.shield(batch.client)

    def take_all(self) -> Iterator[Client]:
        """Give every client there is, and forget it."""
        for batch in list(self._used):
            if batch.client.done() and not batch.client.exception():
                yield batch.client.result()
            self._forget(batch)

    def _forget(self, batch: _Batch) -> None:
        del self._used[batch]
        for host, place in batch.pins.items():
            self._batches.pop((batch.route, host, place), None)

    def _batch_for(self, route: Route, host: str, place: Place) -> _Batch:
        """Put a pin into the batch being gathered. A name can lead to one place in each."""
        batch = self._gathering.get(route)
        if batch is None or batch.pins.get(host, place) != place:
            batch = self._gathering[route] = _Batch(route)
            busy = monotonic() - self._built[0] < _BUSY_SECONDS
            asyncio.get_running_loop().call_later(_GATHER_SECONDS_BUSY if busy else _GATHER_SECONDS, self._finish, batch)
        batch.pins[host] = place
        if len(batch.pins) >= _BATCH_PINS:
            self._finish(batch)
        return batch

    def _finish(self, batch: _Batch) -> None:
        if self._gathering.get(batch.route) is batch:
            del self._gathering[batch.route]
        if batch.client.done():
            return
        self._built.append(monotonic())
        try:
            batch.client.set_result(self._build(batch.route, batch.pins))
        except (PyreqwestError, ValueError, OSError) as error:
            batch.client.set_exception(Unfit(str(error)))
