"""Provide the time to a job, so that the demo and tests can simulate a week in seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from crawler.process.lifetime import seconds_since_boot
from store.schema.engine import Database
from store.work.clock_skew import server_time

__all__ = ["Clock", "ManualClock", "ServerClock", "clock_of", "seconds_since_boot", "system_clock"]

Clock = Callable[[], datetime]
"""Returns the present time as an aware datetime in UTC."""


def system_clock() -> datetime:
    """Return this machine's time as an aware datetime in UTC."""
    return datetime.now(UTC)


class ServerClock:
    """Follows the database server's clock.

    Leases and due times then mean the same to all processes that share a database, however wrong
    their own clocks are.

    Args:
        database: The database; the time of its server is read immediately.

    Attributes:
        offset: How far this machine's clock was ahead of the server's at the last synchronization.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.offset = timedelta()
        self.synchronize()

    def synchronize(self) -> None:
        """Set the clock to the server's time.

        Raises:
            StoreError: The database cannot be read.
        """
        with self._database.read() as connection:
            began = seconds_since_boot()
            time = server_time(connection) or system_clock()
            ended = seconds_since_boot()
        # The server read its clock at about half of the round trip. Other threads read the pair, so
        # both values are set in one assignment.
        self._reference = time, (began + ended) / 2
        self.offset = system_clock() - self()

    def __call__(self) -> datetime:
        """Return the server's present time."""
        time, measured_at = self._reference
        return time + timedelta(seconds=seconds_since_boot() - measured_at)


def clock_of(database: Database) -> Clock:
    """Return the clock for jobs on a database: its server's if it has one, else this machine's."""
    if database.engine.dialect.name == "sqlite":
        return system_clock
    return ServerClock(database)


class ManualClock:
    """A clock that continues from the time it was last set to.

    Args:
        start: The first time.
    """

    def __init__(self, start: datetime) -> None:
        self.move_to(start)

    def move_to(self, moment: datetime) -> None:
        """Set the clock to a time."""
        self._offset = moment - system_clock()

    def __call__(self) -> datetime:
        """Return the simulated time."""
        return system_clock() + self._offset
