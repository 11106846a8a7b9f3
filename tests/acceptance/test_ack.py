"""Test `holdfast ack`: acknowledged links fail neither exit codes nor any report format."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from tests.acceptance.folder import Folder, one_line

PAGE = """# Lamps

The [lamp](http://gone.example/lamp), a [moth](http://lost.example/moth),
and a [wick](https://web.archive.org/web/20210805110426/http://covered.example/wick).
"""
GONE, LOST = "http://gone.example/lamp", "http://lost.example/moth"
COVERED = "http://covered.example/wick"
COPY = f"https://web.archive.org/web/20210805110426/{COVERED}"
LATER = (datetime.now(UTC) + timedelta(days=400)).date()


@pytest.fixture
def wiki(folder: Folder) -> Folder:
    """Return a wiki whose links are all broken; the citation of one leads to a working copy."""
    folder.write("holdfast.toml", "")
    folder.write("lamps.md", PAGE)
    assert folder.run_in_process("scan", "lamps.md").returncode == 0
    for url in (GONE, LOST, COVERED):
        stand(folder, url, "broken")
    stand(folder, COPY, "alive")
    return folder


def stand(folder: Folder, url: str, state: str) -> None:
    verdict, reason = ("broken", "not-found") if state == "broken" else ("alive", "ok")
    folder.execute(
        "UPDATE link SET state = ?, verdict = ?, reason = ?, changed_run_id = 1,"
        " consecutive_failures = 5 WHERE url = ?",
        state,
        verdict,
        reason,
        url,
    )


def code(folder: Folder, fail_on: str) -> int:
    return folder.run_in_process("report", "--format", "csv", "--fail-on", fail_on).returncode


def acknowledgements(folder: Folder) -> str:
    return (folder.path / ".holdfast-ack.toml").read_text(encoding="utf-8")


def test_a_failing_link_with_a_copy_at_every_citation_is_not_to_do(wiki: Folder) -> None:
    stand(wiki, GONE, "alive")
    stand(wiki, LOST, "alive")
    for fail_on in ("new-broken", "broken", "any"):
        assert code(wiki, fail_on) == 0, fail_on
    out = "junit,sarif,github,comment,json,markdown"
    assert wiki.run_in_process("report", "--format", out, "--output", "out").returncode == 0
    written = {path.name: path.read_text("utf-8") for path in (wiki.path / "out").iterdir()}
    assert etree.fromstring(written["report.junit.xml"].encode()).get("failures") == "0"
    levels = {each["level"] for each in json.loads(written["report.sarif"])["runs"][0]["results"]}
    assert levels == {"note"}
    assert {line.split()[0] for line in written["report.github.txt"].splitlines()} == {"::notice"}
    assert "nothing to fix" in written["report.comment.md"].splitlines()[1]
    assert json.loads(written["report.json"])["sections"]["broken"] == []
    assert "## To do (0)" in written["report.md"]
    stand(wiki, GONE, "broken")
    assert code(wiki, "new-broken") == 2


def test_acknowledged_links_leave_the_to_do_list_and_stay_in_the_report(wiki: Folder) -> None:
    stand(wiki, LOST, "alive")
    assert code(wiki, "broken") == 2
    note = 'the museum "restores" it\x7f'
    done = wiki.run_in_process("ack", GONE, "--until", str(LATER), "--note", note)
    assert (done.returncode, done.stdout) == (0, "")
    assert "acknowledged 1 link in" in done.stderr
    for fail_on in ("new-broken", "broken", "any"):
        assert code(wiki, fail_on) == 0, fail_on
    formats = "junit,sarif,jsonl,markdown,csv,html,github"
    assert wiki.run_in_process("report", "--format", formats, "--output", "out").returncode == 0
    written = {path.name: path.read_text("utf-8") for path in (wiki.path / "out").iterdir()}
    rows = [json.loads(line) for line in written["report.jsonl"].splitlines()]
    (row,) = (row for row in rows if row["url"] == GONE)
    assert row["acknowledged"] == {"until": str(LATER), "note": note}
    assert (row["state"], row["action"]) == ("broken", None)
    assert "## Acknowledged (1)" in written["report.md"]
    assert etree.fromstring(written["report.junit.xml"].encode()).get("failures") == "0"
    assert f"acknowledged until {LATER}" in written["report.junit.xml"]
    (result,) = (
        each
        for each in json.loads(written["report.sarif"])["runs"][0]["results"]
        if each["properties"]["url"] == GONE
    )
    assert (result["level"], result["suppressions"][0]["kind"]) == ("note", "external")
    assert f",,{LATER}," in written["report.csv"]
    assert GONE in written["report.html"]
    assert GONE not in written["report.github.txt"]
    listed = wiki.run_in_process("ack").stdout
    assert listed.startswith(f"{LATER}  broken")
    assert GONE in listed


def test_an_acknowledgement_expires_after_its_last_day(wiki: Folder) -> None:
    stand(wiki, LOST, "alive")
    today, yesterday = datetime.now().astimezone().date(), "2020-02-03"
    wiki.write(".holdfast-ack.toml", f'[[ack]]\nurl = "{GONE}"\nuntil = {yesterday}\n')
    assert code(wiki, "broken") == 2
    assert wiki.run_in_process("ack").stdout.startswith(f"{yesterday}  expired")
    assert (
        wiki.run_in_process("ack", GONE, "--until", str(today + timedelta(days=1))).returncode == 0
    )
    assert acknowledgements(wiki).count("[[ack]]") == 1
    assert code(wiki, "broken") == 0


def test_an_archive_copy_is_acknowledged_by_its_own_url(wiki: Folder) -> None:
    stand(wiki, GONE, "alive")
    stand(wiki, LOST, "alive")
    stand(wiki, COVERED, "alive")
    stand(wiki, COPY, "broken")
    assert code(wiki, "broken") == 2
    assert wiki.run_in_process("ack", COPY).returncode == 0
    assert code(wiki, "any") == 0


def test_another_spelling_of_the_url_acknowledges_the_same_link(wiki: Folder) -> None:
    stand(wiki, LOST, "alive")
    assert wiki.run_in_process("ack", "HTTP://GONE.example:80/lamp#top").returncode == 0
    assert code(wiki, "broken") == 0
    assert wiki.run_in_process("ack", GONE, "--note", "again").returncode == 0
    assert acknowledgements(wiki).count("[[ack]]") == 1


def test_all_acknowledges_the_whole_to_do_list(wiki: Folder) -> None:
    assert wiki.run_in_process("ack", "--all", "--note", "when CI began").returncode == 0
    text = acknowledgements(wiki)
    assert (GONE in text, LOST in text, COVERED in text) == (True, True, False)
    assert code(wiki, "broken") == 0
    again = wiki.run_in_process("ack", "--all")
    assert "there is nothing to do" in again.stderr
    assert acknowledgements(wiki) == text


def test_comments_written_by_hand_stay_in_the_file(wiki: Folder) -> None:
    before = (
        f"# ours\n\n[[ack]] # first\nurl = '{GONE}' # why\n\n# about the moth\n"
        f'[[ack]]\nurl = "{LOST}"\nuntil = {LATER}\n'
    )
    wiki.write(".holdfast-ack.toml", before)
    assert wiki.run_in_process("ack", "--remove", LOST).returncode == 0
    assert acknowledgements(wiki) == before[: before.index('[[ack]]\nurl = "')]
    assert wiki.run_in_process("ack", LOST).returncode == 0
    assert acknowledgements(wiki).startswith("# ours\n\n[[ack]] # first\n")
    assert wiki.run_in_process("ack", "--remove", GONE).returncode == 0
    assert "# about the moth" in acknowledgements(wiki)
    assert LOST in acknowledgements(wiki)


def test_the_file_may_be_named_in_the_configuration(wiki: Folder) -> None:
    wiki.write("holdfast.toml", '[report]\nacknowledged = "known/links.toml"\n')
    assert wiki.run_in_process("ack", GONE, LOST).returncode == 0
    assert (wiki.path / "known" / "links.toml").exists()
    assert code(wiki, "broken") == 0


def test_the_message_about_an_invalid_date_has_an_example(wiki: Folder) -> None:
    done = wiki.run_in_process("ack", GONE, "--until", "2026-13-40")
    assert done.returncode == 3
    assert "invalid date '2026-13-40': use e.g. 2026-12-31" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lamps.md"], "'lamps.md' is not an http or https URL"),
        ([GONE, "--until", "2020-01-01"], "2020-01-01 has passed"),
        (["--note", "x"], "name the URLs to acknowledge"),
        (["--remove"], "--remove needs a URL"),
        (["--remove", GONE, "--note", "x"], "--remove takes URLs only"),
        (["--remove", GONE], f"{GONE} is not in"),
    ],
)
def test_an_impossible_request_is_one_line(
    wiki: Folder, arguments: list[str], message: str
) -> None:
    assert message in one_line(wiki.run_in_process("ack", *arguments), 3)
    assert not (wiki.path / ".holdfast-ack.toml").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[ack]\n", ":1: is not TOML"),
        ('[[ack]]\nurll = "x"\n', "each [[ack]] has url, until and note"),
        ('[[ack]]\nurl = "x"\nuntil = 7\n', "each [[ack]] has url, until and note"),
        ("ack = 3\n", "each [[ack]] has url, until and note"),
        (b"\xff\xfe", "is not UTF-8"),
        (f'ack = [{{url = "{LOST}"}}]\n', "write each entry as [[ack]]"),
    ],
)
def test_a_file_with_unknown_content_is_refused_and_not_changed(
    wiki: Folder, text: str | bytes, message: str
) -> None:
    path = wiki.write(".holdfast-ack.toml", text)
    before = path.read_bytes()
    assert message in one_line(wiki.run_in_process("ack", GONE), 3)
    assert path.read_bytes() == before
    if "write each" not in message:
        assert message in one_line(wiki.run_in_process("report"), 3)


def test_acknowledging_an_uncited_or_working_link_prints_a_warning(wiki: Folder) -> None:
    stand(wiki, LOST, "alive")
    done = wiki.run_in_process("ack", LOST, "http://nobody.example/")
    assert done.returncode == 0
    assert f"{LOST}: does not fail now (alive)" in done.stderr
    assert "http://nobody.example/: no scanned page cites it" in done.stderr


def test_links_can_be_acknowledged_before_there_is_a_database(folder: Folder) -> None:
    folder.write("holdfast.toml", "")
    assert folder.run_in_process("ack", GONE).returncode == 0
    assert not (folder.path / ".holdfast").exists()
    assert "not cited" in folder.run_in_process("ack").stdout
    assert "no database yet" in one_line(folder.run_in_process("ack", "--all"), 3)


def test_a_file_that_cannot_be_written_is_one_line(wiki: Folder, tmp_path: Path) -> None:
    wiki.write("holdfast.toml", '[report]\nacknowledged = "lamps.md/ack.toml"\n')
    assert "lamps.md/ack.toml" in one_line(wiki.run_in_process("ack", GONE), 3)


def test_every_entry_of_a_removed_link_is_removed(wiki: Folder) -> None:
    """Two branches may each have added one, and people write the file, too."""
    other = GONE.replace("gone.example", "GONE.example")
    wiki.write(".holdfast-ack.toml", f'[[ack]]\nurl = "{GONE}"\n\n[[ack]]\nurl = "{other}"\n')
    assert wiki.run_in_process("ack", "--remove", GONE).returncode == 0
    assert "[[ack]]" not in acknowledgements(wiki)
    wiki.write(".holdfast-ack.toml", f'[[ack]]\nurl = "{GONE}"\n\n[[ack]]\nurl = "{other}"\n')
    assert wiki.run_in_process("ack", GONE, "--note", "known").returncode == 0
    assert acknowledgements(wiki).count("[[ack]]") == 1


def test_a_file_of_a_windows_editor_is_read_and_keeps_its_line_ends(wiki: Folder) -> None:
    """It may begin with a byte order mark, and its lines end with CR and LF."""
    before = f'\ufeff[[ack]]\nurl = "{GONE}"\n\n# the moths\n[[ack]]\nurl = "{LOST}"\n'
    file = wiki.path / ".holdfast-ack.toml"
    file.write_bytes(before.replace("\n", "\r\n").encode())
    assert wiki.run_in_process("ack", "--remove", GONE).returncode == 0
    assert wiki.run_in_process("ack", COVERED).returncode == 0
    after = f'\n# the moths\n[[ack]]\nurl = "{LOST}"\n\n[[ack]]\nurl = "{COVERED}"\n'
    assert file.read_bytes().decode().endswith(after.replace("\n", "\r\n"))
    assert file.read_bytes().count(b"\n") == file.read_bytes().count(b"\r\n")


def test_a_configuration_with_a_byte_order_mark_is_read(wiki: Folder) -> None:
    wiki.write("holdfast.toml", '\ufeff[report]\nlang = "en"\n')
    assert wiki.run_in_process("ack").returncode == 0
