"""Test which exceptions are confined to a unit of work."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

import pytest

from crawler.jobs.isolation import InternalErrors, Isolation, Unit
from crawler.politeness.rate_limit import PauseTooLong
from store.errors import DatabaseUnavailable, LeaseLost, StoreError


class Panic(BaseException):
    """An exception as native code raises it."""


class ExpectedError(Exception):
    """An exception that the caller expects."""


@pytest.fixture
def tally() -> Counter[str]:
    return Counter()


@pytest.fixture
def errors(tally: Counter[str]) -> InternalErrors:
    return InternalErrors(tally)


def isolated(errors: InternalErrors, error: BaseException) -> Isolation:
    """Raise an exception within a unit of work."""
    with Isolation(errors, Unit.PROBE, "https://a.example/", (ExpectedError,)) as unit:
        raise error
    return unit


@pytest.mark.parametrize(
    "error",
    [
        KeyError("a"),
        RecursionError(),
        MemoryError(),
        Panic("of Rust"),
        ExceptionGroup("g", [KeyError("a")]),
    ],
)
def test_an_unexpected_exception_ends_its_unit_only(
    errors: InternalErrors, tally: Counter[str], error: BaseException
) -> None:
    noted = isolated(errors, error).error
    assert noted is not None
    leaf = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
    assert (noted.unit, noted.subject, noted.kind) == (
        Unit.PROBE,
        "https://a.example/",
        type(leaf).__name__,
    )
    assert tally == {"internal-error:probe": 1}


@pytest.mark.parametrize(
    "error",
    [
        StoreError("s"),
        DatabaseUnavailable("d"),
        LeaseLost("l"),
        PauseTooLong("a", 1.0),
        ExpectedError(),
        KeyboardInterrupt(),
        SystemExit(),
        asyncio.CancelledError(),
    ],
)
def test_expected_exceptions_pass_through(
    errors: InternalErrors, tally: Counter[str], error: BaseException
) -> None:
    with pytest.raises(type(error)) as passed:
        isolated(errors, error)
    assert passed.value is error
    assert not tally


def test_only_the_expected_exceptions_of_a_group_are_raised(
    errors: InternalErrors, tally: Counter[str]
) -> None:
    with pytest.raises(ExceptionGroup) as passed:
        isolated(
            errors,
            ExceptionGroup(
                "lanes", [KeyError("a"), ExceptionGroup("more", [LeaseLost("l"), ValueError("b")])]
            ),
        )
    assert passed.group_contains(LeaseLost)
    assert not passed.group_contains((KeyError, ValueError))
    assert tally == {"internal-error:probe": 2}


def test_no_summary_is_logged_without_internal_errors(errors: InternalErrors) -> None:
    with Isolation(errors, Unit.PROBE, "a") as unit:
        pass
    assert (unit.error, errors.summary()) == (None, "")


def test_the_message_of_an_exception_is_neither_stored_nor_shown(errors: InternalErrors) -> None:
    noted = isolated(errors, KeyError("words from outside")).error
    assert str(noted).startswith("internal-error: KeyError at ")
    assert "words" not in str(noted) + errors.summary()
    assert errors.summary().startswith(
        "1 internal error (KeyError in probe of https://a.example/, "
    )


def test_the_traceback_is_logged_once_for_each_place(
    errors: InternalErrors, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            isolated(errors, KeyError("a"))
    assert [bool(record.exc_info) for record in caplog.records] == [True, False, False]
    assert {record.levelno for record in caplog.records} == {
        logging.INFO
    }  # below what a terminal is shown
    assert errors.count() == errors.count(Unit.PROBE) == 3
    assert errors.count(Unit.STEP) == 0
