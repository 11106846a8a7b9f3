"""Test `holdfast check` of URLs, and of pages without a database (`--once`)."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import retry_after, status
from crawler.demo.web import ANY, Behaviour
from tests.acceptance.folder import Folder, configuration, error_lines, one_line, rows
from tests.acceptance.seed import article
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

HERE, BARRED, BUSY = "here.example", "barred.example", "busy.example"
FINE = f"http://{HERE}/fine"
LOST = f"http://{HERE}/lost?a=1&b=_2_"
ALSO_LOST = f"http://{HERE}/also-lost"
REFUSED = f"http://{BARRED}/"


@pytest.fixture(scope="module")
def own_internet(background: BackgroundLoop) -> Internet:
    sites: dict[str, dict[str, Behaviour]] = {
        HERE: {"/fine": article("公告"), ANY: status(404)},
        BARRED: {ANY: status(403)},
        BUSY: {ANY: retry_after(429, timedelta(hours=1))},
    }
    return background.start(Internet(sites))


@pytest.fixture
def wiki(folder: Folder, own_internet: Internet, wayback: RunningWayback) -> Folder:
    own_internet.reset()
    folder.write(
        "holdfast.toml", configuration(own_internet.connect_to(wildcard=True), wayback.endpoint)
    )
    folder.write("a.md", f"# A\n\n[fine]({FINE}) and [lost]({LOST})\n\n[barred]({REFUSED})\n")
    folder.write("b.md", f"[lost again]({LOST}) [fine]({FINE})\n")
    folder.write("good.md", f"[fine]({FINE}) and [heading](a.md#a)\n")
    return folder


def test_once_prints_each_place_of_a_broken_link_and_leaves_no_files(wiki: Folder) -> None:
    before = sorted(wiki.path.iterdir())
    done = wiki.holdfast("check", "--once", "a.md", "b.md")
    assert done.returncode == 2, done
    assert done.stdout.splitlines() == [
        f"a.md:3:45: {LOST}: broken: page not found (404)",
        f"b.md:1:14: {LOST}: broken: page not found (404)",
    ]
    assert error_lines(done)[-1] == "3 links checked: 1 alive, 1 broken, 1 blocked"
    assert sorted(wiki.path.iterdir()) == before


def test_once_passes_pages_whose_links_work(wiki: Folder) -> None:
    done = wiki.holdfast("check", "--once", "good.md")
    assert (done.returncode, done.stdout) == (0, "")


def test_once_warns_of_fragments_that_a_page_does_not_have(wiki: Folder) -> None:
    wiki.write("part.md", f"[page]({FINE})\n\n[part]({FINE}#nowhere)\n")
    done = wiki.holdfast("check", "--once", "part.md", f"{FINE}#never")
    assert done.returncode == 0
    assert [line for line in error_lines(done) if "no such part" in line] == [
        f"warning: {where}the cited page has no such part: correct the fragment of {url}"
        for where, url in (("", f"{FINE}#never"), ("part.md:3: ", f"{FINE}#nowhere"))
    ]


def test_once_reads_a_page_from_standard_input(wiki: Folder) -> None:
    done = wiki.holdfast("check", "--once", "-", stdin=f"see <{ALSO_LOST}>\n".encode())
    assert done.returncode == 2
    assert done.stdout == f"-:1:6: {ALSO_LOST}: broken: page not found (404)\n"


def test_once_reads_standard_input_in_the_format_given(wiki: Folder) -> None:
    text = f"``<{LOST}>`` `a <{ALSO_LOST}>`_".encode()
    done = wiki.holdfast("check", "--once", "--stdin-format", "rst", "-", stdin=text)
    assert done.stdout == f"-:1:46: {ALSO_LOST}: broken: page not found (404)\n"


def test_once_names_pages_that_it_cannot_read(wiki: Folder) -> None:
    (wiki.path / "large.md").write_bytes(b"a" * 21_000_000)
    (wiki.path / "device.md").symlink_to("/dev/zero")
    done = wiki.holdfast("check", "--once", "large.md", "device.md")
    assert "large.md: was skipped: it is larger than" in done.stderr
    assert "device.md: cannot be read: not a regular file" in done.stderr


def test_once_finds_links_to_missing_pages_as_well(wiki: Folder) -> None:
    wiki.write("good.md", "[nowhere](missing.md)\n")
    done = wiki.holdfast("check", "--once", "good.md")
    assert done.returncode == 2
    assert done.stdout == "good.md:1:11: missing.md: no such page or file\n"
    assert wiki.holdfast("check", "--once", "--fail-on", "broken", "good.md").returncode == 0


def test_once_prints_the_verdict_of_each_url(wiki: Folder) -> None:
    done = wiki.holdfast("check", "--once", FINE, LOST)
    assert done.returncode == 2
    assert sorted(done.stdout.splitlines()) == [
        f"{FINE}: alive",
        f"{LOST}: broken: page not found (404)",
    ]
    assert not (wiki.path / ".holdfast").exists()


@pytest.mark.parametrize("option", ["json", "jsonl", "junit", "github", "csv"])
def test_once_writes_every_format_of_report(wiki: Folder, option: str) -> None:
    done = wiki.holdfast("check", "--once", "--format", option, "a.md", ALSO_LOST)
    assert done.returncode == 2, done
    assert LOST.partition("&")[0].partition("=")[0] in done.stdout
    assert ALSO_LOST in done.stdout
    if option == "jsonl":
        states = {row["url"]: row["state"] for row in rows(done.stdout)}
        assert states == {FINE: "alive", LOST: "broken", ALSO_LOST: "broken", REFUSED: "blocked"}


def test_once_writes_reports_to_a_file(wiki: Folder) -> None:
    done = wiki.holdfast("check", "--once", "--format", "json", "--output", "out.json", "a.md")
    assert done.returncode == 2
    assert done.stdout == ""
    assert json.loads((wiki.path / "out.json").read_text("utf-8"))


def test_once_never_fails_with_fail_on_never(wiki: Folder) -> None:
    assert wiki.holdfast("check", "--once", "--fail-on", "never", "a.md").returncode == 0


def test_once_does_not_change_an_existing_database(wiki: Folder) -> None:
    assert wiki.run_in_process("scan", "a.md").returncode == 0
    wiki.holdfast("check", "--once", "a.md")
    assert wiki.count("probe") == 0


def test_once_with_a_database_is_refused(wiki: Folder) -> None:
    line = one_line(wiki.run_in_process("--db", "sqlite:///x.db", "check", "--once", "a.md"), 3)
    assert line == "holdfast: --once keeps no history: omit --db"


def test_once_without_pages_is_refused(folder: Folder) -> None:
    assert ": no pages: " in one_line(folder.run_in_process("check", "--once"), 3)


def test_a_page_without_once_is_refused_with_the_option_to_add(wiki: Folder) -> None:
    assert "add --once" in one_line(wiki.run_in_process("check", "a.md"), 3)
    assert "--format needs --once" in one_line(wiki.run_in_process("check", "--format", "json"), 3)


def test_named_urls_alone_are_printed_and_a_broken_one_is_exit_code_2(wiki: Folder) -> None:
    assert wiki.run_in_process("scan", "a.md", "b.md").returncode == 0
    done = wiki.holdfast("check", LOST)
    assert done.returncode == 2
    assert len(done.stdout.splitlines()) == 1
    assert FINE not in done.stdout + done.stderr
    assert wiki.holdfast("check", FINE).returncode == 0
    assert wiki.holdfast("check", "--fail-on", "never", LOST).returncode == 0
    # It failed twice today: that does not confirm it.
    assert wiki.holdfast("check", "--fail-on", "broken", LOST).returncode == 0
    # What is new is measured from runs over the whole wiki.
    assert {wikis for (wikis,) in wiki.query("SELECT wikis FROM run WHERE command = 'check'")} == {
        "[]"
    }


@pytest.mark.parametrize(
    ("name", "hint"),
    [("here.exmaple", f"did you mean '{HERE}'?"), ("nowhere.test", "check its spelling")],
)
def test_a_host_that_no_link_has_is_refused(wiki: Folder, name: str, hint: str) -> None:
    wiki.run_in_process("scan", "a.md")
    said = f"holdfast: no cited link has the host {name}: {hint}"
    for options in ((), ("--all",)):
        assert one_line(wiki.run_in_process("check", "--host", name, *options), 3) == said
        both = wiki.run_in_process("check", "--host", HERE, "--host", name, *options)
        assert one_line(both, 3) == said
    assert wiki.count("run") == 1  # that of the scan
    once = wiki.run_in_process("check", "--once", "a.md", "--host", name)
    assert (once.returncode, error_lines(once)[-1]) == (3, said)


def test_a_host_is_found_in_any_spelling(wiki: Folder) -> None:
    wiki.run_in_process("scan", "a.md")
    for name in (HERE.upper(), f"{HERE}:80", f"https://{HERE}/any"):
        wiki.execute("UPDATE link SET state = 'unchecked'")
        done = wiki.holdfast("check", "--host", name, "--all", "--fail-on", "never")
        assert done.returncode == 0, done.stderr
        assert wiki.count("link", "state = 'alive'") == 1
        assert wiki.count("link", "state = 'unchecked'") == 1
    done = wiki.holdfast("check", "--once", "a.md", "--host", HERE.upper())
    assert error_lines(done)[-1] == "3 links checked: 1 alive, 1 broken, 1 not checked yet"


def test_an_archive_is_named_by_any_of_its_hosts(wiki: Folder) -> None:
    wiki.write("c.md", "<https://archive.ph/AbCd1>\n")
    wiki.run_in_process("scan", "c.md")
    wiki.write("holdfast.toml", "[hosts.'*']\nskip = true\n")
    for name in ("archive.is", "archive.ph", "https://archive.today/AbCd1"):
        done = wiki.run_in_process("check", "--host", name, "--all")
        assert "no cited link" not in done.stderr, done.stderr


def test_a_host_of_another_wiki_and_a_host_beside_urls_are_refused(wiki: Folder) -> None:
    configured = '[wikis.one]\npages = ["a.md"]\n[wikis.two]\npages = ["c.md"]\n'
    wiki.write("holdfast.toml", configured)
    wiki.write("c.md", "<http://elsewhere.example/>\n")
    wiki.run_in_process("scan")
    line = one_line(wiki.run_in_process("check", "--wiki", "two", "--host", HERE), 3)
    assert line.startswith(f"holdfast: no cited link has the host {HERE}: ")
    line = one_line(wiki.run_in_process("check", "--host", HERE, FINE), 3)
    assert line == "holdfast: --host and URLs cannot be used together: leave out --host"


def test_temporary_folders_of_killed_processes_are_removed(wiki: Folder) -> None:
    leftovers = [
        wiki.write("tmp/holdfast-abcd1234/once.db", b"").parent,
        wiki.write("out/.site.abcd1234/new/index.html", b"").parents[1],
    ]
    for folder in leftovers:
        os.utime(folder, (0, 0))
    done = wiki.holdfast("check", "--once", "b.md", env={"TMPDIR": str(wiki.path / "tmp")})
    assert done.returncode == 2, done.stderr
    assert list((wiki.path / "tmp").iterdir()) == []
    assert wiki.holdfast("scan", "b.md").returncode == 0
    assert wiki.holdfast("report", "--site", "out/site").returncode == 0
    assert [each.name for each in (wiki.path / "out").iterdir()] == ["site"]


def test_a_backup_that_a_killed_process_began_is_removed(wiki: Folder) -> None:
    assert wiki.holdfast("scan", "b.md").returncode == 0
    (database,) = (wiki.path / ".holdfast").glob("*.db")
    left = wiki.write(f".holdfast/.{database.name}.abcd1234/copy", b"x").parent
    new = wiki.write(f".holdfast/.{database.name}.new_0000/copy", b"x").parent
    os.utime(left, (0, 0))
    assert wiki.holdfast("scan", "b.md").returncode == 0
    assert (left.exists(), new.exists()) == (False, True)


def test_links_of_a_host_that_asked_for_a_pause_are_counted_and_their_host_is_named(
    wiki: Folder,
) -> None:
    wiki.write("c.md", "\n".join(f"<http://{BUSY}/{number}>" for number in range(9)))
    done = wiki.holdfast("check", "--once", "c.md")
    said = re.search(
        rf"warning: (\d) links not checked: {BUSY} asked for a pause, the first until \d{{4}}-",
        done.stderr,
    )
    assert said, done.stderr
    assert f"{said[1]} not checked yet" in error_lines(done)[-1]


def test_a_named_url_that_waits_for_its_host_is_not_called_stopped(wiki: Folder) -> None:
    assert wiki.holdfast("check", f"http://{BUSY}/a").stdout.startswith("blocked")
    done = wiki.holdfast("check", f"http://{BUSY}/b")
    assert re.fullmatch(
        rf"not checked  its host asked for a pause until \d{{4}}-[^a-z]+  http://{BUSY}/b\n",
        done.stdout,
    )


def test_annotations_name_pages_from_the_top_of_the_repository(
    tmp_path: Path, own_internet: Internet, wayback: RunningWayback
) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    folder = Folder(tmp_path / "our wiki")
    settings = configuration(own_internet.connect_to(wildcard=True), wayback.endpoint)
    folder.write("holdfast.toml", settings)
    folder.write("docs/a.md", f"[lost]({LOST})\n\n[no such page](nowhere.md)\n")
    done = folder.holdfast("check", "--once", "docs", "--format", "github,sarif", "--output", "out")
    assert done.returncode == 2, done.stderr
    annotations = (folder.path / "out" / "report.github.txt").read_text()
    assert re.findall("file=(.*?),line=([0-9]+)", annotations) == [
        ("our wiki/docs/a.md", "1"),
        ("our wiki/docs/a.md", "3"),
    ]
    document = json.loads((folder.path / "out" / "report.sarif").read_text())
    uris = {
        location["physicalLocation"]["artifactLocation"]["uri"]
        for result in document["runs"][0]["results"]
        for location in result["locations"]
    }
    assert uris == {"our%20wiki/docs/a.md"}
