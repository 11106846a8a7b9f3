"""Test that no page of the web becomes an archive copy because an archive lists it as one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import document, page, redirect, status
from crawler.demo.web import FakeWeb
from tests.acceptance.folder import Folder, configuration
from tests.web.archive import RunningWayback

GONE = "http://gone.test/page"
MEMENTO = 'rel="memento"; datetime="Thu, 02 Jan 2020 03:04:05 GMT"'
STRANGER = f'<{GONE}>; rel="original", <http://casino.test/>; {MEMENTO}'
ANSWERS = {
    "timemap": document(STRANGER.encode(), "application/link-format"),
    "timemap without original": document(
        f"<http://casino.test/>; {MEMENTO}".encode(), "application/link-format"
    ),
    "timegate": redirect(302, "http://casino.test/", headers={"Link": STRANGER}),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_page_of_the_web_is_no_copy(
    folder: Folder, background: BackgroundLoop, wayback: RunningWayback, name: str
) -> None:
    web = background.start(
        FakeWeb(
            {
                "gone.test": {"*": status(404)},
                "casino.test": {"/": page("Casino", "Play at our casino, and win today.")},
                "archive.test": {"*": ANSWERS[name]},
            }
        )
    )
    kind = name.partition(" ")[0]
    folder.write("wiki/page.md", f"[The harbour]({GONE}) of the town.\n")
    folder.write(
        "holdfast.toml",
        configuration(web.connect_to(), wayback.endpoint)
        + f'[archives.memento.other]\n{kind} = "http://archive.test/"\n'
        + "lookups_per_minute = 6000\n",
    )
    for _ in range(3):
        done = folder.holdfast("run", "wiki")
        assert "Traceback" not in done.stderr
        folder.age_history(timedelta(days=4))
    assert folder.states()[GONE] == "broken"
    assert folder.query("SELECT count(*) FROM mirror") == [(0,)]
    assert "casino" not in folder.holdfast("fix", "wiki").stdout
