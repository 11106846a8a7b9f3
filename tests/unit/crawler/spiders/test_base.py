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


def worked(error: Exception | None) -> StopSignal:
    """Return the stop signal of a job after the spider's work ended in this way."""

    class Working(JobSpider):
        name = "working"

        async def work(self) -> None:
            if error:
                raise error

    errors = InternalErrors(Counter())
    job: Any = SimpleNamespace(
        stop=StopSignal(), errors=errors, isolated=partial(Isolation, errors)
    )
    spider = Working(job=job)

    async def start() -> None:
        assert [item async for item in spider.start()] == []

    asyncio.run(start())
    stop: StopSignal = job.stop
    return stop


def test_work_that_ends_well_orders_nothing() -> None:
    assert not worked(None)


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
def test_a_store_that_fails_fails_the_job(error: Exception, message: str) -> None:
    stop = worked(error)
    assert (stop.outcome, stop.detail) == (RunOutcome.FAILED, message)


def test_an_internal_error_leaves_the_next_steps_to_be_taken() -> None:
    assert not worked(ZeroDivisionError("oh"))
