"""Let one thread of a process after another write to an SQLite database.

SQLite knows no order among those who wait for its lock: they sleep and try again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event, Lock
from typing import Final

_LOOK_SECONDS: Final = 0.5  # how often one who waits looks whether the present writer has begun

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

    def note_begun(self) -> None:
        """Note that the database let the transaction of this turn begin."""
        self._has_begun = True
        note_begun()

    def _wait(self, seconds: float) -> bool:
        """Return whether the turn came in time."""
        while seconds > 0:
            if self._lock.acquire(timeout=min(seconds, _LOOK_SECONDS)):
                return True
            seconds -= _LOOK_SECONDS
            if self._has_begun:  # this process has the database, and works
                note_begun()
        return False


def note_begun() -> None:
    """Tell the one who waits for this call that the database let its transaction begin."""
    begun = _BEGUN.get()
    if begun is not None:
        begun.set()


@contextmanager
def watched(begun: Event) -> Iterator[None]:
    """Set an event once the database lets a transaction of the block begin.

    On PostgreSQL it is never set: its server may fall silent within a transaction.
    """
    token = _BEGUN.set(begun)
    try:
        yield
    finally:
        _BEGUN.reset(token)
