"""Test the limit on the total of a job's waits for its database."""

from __future__ import annotations

import asyncio
from threading import Event
from time import monotonic

import pytest

from store.errors import DatabaseDamaged, DatabaseUnavailable
from store.work import retry_budget
from store.work.retry_budget import RetryBudget


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry_budget, "RETRY_SECONDS", 0.05)


def fail_unavailable() -> int:
    raise DatabaseUnavailable("away")


async def seconds_waited(budget: RetryBudget, writers: int) -> float:
    began = monotonic()
    found = await asyncio.gather(
        *(budget.run(fail_unavailable) for _ in range(writers)), return_exceptions=True
    )
    assert {str(error) for error in found} == {"away"}
    return monotonic() - began


def test_all_writers_share_the_budget_and_then_fail_at_once() -> None:
    budget = RetryBudget(0.5)
    assert 0.4 < asyncio.run(seconds_waited(budget, 20)) < 20 * 0.5
    assert budget._final_error
    with pytest.raises(DatabaseUnavailable):
        asyncio.run(budget.run(lambda: pytest.fail("it was tried")))
    with pytest.raises(DatabaseUnavailable):
        budget.run_blocking(fail_unavailable)


def test_one_outage_after_another_counts_together() -> None:
    budget, answers = RetryBudget(1.0), [True]

    def fail_every_other_time() -> int:
        answers.append(not answers[-1])
        return 42 if answers[-1] else fail_unavailable()

    async def work() -> None:
        while True:
            assert await budget.run(fail_every_other_time) == 42

    with pytest.raises(DatabaseUnavailable):
        asyncio.run(asyncio.wait_for(work(), 20))
    assert len(answers) > 6


def test_the_deadline_ends_the_waiting() -> None:
    budget = RetryBudget(600)
    budget.set_deadline(monotonic() + 0.3)
    assert asyncio.run(seconds_waited(budget, 5)) < 600
    assert budget._final_error


def test_past_the_deadline_a_sound_database_is_still_written_to() -> None:
    budget = RetryBudget(600)
    budget.set_deadline(monotonic() - 5)
    assert asyncio.run(budget.run(lambda: 42)) == 42
    assert budget.run_blocking(lambda: 42) == 42


def test_an_attempt_that_does_not_return_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Such as an attempt that waits half a minute for a lock."""
    monkeypatch.setattr(retry_budget, "_LAST_ATTEMPT_SECONDS", 0.2)
    freed, budget = Event(), RetryBudget(0.3)

    def stuck() -> None:
        freed.wait(30)

    try:
        with pytest.raises(DatabaseUnavailable, match="does not respond"):
            budget.run_blocking(stuck)
        with pytest.raises(DatabaseUnavailable, match="does not respond"):
            asyncio.run(budget.run(stuck))
    finally:
        freed.set()


def test_without_a_limit_waiting_ends_with_a_stop_request() -> None:
    stopped = Event()
    budget = RetryBudget(None, stopped=stopped.is_set)

    async def work() -> None:
        waiting = asyncio.create_task(seconds_waited(budget, 3))
        await asyncio.sleep(0.5)
        assert not waiting.done()
        stopped.set()
        assert await asyncio.wait_for(waiting, 60) > 0.5

    asyncio.run(work())


def test_errors_that_waiting_cannot_clear_are_raised_at_once() -> None:
    def fail_damaged() -> None:
        raise DatabaseDamaged("torn")

    with pytest.raises(DatabaseDamaged):
        asyncio.run(RetryBudget().run(fail_damaged))
    assert RetryBudget().run_blocking(lambda: 1) == 1


def test_the_end_of_a_run_is_written_once_the_database_is_back() -> None:
    budget = RetryBudget(0)
    with pytest.raises(DatabaseUnavailable):
        asyncio.run(budget.run(fail_unavailable))
    assert budget.run_blocking(lambda: 42) == 42
