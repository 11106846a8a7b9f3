"""Test that errors in a spider's work are recorded in its job."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from crawler.jobs.isolation import InternalErrors, Isolation
from crawler.jobs.stop_signal import StopSignal
from crawler.spiders.base import JobSpider
from store.errors import DatabaseUnavailable
from store.work.runs import RunOutcome


def stop_signal_after(error: Exception | None) -> StopSignal:
    """Return the stop signal of a job whose spider's work raised an error, or none."""

    class RaisingSpider(JobSpider):
        name = "raising"

        async def work(self) -> None:
            if error:
                raise error

    errors = InternalErrors(Counter())
    job: Any = SimpleNamespace(
        stop=StopSignal(), errors=errors, isolated=partial(Isolation, errors)
    )
    spider = RaisingSpider(job=job)

    async def start() -> None:
        assert [item async for item in spider.start()] == []

    asyncio.run(start())
    stop: StopSignal = job.stop
    return stop


def test_work_without_an_error_does_not_stop_the_job() -> None:
    assert not stop_signal_after(None)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (DatabaseUnavailable("no room left"), "no room left"),
        (
            ExceptionGroup(
                "lanes", [ExceptionGroup("more", [DatabaseUnavailable("no room left")])]
            ),
            "no room left",
        ),
        (
            ExceptionGroup("lanes", [ZeroDivisionError("oh"), DatabaseUnavailable("no room left")]),
            "no room left",
        ),
    ],
)
def test_a_store_error_stops_the_job_as_failed(error: Exception, message: str) -> None:
    stop = stop_signal_after(error)
    assert (stop.outcome, stop.detail) == (RunOutcome.FAILED, message)


def test_an_internal_error_does_not_stop_the_job() -> None:
    assert not stop_signal_after(ZeroDivisionError("oh"))
