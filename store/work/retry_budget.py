"""Waiting for a database that is away, locked or full: one limit for everything a job writes.

Each writer of a job that waited two minutes of its own would add up to many minutes. So they
share one `RetryBudget`, which also keeps the job's deadline.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from time import monotonic, sleep
from typing import TypeVar

from store.errors import DatabaseUnavailable

OUTAGE_SECONDS = 120.0  # in all, however often the database goes away during a job
RETRY_SECONDS = 5.0
_SAY_EVERY_SECONDS = 60.0
_LAST_SECONDS = 3.0  # for an attempt that begins at or after the deadline, or while stopping

_T = TypeVar("_T")

logger = logging.getLogger(__name__)


class RetryBudget:
    """The time a job spends on waiting for its database.

    Args:
        seconds: How long all waits may last together; None sets no limit.
        stopped: Whether the job was told to stop. One without a limit then waits no longer than
            `RETRY_SECONDS`.
    """

    def __init__(
        self, seconds: float | None = OUTAGE_SECONDS, *, stopped: Callable[[], bool] = lambda: False
    ) -> None:
        self._seconds = seconds
        self._stopped = stopped
        self._used = 0.0
        self._away_since: float | None = None
        self._said_at = float("-inf")
        self._deadline: float | None = None
        self._stopping_since: float | None = None
        self._given_up: DatabaseUnavailable | None = None

    def set_deadline(self, moment: float) -> None:
        """Let no wait last past a moment of `time.monotonic`."""
        self._deadline = moment

    async def run(self, work: Callable[[], _T]) -> _T:
        """Call `work` in a worker thread, and again while the database is unavailable.

        Returns:
            What `work` returns.

        Raises:
            DatabaseUnavailable: The budget is used up. From then on it is raised at once.
            StoreError: Any other that `work` raises.
        """
        while True:
            began = self._begin()
            call = asyncio.ensure_future(asyncio.to_thread(work))
            call.add_done_callback(_look_at)
            await asyncio.wait({call}, timeout=self._attempt_seconds())
            try:
                result = _result_of(call)
            except DatabaseUnavailable as error:
                await asyncio.sleep(self._pause(error, began))
            else:
                self._back()
                return result

    def run_blocking(self, work: Callable[[], _T]) -> _T:
        """As `run`, for what is to be written at the end, outside of the event loop.

        It is tried once even if the budget is used up.
        """
        while True:
            began, call = monotonic(), Future[_T]()
            Thread(target=_fulfil, args=(call, work), name="store", daemon=True).start()
            wait([call], timeout=self._attempt_seconds())
            try:
                result = _result_of(call)
            except DatabaseUnavailable as error:
                sleep(self._pause(error, began))
            else:
                self._back()
                return result

    def _begin(self) -> float:
        if self._given_up:
            raise self._given_up
        return monotonic()

    def _left(self) -> float:
        """Count the seconds that may still be waited."""
        now = monotonic()
        left = float("inf")
        if self._seconds is not None:
            away = 0.0 if self._away_since is None else now - self._away_since
            left = self._seconds - self._used - away
        elif self._stopped():
            self._stopping_since = self._stopping_since or now
            left = self._stopping_since + RETRY_SECONDS - now
        if self._deadline is not None:
            left = min(left, self._deadline - now)
        return left

    def _attempt_seconds(self) -> float | None:
        left = max(self._left(), _LAST_SECONDS)
        return None if left == float("inf") else left

    def _pause(self, error: DatabaseUnavailable, began: float) -> float:
        """Note a failed attempt. Returns: seconds until the next. Raises DatabaseUnavailable."""
        if self._away_since is None:
            self._away_since = began
        left = self._left()
        if left <= 0:
            self._given_up = error
            raise error
        now = monotonic()
        if now - self._said_at >= _SAY_EVERY_SECONDS:
            self._said_at = now
            logger.warning("%s; trying again every %.0f s", error, RETRY_SECONDS)
        return min(RETRY_SECONDS, left)

    def _back(self) -> None:
        if self._away_since is not None:
            self._used += monotonic() - self._away_since
            self._away_since = None


def _result_of(call: asyncio.Future[_T] | Future[_T]) -> _T:
    if not call.done():
        raise DatabaseUnavailable(
            "the database does not answer: start it, or stop what keeps it locked"
        )
    return call.result()


def _look_at(call: asyncio.Future[_T]) -> None:
    """Take the error of an attempt that nobody waits for any more, so that asyncio logs none."""
    if not call.cancelled():
        call.exception()


def _fulfil(call: Future[_T], work: Callable[[], _T]) -> None:
    try:
        call.set_result(work())
    except BaseException as error:  # noqa: BLE001  it is raised where the result is read
        call.set_exception(error)
