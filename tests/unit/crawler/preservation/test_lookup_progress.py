"""Test when those that wait for lookups continue."""

from __future__ import annotations

import asyncio

from crawler.preservation.lookup_progress import LookupProgress


def test_results_that_follow_each_other_are_processed_together() -> None:
    async def run() -> list[int]:
        progress, made, seen = LookupProgress(), 0, list[int]()

        async def process() -> None:
            is_complete = False
            while not is_complete:
                is_complete, changed = progress.is_complete, progress.changed
                seen.append(made)
                if not is_complete:
                    await progress.wait_for_results(changed, seconds=60)

        waiting = asyncio.create_task(process())
        await asyncio.sleep(0)
        for number in range(1, 6):
            made = number
            progress.notify(is_complete=number == 5)
            await asyncio.sleep(0)
        await waiting
        return seen

    assert asyncio.run(run()) == [0, 5]


def test_results_are_not_collected_for_ever() -> None:
    async def run() -> bool:
        progress = LookupProgress()
        changed = progress.changed
        progress.notify()
        await progress.wait_for_results(changed, seconds=0)
        return progress.is_complete

    assert asyncio.run(run()) is False
