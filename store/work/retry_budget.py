"""Wait for a database that is unavailable, locked or full: one limit for a whole job.

If each writer of a job waited for two minutes, they would add up to many minutes. They share one
`RetryBudget` instead, which also observes the job's deadline.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import partial
from threading import Event, Thread
from time import monotonic, sleep
from typing import TypeVar

from store.errors import DatabaseUnavailable
from store.schema.writer_turn import notify_when_begun

OUTAGE_SECONDS = 120.0  # in total, however often the database is unavailable during a job
RETRY_SECONDS = 5.0  # between two attempts
_LOG_EVERY_SECONDS = 60.0
_LAST_ATTEMPT_SECONDS = 3.0  # for an attempt at or after the deadline, or while stopping
# More time for an attempt whose transaction has begun: the database responds, the machine is slow.
_SLOW_SECONDS = 30.0

_T = TypeVar("_T")

logger = logging.getLogger("holdfast.store")


class RetryBudget:
    """The time that a job may spend waiting for its database.

    Args:
        seconds: The total of all waits; None for no limit.
        stopped: Returns whether the job got a stop request. Without a limit, it then waits for
            no longer than `RETRY_SECONDS`.
    """

    def __init__(
        self, seconds: float | None = OUTAGE_SECONDS, *, stopped: Callable[[], bool] = lambda: False
    ) -> None:
        self._seconds = seconds
        self._stopped = stopped
        self._used = 0.0
        self._unavailable_since: float | None = None
        self._logged_at = float("-inf")
        self._deadline: float | None = None
        self._stopping_since: float | None = None
        self._final_error: DatabaseUnavailable | None = None

    def set_deadline(self, moment: float) -> None:
        """End every wait at a time of `time.monotonic`."""
        self._deadline = moment

    async def run(self, work: Callable[[], _T]) -> _T:
        """Call `work` in a worker thread, and again while the database is unavailable.

        A timed-out call is not cancelled: it may still run beside the next one.

        Args:
            work: Reads or writes the database. It must be safe to run twice, also at once.

        Returns:
            What `work` returns.

        Raises:
            DatabaseUnavailable: The budget is used up. From then on it is raised at once.
            StoreError: Any other that `work` raises.
        """
        while True:
            started_at = self._start_attempt()
            transaction_begun = Event()
            call = asyncio.ensure_future(
                asyncio.to_thread(_call_and_notify, work, transaction_begun)
            )
            call.add_done_callback(_retrieve_exception)
            await asyncio.wait({call}, timeout=self._attempt_timeout())
            if transaction_begun.is_set():
                await asyncio.wait({call}, timeout=_SLOW_SECONDS)
            try:
                result = _result_of(call)
            except DatabaseUnavailable as error:
                await asyncio.sleep(self._pause(error, started_at))
            else:
                self._record_success()
                return result

    def run_blocking(
        self,
        work: Callable[[], _T],
        *,
        retry_on: type[DatabaseUnavailable] = DatabaseUnavailable,
    ) -> _T:
        """Call `work` as `run` does, outside of the event loop: before or after a job's crawls.

        It is tried once even if the budget is used up. A timed-out call is not cancelled.

        Args:
            work: Reads or writes the database. It must be safe to run twice, also at once.
            retry_on: The class of errors after which `work` is called again; others are raised.

        Returns:
            What `work` returns.

        Raises:
            DatabaseUnavailable: The budget is used up.
            StoreError: Any other that `work` raises.
        """
        while True:
            started_at = monotonic()
            transaction_begun = Event()
            call = Future[_T]()
            notifying_work = partial(_call_and_notify, work, transaction_begun)
            arguments = (call, notifying_work)
            Thread(target=_run_into, args=arguments, name="store", daemon=True).start()
            wait([call], timeout=self._attempt_timeout())
            if transaction_begun.is_set():
                wait([call], timeout=_SLOW_SECONDS)
            try:
                result = _result_of(call)
            except retry_on as error:
                sleep(self._pause(error, started_at))
            else:
                self._record_success()
                return result

    def last_wait(self) -> float:
        """Return for how many seconds work may wait that is not repeated; infinity: no limit."""
        if self._final_error:
            return _LAST_ATTEMPT_SECONDS
        return max(self._seconds_left(), _LAST_ATTEMPT_SECONDS)

    def _start_attempt(self) -> float:
        """Return the time at which an attempt begins. Raises the final error if there is one."""
        if self._final_error:
            raise self._final_error
        return monotonic()

    def _seconds_left(self) -> float:
        """Return for how many seconds the job may still wait."""
        now = monotonic()
        seconds = float("inf")
        if self._seconds is not None:
            since = now if self._unavailable_since is None else self._unavailable_since
            seconds = self._seconds - self._used - (now - since)
        elif self._stopped():
            self._stopping_since = self._stopping_since or now
            seconds = self._stopping_since + RETRY_SECONDS - now
        if self._deadline is not None:
            seconds = min(seconds, self._deadline - now)
        return seconds

    def _attempt_timeout(self) -> float | None:
        """Return how many seconds an attempt may take; None for no limit."""
        seconds = self.last_wait()
        return None if seconds == float("inf") else seconds

    def _pause(self, error: DatabaseUnavailable, started_at: float) -> float:
        """Record a failed attempt that began at a time of `time.monotonic`.

        Returns:
            Seconds until the next attempt.

        Raises:
            DatabaseUnavailable: The budget is used up.
        """
        if self._unavailable_since is None:
            self._unavailable_since = started_at
        seconds_left = self._seconds_left()
        if seconds_left <= 0:
            self._final_error = error
            raise error
        now = monotonic()
        if now - self._logged_at >= _LOG_EVERY_SECONDS:
            self._logged_at = now
            logger.warning("%s; retrying every %.0f s", error, RETRY_SECONDS)
        return min(RETRY_SECONDS, seconds_left)

    def _record_success(self) -> None:
        if self._unavailable_since is not None:
            self._used += monotonic() - self._unavailable_since
            self._unavailable_since = None


def _result_of(call: asyncio.Future[_T] | Future[_T]) -> _T:
    """Return the result of a call. Raises DatabaseUnavailable if it timed out."""
    if not call.done():
        raise DatabaseUnavailable(
            "the database does not respond: start it, or stop the program that keeps it locked"
        )
    return call.result()


def _call_and_notify(work: Callable[[], _T], transaction_begun: Event) -> _T:
    """Call `work`, and set an event once its transaction has begun."""
    with notify_when_begun(transaction_begun):
        return work()


def _retrieve_exception(call: asyncio.Future[_T]) -> None:
    """Retrieve the exception of an abandoned attempt, so that asyncio does not log it."""
    if not call.cancelled():
        call.exception()


def _run_into(call: Future[_T], work: Callable[[], _T]) -> None:
    """Call `work`, and set its result or exception in a future."""
    try:
        call.set_result(work())
    except BaseException as error:  # noqa: BLE001  it is raised where the result is read
        call.set_exception(error)
