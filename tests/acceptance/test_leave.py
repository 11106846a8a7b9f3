"""Test `holdfast fix --leave`: citations of copies on an archive get proven copies elsewhere."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.archive_faults import SimulatedFault
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import PageBehaviour, page, status
from crawler.demo.web import ANY, Behaviour
from tests.acceptance.folder import COLLECTION, Done, Folder, error_lines, one_line, rows
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.prose import paragraphs, title
from tests.web.walls import captcha

DAY = "20210805110426"  # of the copies that are left
NEAR, FAR = "20210901080000", "20150101080000"
PAGES = "http://press.test"


def shown(number: int, *, day: str = "5 August 2021", name: str = "") -> PageBehaviour:
    """Return an article with a date in its text."""
    texts = [f"Read on {day} by 1,204 people.", *paragraphs(number, count=3)]
    return page(name or title(number), *texts)


def framed(number: int, original: str) -> Behaviour:
    """Return the same article in the frame of archive.today, which names the original and the time."""
    frame = [
        "archive.today webpage capture", "Saved from", "no other snapshots from this url",
        "All snapshots from host press.test", "share download .zip report bug or abuse Buy me a coffee",
    ]  # fmt: skip
    link = f'<input id="SHARE_LONGLINK" value="http://archive.today/{DAY}/{original}">'
    return page(title(number), *frame, *paragraphs(number, count=3), markup=link)


# The short id of each copy that is left, the number of its article, and what is known elsewhere:
# the timestamp of a copy on the Wayback Machine and its body, and what the original shows now.
SAME, DATED, OTHER, FAR_OFF, WALLED, WORDLESS, LIVING, NOWHERE, UNNAMED = (
    "aaaa1", "aaaa2", "aaaa3", "aaaa4", "aaaa5", "aaaa6", "aaaa7", "aaaa8", "aaaa9",
)  # fmt: skip
NUMBERS = {name: number for number, name in enumerate(
    (SAME, DATED, OTHER, FAR_OFF, WALLED, WORDLESS, LIVING, NOWHERE, UNNAMED), start=1
)}  # fmt: skip
WALLS = (WALLED, WORDLESS)
ELSEWHERE: Mapping[str, tuple[str, PageBehaviour]] = {
    SAME: (NEAR, shown(1)),
    DATED: (NEAR, shown(2, day="1 September 2021")),
    OTHER: (NEAR, shown(30)),
    FAR_OFF: (FAR, shown(4)),
    WALLED: (NEAR, shown(5)),
    WORDLESS: (NEAR, shown(6)),
    UNNAMED: (NEAR, shown(9)),
}
KEPT = {
    OTHER: "the copies elsewhere show another text",
    FAR_OFF: "the copies elsewhere are too far from its date",
    WORDLESS: "no copy elsewhere could be shown to be of the same page",
    NOWHERE: "no verified copy elsewhere is known yet",
}


def original(name: str) -> str:
    return f"{PAGES}/{NUMBERS[name]}"


def copy_elsewhere(name: str, timestamp: str = NEAR) -> str:
    return f"https://web.archive.org/web/{timestamp}/{original(name)}"


def left_copy(name: str) -> str:
    return f"https://archive.is/{name}"


def text(name: str) -> str:
    """Return the text of the citation: the title of the page, if it is to be compared with that."""
    return title(NUMBERS[name]) if name == WALLED else f"Source {NUMBERS[name]}"


def cite(name: str) -> str:
    return f'[{text(name)}]({left_copy(name)} "{original(name)}")'


@pytest.fixture(scope="module")
def archives(background: BackgroundLoop) -> tuple[Internet, RunningWayback]:
    """Start the web with archive.today, and the Wayback Machine."""
    copies: dict[str, Behaviour] = {
        f"/{name}": framed(number, original(name)) for name, number in NUMBERS.items()
    }
    for walled in WALLS:
        copies[f"/{walled}"] = captcha()
    originals: dict[str, Behaviour] = {ANY: status(404), f"/{NUMBERS[LIVING]}": shown(7)}
    # Two articles that nobody leaves: what else the site shows.
    originals |= {"/91": shown(91), "/92": shown(92)}
    internet = background.start(
        Internet({"press.test": originals, "archive.is": {ANY: status(404), **copies}})
    )
    wayback = background.start(RunningWayback(fetch=internet.fetch))
    for name, (timestamp, behaviour) in ELSEWHERE.items():
        body = behaviour.html
        wayback.snapshots.append(
            StoredSnapshot(original=original(name), timestamp=timestamp, body=body)
        )
    return internet, wayback


@pytest.fixture(scope="module")
def checked(
    tmp_path_factory: pytest.TempPathFactory, archives: tuple[Internet, RunningWayback]
) -> Path:
    """Return the folder of a wiki that cites them all, after one run."""
    folder = Folder(tmp_path_factory.mktemp("leaving"))
    lines = {name: f"- {cite(name)} (accessed 2021-08-05)\n" for name in NUMBERS if name != UNNAMED}
    folder.write("wiki/a.md", "".join(line for name, line in lines.items() if name not in WALLS))
    # A CAPTCHA pauses requests to the archive: its pages are read last.
    folder.write("wiki/z.md", "".join(lines[name] for name in WALLS))
    folder.write(
        "wiki/b.md", f"<{left_copy(UNNAMED)}> (accessed 2021-08-05)\n\n{PAGES}/91 {PAGES}/92\n"
    )
    folder.configure(*archives)
    run(folder)
    return folder.path


@pytest.fixture
def wiki(checked: Path, tmp_path: Path) -> Folder:
    """Return a copy of it."""
    shutil.copytree(checked, tmp_path / "wiki")
    return Folder(tmp_path / "wiki")


def run(folder: Folder) -> Done:
    done = folder.holdfast("run", "wiki", "--fail-on", "never")
    error_lines(done)
    assert done.returncode == 0, done.stderr
    return done


def leave(folder: Folder, *options: str, code: int = 0) -> Done:
    done = folder.holdfast("fix", "--leave", "archive.today", *options)
    error_lines(done)
    assert done.returncode == code, done.stderr
    return done


def kept(done: Done) -> dict[str, str]:
    """Return the citations that keep their copies, with the reasons."""
    found = re.findall(r": kept https://archive\.is/(\w+): (.*)", done.stderr)
    return dict(found)


def apply(folder: Folder, patch: str) -> None:
    subprocess.run(["git", "apply"], cwd=folder.path, input=patch.encode(), check=True)


def test_only_verified_copies_replace_others_and_the_rest_is_listed(wiki: Folder) -> None:
    before = (wiki.path / "wiki/a.md").read_text()
    done = leave(wiki)
    assert kept(done) == KEPT
    assert (
        "leaving archive.today: 9 to leave, 5 ready, 0 captured and not yet verified, 4 without a replacement"
        in done.stderr
    )
    assert (wiki.path / "wiki/a.md").read_text() == before
    apply(wiki, done.stdout)
    after = (wiki.path / "wiki/a.md").read_text()
    expected = before.replace(f'{left_copy(LIVING)} "{original(LIVING)}"', original(LIVING))
    for name in (SAME, DATED):
        expected = expected.replace(left_copy(name), copy_elsewhere(name))
    assert after == expected
    assert f"- [{title(5)}]({copy_elsewhere(WALLED)} " in (wiki.path / "wiki/z.md").read_text()
    assert f"<{copy_elsewhere(UNNAMED)}>" in (wiki.path / "wiki/b.md").read_text()


def test_no_title_is_left_that_only_repeats_where_the_link_leads(
    folder: Folder, archives: tuple[Internet, RunningWayback]
) -> None:
    left, living, other = left_copy(LIVING), original(LIVING), left_copy(SAME)
    pages = {
        "a.md": (
            (
                f"[a]({left} \"{living}\") and [b](<{left}> '{living}').\n\n"
                f'[c]({left} "{left}"). [d][e]\n\n[e]: {left}\n  "{living}"\n\n'
                f'<p><a class="x" href="{left}" title="{living}">f</a></p>\n\n'
                f'[g]({left} "A study, {living}")\n\n[h]({other} "{original(SAME)}")\n\n'
                f"{PAGES}/91 {PAGES}/92\n"
            ),
            (
                f"[a]({living}) and [b](<{living}>).\n\n"
                f"[c]({living}). [d][e]\n\n[e]: {living}\n\n"
                f'<p><a class="x" href="{living}">f</a></p>\n\n'
                f'[g]({living} "A study, {living}")\n\n'
                f'[h]({copy_elsewhere(SAME)} "{original(SAME)}")\n\n'
                f"{PAGES}/91 {PAGES}/92\n"
            ),
        ),
        "b.html": (
            (
                f'<p><a title="{living}" href="{left}">a</a>\n'
                f"<a href='{left}' title='{left}' rel=x>b</a></p>\n"
            ),
            f"<p><a href=\"{living}\">a</a>\n<a href='{living}' rel=x>b</a></p>\n",
        ),
        "c.adoc": (
            f'{left}["a, b",title="{living}"] and {left}[c,title="{living}",window=_blank].\n',
            f"{living}[a, b] and {living}[c,window=_blank].\n",
        ),
    }
    for name, (before, _) in pages.items():
        folder.write(f"wiki/{name}", before)
    folder.configure(*archives)
    run(folder)
    leave(folder, "--write")
    assert {name: (folder.path / "wiki" / name).read_text() for name in pages} == {
        name: after for name, (_, after) in pages.items()
    }


def test_a_second_time_there_is_nothing_to_do(wiki: Folder) -> None:
    assert leave(wiki, "--write").stderr.count("patch saved") == 1
    assert (leave(wiki).stdout, "changed since" in leave(wiki).stderr) == ("", False)
    run(wiki)
    again = leave(wiki)
    assert (again.stdout, kept(again)) == ("", KEPT)
    assert "nothing to fix: 4 citations of copies there looked at" in again.stderr
    assert (
        "leaving archive.today: 4 to leave, 0 ready, 0 captured and not yet verified, 4 without a replacement"
        in again.stderr
    )


def test_status_and_reports_show_the_progress(wiki: Folder) -> None:
    line = "leaving archive.today: 9 to leave, 5 ready, 0 captured and not yet verified, 4 without a replacement"
    assert line in wiki.run_in_process("status").stdout
    markdown = wiki.run_in_process("report", "--format", "markdown").stdout
    assert "## Leaving archives (9)" in markdown
    assert (
        "- archive.today: 9 to leave, 5 ready, 0 captured and not yet verified, 4 without a replacement"
        in markdown
    )
    assert f"  - `wiki/a.md:3` <{left_copy(OTHER)}>: {KEPT[OTHER]}" in markdown
    assert "5 ready" in wiki.run_in_process("report", "--format", "html").stdout
    chinese = wiki.run_in_process("report", "--format", "markdown", "--lang", "zh").stdout
    assert "archive.today：共 9 处待替换" in chinese


def test_a_capture_is_counted_and_used_once_it_is_verified(
    folder: Folder, archives: tuple[Internet, RunningWayback]
) -> None:
    folder.write("wiki/a.md", f"- {cite(LIVING)} ({original(LIVING)})\n\n{PAGES}/91 {PAGES}/92\n")
    folder.configure(*archives)
    file = folder.path / "holdfast.toml"
    file.write_text(f"{file.read_text()}\n[archives]\ncapture = true\n")
    run(folder)
    first = leave(folder)
    assert first.stdout == ""
    assert (
        "1 to leave, 0 ready, 1 captured and not yet verified, 0 without a replacement"
        in first.stderr
    )
    folder.age_history(timedelta(hours=30))
    run(folder)
    done = leave(folder)
    assert (
        "1 to leave, 1 ready, 0 captured and not yet verified, 0 without a replacement"
        in done.stderr
    )
    assert re.search(
        rf"\+- \[Source 7\]\(https://web\.archive\.org/web/\d{{14}}/{original(LIVING)} ",
        done.stdout,
    )


def test_a_later_outage_of_the_archive_does_not_change_the_patch(
    wiki: Folder, archives: tuple[Internet, RunningWayback]
) -> None:
    before = leave(wiki).stdout
    sites = archives[0].sites
    archives[0].sites = {**sites, "archive.is": {ANY: status(503)}}
    try:
        wiki.age_history(timedelta(days=100))
        run(wiki)
    finally:
        archives[0].sites = sites
    assert leave(wiki).stdout == before


def test_a_page_edited_meanwhile_is_left_alone(wiki: Folder) -> None:
    page_file = wiki.path / "wiki/a.md"
    page_file.write_text(page_file.read_text() + "\nAnd more.\n")
    done = leave(wiki, "--write")
    assert (
        "1 page skipped, changed since the last scan: run holdfast scan (wiki/a.md)" in done.stderr
    )
    assert left_copy(SAME) in page_file.read_text()


def test_a_copy_cited_on_twenty_pages_in_two_styles_is_replaced_on_all(
    folder: Folder, archives: tuple[Internet, RunningWayback]
) -> None:
    beside = f"[Source 1]({original(SAME)}) ([Archived]({left_copy(SAME)}))\n"
    for number in range(20):
        folder.write(f"wiki/{number}.md", beside if number % 2 else f"{cite(SAME)}\n")
    folder.write("wiki/others.md", f"{PAGES}/91 {PAGES}/92 {cite(DATED)}\n")
    folder.configure(*archives)
    run(folder)
    leave(folder, "--write", "--max", "20")
    texts = [(folder.path / f"wiki/{number}.md").read_text() for number in range(20)]
    assert not any("archive.is" in each for each in texts)
    assert texts[1] == beside.replace(left_copy(SAME), copy_elsewhere(SAME))
    assert texts[0] == f'[Source 1]({copy_elsewhere(SAME)} "{original(SAME)}")\n'


def test_other_copies_are_looked_up_near_the_time_of_the_copy_to_leave(
    folder: Folder, archives: tuple[Internet, RunningWayback]
) -> None:
    # Its short address names no time, and the page is older by years.
    folder.write("wiki/a.md", f"---\ndate: 2016-01-01\n---\n\n{cite(NOWHERE)}\n")
    folder.write("wiki/b.md", f"{PAGES}/91 {PAGES}/92\n")
    wayback = archives[1]
    copies = [
        StoredSnapshot(original=original(NOWHERE), timestamp=timestamp, body=shown(8).html)
        # The index is asked for the newest before that day and the oldest after it.
        for timestamp in ("20140101080000", "20170101080000", "20210901080000", "20220901080000")
    ]
    wayback.snapshots.extend(copies)
    try:
        folder.configure(*archives)
        run(folder)
    finally:
        for copy in copies:
            wayback.snapshots.remove(copy)
    assert f"]({copy_elsewhere(NOWHERE)} " in leave(folder).stdout


@pytest.mark.parametrize("wrong", [1, 3, 5])
def test_next_best_copy_is_tried_where_the_nearest_shows_another_text(
    folder: Folder, archives: tuple[Internet, RunningWayback], wrong: int
) -> None:
    """The site showed other articles at this address for some days, up to five of which are tried."""
    days = [
        "20210806080000",
        "20210804080000",
        "20210808080000",
        "20210802080000",
        "20210810080000",
    ]
    copies = [
        StoredSnapshot(original=original(NOWHERE), timestamp=day, body=shown(40 + number).html)
        for number, day in enumerate(days[:wrong])
    ]
    copies.append(StoredSnapshot(original=original(NOWHERE), timestamp=NEAR, body=shown(8).html))
    wayback = archives[1]
    folder.write("wiki/a.md", f"- {cite(NOWHERE)} (accessed 2021-08-05)\n\n{PAGES}/91 {PAGES}/92\n")
    folder.configure(*archives)
    wayback.snapshots.extend(copies)
    try:
        run(folder)
        asked = len(wayback.requests)
        run(folder)
        assert len(wayback.requests) == asked  # the right one is known, or all were tried
    finally:
        for copy in copies:
            wayback.snapshots.remove(copy)
    done = leave(folder)
    if wrong < 5:
        assert f"]({copy_elsewhere(NOWHERE)} " in done.stdout
    else:
        assert kept(done) == {NOWHERE: KEPT[OTHER]}
    of_link = f"original_id = (SELECT id FROM link WHERE url = '{original(NOWHERE)}')"
    assert folder.count("mirror", f"service = 'wayback' AND {of_link}") == min(wrong + 1, 5)


def test_no_further_copy_leaves_what_was_found_as_it_is(
    folder: Folder, archives: tuple[Internet, RunningWayback]
) -> None:
    folder.write("wiki/a.md", f"- {cite(OTHER)} (accessed 2021-08-05)\n\n{PAGES}/91 {PAGES}/92\n")
    folder.configure(*archives)
    run(folder)
    asked = len(archives[1].requests)
    run(folder)
    assert len(archives[1].requests) == asked
    assert kept(leave(folder)) == {OTHER: KEPT[OTHER]}
    (row,) = [row for row in rows(folder.holdfast("report", "--format", "jsonl").stdout)
              if row["url"] == original(OTHER)]  # fmt: skip
    assert row["best_mirror"] == copy_elsewhere(OTHER)


def test_a_further_copy_is_looked_up_once_in_a_run_if_the_archive_responds_with_an_error(
    folder: Folder, archives: tuple[Internet, RunningWayback]
) -> None:
    folder.write("wiki/a.md", f"- {cite(OTHER)} (accessed 2021-08-05)\n\n{PAGES}/91 {PAGES}/92\n")
    wayback = archives[1]
    folder.configure(*archives)
    asked_before = len(wayback.requests)
    wayback.faults["cdx"] = SimulatedFault(status=400, body="no")
    try:
        run(folder)
        further = f"&to={DAY}"  # the time of the cited copy, which is to be replaced
        asked = [
            request.target
            for request in wayback.requests[asked_before:]
            if further in request.target
        ]
        assert len([target for target in asked if "/cdx/" in target]) == 1
    finally:
        wayback.faults.clear()


def test_the_message_about_a_short_url_asks_for_the_missing_date(
    folder: Folder, archives: tuple[Internet, RunningWayback]
) -> None:
    folder.write("wiki/a.md", f"- {cite(WALLED)}\n\n{PAGES}/91 {PAGES}/92\n")
    folder.configure(*archives)
    run(folder)
    done = leave(folder)
    assert done.stdout == ""
    assert kept(done) == {
        WALLED: "it could not be read and its date is not known: write the day beside the link"
    }
    folder.write("wiki/a.md", f"- {cite(WALLED)} (accessed 2021-08-05)\n\n{PAGES}/91 {PAGES}/92\n")
    error_lines(folder.run_in_process("scan", "wiki"))
    assert copy_elsewhere(WALLED) in leave(folder).stdout


def test_nothing_is_cited_twice_at_one_place(
    folder: Folder, archives: tuple[Internet, RunningWayback]
) -> None:
    folder.write(
        "wiki/a.md",
        f"- [One]({original(SAME)}) ([Archived]({left_copy(SAME)}), [Archived]({copy_elsewhere(SAME)}))\n"
        f"- [Seven]({original(LIVING)}) ([Archived]({left_copy(LIVING)}))\n- {PAGES}/91 {PAGES}/92\n",
    )
    folder.configure(*archives)
    run(folder)
    done = leave(folder)
    assert done.stdout == ""
    assert kept(done) == {
        SAME: "another copy stands beside it: remove this link by hand",
        LIVING: "its living original stands beside it, and there is no copy elsewhere yet",
    }


def test_hosts_and_distrusted_name_archives_too(wiki: Folder) -> None:
    expected = leave(wiki).stdout
    assert wiki.holdfast("fix", "--leave", "archive.ph").stdout == expected
    assert wiki.holdfast("fix", "--leave", "distrusted").stdout == expected
    several = wiki.holdfast("fix", "--leave", "wikiwix", "--leave", "archive.today")
    assert several.stdout == expected


def test_trust_is_a_setting_that_fix_and_reports_follow(wiki: Folder) -> None:
    with (wiki.path / "holdfast.toml").open("a") as file:
        file.write('\n[archives.trust]\n"archive.today" = "institution"\nwayback = "doubted"\n')
    assert "leaving archive.today" not in wiki.run_in_process("status").stdout
    assert "Leaving archives" not in wiki.run_in_process("report", "--format", "markdown").stdout
    assert "no page cites a copy on" in wiki.run_in_process("fix", "--leave", "distrusted").stderr
    done = wiki.holdfast("fix", "--leave", "archive.today")
    assert "trust in archive.today: institution (archives.trust)" in done.stderr
    assert "archive.today is trusted, so no run looks for copies elsewhere" in done.stderr
    assert done.stdout.count("+- [") == 1  # no citation is led to an archive that is doubted


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--leave", "archive.tody"], "--leave: no archive is named 'archive.tody'; did you mean 'archive.today'?"),
        (["--leave", "press.test"], "--leave: no archive is named 'press.test'"),
        (["--leave", "wayback", "--second-mirrors"], "--leave and --second-mirrors are two patches: run one after the other"),
    ],
)  # fmt: skip
def test_errors_of_leaving_an_archive_are_one_line(
    wiki: Folder, arguments: list[str], problem: str
) -> None:
    assert problem in one_line(wiki.run_in_process("fix", *arguments), 3)


def test_an_archive_that_nobody_cites_is_named(wiki: Folder) -> None:
    done = wiki.run_in_process("fix", "--leave", "perma.cc")
    assert (done.returncode, done.stdout) == (0, "")
    assert "no page cites a copy on perma.cc" in done.stderr


def test_the_message_about_an_unknown_service_has_the_line_of_the_setting(folder: Folder) -> None:
    folder.write("holdfast.toml", '[archives.trust]\n"archive.is" = "doubted"\n')
    line = one_line(folder.run_in_process("status"), 3)
    assert "holdfast.toml:2: archives.trust: no archive is named 'archive.is'" in line
    assert Path("holdfast.toml").name in line


def test_copies_that_the_archive_still_replays_are_saved_locally(wiki: Folder) -> None:
    plan = wiki.run_in_process("archive", "--to", "local", "--dry-run").stdout
    assert f"save  {left_copy(NOWHERE)}  (" in plan
    assert "; its only copy is on archive.today)" in plan
    assert left_copy(WALLED) not in plan  # it shows a CAPTCHA
    done = wiki.holdfast("archive", "--to", "local")
    assert done.returncode == 0, error_lines(done)
    found = kept(leave(wiki))
    assert found[NOWHERE] == f"{KEPT[NOWHERE]}; the local archive has a copy"
    assert found[OTHER] == f"{KEPT[OTHER]}; the local archive has a copy"
    assert found[WORDLESS] == KEPT[WORDLESS]
    saved = b"".join(
        gzip.decompress(file.read_bytes()) for file in (wiki.path / COLLECTION).rglob("*.warc.gz")
    )
    assert f"WARC-Target-URI: {left_copy(NOWHERE)}".encode() in saved
    again = wiki.run_in_process("archive", "--to", "local", "--dry-run").stdout
    assert left_copy(NOWHERE) not in again
    run(wiki)
    assert wiki.run_in_process("db", "check").returncode == 0
    assert kept(leave(wiki)) == found


def test_links_point_to_local_copies_once_readers_can_open_them(wiki: Folder) -> None:
    with (wiki.path / "holdfast.toml").open("a") as file:
        file.write('\n[archives.local]\nbase_url = "https://kept.test/holdfast"\n')
    assert wiki.holdfast("archive", "--to", "local").returncode == 0
    done = leave(wiki)
    assert kept(done) == {WORDLESS: KEPT[WORDLESS]}  # a CAPTCHA is not kept
    assert (
        "9 to leave, 8 ready, 0 captured and not yet verified, 1 without a replacement"
        in done.stderr
    )
    apply(wiki, done.stdout)
    after = (wiki.path / "wiki/a.md").read_text()
    for name in (OTHER, FAR_OFF, NOWHERE):
        there = rf"https://kept\.test/holdfast/\d{{14}}/{left_copy(name)} "
        assert re.search(rf'\({there}"{original(name)}"\)', after)
    assert copy_elsewhere(SAME) in after  # a copy of the page itself comes first
    assert re.search(rf"https://kept\.test/holdfast/\d{{14}}/{original(LIVING)} ", after)
    error_lines(wiki.run_in_process("scan", "wiki"))
    citations = rows(wiki.run_in_process("scan", "wiki", "--format", "jsonl").stdout)
    (led,) = [each for each in citations if each["url"].endswith(left_copy(NOWHERE))]
    assert (led["archive"]["service"], led["original"]) == ("local", original(NOWHERE))
    again = leave(wiki)
    assert (again.stdout, kept(again)) == ("", {WORDLESS: KEPT[WORDLESS]})
