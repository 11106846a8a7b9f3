"""A worker's heartbeats: from a thread and a connection of their own, so that a busy event loop does not look like a dead worker.

A loop that stays silent for minutes is as good as dead, though: then the heartbeats end too, and the others take over its jobs.
"""

from __future__ import annotations

import asyncio
from threading import Event, Thread
from time import monotonic

import psycopg

from crawler.fleet.patient_connector import KEEPALIVE_OPTIONS

INTERVAL_SECONDS = 10.0
STALLED_SECONDS = 30.0  # without a heartbeat: procrastinate's own measure
_SILENT_SECONDS = 300.0
_FAREWELL_SECONDS = 2.0

# The row may have been pruned while the whole machine slept.
_BEAT = """
INSERT INTO procrastinate_workers (id) OVERRIDING SYSTEM VALUE VALUES (%s)
ON CONFLICT (id) DO UPDATE SET last_heartbeat = now()
"""


class Heartbeat(Thread):
    """Beats for a worker until `stop` is called. What goes wrong with its connection is tried again at the next beat."""

    def __init__(self, address: str, worker_id: int, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(name=f"heartbeat of worker {worker_id}", daemon=True)
        self._address = address
        self._worker_id = worker_id
        self._loop = loop
        self._answered_at = monotonic()
        self._stopped = Event()
        self._connection: psycopg.Connection | None = None

    def run(self) -> None:
        while not self._stopped.wait(INTERVAL_SECONDS):
            try:
                self._loop.call_soon_threadsafe(self._answer)
            except RuntimeError:  # the loop was closed
                break
            if monotonic() - self._answered_at < _SILENT_SECONDS:
                self._beat()
        self._disconnect()

    def stop(self) -> None:
        """End the thread, and wait a little for its connection to be closed."""
        self._stopped.set()
        self.join(_FAREWELL_SECONDS)

    def _answer(self) -> None:
        self._answered_at = monotonic()

    def _beat(self) -> None:
        try:
            if self._connection is None:
                options = "-c statement_timeout=10s"
                self._connection = psycopg.connect(
                    self._address, autocommit=True, options=options, **KEEPALIVE_OPTIONS
                )
            self._connection.execute(_BEAT, (self._worker_id,))
        except psycopg.Error:
            self._disconnect()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
