"""Queue the threads of a process that write to an SQLite database.

SQLite itself has no queue for its lock: waiting connections sleep and try again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event, Lock
from typing import Final

_POLL_SECONDS: Final = 0.5  # between two checks whether the present writer has begun

# Set while `store.work.retry_budget` waits for a call: it sets the event of that call.
_BEGUN: ContextVar[Event | None] = ContextVar("_BEGUN", default=None)


class WriterTurn:
    """The turn to write, which one thread has at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._has_begun = False

    @contextmanager
    def take(self, seconds: float) -> Iterator[None]:
        """Wait for the turn and have it during the block.

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
        mark_begun()

    def _wait(self, seconds: float) -> bool:
        """Return whether the turn came in time."""
        while seconds > 0:
            if self._lock.acquire(timeout=min(seconds, _POLL_SECONDS)):
                return True
            seconds -= _POLL_SECONDS
            if self._has_begun:  # a thread of this process is writing
                mark_begun()
        return False


def mark_begun() -> None:
    """Set the event of `watched`: the transaction of this call, or the one before it, has begun."""
    begun = _BEGUN.get()
    if begun is not None:
        begun.set()


@contextmanager
def watched(begun: Event) -> Iterator[None]:
    """Set an event once a transaction of the block has begun.

    On PostgreSQL it is never set, because its server may stop responding within a transaction.
    """
    token = _BEGUN.set(begun)
    try:
        yield
    finally:
        _BEGUN.reset(token)
