"""Test that errors in a spider's work are recorded in its job."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest

from crawler.config import ConfigError
from crawler.jobs.isolation import InternalErrors, Isolation
from crawler.jobs.job import Job
from crawler.jobs.stop_signal import StopSignal
from crawler.spiders.base import JobSpider
from crawler.spiders.captures import CapturesSpider
from crawler.spiders.drift import DriftSpider
from crawler.spiders.liveness import LivenessSpider
from crawler.spiders.moves import MovesSpider
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


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (partial(CapturesSpider, to="Local"), "invalid to 'Local': use local, or leave it out"),
        (partial(CapturesSpider, limit="many"), "invalid limit 'many': use a whole number"),
        (partial(MovesSpider, limit="-1"), "invalid limit '-1': use a whole number"),
        (partial(DriftSpider, limit="1.5"), "invalid limit '1.5': use a whole number"),
    ],
    ids=["to", "captures", "moves", "drift"],
)
def test_invalid_arguments_are_errors(make: Callable[..., JobSpider], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make(job=SimpleNamespace()).validate_arguments()


def test_hosts_are_given_with_or_without_spaces() -> None:
    spider = LivenessSpider(job=cast("Job", SimpleNamespace()), hosts="a.example, b.example,")
    assert spider.hosts == ("a.example", "b.example")
