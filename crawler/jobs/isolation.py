"""Confine unexpected exceptions: one ends the unit of work it is raised in, and nothing else.

A unit is one probe, one host, one lookup and so on (`Unit`). Expected failures are not handled
here: they are values with a reason, or exceptions that are part of a contract and pass through. A
store error ends the job, a lost lease the work on its host, a cancellation its task.
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

COUNTER_PREFIX: Final = "internal-error:"  # of the counters in a job's tally, before the unit
# These pass through every isolated block.
_ALWAYS_EXPECTED: Final = (
    StoreError,
    Postponed,
    asyncio.CancelledError,
    KeyboardInterrupt,
    SystemExit,
    GeneratorExit,
)
_OWN_PACKAGES: Final = ("crawler.", "store.", "reports.")

_log = logging.getLogger(LOGGER)


class Unit(StrEnum):
    """Name what an internal error is confined to.

    The values are stable: totals of runs, the log and metrics contain them.
    """

    PROBE = "probe"  # of a link or a mirror, with its judgement
    SITE = "site"  # what is found out about a site: robots.txt, the response to a random URL
    HOST = "host"  # the work on a host outside its probes
    LOOKUP = "lookup"
    CAPTURE = "capture"
    COPY = "local-copy"
    MIRROR = "mirror"  # the review of one
    SEARCH = "search"
    COMPARISON = "comparison"
    PAGE = "page"  # reading and storing it
    ITEM = "item"  # on its way into the store
    ARCHIVE = "archive"  # the work with one service outside its lookups and captures
    MONITOR = "monitor"
    NOTIFICATION = "notification"
    QUEUE = "queue"  # a job of a fleet
    STEP = "step"  # of a command


class InternalError(NamedTuple):
    """Describe an unexpected exception, without its message, which may contain foreign text.

    Attributes:
        unit: The kind of work it ended.
        subject: What the work was about: a URL, a host, a path, a name.
        kind: The exception's class.
        where: The place in the code, as "module:line".
    """

    unit: Unit
    subject: str
    kind: str
    where: str

    def __str__(self) -> str:
        return f"{Reason.INTERNAL_ERROR}: {self.kind} at {self.where}"


class InternalErrors:
    """Count a job's internal errors in its tally, remember the first one, and log each.

    A traceback is logged once for each place in the code. It is shown only where the log is for
    developers (`-v`, or JSON).

    Args:
        tally: The job's counters.

    Attributes:
        first: The first internal error, if any.
    """

    def __init__(self, tally: Counter[str]) -> None:
        self.first: InternalError | None = None
        self._tally = tally
        self._logged_locations: set[str] = set()

    def record(self, unit: Unit, subject: str, error: BaseException) -> InternalError:
        """Count and log an exception.

        Returns:
            What may be stored and shown of it.
        """
        recorded = InternalError(unit, subject, type(error).__name__, _code_location(error))
        self.add(recorded, error)
        return recorded

    def add(self, recorded: InternalError, error: BaseException | None = None) -> None:
        """Count and log an internal error; one of another process has no exception."""
        self.first = self.first or recorded
        self._tally[COUNTER_PREFIX + recorded.unit] += 1
        fields = log_event(
            "internal-error",
            unit=recorded.unit.value,
            subject=recorded.subject,
            error=recorded.kind,
            where=recorded.where,
        )
        is_new = recorded.where not in self._logged_locations
        self._logged_locations.add(recorded.where)
        _log.info(
            "%s in %s of %s",
            recorded,
            recorded.unit,
            recorded.subject,
            extra=fields,
            exc_info=error if is_new else None,
        )

    def count(self, *units: Unit) -> int:
        """Return the number of errors in some units; without any, in all."""
        names = {COUNTER_PREFIX + unit for unit in units or Unit}
        return sum(count for name, count in self._tally.items() if name in names)

    def summary(self) -> str:
        """Return a sentence with the number of errors and how to report them; "" for none."""
        count = self.count()
        if not count:
            return ""
        errors = "1 internal error" if count == 1 else f"{count} internal errors"
        example = ""
        if self.first:
            first = self.first
            example = f" ({first.kind} in {first.unit} of {first.subject}, {first.where})"
        return (
            f"{errors}{example}: the affected work is retried later, everything else is done. "
            "Please report this with the log (run it with -v)"
        )


class Isolation:
    """Confine unexpected exceptions to a `with` block, which may contain awaits.

    Of a group of exceptions the unexpected ones are removed, and the others raised. Use it through
    `Job.isolated`.

    Args:
        errors: Records the exceptions.
        unit: What kind of work the block does.
        subject: What it is about.
        expected: Exceptions that pass through, besides those that always do.

    Attributes:
        error: The internal error that ended the block, if any.
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
        self._expected = (*_ALWAYS_EXPECTED, *expected)

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
        expected, unexpected = _split(error, self._expected)
        for each in unexpected:
            self.error = self._errors.record(self._unit, self._subject, each)
        if expected is not None and expected is not error:
            raise expected
        return expected is None


def is_unexpected(error: BaseException) -> bool:
    """Return whether an exception, or any of a group, is one that `Isolation` confines."""
    return bool(_split(error, _ALWAYS_EXPECTED)[1])


def _split(
    error: BaseException, expected: tuple[type[BaseException], ...]
) -> tuple[BaseException | None, list[BaseException]]:
    """Return the expected part of an exception, or None, and the list of unexpected ones.

    Not only `Exception` is unexpected: a panic of native code is a BaseException.
    """
    if not isinstance(error, BaseExceptionGroup):
        return (error, []) if isinstance(error, expected) else (None, [error])
    expected_part, rest = error.split(expected)
    if rest is None:
        return error, []
    return expected_part, _leaves(rest)


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    leaves: list[BaseException] = []
    for each in group.exceptions:
        leaves += _leaves(each) if isinstance(each, BaseExceptionGroup) else [each]
    return leaves


def _code_location(error: BaseException) -> str:
    """Return the innermost line of our own code in a traceback, else the innermost of all."""
    places = []
    for frame, line in walk_tb(error.__traceback__):
        places.append((str(frame.f_globals.get("__name__", "?")), line))
    own = [place for place in places if place[0].startswith(_OWN_PACKAGES)]
    module, line = (own or places or [("?", 0)])[-1]
    return f"{module}:{line}"
