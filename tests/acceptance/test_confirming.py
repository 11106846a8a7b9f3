"""When a failing link is reported as broken, by the settings of `[history]`."""

from __future__ import annotations

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import status
from crawler.demo.web import ANY
from tests.acceptance.folder import Folder, complaints
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

HISTORY = "[history]\nconfirm_failures = 1\n"


@pytest.fixture(scope="module")
def own_internet(background: BackgroundLoop) -> Internet:
    return background.start(
        Internet({"gone.example": {ANY: status(404)}, "busy.example": {ANY: status(500)}})
    )


@pytest.mark.parametrize(
    ("history", "gone"),
    [(HISTORY, "suspect"), (HISTORY + "confirm_days_definite = 0\n", "broken")],
)
def test_definite_errors_may_be_confirmed_at_once(
    folder: Folder, own_internet: Internet, wayback: RunningWayback, history: str, gone: str
) -> None:
    folder.lead_to(own_internet, wayback, more=history)
    folder.write("a.md", "<http://gone.example/> <http://busy.example/>\n")
    complaints(folder.holdfast("run", "a.md"))
    assert folder.states() == {"http://gone.example/": gone, "http://busy.example/": "suspect"}
