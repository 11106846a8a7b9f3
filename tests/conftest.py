"""Provide the test internet's servers, in one thread for the whole session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from crawler.demo.background import BackgroundLoop
from tests import pywb
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

# No test is about time: a machine under load is none that fails.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fast", settings.get_profile("untimed"), max_examples=10)  # make fast
settings.register_profile(
    "deep", settings.get_profile("untimed"), max_examples=2_000
)  # in nightly runs
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "untimed"))


@pytest.fixture(scope="session")
def background() -> Iterator[BackgroundLoop]:
    """Start the thread that the servers run in."""
    with BackgroundLoop() as thread:
        yield thread


@pytest.fixture(scope="session")
def internet(background: BackgroundLoop) -> Internet:
    """Start the test internet, once."""
    return background.start(Internet())


@pytest.fixture
def web(internet: Internet) -> Internet:
    """Return the test internet, its counters reset."""
    internet.reset()
    return internet


@pytest.fixture(scope="session")
def running_wayback(background: BackgroundLoop, internet: Internet) -> RunningWayback:
    """Start the fake archive, once; it captures what the test internet serves."""
    return background.start(RunningWayback(fetch=internet.fetch))


@pytest.fixture
def wayback(running_wayback: RunningWayback) -> RunningWayback:
    """Return the fake archive, reset: it has no snapshots and no faults."""
    running_wayback.forget()
    return running_wayback


@pytest.fixture(scope="session")
def pywb_programs() -> Path:
    """Return the folder of pywb's programs, for `tests.pywb.running_pywb`."""
    found = pywb.programs()
    if found is None:
        missing = "pywb is not installed (make .venv/pywb/installed)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found
