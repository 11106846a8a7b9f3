"""Queue the threads of a process that write to an SQLite database.

SQLite itself has no queue for its lock: waiting connections sleep and try again.

This module also reports that a transaction has begun. `store.work.retry_budget` then waits longer
for a call: the database responds, and only the machine is slow.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event, Lock
from typing import Final

_POLL_SECONDS: Final = 0.5  # between checks whether the transaction of the present turn has begun

# The event that was passed to `notify_when_begun`, for the calls in its block; None outside of it
_TRANSACTION_BEGUN: ContextVar[Event | None] = ContextVar("_TRANSACTION_BEGUN", default=None)


class WriterTurn:
    """The turn to write, which one thread has at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._has_begun = False

    @contextmanager
    def take(self, seconds: float) -> Iterator[None]:
        """Wait for the turn and keep it during the block.

        Args:
            seconds: How long to wait. After that the block runs without the turn, and SQLite
                decides, as if the other thread were another program.

        Yields:
            When it is this thread's turn.
        """
        has_turn = self._wait(seconds)
        try:
            yield
        finally:
            if has_turn:
                self._has_begun = False
                self._lock.release()

    def mark_begun(self) -> None:
        """Record that the transaction of this turn has begun."""
        self._has_begun = True
        report_transaction_begun()

    def _wait(self, seconds: float) -> bool:
        """Wait for the turn. Returns: whether it came in time."""
        while seconds > 0:
            if self._lock.acquire(timeout=min(seconds, _POLL_SECONDS)):
                return True
            seconds -= _POLL_SECONDS
            if self._has_begun:  # another thread of this process is writing: the database responds
                report_transaction_begun()
        return False


def report_transaction_begun() -> None:
    """Set the event that was passed to `notify_when_begun`, if this is called in its block.

    It is called when the caller's own transaction has begun, or while the caller waits for the turn
    of another thread whose transaction has begun.
    """
    event = _TRANSACTION_BEGUN.get()
    if event is not None:
        event.set()


@contextmanager
def notify_when_begun(event: Event) -> Iterator[None]:
    """Set an event once a transaction in the block, or one that the block waits for, has begun.

    On PostgreSQL it is never set, because its server may stop responding within a transaction.
    """
    token = _TRANSACTION_BEGUN.set(event)
    try:
        yield
    finally:
        _TRANSACTION_BEGUN.reset(token)
