"""Fixtures of the tests of reports."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.time_zones import time_zone


@pytest.fixture(scope="module", autouse=True)
def utc() -> Iterator[None]:
    """Set the time zone of the machine to UTC, because reports show times in it."""
    with time_zone("UTC"):
        yield
