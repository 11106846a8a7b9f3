"""Test that a host that asks for a pause of years is requested again after a week."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page, retry_after
from crawler.demo.web import ANY
from tests.acceptance.folder import Folder, error_lines
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

PAUSING = "http://pausing.example"


@pytest.fixture
def paused(folder: Folder, background: BackgroundLoop, wayback: RunningWayback) -> Folder:
    """Check three links of a host that asks for a pause of ten years."""
    sites = {
        "pausing.example": {"/1": retry_after(429, timedelta(days=3653)), ANY: page("Page", "Yes.")}
    }
    folder.configure(background.start(Internet(sites)), wayback)
    folder.write("lamps.md", f"[1]({PAUSING}/1)\n")
    first = folder.holdfast("run", "--lookups", "0")
    warnings = [line for line in error_lines(first) if "Retry-After" in line]
    assert len(warnings) == 1
    assert "pausing.example requested a pause of 7 days or more (Retry-After)" in warnings[0]
    folder.write("lamps.md", f"[1]({PAUSING}/1) [2]({PAUSING}/2) [3]({PAUSING}/3)\n")
    folder.age_history(timedelta(days=6, hours=20))
    folder.holdfast("run", "--lookups", "0")
    return folder


def test_its_links_stay_due_and_are_checked_after_a_week(paused: Folder) -> None:
    unchecked = {f"{PAUSING}/2": "unchecked", f"{PAUSING}/3": "unchecked"}
    assert paused.states() == {f"{PAUSING}/1": "blocked", **unchecked}
    assert "it asked for a pause" in paused.run_in_process("status").stdout
    paused.age_history(timedelta(hours=5))
    paused.holdfast("run", "--lookups", "0")
    alive = {f"{PAUSING}/2": "alive", f"{PAUSING}/3": "alive"}
    assert paused.states() == {f"{PAUSING}/1": "blocked", **alive}
