"""Test when a failing link is reported as broken, by the settings of `[history]`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import status
from crawler.demo.web import ANY
from tests.acceptance.folder import Folder, error_lines
from tests.web import faults
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

HISTORY = "[history]\nconfirm_failures = 1\n"


@pytest.fixture(scope="module")
def own_internet(background: BackgroundLoop) -> Internet:
    closed = {"/page": faults.reset(), "/other": status(404)}
    return background.start(
        Internet(
            {
                "gone.example": {ANY: status(404)},
                "busy.example": {ANY: status(500)},
                "closed.example": closed,
                "walled.example": closed | {"/other": status(403)},
            }
        )
    )


@pytest.mark.parametrize(
    ("history", "gone"),
    [(HISTORY, "suspect"), (HISTORY + "confirm_days_definite = 0\n", "broken")],
)
def test_definite_errors_may_be_confirmed_at_once(
    folder: Folder, own_internet: Internet, wayback: RunningWayback, history: str, gone: str
) -> None:
    folder.configure(own_internet, wayback, more=history)
    folder.write("a.md", "<http://gone.example/> <http://busy.example/>\n")
    error_lines(folder.holdfast("run", "a.md"))
    assert folder.states() == {"http://gone.example/": gone, "http://busy.example/": "suspect"}


def test_daily_runs_confirm_on_the_sixth_day(
    folder: Folder, own_internet: Internet, wayback: RunningWayback
) -> None:
    folder.configure(own_internet, wayback)
    folder.write("a.md", "<http://gone.example/> <http://busy.example/>\n")
    for night in range(7):
        if night:
            folder.age_history(timedelta(hours=24, minutes=-10 if night % 2 else 10))
        error_lines(folder.holdfast("run", "a.md", "--lookups", "0"))
        state = "broken" if night == 6 else "suspect"
        assert set(folder.states().values()) == {state}, night


# What seems to pass before each run, and the state after it. One jump of the clock is far too long.
CLOCKS = {
    "behind, then right": [
        (timedelta(0), "suspect"),
        (timedelta(hours=2), "suspect"),
        (timedelta(days=2000), "suspect"),
        (timedelta(days=1), "suspect"),
        (timedelta(days=1), "suspect"),
        (timedelta(days=1), "broken"),
    ],
    "ahead, then right": [
        (timedelta(0), "suspect"),
        (timedelta(days=1), "suspect"),
        (timedelta(days=2000), "suspect"),
        (timedelta(days=-1999), "suspect"),
        (timedelta(days=3), "suspect"),
        (timedelta(days=1), "broken"),
    ],
    "right, behind, right": [
        (timedelta(0), "suspect"),
        (timedelta(days=1), "suspect"),
        (timedelta(days=-30), "suspect"),
        (timedelta(days=31), "suspect"),
        (timedelta(days=3), "suspect"),
        (timedelta(days=1), "broken"),
    ],
}


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_jump_of_the_clock_confirms_nothing(
    folder: Folder, own_internet: Internet, wayback: RunningWayback, clock: str
) -> None:
    folder.configure(own_internet, wayback)
    folder.write("a.md", "<http://gone.example/> <http://busy.example/>\n")
    for number, (passed, state) in enumerate(CLOCKS[clock]):
        if number:
            folder.age_history(passed)
        error_lines(folder.holdfast("run", "a.md", "--lookups", "0"))
        assert set(folder.states().values()) == {state}, number


def test_a_404_recorded_by_an_archive_confirms_nothing_if_the_host_refuses_programs(
    folder: Folder, own_internet: Internet, wayback: RunningWayback
) -> None:
    """The pages reset the connection, perhaps only for programs."""
    folder.configure(own_internet, wayback)
    hosts = ("closed.example", "walled.example")
    folder.write("a.md", "".join(f"<http://{host}/page> <http://{host}/other>\n" for host in hosts))
    for day in range(3):
        if day:
            folder.age_history(timedelta(days=4))
        if day == 2:
            folder.execute(
                "INSERT INTO capture (link_id, service, status, run_id, queued_at, finished_at, tries, code, detail, job_id, observed_reason)"
                " SELECT id, 'wayback', 'failed', 1, first_failed_at + 1, first_failed_at + 2, 1, 'not-found', '', '', 'not-found'"
                " FROM link WHERE url LIKE '%/page'"
            )
        error_lines(folder.holdfast("run", "a.md", "--lookups", "0"))
    states = folder.states()
    assert states["http://closed.example/page"] == "broken"
    assert states["http://walled.example/page"] == "suspect"
