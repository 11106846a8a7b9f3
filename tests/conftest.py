"""Provide the test internet's servers, in one thread for the whole session."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator
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

# No test depends on time, so that a machine under load fails none; and none on chance: a property is
# tried with the same examples each time. Nightly runs try more, and others each night.
settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.register_profile("fast", settings.get_profile("untimed"), max_examples=10)  # make fast
settings.register_profile(
    "deep", settings.get_profile("untimed"), max_examples=2_000, derandomize=False, print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "untimed"))

# The modules that take longest run first, so that no process is left with one of them at the end.
# Many of these wait more than they work. `benchmarks.suite` lists what takes long.
LONGEST = [
    "acceptance/test_known_truth.py",
    "acceptance/test_endings.py",
    "integration/test_matrix.py",
    "acceptance/test_gate.py",
    "integration/archives/test_thirty_days.py",
    "acceptance/test_action.py",
    "integration/store/test_rejudge.py",
    "integration/crawler/http/clients/test_wire_bounds.py",
    "acceptance/test_internal_errors.py",
    "integration/reports/test_html_page.py",
    "integration/crawler/test_moves_and_drift.py",
    "integration/crawler/test_preservation.py",
]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect tests without garbage collection, and keep them out of later ones.

    Each process collects 13,000 tests; garbage collection was a third of the time that took.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Search no test module for doctests: there are none, and each process would search them all."""
    collectors = yield
    return [each for each in collectors if type(each) is pytest.Module]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests: first those of the longest modules, then the others as they were."""
    folder = Path(__file__).parent
    places = {folder / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


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
