"""Test captures from the citation to the verified mirror, with a real archive (pywb)."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.demo.archive_faults import SimulatedFault
from crawler.demo.background import BackgroundLoop
from tests.acceptance.folder import PATIENCE, Folder, wait_for
from tests.pywb import Pywb, running_pywb
from tests.web.archive import RecordingWayback, RunningWayback
from tests.web.internet import Internet
from tests.web.proxies import Proxy

LIVING = ("http://ok.test/zh-Hans", "https://ok.test/gbk", "http://redirect.test/301")


@pytest.fixture(scope="module")
def pywb(
    pywb_programs: Path,
    tmp_path_factory: pytest.TempPathFactory,
    background: BackgroundLoop,
    internet: Internet,
) -> Iterator[Pywb]:
    proxy = background.start(Proxy(internet.connect_to()))
    with running_pywb(
        pywb_programs, tmp_path_factory.mktemp("pywb"), through=proxy.address
    ) as archive:
        yield archive


@pytest.mark.parametrize(
    "keys",
    [{}, {"HOLDFAST_WAYBACK_KEY": "AKEY", "HOLDFAST_WAYBACK_SECRET": "SSECRET"}],
    ids=["without keys", "with keys"],
)
def test_living_pages_are_recorded_replayed_and_verified(
    folder: Folder, background: BackgroundLoop, web: Internet, pywb: Pywb, keys: dict[str, str]
) -> None:
    archive = background.start(RecordingWayback(pywb))
    archive.captures.keys = {"AKEY:SSECRET"}
    folder.configure(web, archive, more="poll_wait = 0.05\n\n[archives]\ncapture = true\n")
    folder.write(
        "wiki/page.md", "\n\n".join(f"<{url}>" for url in (*LIVING, "http://ok.test/missing"))
    )
    before = {url: len(pywb.captures(url)) for url in LIVING}

    done = folder.holdfast("run", "wiki", env=keys)
    assert "3 captures made" in done.stderr
    assert {url: len(pywb.captures(url)) - before[url] for url in LIVING} == dict.fromkeys(
        LIVING, 1
    )
    assert pywb.captures("http://ok.test/missing") == []  # what is broken is not asked for

    folder.age_history(timedelta(hours=25))
    folder.holdfast("run", "wiki", env=keys)
    assert folder.query("SELECT DISTINCT status FROM capture") == [("verified",)]
    assert len(archive.requests_of("replay")) >= len(LIVING)
    mirrors = {
        # What the captured redirect leads to is a copy of its own.
        row["url"]: sorted({mirror["verdict"] for mirror in row["mirrors"]})
        for row in folder.report()
        if row["role"] == "link"
    }
    assert mirrors == {**{url: ["alive"] for url in LIVING}, "http://ok.test/missing": []}


def test_ctrl_c_does_not_wait_for_a_silent_archive_and_forgets_no_capture(
    folder: Folder, background: BackgroundLoop, web: Internet, wayback: RunningWayback
) -> None:
    wayback.faults["save"] = SimulatedFault(delay=3600)
    folder.configure(web, wayback, more="capture_timeout = 3600\n\n[archives]\ncapture = true\n")
    folder.write("wiki/page.md", "\n\n".join(f"<{url}>" for url in LIVING))
    running = folder.start("run", "wiki")
    wait_for(lambda: wayback.requests_of("save"), running)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=PATIENCE)
    assert folder.query("SELECT status, tries FROM capture WHERE requested_at IS NOT NULL") == [
        ("requested", 1)
    ]

    wayback.faults.clear()
    folder.age_history(timedelta(minutes=20))
    done = folder.holdfast("run", "wiki")
    assert "2 captures made" in done.stderr
    assert (
        len(wayback.requests_of("save")) == 1 + 2
    )  # the one without an answer is looked for first, and not asked for again so soon
    assert folder.query("SELECT code FROM capture WHERE status = 'requested'") == [
        ("not-in-the-index",)
    ]


@pytest.mark.parametrize(("seconds", "waits"), [("1", 1), ("7200", 7200), (None, 300)])
def test_a_refused_capture_waits_as_long_as_the_archive_says(
    folder: Folder, web: Internet, wayback: RunningWayback, seconds: str | None, waits: int
) -> None:
    """Our own wait is for refusals that do not say how long theirs is."""
    wayback.faults["save"] = SimulatedFault(
        status=429, headers={"Retry-After": seconds} if seconds else {}
    )
    folder.configure(web, wayback, more="\n[archives]\ncapture = true\n")
    folder.write("wiki/page.md", f"<{LIVING[0]}>")
    folder.holdfast("run", "wiki", "--deadline", "15s")  # it would wait to request others
    ((requested_at, next_try_at),) = folder.query(
        "SELECT requested_at, next_try_at FROM capture WHERE code = 'rate-limited'"
    )
    assert waits <= (next_try_at - requested_at) / 1_000_000 < waits + 100
    assert len(wayback.requests_of("save")) <= 3
