"""Test `holdfast archive --to local`: capture, replay, export and check the local archive."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import delayed, document, page
from crawler.local_archive.fsck import check_archive
from crawler.local_archive.layout import ArchiveLayout as Archive
from crawler.local_archive.writer import open_archive_writer
from tests.acceptance.folder import COLLECTION, Folder, error_lines, rows, wait_for
from tests.pywb import Pywb, replaying, running_pywb
from tests.web import saved_pages
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

MORE = [
    "http://keep.test/moved",
    "http://keep.test/to-secret",
    "http://keep.test/hostile",
    "http://keep.test/many",
    "http://keep.test/endless",
    "http://keep.test/slow",
    "http://keep.test/cut",
    "http://keep.test/streams",
    "http://keep.test/gone",
    "http://keep.test/plain?token=abc",
    "http://inside.internal/page",
]
LOCAL = """
[archives.local]
base_url = "https://wiki.example/kept/holdfast"
resource_megabytes = 0.5
page_seconds = 8
"""


@pytest.fixture(scope="module")
def kept(
    tmp_path_factory: pytest.TempPathFactory,
    keep_internet: Internet,
    running_wayback: RunningWayback,
) -> Iterator[Folder]:
    """Return a folder whose page cites all pages to capture, after one capture run."""
    folder = Folder(tmp_path_factory.mktemp("kept"))
    folder.write("wiki/page.md", "\n\n".join(f"<{url}>" for url in [*saved_pages.RAW, *MORE]))
    folder.configure(keep_internet, running_wayback, more=LOCAL)
    scan(folder)
    done = folder.holdfast("archive", "--to", "local")
    error_lines(done)
    assert done.returncode == 0
    yield folder
    folder.close()


def scan(folder: Folder) -> None:
    """Scan the wiki, and store every link as alive."""
    error_lines(folder.run_in_process("scan", "wiki"))
    folder.execute("UPDATE link SET state = 'alive'")


def statuses(folder: Folder) -> dict[str, tuple[str, str]]:
    rows = folder.query(
        "SELECT link.url, capture.status, capture.code FROM capture JOIN link ON link.id = capture.link_id"
    )
    return {url: (status, code) for url, status, code in rows}


@pytest.fixture(scope="module")
def pywb(kept: Folder, pywb_programs: Path) -> Iterator[Pywb]:
    """Run pywb in the archive's folder as the documentation says."""
    with replaying(pywb_programs, kept.path / ".holdfast" / "archive", "holdfast") as archive:
        yield archive


def test_living_pages_are_captured_and_verified_and_nothing_else(kept: Folder) -> None:
    found = statuses(kept)
    whole = [
        *saved_pages.RAW,
        *(f"http://keep.test/{page}" for page in ("moved", "hostile", "many", "streams")),
    ]
    assert {url: found[url] for url in whole} == dict.fromkeys(whole, ("verified", ""))
    assert {url: found[url] for url in found if url not in whole} == {
        "http://keep.test/to-secret": ("failed", "excluded"),
        "http://keep.test/endless": ("failed", "incomplete"),
        "http://keep.test/slow": ("failed", "incomplete"),
        "http://keep.test/cut": ("failed", "incomplete"),
        "http://keep.test/gone": ("failed", "gone"),
    }
    assert kept.count(
        "mirror", "service = 'local' AND origin = 'captured' AND quality = 'faithful'"
    ) == len(whole)
    assert kept.query(
        "SELECT count(*) FROM link WHERE role = 'mirror' AND (state != 'alive' OR next_probe_at IS NOT NULL)"
    ) == [(0,)]


@pytest.mark.parametrize("url", saved_pages.RAW)
def test_pywb_replays_what_the_server_sent_byte_for_byte(pywb: Pywb, url: str) -> None:
    assert pywb.replay(url).status == 200
    assert pywb.raw_body(url) == saved_pages.content(url)


@pytest.mark.parametrize("name", saved_pages.SHOWN)
def test_pywb_replays_page_requisites(pywb: Pywb, name: str) -> None:
    replayed = pywb.replay(name)
    assert replayed.status == 200
    assert replayed.body.startswith((saved_pages.PNG, saved_pages.FONT, b"@import", b"i{"))


def test_pywb_replays_a_redirect_and_where_it_leads(pywb: Pywb) -> None:
    moved = pywb.replay("http://keep.test/moved")
    assert (moved.status, pywb.replay("http://other.test/here").status) == (301, 200)
    assert moved.headers["Location"].endswith("http://other.test/here")


@pytest.mark.parametrize(
    "url",
    [
        "http://inside.internal/secret.png",
        "http://inside.internal/page",
        "http://cdn.test/signed.png?token=abc",
        "http://keep.test/plain?token=abc",
        "http://keep.test/rich/app.js",
        "http://keep.test/rich/missing.png",
        "http://keep.test/endless",
        "http://keep.test/gone",
        "http://127.0.0.1/",
        "http://keep.test/x.png",
    ],
)
def test_links_that_must_not_be_captured_are_not_in_the_archive(pywb: Pywb, url: str) -> None:
    assert pywb.captures(url) == []


def test_of_a_thousand_images_the_configured_number_is_captured(
    kept: Folder, keep_internet: Internet
) -> None:
    entries = index(kept)
    images = [entry for entry in entries if "/many/" in entry["url"]]
    assert len(images) == 100
    assert len([entry for entry in images if entry["mime"] != "warc/revisit"]) == 7, (
        "there are seven different ones"
    )
    assert len({visit.url for visit in keep_internet.visits if "/many/" in visit.url}) == 100


def test_the_index_is_the_one_pywb_would_make(
    kept: Folder, pywb_programs: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [pywb_programs / "wb-manager", "init", "web"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    warcs = sorted((kept.path / COLLECTION / "archive").glob("*.warc.gz"))
    done = subprocess.run(
        [pywb_programs / "wb-manager", "add", "web", *warcs],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    theirs = index_lines(tmp_path / "collections" / "web" / "indexes")
    assert theirs
    assert sorted(map(comparable, index_lines(kept.path / COLLECTION / "indexes"))) == sorted(
        map(comparable, theirs)
    )


def test_the_index_is_letter_for_letter_that_of_the_reference_indexer(
    kept: Folder, pywb_programs: Path
) -> None:
    warcs = sorted((kept.path / COLLECTION / "archive").glob("*.warc.gz"))
    done = subprocess.run(
        [pywb_programs / "cdxj-indexer", "--sort", *warcs],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert index_lines(kept.path / COLLECTION / "indexes") == sorted(done.stdout.splitlines())


def test_warcio_finds_every_record_sound(kept: Folder, pywb_programs: Path) -> None:
    warcs = sorted((kept.path / COLLECTION / "archive").glob("*.warc.gz"))
    done = subprocess.run(
        [pywb_programs / "warcio", "check", "-v", *warcs],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("digest pass") >= len(index(kept))


def test_db_check_finds_a_damaged_record(kept: Folder, tmp_path: Path) -> None:
    assert kept.run_in_process("db", "check").returncode == 0
    warc = min((kept.path / COLLECTION / "archive").glob("*.warc.gz"))
    entry = next(entry for entry in index(kept) if entry["url"] == "http://keep.test/gzip")
    whole = warc.read_bytes()
    place = int(entry["offset"]) + int(entry["length"]) // 2
    try:
        warc.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        done = kept.run_in_process("db", "check")
    finally:
        warc.write_bytes(whole)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert re.search(
        rf"^archive: {re.escape(warc.name)}: byte {entry['offset']}: .*http://keep\.test/gzip",
        done.stdout,
        re.MULTILINE,
    )
    assert kept.run_in_process("db", "check").returncode == 0


def test_the_package_satisfies_the_reference_library_and_replays(
    kept: Folder, pywb_programs: Path, tmp_path: Path
) -> None:
    done = kept.run_in_process("archive", "--wacz", str(tmp_path / "wiki.wacz"))
    error_lines(done)
    assert done.returncode == 0
    checked = subprocess.run(
        [pywb_programs / "wacz", "validate", "-f", tmp_path / "wiki.wacz"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, "Validation succeeded" in checked.stdout) == (0, True), (
        checked.stdout + checked.stderr
    )
    with running_pywb(pywb_programs, tmp_path, [tmp_path / "wiki.wacz"]) as other:
        assert other.replay("http://keep.test/rich/").body == saved_pages.content(
            "http://keep.test/rich/"
        )


def test_a_second_run_captures_nothing_twice(kept: Folder, keep_internet: Internet) -> None:
    before, visits = len(index(kept)), len(keep_internet.visits)
    plan = kept.run_in_process("archive", "--to", "local", "--dry-run")
    assert (plan.stdout, plan.returncode) == ("", 0)
    done = kept.holdfast("archive", "--to", "local")
    error_lines(done)
    assert (done.returncode, len(index(kept)), len(keep_internet.visits)) == (0, before, visits)


@pytest.fixture
def broken(folder: Folder, background: BackgroundLoop, running_wayback: RunningWayback) -> Folder:
    """Return a folder with a link that was captured and is broken since."""
    internet = background.start(
        Internet({"a.test": {"/page": page("A page", *["Some words of it."] * 40)}})
    )
    folder.write("wiki/page.md", "A [source](http://a.test/page).\n")
    folder.configure(internet, running_wayback)
    scan(folder)
    assert folder.holdfast("archive", "--to", "local").returncode == 0
    folder.execute(
        "UPDATE link SET state = 'broken', verdict = 'broken', reason = 'gone' WHERE role = 'link'"
    )
    return folder


def test_pages_cite_a_local_copy_only_if_it_is_published(broken: Folder) -> None:
    ((timestamp,),) = broken.query("SELECT timestamp FROM mirror WHERE service = 'local'")
    replay = f"https://wiki.example/kept/{timestamp}/http://a.test/page"
    assert broken.holdfast("fix").stdout == ""
    assert (
        broken.run_in_process("report", "--format", "jsonl").stdout.count(
            f'"url":"local:{timestamp}/http://a.test/page"'
        )
        == 1
    )
    (settings := broken.path / "holdfast.toml").write_text(
        settings.read_text() + '\n[archives.local]\nbase_url = "https://wiki.example/kept/"\n'
    )
    assert f"+A [source]({replay}" in broken.holdfast("fix").stdout
    assert (
        f'"best_mirror":"{replay}"' in broken.run_in_process("report", "--format", "jsonl").stdout
    )
    assert broken.holdfast("fix", "--write").returncode == 0
    assert replay in (broken.path / "wiki/page.md").read_text()
    cited = rows(broken.run_in_process("scan", "wiki", "--format", "jsonl").stdout)
    assert [(row["original"], row["archive"] and row["archive"]["service"]) for row in cited] == [
        ("http://a.test/page", "local")
    ]
    broken.run_in_process("scan", "wiki")
    assert broken.holdfast("fix").stdout == "", "it leads there already"
    settings.write_text(settings.read_text().replace("wiki.example/kept", "moved.example"))
    assert (
        f"https://moved.example/{timestamp}/http://a.test/page"
        in broken.run_in_process("report", "--format", "jsonl").stdout
    )


def test_a_cited_local_copy_is_requested_at_its_replay_url(
    folder: Folder,
    kept: Folder,
    pywb: Pywb,
    keep_internet: Internet,
    running_wayback: RunningWayback,
) -> None:
    ((timestamp,),) = kept.query(
        "SELECT timestamp FROM mirror JOIN link ON link.id = mirror.link_id WHERE link.key LIKE 'local:%/gzip'"
    )
    there, missing = (
        f"{pywb.endpoint}/{timestamp}/http://keep.test/{page}" for page in ("gzip", "never")
    )
    folder.write("wiki/page.md", f"<{there}>\n\n<{missing}>\n")
    folder.configure(
        keep_internet, running_wayback, more=f'\n[archives.local]\nbase_url = "{pywb.endpoint}"\n'
    )
    error_lines(folder.run_in_process("scan", "wiki"))
    error_lines(folder.holdfast("check"))
    assert folder.states("mirror") == {there: "alive", missing: "suspect"}


def test_a_full_disk_is_an_error_of_one_line_and_loses_nothing(
    folder: Folder, small_disk: Path, background: BackgroundLoop, running_wayback: RunningWayback
) -> None:
    noise = random.Random(3)
    files = {
        f"/{number}.pdf": document(b"%PDF-1.7\n" + noise.randbytes(9_000), "application/pdf")
        for number in range(8)
    }
    internet = background.start(Internet({"a.test": files}))
    folder.write("wiki/page.md", "\n\n".join(f"<http://a.test{name}>" for name in files))
    folder.configure(
        internet,
        running_wayback,
        more=f"\n[archives.local]\nfolder = {json.dumps(str(small_disk))}\n",
    )
    scan(folder)
    done = folder.holdfast("archive", "--to", "local", "--no-progress", "-q")
    assert done.returncode == 1
    assert re.fullmatch(
        r"holdfast: holdfast-\S+\.warc\.gz cannot be written \(No space left on device\): .*check disk space and permissions.*\n",
        done.stderr,
    ), done.stderr
    kept = folder.count("capture", "status IN ('captured', 'verified')")
    assert 1 <= kept < len(files)
    subprocess.run(["mount", "-o", "remount,size=1m", small_disk], check=True)
    done = folder.holdfast("archive", "--to", "local")
    assert done.returncode == 0, done.stderr
    assert folder.count("capture", "status = 'verified'") == len(files)
    assert folder.run_in_process("db", "check").returncode == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_an_interrupted_job_is_continued(
    folder: Folder,
    background: BackgroundLoop,
    running_wayback: RunningWayback,
    number: signal.Signals,
) -> None:
    sites = {
        f"{letter}.test": {
            f"/{page}": delayed(0.1, document(f"{letter} {page} ".encode() * 50, "text/plain"))
            for page in range(12)
        }
        for letter in "abcdefgh"
    }
    urls = [f"http://{host}{path}" for host, paths in sites.items() for path in paths]
    internet = background.start(Internet(sites))
    folder.write("wiki/page.md", "\n\n".join(f"<{url}>" for url in urls))
    folder.configure(internet, running_wayback)
    scan(folder)
    running = folder.start("archive", "--to", "local")
    wait_for(lambda: folder.count("capture", "status = 'captured'") > 3, running)
    running.send_signal(number)
    running.wait(timeout=60)
    acknowledged = {
        url
        for (url,) in folder.query(
            "SELECT url FROM link WHERE id IN (SELECT link_id FROM capture WHERE status IN ('captured', 'verified'))"
        )
    }
    assert 3 < len(acknowledged) < len(urls)
    checked = folder.run_in_process("db", "check")
    assert (checked.returncode, "damaged" in checked.stderr) == (0, False), checked
    assert ("a write was interrupted" in checked.stderr) == (number == signal.SIGKILL), (
        checked.stderr
    )
    visits = len(internet.visits)
    done = folder.holdfast(
        "archive", "--to", "local"
    )  # at once: the leases of the killed are taken over
    error_lines(done)
    assert done.returncode == 0
    assert folder.count("capture", "status = 'verified'") == len(urls)
    assert not acknowledged & {visit.url for visit in internet.visits[visits:]}, (
        "what was acknowledged is not asked for again"
    )
    assert list(check_archive(Archive(folder.path / ".holdfast" / "archive"))) == []


@pytest.mark.parametrize("left", ["no index", "an empty index", "a part of a record"])
@pytest.mark.parametrize("command", [("archive", "--to", "local"), ("run", "wiki")])
def test_an_interrupted_write_is_completed_although_there_is_nothing_to_save(
    broken: Folder, left: str, command: tuple[str, ...]
) -> None:
    layout = Archive(broken.path / ".holdfast" / "archive")
    (warc,) = layout.warc_files()
    index, records = layout.index_path(warc), warc.read_bytes()
    lines = index.read_text()
    if left == "no index":  # as a full disk leaves it
        index.unlink()
    elif left == "an empty index":
        index.write_text("")
    else:
        warc.write_bytes(records + records[:60])
    assert all(defect.is_repairable for defect in check_archive(layout))
    done = broken.holdfast(*command)
    assert "Traceback" not in done.stderr
    assert (index.read_text(), warc.read_bytes()) == (lines, records)
    assert list(check_archive(layout)) == []


def test_two_processes_do_not_write_at_once(broken: Folder) -> None:
    broken.execute("UPDATE link SET state = 'alive' WHERE role = 'link'")
    broken.execute("UPDATE mirror SET quality = 'unusable'")
    with open_archive_writer(Archive(broken.path / ".holdfast" / "archive")):
        done = broken.holdfast("archive", "--to", "local", "-q")
    assert (done.returncode, "another process writes to the archive" in done.stderr) == (1, True), (
        done.stderr
    )
    assert len(error_lines(done)) == 1


def index_lines(folder: Path) -> list[str]:
    return [
        line for file in sorted(folder.glob("*.cdxj")) for line in file.read_text().splitlines()
    ]


def index(folder: Folder) -> list[dict[str, str]]:
    return [
        json.loads(line.split(" ", 2)[2])
        for line in index_lines(folder.path / COLLECTION / "indexes")
    ]


def comparable(line: str) -> tuple[object, ...]:
    """Return a line without what pywb omits: the digest's algorithm, the status of a revisit."""
    key, timestamp, fields = line.split(" ", 2)
    values = {**json.loads(fields)}
    values["digest"] = values["digest"].removeprefix("sha1:")
    if values["mime"] == "warc/revisit":
        values.pop("status", None)
    return key, timestamp, sorted(values.items())
