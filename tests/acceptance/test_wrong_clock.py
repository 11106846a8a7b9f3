"""Test that a run warns of this machine's clock if the sites agree on another time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page
from crawler.demo.web import ANY
from tests.acceptance.folder import Folder, error_lines
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

HOSTS = [f"site{number}.example" for number in range(6)]


@pytest.mark.parametrize(("ahead", "wrong_sites"), [(5 * 365, 6), (-5 * 365, 6), (5 * 365, 3)])
def test_a_run_warns_if_nearly_all_sites_have_another_time(
    folder: Folder,
    background: BackgroundLoop,
    wayback: RunningWayback,
    ahead: int,
    wrong_sites: int,
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(days=ahead), usegmt=True)
    wrong = {ANY: page("Lamps", "Lamps of harbours.", headers={"Date": date})}
    right = {ANY: page("Lamps", "Lamps of harbours.")}
    sites = {host: wrong if n < wrong_sites else right for n, host in enumerate(HOSTS)}
    folder.configure(background.start(Internet(sites)), wayback)
    folder.write("a.md", "".join(f"<http://{host}/>\n" for host in HOSTS))
    done = folder.holdfast("run", "a.md", "--lookups", "0")
    warnings = [line for line in error_lines(done) if "clock of this machine is wrong" in line]
    assert len(warnings) == (wrong_sites == len(HOSTS))
    assert set(folder.states().values()) == {"alive"}
