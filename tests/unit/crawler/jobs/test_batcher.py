"""Test that concurrent calls are batched, and that one failing item fails alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from crawler.jobs.batcher import Batcher
from store.errors import DatabaseUnavailable


def test_calls_during_a_batch_are_part_of_the_next_one() -> None:
    requested: list[Sequence[int]] = []
    begun, go_on = threading.Event(), threading.Event()

    def double(numbers: Sequence[int]) -> Sequence[int]:
        requested.append(numbers)
        begun.set()
        assert go_on.wait(10)
        return [number * 2 for number in numbers]

    async def scenario() -> list[int]:
        gathered = Batcher(double)
        first = asyncio.create_task(gathered.submit(1))
        await asyncio.to_thread(begun.wait, 10)
        later = [asyncio.create_task(gathered.submit(number)) for number in (2, 3, 4)]
        await asyncio.sleep(0)
        later[1].cancel()  # who leaves takes nothing from the others
        go_on.set()
        return [await first, await later[0], await later[2]]

    assert asyncio.run(scenario()) == [2, 4, 8]
    assert requested == [[1], [2, 3, 4]]


def test_an_unexpected_exception_is_raised_in_its_batch_and_the_next_one_runs() -> None:
    def divide(numbers: Sequence[int]) -> Sequence[float]:
        return [1 / number for number in numbers]

    async def scenario() -> None:
        gathered = Batcher(divide)
        first, second = await asyncio.gather(
            gathered.submit(0), gathered.submit(1), return_exceptions=True
        )
        assert (type(first), second) == (ZeroDivisionError, 1.0)
        assert await gathered.submit(2) == pytest.approx(0.5)

    asyncio.run(scenario())


def test_a_store_error_is_raised_for_all_callers_without_a_retry() -> None:
    requested: list[Sequence[int]] = []

    def fail(numbers: Sequence[int]) -> Sequence[float]:
        requested.append(numbers)
        raise DatabaseUnavailable("away")

    async def scenario() -> None:
        gathered = Batcher(fail)
        failed = await asyncio.gather(
            gathered.submit(0), gathered.submit(1), return_exceptions=True
        )
        assert [type(result) for result in failed] == [DatabaseUnavailable, DatabaseUnavailable]

    asyncio.run(scenario())
    assert requested == [[0, 1]]


def test_a_batch_with_too_few_results_raises_for_every_call() -> None:
    async def scenario() -> None:
        gathered = Batcher[int, int](lambda numbers: numbers[:0])
        failed = await asyncio.wait_for(
            asyncio.gather(gathered.submit(0), gathered.submit(1), return_exceptions=True), 10
        )
        assert [type(result) for result in failed] == [ValueError, ValueError]

    asyncio.run(scenario())
