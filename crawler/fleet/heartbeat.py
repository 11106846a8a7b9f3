"""Send a worker's heartbeats from a separate thread and connection.

So a worker with a busy event loop does not count as stalled. If the loop does not respond for five
minutes, no heartbeats are sent, and other workers take over its jobs.
"""

from __future__ import annotations

import asyncio
from threading import Event, Thread
from time import monotonic

import psycopg

from store.schema.postgresql_engine import KEEPALIVE_OPTIONS

INTERVAL_SECONDS = 10.0
STALLED_SECONDS = 30.0  # without a heartbeat a worker counts as stalled; procrastinate's default
_UNRESPONSIVE_SECONDS = 300.0
_JOIN_SECONDS = 2.0

# Inserts the row if it is missing: it may have been pruned while the machine was suspended.
_HEARTBEAT = """
INSERT INTO procrastinate_workers (id) OVERRIDING SYSTEM VALUE VALUES (%s)
ON CONFLICT (id) DO UPDATE SET last_heartbeat = now()
"""


class Heartbeat(Thread):
    """Sends heartbeats until `stop` is called. After a database error the next one reconnects.

    Args:
        url: Connection URL of the database.
        worker_id: Id of the worker in procrastinate's table.
        loop: The worker's event loop.
    """

    def __init__(self, url: str, worker_id: int, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(name=f"heartbeat of worker {worker_id}", daemon=True)
        self._url = url
        self._worker_id = worker_id
        self._loop = loop
        self._loop_responded_at = monotonic()
        self._stopped = Event()
        self._connection: psycopg.Connection | None = None

    def run(self) -> None:
        """Send heartbeats until stopped."""
        while not self._stopped.wait(INTERVAL_SECONDS):
            try:
                self._loop.call_soon_threadsafe(self._on_loop_response)
            except RuntimeError:  # the loop is closed
                break
            if monotonic() - self._loop_responded_at < _UNRESPONSIVE_SECONDS:
                self._send_heartbeat()
        self._disconnect()

    def stop(self) -> None:
        """Stop the thread, and wait up to two seconds until its connection is closed."""
        self._stopped.set()
        self.join(_JOIN_SECONDS)

    def _on_loop_response(self) -> None:
        """Record that the event loop responds; the loop itself calls this."""
        self._loop_responded_at = monotonic()

    def _send_heartbeat(self) -> None:
        """Store a heartbeat; after a database error, close the connection."""
        try:
            if self._connection is None:
                self._connection = psycopg.connect(
                    self._url,
                    autocommit=True,
                    options="-c statement_timeout=10s",
                    **KEEPALIVE_OPTIONS,
                )
            self._connection.execute(_HEARTBEAT, (self._worker_id,))
        except psycopg.Error:
            self._disconnect()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
