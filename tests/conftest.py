"""Fixtures for all tests: the test internet's servers, in one thread for the whole session."""

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

# One authority in place of the system's 150, which take 20 ms for each of a command's clients.
# Nobody has its key. Tests of certificates name the authorities of their own servers.
os.environ["SSL_CERT_FILE"] = str(Path(__file__).with_name("authority.pem"))

# No test is about time: a machine under load is none that fails.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fast", settings.get_profile("untimed"), max_examples=10)  # make fast
settings.register_profile("deep", settings.get_profile("untimed"), max_examples=2_000)  # by night
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "untimed"))


@pytest.fixture(scope="session")
def background() -> Iterator[BackgroundLoop]:
    """The thread the servers run in."""
    with BackgroundLoop() as thread:
        yield thread


@pytest.fixture(scope="session")
def internet(background: BackgroundLoop) -> Internet:
    """The test internet, started once."""
    return background.start(Internet())


@pytest.fixture
def web(internet: Internet) -> Internet:
    """The test internet as if nobody had visited it yet."""
    internet.reset()
    return internet


@pytest.fixture(scope="session")
def running_wayback(background: BackgroundLoop, internet: Internet) -> RunningWayback:
    """The fake archive, started once; it saves what the test internet serves."""
    return background.start(RunningWayback(fetch=internet.fetch))


@pytest.fixture
def wayback(running_wayback: RunningWayback) -> RunningWayback:
    """The fake archive as if it were new: it holds nothing, and nothing is wrong with it."""
    running_wayback.forget()
    return running_wayback


@pytest.fixture(scope="session")
def pywb_programs() -> Path:
    """Where pywb's programs are, for `tests.pywb.running_pywb`."""
    found = pywb.programs()
    if found is None:
        missing = "pywb is not installed (make .venv/pywb/installed)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found
