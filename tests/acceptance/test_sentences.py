"""Test every sentence about a run and its results against the database."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page, redirect, retry_after, status
from crawler.demo.web import ANY
from tests.acceptance.folder import Done, Folder, error_lines
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

PAUSING, SOUND, GONE, DOWN = (
    f"http://{name}.example" for name in ("pausing", "sound", "gone", "down")
)
COPY = f"https://web.archive.org/web/20210805110426/{GONE}/1"
PAGE = f"""# Lamps

- <{PAUSING}/1> <{PAUSING}/2> <{PAUSING}/3>
- <{SOUND}/1> <{SOUND}/2>
- <{GONE}/1>
"""
LEFT = "(checked_at IS NULL OR checked_at < (SELECT started_at FROM run WHERE id = :run)) AND next_probe_at <= (SELECT finished_at FROM run WHERE id = :run)"
HELD = "(SELECT id FROM host WHERE lease_owner LIKE 'elsewhere:%')"
OPEN = "state = 'broken' AND url NOT IN ({})"


@dataclass
class Reader:
    """Reads sentences, and checks each against what the database has."""

    folder: Folder
    covered: Sequence[str] = ()  # failing links whose places lead to a copy
    known: Sequence[str] = ()  # acknowledged
    fixable: int = 0
    run: int = 0

    def count(self, where: str) -> int:
        condition = where.replace(":run", str(self.run))
        return self.folder.count("link", f"probes >= 0 AND {condition}")

    def left(self, where: str = "1") -> int:
        return self.count(f"{LEFT} AND {where}")

    @property
    def open(self) -> int:
        return len(self.failing("broken"))

    def failing(self, state: str) -> list[str]:
        urls = [url for (url,) in self.folder.query("SELECT url FROM link WHERE state = ?", state)]
        return [url for url in urls if url not in self.covered and url not in self.known]

    def read(self, text: str) -> int:
        """Check every sentence of a text, and return how many there are."""
        sentences, rest = 0, text.strip()
        while rest:
            for pattern, check in SENTENCES:
                found = re.match(pattern, rest)
                if found:
                    assert check(self, found), f"untrue: {found[0]!r}"
                    rest = rest[found.end() :].strip()
                    sentences += 1
                    break
            else:
                pytest.fail(f"no rule for {rest!r}")
        return sentences

    def pause_ends(self, text: str) -> bool:
        ((first,),) = self.folder.query(
            "SELECT min(next_allowed_at) FROM host WHERE name = 'pausing.example'"
        )
        output = datetime.strptime(text, "%Y-%m-%d %H:%M %z")
        return abs(output.timestamp() - int(first) / 1_000_000) < 60

    def ended(self, outcome: str) -> bool:
        rows = self.folder.query("SELECT outcome FROM run WHERE id = ?", self.run)
        return bool(rows) and rows[0][0] == outcome

    def is_run(self, number: str) -> bool:
        self.run = int(number)
        return self.folder.count("run", f"id = {number} AND finished_at IS NOT NULL") == 1


def _number(found: re.Match[str]) -> int:
    return int(found[1])


T = r"\d{4}-\d\d-\d\d \d\d:\d\d [+-]\d\d:\d\d"
Check = Callable[[Reader, "re.Match[str]"], bool]
PAUSING = "host_id = (SELECT id FROM host WHERE name = 'pausing.example')"
SENTENCES: Sequence[tuple[str, Check]] = [
    (r"No run has checked this wiki yet\.", lambda r, _: r.folder.count("run", "command IN ('run', 'check') AND wikis IS NULL") == 0),
    (rf"Run (\d+) ended {T}:", lambda r, m: r.is_run(m[1])),
    (r"all due links were checked\.", lambda r, _: r.ended("finished") and r.left() == 0),
    (r"the links that it was to check were checked\.", lambda r, _: r.ended("finished")),
    (r"the time or request limit was reached\.", lambda r, _: r.ended("deadline") and r.left() > 0),
    (r"the time limit was reached after all due links were checked\.", lambda r, _: r.ended("deadline") and r.left() == 0),
    (r"stopped early\.", lambda r, _: r.ended("interrupted")),
    (r"Holdfast failed\.", lambda r, _: r.ended("failed")),
    (r"no network: no links were checked and no states changed\.", lambda r, _: r.ended("network-down") and r.count("probes > 0") == 0),
    (r"the network went down; the remaining links are still due\.", lambda r, _: r.ended("network-down") and r.count("probes > 0") > 0),
    (r"(\d+) due links? (?:and|or) archive cop(?:y|ies) (?:was|were) not checked\.", lambda r, m: r.ended("partial") and r.left() == _number(m) > 0),
    (r"all due links were checked, except those of hosts that asked for a pause\.", lambda r, _: r.ended("finished") and r.left() == r.left(PAUSING) > 0),
    (rf"(\d+) address(?:es)? waits? for (?:a pause that its host|pauses that their hosts) asked for \(([^)]*)\), (?:the first )?until ({T})\.", lambda r, m: (r.left(PAUSING), "pausing.example") == (_number(m), m[2]) and r.pause_ends(m[3])),
    (r"(\d+) (?:is|are) left to run (\d+), which held (?:its host|their hosts)\.", lambda r, m: r.left(f"host_id IN {HELD}") == _number(m) and r.folder.count("run", f"id = {m[2]} AND finished_at IS NULL AND owner LIKE 'elsewhere:%'") == 1),
    (r"(\d+) (?:is on a host|are on hosts) that (?:another run|other runs) held\.", lambda r, m: r.left(f"host_id IN {HELD}") == _number(m)),
    (r"(\d+) (?:is|are) beyond the limits? of this run or of (?:its host|their hosts), and stays? due\.", lambda r, m: r.left() == _number(m)),
    (r"(\d+) (?:was|were) not reached and stays? due\.", lambda r, m: r.left() == _number(m)),
    (r"(\d+) checks? had no usable answer\.", lambda r, m: r.count("verdict = 'unsure' AND checked_at >= (SELECT started_at FROM run WHERE id = :run)") == _number(m)),
    (rf"“New” means changed since run (\d+) of {T}\.", lambda r, m: r.folder.count("run", f"id = {m[1]} AND outcome IN ('finished', 'deadline') AND id < {r.run}") == 1),
    (r"Nothing to fix\.", lambda r, _: r.open == 0 and not r.failing("suspect")),
    (r"No page cites a link\.", lambda r, _: r.folder.count("citation") == 0),
    (r"Nothing is known yet: no link has been checked\.", lambda r, _: r.count("state != 'unchecked'") == 0 < r.count("1")),
    (r"Nothing new to fix\.", lambda r, _: r.open == 0),
    (r"No link or archive copy is known to fail\.", lambda r, _: r.count("state IN ('broken', 'suspect')") == 0),
    (r"(\d+) address(?:es)? (?:is|are) not checked yet\.", lambda r, m: r.count("state = 'unchecked'") == _number(m) > 0),
    (r"Nothing to fix yet: (\d+) address(?:es)? failed once\.", lambda r, m: r.open == 0 and len(r.failing("suspect")) == _number(m) == r.count("state = 'suspect' AND consecutive_failures = 1")),
    (r"Nothing to fix yet: (\d+) address(?:es)? fails?\.", lambda r, m: r.open == 0 and len(r.failing("suspect")) == _number(m)),
    (r"More checks have to confirm it\.", lambda r, _: len(r.failing("suspect")) > 0),
    (rf"The next check is due ({T})\.", lambda r, m: any(abs(datetime.strptime(m[1], "%Y-%m-%d %H:%M %z").timestamp() - at / 1_000_000) < 60 for (at,) in r.folder.query("SELECT min(next_probe_at) FROM link WHERE state = 'suspect'"))),
    (r"(\d+) links? fails?, and (?:its|their) citations lead to (?:a )?working archive cop(?:y|ies)\.", lambda r, m: len(r.covered) == _number(m)),
    (r"(\d+) failing address(?:es)? (?:is|are) acknowledged\.", lambda r, m: len(r.known) == _number(m)),
    # headings and lines of the to-do list
    (r"to do: (\d+)(?:, newly broken: (\d+))?", lambda r, m: r.open == _number(m) >= int(m[2] or 0)),
    (r"### Can be fixed now \((\d+)\)", lambda r, m: r.fixable == _number(m)),
    (r"### Needs a person \((\d+)\)", lambda r, m: r.open - r.fixable == _number(m)),
    (r"(\d+) of (\d+) can be fixed now: holdfast fix shows the patch(?:; )?", lambda r, m: (r.fixable, r.open) == (_number(m), int(m[2]))),
    (r"(\d+) of (\d+) needs? a person: find another source, run holdfast ack URL, or write <!-- holdfast: ignore --> beside the link \(AsciiDoc, reStructuredText and BibTeX have comments of their own\)", lambda r, m: (r.open - r.fixable, r.open) == (_number(m), int(m[2]))),
    (r"(\d+) failing links? leads? readers to a working archive copy: nothing to do", lambda r, m: len(r.covered) == _number(m)),
    (r"(\d+) failing links? acknowledged: holdfast ack lists them", lambda r, m: len(r.known) == _number(m)),
]  # fmt: skip


@pytest.fixture(scope="module")
def lamp_web(background: BackgroundLoop) -> Internet:
    return background.start(
        Internet(
            {
                "pausing.example": {ANY: retry_after(429, timedelta(hours=1))},
                "sound.example": {ANY: page("Sound", "A lamp and a moth, at length.")},
                "gone.example": {ANY: status(404)},
            }
        )
    )


@pytest.fixture
def wiki(folder: Folder, lamp_web: Internet, wayback: RunningWayback) -> Folder:
    folder.configure(lamp_web, wayback)
    folder.write("lamps.md", PAGE)
    return folder


def run(folder: Folder, *options: str) -> Done:
    done = folder.holdfast("run", "lamps.md", "--lookups", "0", "--format", "markdown", *options)
    error_lines(done)
    assert done.returncode in {0, 1, 2}, done.stderr
    return done


def read_report(reader: Reader, text: str) -> int:
    """Check the sentences at the head and of the to-do list of a Markdown report."""
    lines = text.splitlines()
    sentences = reader.read(lines[2])
    start = next(number for number, line in enumerate(lines) if line.startswith("## To do"))
    (number,) = re.findall(r"\((\d+)\)", lines[start])
    assert int(number) == reader.open
    for line in lines[start + 1 :]:
        if line.startswith("## "):
            break
        if line and not line.startswith(("- ", "  - ", "`holdfast fix`", "No replacement")):
            sentences += reader.read(line)
    return sentences


def read_all(reader: Reader, folder: Folder, *options: str) -> None:
    """Check the report that `holdfast report` prints now."""
    done = folder.run_in_process("report", "--fail-on", "never", *options)
    assert done.returncode == 0, done.stderr
    assert read_report(reader, done.stdout)


def stand(folder: Folder, url: str, state: str) -> None:
    """Store a link that was confirmed broken, or alive, in the first run."""
    verdict, reason = ("alive", "ok") if state == "alive" else ("broken", "not-found")
    folder.execute(
        "UPDATE link SET state = ?, verdict = ?, reason = ?, consecutive_failures = 4, probes = 4,"
        " changed_run_id = 1 WHERE url = ?",
        *(state, verdict, reason, url),
    )  # fmt: skip


def only(folder: Folder, *urls: str) -> None:
    folder.write("lamps.md", "".join(f"- <{url}>\n" for url in urls))


def read_terminal(reader: Reader, done: Done) -> None:
    """Check the lines of the terminal that say how the run ended or count what is to do."""
    starts = ("Run ", "to do: ", "No run")
    counts = re.compile(r"\d+ (?:of \d+ |failing links? (?:leads? readers|acknowledged))")
    for line in error_lines(done):
        if line.startswith(starts) or counts.match(line):
            reader.read(line)


def test_sentences_about_a_wiki_without_findings(wiki: Folder) -> None:
    only(wiki, f"{SOUND}/1", f"{SOUND}/2")
    done = run(wiki)
    reader = Reader(wiki)
    read_terminal(reader, done)
    read_all(reader, wiki)


def test_a_run_is_complete_although_a_host_requested_a_pause(wiki: Folder) -> None:
    only(wiki, f"{SOUND}/1")
    run(wiki)
    wiki.write("lamps.md", PAGE)
    done = run(wiki)
    assert wiki.query("SELECT outcome FROM run ORDER BY id") == [("finished",), ("finished",)]
    reader = Reader(wiki)
    read_terminal(reader, done)
    assert any("asked for a pause" in line for line in error_lines(done))
    assert any("(pausing.example)" in line for line in error_lines(done))
    read_all(reader, wiki)
    assert re.search(r"finished, \d+ address(es)? waiting", wiki.run_in_process("status").stdout)
    run(wiki)
    read_all(reader, wiki)
    assert (
        "since run 2 of" in wiki.run_in_process("report").stdout
    )  # a pause every night moves no base


def test_links_that_redirect_to_a_host_with_a_requested_pause_wait_for_it(
    folder: Folder, background: BackgroundLoop, wayback: RunningWayback
) -> None:
    """Their own hosts asked for nothing, and the run is complete as with links of that host."""
    pause = {"/first": retry_after(429, timedelta(hours=1)), ANY: page("New", "A new home.")}
    sites = {
        "pausing.example": pause,
        "sound.example": {ANY: redirect(301, "http://pausing.example/new")},
    }
    folder.configure(background.start(Internet(sites)), wayback)
    folder.write("lamps.md", "[p](http://pausing.example/first)\n")
    run(folder)
    folder.write("lamps.md", f"[p](http://pausing.example/first) [a]({SOUND}/1) [b]({SOUND}/2)\n")
    done = run(folder)
    assert folder.query("SELECT outcome FROM run ORDER BY id") == [("finished",), ("finished",)]
    assert "were not reached" not in done.stderr
    assert re.search(
        r"2 addresses wait for pauses that their hosts asked for \(pausing\.example\)", done.stderr
    ), done.stderr


@pytest.mark.parametrize("owners", [["elsewhere:1"], ["elsewhere:1", "elsewhere:2"]])
def test_hosts_leased_by_another_run_are_left_to_it(wiki: Folder, owners: list[str]) -> None:
    only(wiki, f"{SOUND}/1", f"{SOUND}/2", f"{GONE}/1")
    assert wiki.run_in_process("scan", "lamps.md").returncode == 0
    hosts = ["sound.example", "gone.example"]
    for owner, host in zip(owners, hosts, strict=False):
        far = "(SELECT max(started_at) FROM run) + 900000000"
        wiki.execute(
            f"UPDATE host SET lease_owner = ?, lease_until = {far} WHERE name = ?", owner, host
        )
        wiki.execute(
            "INSERT INTO run (command, started_at, owner, version, totals) SELECT 'run', started_at, ?, '0', '{}' FROM run LIMIT 1",
            owner,
        )  # fmt: skip
    done = run(wiki)
    assert wiki.query("SELECT outcome FROM run ORDER BY id DESC LIMIT 1") == [("partial",)]
    reader = Reader(wiki)
    read_terminal(reader, done)
    read_all(reader, wiki)
    text = "\n".join(error_lines(done))
    assert ("left to run" in text) == (len(owners) == 1)


@pytest.mark.parametrize("limited_by", ["--limit", "per_run"])
def test_a_reached_limit_is_reported_and_no_failure(wiki: Folder, limited_by: str) -> None:
    only(wiki, f"{SOUND}/1", f"{SOUND}/2")
    options = ["--limit", "1"] if limited_by == "--limit" else []
    if not options:
        text = (wiki.path / "holdfast.toml").read_text(encoding="utf-8")
        wiki.write(
            "holdfast.toml", text.replace("interval = 0.0\n", "interval = 0.0\nper_run = 1\n", 1)
        )
    done = run(wiki, *options)
    assert wiki.query("SELECT outcome FROM run") == [("deadline",)]
    reader = Reader(wiki)
    read_terminal(reader, done)
    assert any("beyond the limit" in line for line in error_lines(done))
    read_all(reader, wiki)


def test_first_run_leads_with_what_failed_once(wiki: Folder) -> None:
    only(wiki, f"{SOUND}/1", f"{GONE}/1", f"{GONE}/2")
    run(wiki)
    read_all(Reader(wiki), wiki)
    assert "2 addresses failed once" in wiki.run_in_process("report").stdout


def test_hosts_that_fail_repeatedly_are_listed(wiki: Folder) -> None:
    only(wiki, *(f"{DOWN}:1/{number}" for number in range(6)), f"{SOUND}/1")
    run(wiki)
    read_all(Reader(wiki), wiki)


ENDINGS: Mapping[str, tuple[str, Mapping[str, int]]] = {
    "stopped": ("interrupted", {"left:counted": 1, "left:other": 2}),
    "failed": ("failed", {"left:counted": 1, "left:other": 2}),
    "without network": ("network-down", {"left:counted": 1, "left:other": 2}),
    "deadline": ("deadline", {"left:counted": 1, "left:other": 2}),
    "left at a limit": ("deadline", {"left:counted": 1, "left:limited": 2}),
    "left": ("partial", {"left:counted": 1, "left:other": 2}),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_reports_show_how_a_run_ended(wiki: Folder, ending: str) -> None:
    outcome, totals = ENDINGS[ending]
    only(wiki, f"{SOUND}/1", f"{SOUND}/2")
    assert wiki.run_in_process("scan", "lamps.md").returncode == 0
    wiki.execute(
        "INSERT INTO run (command, started_at, finished_at, outcome, owner, version, totals)"
        " SELECT 'run', started_at + 1000000, started_at + 2000000, ?, 'x:1', '0', ? FROM run",
        *(outcome, json.dumps(totals)),
    )
    reader = Reader(wiki)
    done = wiki.run_in_process("report", "--format", "json", "--fail-on", "never")
    shown = json.loads(done.stdout)["run"]
    assert shown["id"] == 2  # the first that probed, however it ended
    read_all(reader, wiki)


@pytest.mark.parametrize(
    ("states", "covered", "fixable"),
    [
        ({f"{GONE}/1": "broken", COPY: "alive"}, [f"{GONE}/1"], 0),
        ({f"{GONE}/1": "broken", COPY: "broken"}, [], 0),
        ({f"{SOUND}/1": "broken"}, [], 0),
        ({f"{SOUND}/1": "broken", f"{GONE}/1": "broken", COPY: "alive"}, [f"{GONE}/1"], 0),
        ({f"{GONE}/1": "suspect", COPY: "alive"}, [f"{GONE}/1"], 0),
    ],
)
def test_the_to_do_list_has_the_open_findings(
    wiki: Folder, states: dict[str, str], covered: list[str], fixable: int
) -> None:
    only(wiki, f"{SOUND}/1", COPY)
    assert wiki.run_in_process("scan", "lamps.md").returncode == 0
    for url in (f"{SOUND}/1", f"{GONE}/1", COPY):
        stand(wiki, url, states.get(url, "alive"))
    reader = Reader(wiki, covered=covered, fixable=fixable)
    read_all(reader, wiki)
    read_all(reader, wiki, "--only-new")
    read_terminal(reader, wiki.holdfast("archive", "--limit", "0", "--fail-on", "never"))


def test_a_copy_beside_the_link_makes_it_fixable_and_acknowledging_it_closes_it(
    wiki: Folder,
) -> None:
    wiki.write("lamps.md", f"A [lamp]({GONE}/1).\n")
    wiki.write("moths.md", f"A [moth]({COPY}).\n")
    assert wiki.run_in_process("scan", "lamps.md", "moths.md").returncode == 0
    stand(wiki, f"{GONE}/1", "broken")
    stand(wiki, COPY, "alive")
    read_all(Reader(wiki, fixable=1), wiki)
    assert "Can be fixed now (1)" in wiki.run_in_process("report").stdout
    assert "+" in wiki.holdfast("fix").stdout  # and it can
    assert wiki.run_in_process("ack", f"{GONE}/1").returncode == 0
    read_all(Reader(wiki, known=[f"{GONE}/1"]), wiki)


def test_reports_state_that_nothing_is_cited(wiki: Folder) -> None:
    wiki.write("lamps.md", "# Lamps\n")
    assert wiki.run_in_process("scan", "lamps.md").returncode == 0
    read_all(Reader(wiki), wiki)


def test_reports_state_that_nothing_was_checked_yet(wiki: Folder) -> None:
    assert wiki.run_in_process("scan", "lamps.md").returncode == 0
    read_all(Reader(wiki), wiki)


def test_a_check_of_some_links_is_no_base_for_all(wiki: Folder) -> None:
    only(wiki, f"{SOUND}/1", f"{SOUND}/2")
    assert wiki.run_in_process("scan", "lamps.md").returncode == 0
    done = wiki.holdfast("check", f"{SOUND}/1")
    assert done.returncode == 0, done.stderr
    assert wiki.query("SELECT wikis FROM run WHERE command = 'check'") == [("[]",)]
    assert (
        "No links have been checked" not in (text := wiki.run_in_process("report").stdout) or text
    )
    assert json.loads(wiki.run_in_process("report", "--format", "json").stdout)["run"] is None
