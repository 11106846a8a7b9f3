"""A net under every unit of work: an unexpected exception ends the unit it happened in, and nothing else.

A unit is one probe, one host, one look-up and so on (`Unit`). What is expected to go wrong is no business of this module: it is a value
with a reason, or an exception that is part of a contract. Those pass through: a store that fails ends the job, a lost lease the work
on its host, a cancellation the task.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from enum import StrEnum
from traceback import walk_tb
from types import TracebackType
from typing import Final, NamedTuple, Self

from crawler.monitoring.events import LOGGER, log_event
from crawler.politeness.rate_limit import Postponed
from store.errors import StoreError
from store.vocabulary import Reason

COUNTER_PREFIX: Final = (
    "internal-error:"  # what the names of counted internal errors begin with, before the unit
)
# Not Exception alone: a panic of native code comes as a BaseException.
_PASSED_ON: Final = (
    StoreError,
    Postponed,
    asyncio.CancelledError,
    KeyboardInterrupt,
    SystemExit,
    GeneratorExit,
)
_OURS: Final = ("crawler.", "store.", "reports.")

_log = logging.getLogger(LOGGER)


class Unit(StrEnum):
    """What an internal error is confined to. The values are stable: they stand in the totals of runs, in the log and in metrics."""

    PROBE = "probe"  # of a link or a mirror, judging included
    SITE = "site"  # what is learnt of a probed link's site: robots.txt, its answer to nonsense
    HOST = "host"  # the work on a host, outside its probes
    LOOKUP = "lookup"
    CAPTURE = "capture"
    COPY = "local-copy"
    MIRROR = "mirror"  # the verification of one
    SEARCH = "search"
    COMPARISON = "comparison"
    PAGE = "page"  # read and stored
    ITEM = "item"  # on its way into the store
    ARCHIVE = "archive"  # the work with one service, outside its look-ups and captures
    MONITOR = "monitor"
    NOTIFICATION = "notification"
    QUEUE = "queue"  # a job of a fleet
    STEP = "step"  # of a command


class InternalError(NamedTuple):
    """An exception nobody expected, without its message, which may hold words from outside."""

    unit: Unit
    subject: str  # a URL, a host, a path, a name
    kind: str  # the exception's class
    where: str  # module:line

    def __str__(self) -> str:
        return f"{Reason.INTERNAL_ERROR}: {self.kind} at {self.where}"


class InternalErrors:
    """Counts a job's internal errors in its tally, remembers the first one, and logs each.

    The traceback is logged once for each place in the code, and only where the log is for developers (`-v`, or JSON).
    """

    def __init__(self, tally: Counter[str]) -> None:
        self.first: InternalError | None = None
        self._tally = tally
        self._places: set[str] = set()

    def record(self, unit: Unit, subject: str, error: BaseException) -> InternalError:
        """Count and log an exception. Returns what may be recorded and shown of it."""
        noted = InternalError(unit, subject, type(error).__name__, _place_of(error))
        self.add(noted, error)
        return noted

    def add(self, noted: InternalError, error: BaseException | None = None) -> None:
        """Count and log an internal error; one of another process comes without its exception."""
        self.first = self.first or noted
        self._tally[COUNTER_PREFIX + noted.unit] += 1
        fields = log_event(
            "internal-error",
            unit=noted.unit.value,
            subject=noted.subject,
            error=noted.kind,
            where=noted.where,
        )
        is_new = noted.where not in self._places
        self._places.add(noted.where)
        _log.info(
            "%s in %s of %s",
            noted,
            noted.unit,
            noted.subject,
            extra=fields,
            exc_info=error if is_new else None,
        )

    def count(self, *units: Unit) -> int:
        """Count the errors of some units; without any, all."""
        names = {COUNTER_PREFIX + unit for unit in units or Unit}
        return sum(count for name, count in self._tally.items() if name in names)

    def summary(self) -> str:
        """Say how many there were and how to report them; empty where there were none."""
        if not (count := self.count()):
            return ""
        example = (
            f" ({self.first.kind} in {self.first.unit} of {self.first.subject}, {self.first.where})"
            if self.first
            else ""
        )
        errors = "1 internal error" if count == 1 else f"{count} internal errors"
        return (
            f"Holdfast made {errors}{example}: what it was about is tried again later, all else was done. "
            f"Please report this with the log (run it with -v)"
        )


class Isolation:
    """Confines unexpected exceptions to a `with` block, around awaits too. `error` is the one that ended the block, or None.

    Of a group of exceptions the unexpected ones are taken out, and the others raised. Use `Job.isolated`.
    """

    def __init__(
        self,
        errors: InternalErrors,
        unit: Unit,
        subject: str,
        expected: tuple[type[BaseException], ...] = (),
    ) -> None:
        self.error: InternalError | None = None
        self._errors = errors
        self._unit = unit
        self._subject = subject
        self._passing = (*_PASSED_ON, *expected)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if error is None:
            return False
        passed_on, unexpected = _split(error, self._passing)
        for each in unexpected:
            self.error = self._errors.record(self._unit, self._subject, each)
        if passed_on is not None and passed_on is not error:
            raise passed_on
        return passed_on is None


def is_unexpected(error: BaseException) -> bool:
    """Tell whether an exception, or any of a group, is none that `Isolation` passes on."""
    return bool(_split(error, _PASSED_ON)[1])


def _split(
    error: BaseException, passing: tuple[type[BaseException], ...]
) -> tuple[BaseException | None, list[BaseException]]:
    """Separate what is passed on from what nobody expected."""
    if not isinstance(error, BaseExceptionGroup):
        return (error, []) if isinstance(error, passing) else (None, [error])
    passed_on, rest = error.split(passing)
    if rest is None:
        return error, []
    return passed_on, _leaves(rest)


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    return [
        leaf
        for each in group.exceptions
        for leaf in (_leaves(each) if isinstance(each, BaseExceptionGroup) else [each])
    ]


def _place_of(error: BaseException) -> str:
    """Name the innermost line of ours that an exception came through, else the innermost of all."""
    places = [
        (str(frame.f_globals.get("__name__", "?")), line)
        for frame, line in walk_tb(error.__traceback__)
    ]
    ours = [place for place in places if place[0].startswith(_OURS)]
    module, line = (ours or places or [("?", 0)])[-1]
    return f"{module}:{line}"
