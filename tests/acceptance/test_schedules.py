"""Test what schedules rely on: a command may run twice at once, and ends at its deadline."""

from __future__ import annotations

import pytest

from crawler.demo.archive_faults import SimulatedFault
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import delayed, page, status
from crawler.demo.web import ANY, Behaviour
from tests.acceptance.folder import PATIENCE, Folder, configuration, error_lines, wait_for
from tests.acceptance.seed import article
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

SLOW = [f"slow-{number}.example" for number in range(4)]


@pytest.fixture(scope="module")
def own_internet(background: BackgroundLoop) -> Internet:
    site: dict[str, Behaviour] = {ANY: delayed(0.6, article("公告"))}
    return background.start(Internet(dict.fromkeys(SLOW, site)))


@pytest.fixture
def wiki(folder: Folder, own_internet: Internet, wayback: RunningWayback) -> Folder:
    """Return a wiki whose links take some seconds."""
    own_internet.reset()
    folder.write(
        "holdfast.toml",
        configuration(own_internet.connect_to(wildcard=True), wayback.endpoint).replace(
            "timeout = 5", "timeout = 5\nconcurrency = 1"
        ),
    )
    folder.write(
        "page.md", "".join(f"- <http://{host}/{number}>\n" for host in SLOW for number in range(12))
    )
    return folder


def requested_urls(web: Internet) -> list[str]:
    return [visit.url for visit in web.visits if not visit.url.endswith("/robots.txt")]


def test_a_second_run_reports_the_hosts_it_leaves_to_the_first(
    wiki: Folder, own_internet: Internet
) -> None:
    first = wiki.start("run", "page.md", "--lookups", "0", "-q")
    wait_for(lambda: len(requested_urls(own_internet)) >= 4, first)
    second = wiki.holdfast("run", "page.md", "--lookups", "0", "-q")
    assert second.returncode == 0, second.stderr
    (line,) = error_lines(second)
    assert line.startswith("warning: run 1 (")
    assert line.endswith(": this run skips the hosts it holds")
    _, output = first.communicate(timeout=PATIENCE)
    assert (first.returncode, output) == (0, "")
    probed = [f"http://{host}/{number}" for host in SLOW for number in range(12)]
    assert wiki.query("SELECT url, probes FROM link ORDER BY id") == [(url, 1) for url in probed]
    assert wiki.query("SELECT outcome FROM run") == [("finished",), ("partial",)]


def test_a_deadline_ends_a_site_that_is_being_read_too(
    folder: Folder, background: BackgroundLoop
) -> None:
    """Reading a published site at its own pace may take longer than a night."""
    pages = {
        f"/{number}": delayed(0.1, page("Page", markup=f'<a href="/{number + 1}">on</a>'))
        for number in range(400)
    }
    web = background.start(Internet({"wiki.example": {**pages, "/robots.txt": status(404)}}))
    folder.write(
        "holdfast.toml",
        'pages = ["http://wiki.example/0"]\n'
        + configuration(web.connect_to(wildcard=True), "http://127.0.0.1:9"),
    )
    done = folder.holdfast("run", "--deadline", "15s")
    assert done.returncode == 0, done.stderr
    assert "the deadline was reached; the rest stays due" in error_lines(done)
    assert folder.query("SELECT outcome FROM run") == [("deadline",)]
    assert 0 < folder.count("page") < 300


def test_a_deadline_ends_the_waiting_for_an_archive_that_hangs(
    folder: Folder, own_internet: Internet, wayback: RunningWayback
) -> None:
    folder.configure(own_internet, wayback)
    folder.write("page.md", f"<http://{SLOW[0]}/1>\n")
    assert folder.run_in_process("scan", "page.md").returncode == 0
    wayback.faults["cdx"] = SimulatedFault(status=None, delay=PATIENCE)
    done = folder.holdfast("archive", "--deadline", "5s")
    assert done.returncode == 0, done.stderr
    assert "the deadline was reached; the rest stays due" in error_lines(done)
    assert folder.query("SELECT command, outcome FROM run") == [
        ("scan", "finished"),
        ("archive", "deadline"),
    ]
    assert folder.count("lookup") == 0  # what got no answer is asked about the next night
