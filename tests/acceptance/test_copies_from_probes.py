"""Test that `holdfast check` captures wanted pages with the requests of its probes."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import delayed, document, page
from crawler.local_archive.fsck import check_archive
from crawler.local_archive.layout import ArchiveLayout as Archive
from crawler.local_archive.writer import open_archive_writer
from tests.acceptance.folder import COLLECTION, Folder, error_lines, wait_for
from tests.pywb import Pywb, replaying
from tests.web import saved_pages
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

KEPT = [f"http://keep.test/{name}" for name in ("moved", "chain/1", "long")]
NO_COPY = {
    "http://keep.test/too-large": "incomplete",
    "http://keep.test/endless": "incomplete",
    "http://keep.test/slow": "incomplete",
    "http://keep.test/stalls": "incomplete",
    "http://keep.test/long-cut": "incomplete",
    "http://keep.test/long-reset": "incomplete",
}
NOT_TRIED = [
    *(
        f"http://keep.test/{name}"
        for name in ("gone", "never", "walled", "to-secret", "refresh", "plain?token=abc")
    ),
    "http://soft.test/page",
    "http://personal.test/",
]
SHOWN = [
    url for url in saved_pages.SHOWN if url != "http://keep.test/ok.png"
]  # nothing here shows that one
LOCAL = """
[archives.local]
from_probes = true
resource_megabytes = 0.5
page_seconds = 8
"""
PERSONAL = """
[hosts."keep.test"]
concurrency = 8
timeout = 3

[hosts."personal.test"]
headers = { Authorization = "Bearer secret" }
"""


@pytest.fixture(scope="module")
def fed(
    tmp_path_factory: pytest.TempPathFactory,
    keep_internet: Internet,
    running_wayback: RunningWayback,
) -> Iterator[Folder]:
    """Return a folder whose page cites everything, after the first `holdfast check`."""
    folder = Folder(tmp_path_factory.mktemp("fed"))
    folder.write(
        "wiki/page.md",
        "\n\n".join(f"<{url}>" for url in [*saved_pages.RAW, *KEPT, *NO_COPY, *NOT_TRIED]),
    )
    folder.configure(keep_internet, running_wayback, more=PERSONAL + LOCAL)
    error_lines(folder.run_in_process("scan", "wiki"))
    done = folder.holdfast("check", "--fail-on", "never")
    error_lines(done)
    assert done.returncode == 0, done.stderr
    yield folder
    folder.close()


@pytest.fixture(scope="module")
def pywb(fed: Folder, pywb_programs: Path) -> Iterator[Pywb]:
    with replaying(pywb_programs, fed.path / ".holdfast" / "archive", "holdfast") as archive:
        yield archive


def captures(folder: Folder) -> dict[str, tuple[str, str]]:
    rows = folder.query(
        "SELECT link.url, capture.status, capture.code FROM capture JOIN link ON link.id = capture.link_id"
    )
    return {url: (status, code) for url, status, code in rows}


def kept_in(folder: Folder) -> Archive:
    return Archive(folder.path / ".holdfast" / "archive")


def test_only_complete_living_pages_become_copies(fed: Folder) -> None:
    wanted = dict.fromkeys([*saved_pages.RAW, *KEPT], ("verified", ""))
    assert captures(fed) == wanted | {url: ("failed", code) for url, code in NO_COPY.items()}
    assert fed.count(
        "mirror", "service = 'local' AND origin = 'captured' AND quality = 'faithful'"
    ) == len(wanted)
    assert fed.query(
        "SELECT count(*) FROM link WHERE role = 'mirror' AND (state != 'alive' OR next_probe_at IS NOT NULL)"
    ) == [(0,)]


def test_every_page_is_requested_once(fed: Folder, keep_internet: Internet) -> None:
    asked = Counter(visit.url for visit in keep_internet.visits)
    once = [
        url
        for url in (*saved_pages.RAW, *KEPT, *NO_COPY, *NOT_TRIED)
        if url not in ("http://keep.test/long", "http://keep.test/plain?token=abc")
    ]
    assert {url: asked[url] for url in once} == dict.fromkeys(once, 1)
    assert asked["http://keep.test/long"] == 2, "one page is refreshed to it"
    assert {url: asked[url] for url in SHOWN} == dict.fromkeys(SHOWN, 1)


def test_verdicts_are_those_of_probes_without_capture(
    fed: Folder, tmp_path: Path, keep_internet: Internet, running_wayback: RunningWayback
) -> None:
    other = Folder(tmp_path)
    other.write("wiki/page.md", (fed.path / "wiki/page.md").read_text())
    other.configure(keep_internet, running_wayback, more=PERSONAL + LOCAL.replace("true", "false"))
    error_lines(other.run_in_process("scan", "wiki"))
    assert other.holdfast("check", "--fail-on", "never").returncode == 0
    assert not (tmp_path / ".holdfast" / "archive").exists()
    judged = "SELECT url, verdict, reason, detail, status_code, final_url FROM link WHERE role = 'link' ORDER BY url"
    assert fed.query(judged) == other.query(judged)


@pytest.mark.parametrize("url", [*saved_pages.RAW, "http://keep.test/long"])
def test_pywb_replays_what_the_server_sent_byte_for_byte(pywb: Pywb, url: str) -> None:
    assert pywb.replay(url).status == 200
    assert pywb.raw_body(url) == (
        saved_pages.content(url) if url in saved_pages.RAW else saved_pages.LONG
    )


def test_pywb_replays_a_redirect_where_it_leads_and_what_the_pages_show(pywb: Pywb) -> None:
    hops = ("moved", "chain/1", "chain/2", "chain/%E4%B8%89?x=1")
    assert [pywb.replay(f"http://keep.test/{hop}").status for hop in hops] == [301, 302, 307, 308]
    assert pywb.replay("http://other.test/here").status == 200
    assert {pywb.replay(url).status for url in SHOWN} == {200}


@pytest.mark.parametrize("url", [*NO_COPY, *NOT_TRIED])
def test_incomplete_or_failing_pages_are_not_in_the_archive(pywb: Pywb, url: str) -> None:
    assert pywb.captures(url) == []


def test_the_archive_is_as_sound_as_any(fed: Folder, pywb_programs: Path) -> None:
    assert list(check_archive(kept_in(fed))) == []
    warcs = sorted((fed.path / COLLECTION / "archive").glob("*.warc.gz"))
    done = subprocess.run(
        [pywb_programs / "cdxj-indexer", "--sort", *warcs],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [
        line
        for file in sorted((fed.path / COLLECTION / "indexes").glob("*.cdxj"))
        for line in file.read_text().splitlines()
    ]
    assert ours == sorted(done.stdout.splitlines())
    assert fed.run_in_process("db", "check").returncode == 0


def test_archiving_afterwards_requests_no_page_again(fed: Folder, keep_internet: Internet) -> None:
    asked = Counter(visit.url for visit in keep_internet.visits)
    done = fed.holdfast("archive", "--to", "local")
    error_lines(done)
    again = Counter(visit.url for visit in keep_internet.visits) - asked
    assert set(again) <= {
        "http://keep.test/refresh",
        "http://keep.test/long",
        "http://personal.test/",
        "http://keep.test/to-secret",
    }, again
    assert captures(fed)["http://keep.test/refresh"] == ("verified", "")


@pytest.fixture
def long_pages(
    folder: Folder, background: BackgroundLoop, running_wayback: RunningWayback
) -> tuple[Folder, Internet]:
    """Return a folder that cites many slow pages of many hosts."""
    noise = random.Random(5)
    sites = {
        f"{letter}.test": {
            f"/{number}": delayed(
                0.05,
                document(
                    f"{letter} {number} ".encode() * 50 + noise.randbytes(90_000), "text/plain"
                ),
            )
            for number in range(12)
        }
        for letter in "abcdefgh"
    }
    internet = background.start(Internet(sites))
    folder.write(
        "wiki/page.md",
        "\n\n".join(f"<http://{host}{path}>" for host, paths in sites.items() for path in paths),
    )
    folder.configure(internet, running_wayback, more=LOCAL)
    error_lines(folder.run_in_process("scan", "wiki"))
    return folder, internet


def test_a_kill_in_the_middle_of_it_costs_no_record_that_was_acknowledged(
    long_pages: tuple[Folder, Internet],
) -> None:
    folder, internet = long_pages
    running = folder.start("check")
    wait_for(lambda: folder.count("capture", "status = 'captured'") > 9, running)
    running.send_signal(signal.SIGKILL)
    running.wait(timeout=60)
    acknowledged = {
        url
        for (url,) in folder.query(
            "SELECT url FROM link WHERE id IN (SELECT link_id FROM capture WHERE status = 'captured')"
        )
    }
    assert 9 < len(acknowledged) < 96
    visits = len(internet.visits)
    folder.execute("UPDATE host SET lease_until = 0")
    done = folder.holdfast("check")
    error_lines(done)
    assert done.returncode == 0
    assert set(folder.states().values()) == {"alive"}
    done = folder.holdfast("archive", "--to", "local")
    assert done.returncode == 0
    assert folder.count("capture", "status = 'verified'") == 96
    again = Counter(visit.url for visit in internet.visits[visits:] if visit.method == "GET")
    assert max(again.values()) == 1
    assert list(check_archive(kept_in(folder))) == []


def test_a_full_disk_is_logged_once_and_probing_continues(
    long_pages: tuple[Folder, Internet], small_disk: Path
) -> None:
    folder, _ = long_pages
    settings = folder.path / "holdfast.toml"
    settings.write_text(settings.read_text() + f"folder = {json.dumps(str(small_disk))}\n")
    done = folder.holdfast("check", "--no-progress", "-q")
    assert done.returncode == 0, done.stderr
    message = done.stderr.splitlines()
    assert sum("No space left on device" in line for line in message) <= 1, done.stderr
    assert "Traceback" not in done.stderr
    assert set(folder.states().values()) == {"alive"}
    assert folder.count("capture") < 96
    subprocess.run(["mount", "-o", "remount,size=32m", small_disk], check=True)
    assert folder.holdfast("archive", "--to", "local").returncode == 0
    assert folder.count("capture", "status = 'verified'") == 96
    assert list(check_archive(Archive(small_disk))) == []


def test_an_archive_locked_by_another_process_does_not_prevent_probing(
    long_pages: tuple[Folder, Internet],
) -> None:
    folder, _ = long_pages
    with open_archive_writer(kept_in(folder)):
        done = folder.holdfast("check", "--no-progress", "-q")
    assert done.returncode == 0
    assert (
        len(
            re.findall(
                r"another process writes to the archive.*pages probed in this run are not captured",
                done.stderr,
            )
        )
        == 1
    ), done.stderr
    assert set(folder.states().values()) == {"alive"}
    assert captures(folder) == {}


def test_an_archive_that_was_never_begun_is_not_begun_by_probes(
    folder: Folder, background: BackgroundLoop, running_wayback: RunningWayback
) -> None:
    sites = {
        "a.test": {
            f"/{number}": page(f"Page {number}", *["Some words of it."] * 40) for number in range(2)
        }
    }
    internet = background.start(Internet(sites))
    folder.write("wiki/page.md", "<http://a.test/0>\n")
    folder.configure(internet, running_wayback)
    error_lines(folder.run_in_process("scan", "wiki"))
    assert folder.holdfast("check", "--fail-on", "never").returncode == 0
    assert not (folder.path / ".holdfast" / "archive").exists()
    assert folder.holdfast("archive", "--to", "local").returncode == 0
    folder.write("wiki/page.md", "<http://a.test/0>\n\n<http://a.test/1>\n")
    assert folder.holdfast("run", "--fail-on", "never").returncode == 0, (
        "once there is one, they feed it"
    )
    assert captures(folder) == dict.fromkeys(
        ("http://a.test/0", "http://a.test/1"), ("verified", "")
    )
    assert [visit.url for visit in internet.visits if visit.url == "http://a.test/1"] == [
        "http://a.test/1"
    ]
