"""What time it is: asked in one place, so that the demo and tests can live through a week in seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from crawler.process.lifetime import seconds_since_boot
from store.maintenance.clock_skew import server_time
from store.schema.engine import Database

__all__ = ["Clock", "ManualClock", "ServerClock", "clock_of", "seconds_since_boot", "system_clock"]

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Tell the time as an aware datetime in UTC."""
    return datetime.now(UTC)


class ServerClock:
    """The database server's clock: leases and what is due mean the same to all who share a database, however wrong their own clocks are."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.offset = timedelta()  # of our own clock, when it was last looked at
        self.synchronize()

    def synchronize(self) -> None:
        """Ask the server. Raises StoreError."""
        with self._database.read() as connection:
            asked = seconds_since_boot()
            then = server_time(connection) or system_clock()
        self._set_at = then, (asked + seconds_since_boot()) / 2  # at once: other threads read it
        self.offset = system_clock() - self()

    def __call__(self) -> datetime:
        then, began = self._set_at
        return then + timedelta(seconds=seconds_since_boot() - began)


def clock_of(database: Database) -> Clock:
    """Choose the clock for jobs on a database: its server's, where it has one."""
    return system_clock if database.engine.dialect.name == "sqlite" else ServerClock(database)


class ManualClock:
    """A clock that goes on from wherever it was moved to."""

    def __init__(self, start: datetime) -> None:
        self.move_to(start)

    def move_to(self, moment: datetime) -> None:
        self._ahead = moment - system_clock()

    def __call__(self) -> datetime:
        return system_clock() + self._ahead
