"""Test the index of the locations on a page."""

from __future__ import annotations

from functools import partial

from crawler.pages.raw_links import Location, LocationIndex
from tests.unit.crawler.pages.formats.work import lines_run


def test_a_block_ends_at_its_own_end_or_where_another_one_begins() -> None:
    index = LocationIndex(0, Location())
    blocks = [(5, 1, 40), (10, 1, 40), (20, 2, 30), (30, 1, 40), (50, 3, 60)]
    for offset, block, end in blocks:
        index.add(offset, Location(block=block, end=end))
    assert [index.block_end(offset) for offset in (5, 12, 20, 30, 45, 50)] == [
        20,
        20,
        30,
        40,
        40,
        60,
    ]


def test_the_end_of_a_block_of_many_parts_takes_no_longer_to_find() -> None:
    def work(size: int) -> int:
        index = LocationIndex(0, Location())
        for offset in range(size):
            index.add(offset, Location(block=1, end=size))
        return lines_run(partial(index.block_end, 0))

    assert work(1000) == work(10)
