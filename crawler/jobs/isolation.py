"""Confine each unexpected exception to the unit of work in which it is raised.

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
from typing import Final, NamedTuple, Self, TypeVar

from crawler.monitoring.events import LOGGER, event_extra
from crawler.politeness.rate_limit import Postponed
from store.errors import StoreError
from store.vocabulary import Reason

COUNTER_PREFIX: Final = "internal-error:"  # of counters in `Job.counts`, before the unit
# These pass through every isolated block.
_ALWAYS_EXPECTED: Final = (
    StoreError,
    Postponed,
    asyncio.CancelledError,
    KeyboardInterrupt,
    SystemExit,
    GeneratorExit,
)
_PROJECT_PACKAGES: Final = ("crawler.", "store.", "reports.")

_log = logging.getLogger(LOGGER)
_E = TypeVar("_E", bound=BaseException)


class Unit(StrEnum):
    """A kind of work that an internal error is confined to.

    The values are stable, because totals of runs, the log and metrics contain them.
    """

    PROBE = "probe"  # the probe of a link or mirror, with its judgement
    SITE = "site"  # the requests for a site's robots.txt and for a random URL
    HOST = "host"  # the work on a host besides its probes
    LOOKUP = "lookup"  # the lookup of a URL in an archive
    CAPTURE = "capture"  # the capture of a URL by an archive
    COPY = "local-copy"  # the local capture of a link
    MIRROR = "mirror"  # the review of a mirror
    SEARCH = "search"  # the search for the new URL of a link
    COMPARISON = "comparison"  # the comparison of a page with its mirror
    PARTS = "parts"  # the search for the parts of an archive copy
    PAGE = "page"  # the reading and storing of a wiki page
    ITEM = "item"  # the storing of a scraped item
    ARCHIVE = "archive"  # the work with an archive besides its lookups and captures
    MONITOR = "monitor"  # the call of a monitor
    NOTIFICATION = "notification"  # the sending of a notification
    QUEUE = "queue"  # the processing of a job in a fleet
    STEP = "step"  # a step of a command


class InternalError(NamedTuple):
    """Describes an unexpected exception.

    Its message is left out, because it may contain text from a page or server.

    Attributes:
        unit: The kind of work it ended.
        subject: The URL, host, path or name that the work was for.
        kind: The exception's class.
        where: The location in the code, as "module:line" ("module" from another process).
    """

    unit: Unit
    subject: str
    kind: str
    where: str

    def __str__(self) -> str:
        return f"{Reason.INTERNAL_ERROR}: {self.kind} at {self.where}"


class InternalErrors:
    """Counts a job's internal errors, stores the first one, and logs each.

    A traceback is logged once for each location in the code. It is shown only in logs for
    developers (`-v`, or JSON).

    Args:
        counts: The job's counters (`Job.counts`).

    Attributes:
        first: The first internal error, if any.
    """

    def __init__(self, counts: Counter[str]) -> None:
        self.first: InternalError | None = None
        self._counts = counts
        self._logged_locations: set[str] = set()

    def record(self, unit: Unit, subject: str, error: BaseException) -> InternalError:
        """Count and log an exception.

        Returns:
            The part of the exception that may be stored and shown.
        """
        recorded = InternalError(unit, subject, type(error).__name__, _code_location(error))
        self.add(recorded, error)
        return recorded

    def add(self, recorded: InternalError, error: BaseException | None = None) -> None:
        """Count and log an internal error. The exception is None if another process raised it."""
        self.first = self.first or recorded
        self._counts[COUNTER_PREFIX + recorded.unit] += 1
        fields = event_extra(
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
        """Return the number of errors in the given units, or in all units if none is given."""
        names = {COUNTER_PREFIX + unit for unit in units or Unit}
        return sum(count for name, count in self._counts.items() if name in names)

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
    """Confines unexpected exceptions to a `with` block, which may contain awaits.

    Of an exception group, only the expected exceptions are raised. Use it through `Job.isolated`.

    Args:
        errors: Records the exceptions.
        unit: The kind of work that the block does.
        subject: The URL, host, path or name that the work is for.
        expected: Exceptions that pass through, besides those that always do.

    Attributes:
        error: The internal error that ended the block, if any; the last one of a group.
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
    return expected_part, flatten_exceptions(rest)


def flatten_exceptions(group: BaseExceptionGroup[_E]) -> list[_E]:
    """Return the exceptions in a group and in the groups within it, in order."""
    flat: list[_E] = []
    for each in group.exceptions:
        flat += flatten_exceptions(each) if isinstance(each, BaseExceptionGroup) else [each]
    return flat


def _code_location(error: BaseException) -> str:
    """Return the innermost line of this project in a traceback, else the innermost line of all."""
    locations = []
    for frame, line in walk_tb(error.__traceback__):
        locations.append((str(frame.f_globals.get("__name__", "?")), line))
    in_project = [location for location in locations if location[0].startswith(_PROJECT_PACKAGES)]
    module, line = (in_project or locations or [("?", 0)])[-1]
    return f"{module}:{line}"
