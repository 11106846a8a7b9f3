"""Test `holdfast report` in every format and language, and its links to a page's source."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from reports.formats import ReportFormat
from tests.acceptance.folder import Folder, one_line

PAGE = "# 河\n\n见 [公告](http://gone.example/stop) 与[空页](missing.md)。\n"
ALL = ",".join(ReportFormat)


@pytest.fixture
def scanned(folder: Folder) -> Folder:
    folder.write(
        "holdfast.toml",
        'wiki = "河边"\n[report]\nsource_url = "https://git.example/wiki/{path}#L{line}"\n',
    )
    folder.write("notes/河.md", PAGE)
    assert folder.run_in_process("scan", "notes").returncode == 0
    return folder


def test_every_format_is_written_to_one_folder(scanned: Folder) -> None:
    done = scanned.run_in_process("report", "--format", ALL, "--output", "out")
    assert done.returncode == 0, done.stderr
    written = {
        path.name: path.read_text(encoding="utf-8") for path in (scanned.path / "out").iterdir()
    }
    assert set(written) == {f"report{form.suffix}" for form in ReportFormat}
    for name in ("report.html", "report.json", "report.jsonl", "report.csv", "report.junit.xml"):
        assert "http://gone.example/stop" in written[name], name
    assert "https://git.example/wiki/notes/%E6%B2%B3.md#L3" in written["report.html"]


@pytest.mark.parametrize(
    ("options", "locale", "title"),
    [
        (["--lang", "zh"], "en_GB.UTF-8", "# 河边 的链接"),
        (["--lang", "en"], "zh_CN.UTF-8", "# Links of 河边"),
        ([], "zh_CN.UTF-8", "# 河边 的链接"),
        ([], "C", "# Links of 河边"),
    ],
)
def test_report_is_written_in_the_readers_language(
    scanned: Folder, options: list[str], locale: str, title: str
) -> None:
    done = scanned.holdfast(
        "report", "--format", "markdown", *options, env={"LC_ALL": locale, "PYTHONUTF8": "1"}
    )
    assert done.stdout.splitlines()[0] == title, done.stderr


def test_the_configured_language_is_used_without_a_locale(
    scanned: Folder,
) -> None:
    with (scanned.path / "holdfast.toml").open("a") as settings:
        settings.write('lang = "zh"\n')
    in_c = {"LC_ALL": "C", "PYTHONUTF8": "1"}
    written, asked = (
        scanned.holdfast("report", "--format", "markdown", *options, env=in_c)
        for options in ((), ("--lang", "en"))
    )
    assert written.stdout.startswith("# 河边 的链接"), written.stderr
    assert asked.stdout.startswith("# Links of 河边"), asked.stderr


def test_places_lead_to_the_source_that_the_git_remote_names(folder: Folder) -> None:
    folder.write("holdfast.toml", "")
    folder.write("notes/河.md", PAGE)
    assert folder.run_in_process("scan", "notes").returncode == 0
    git = ("git", "-C", str(folder.path))
    subprocess.run([*git, "init", "--quiet", "--initial-branch=main"], check=True)
    origin = "git@github.com:somebody/wiki.git"
    subprocess.run([*git, "remote", "add", "origin", origin], check=True)
    for form in ("html", "comment"):
        text = folder.run_in_process("report", "--format", form).stdout
        assert "https://github.com/somebody/wiki/blob/main/" in text, form


def test_links_are_grouped_by_the_option(scanned: Folder) -> None:
    scanned.execute(
        "UPDATE link SET state = 'broken', verdict = 'broken', reason = 'gone', "
        "changed_run_id = first_run_id"
    )
    by_page = scanned.run_in_process(
        "report",
        "--format",
        "junit,json,csv,markdown,html",
        "--group-by",
        "host",
        "--since",
        "all",
        "--output",
        "out",
    )
    assert by_page.returncode == 2, by_page.stderr  # what is broken is to do
    written = {
        path.name: path.read_text(encoding="utf-8") for path in (scanned.path / "out").iterdir()
    }
    assert '<testsuite name="gone.example" tests="1"' in written["report.junit.xml"]
    assert (
        '"groups":[{"name":"gone.example","findings":["http://gone.example/stop"]}]'
        in written["report.json"]
    )
    assert "#### `gone.example` (1)" in written["report.md"]
    assert '"by":"host"' in written["report.html"]


def test_an_output_that_cannot_be_written_is_one_line(scanned: Folder) -> None:
    scanned.write("out", "a file")
    done = scanned.run_in_process("report", "--format", "html,csv", "--output", "out")
    assert "several formats need a folder, not out" in one_line(done, 3)
    assert (scanned.path / "out").read_text() == "a file"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_one_line_and_leaves_no_partial_report(
    scanned: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_file = os.open

    def on_full_disk(name: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        opened = open_file(name, flags, mode, dir_fd=dir_fd)
        if not str(name).startswith(".report."):
            return opened
        os.close(opened)
        return open_file("/dev/full", os.O_WRONLY)

    monkeypatch.setattr("os.open", on_full_disk)
    done = scanned.run_in_process("report", "--format", "html", "--output", "out/")
    assert "No space left on device" in one_line(done, 1)
    assert list((scanned.path / "out").iterdir()) == []


@pytest.mark.parametrize(
    "options",
    [
        ("--format", "markdown", "--output"),
        ("--format", "html", "--output"),
        ("--site",),
    ],
    ids=" ".join,
)
def test_details_are_in_the_language_of_the_report(
    scanned: Folder, options: tuple[str, ...]
) -> None:
    english, chinese = "captured with status 404", "存档时的状态码为 404"
    scanned.execute(
        "UPDATE link SET state = 'broken', reason = 'not-found', first_failed_at = 1, detail = ?",
        english,
    )
    for lang, shown, hidden in (("zh", chinese, english), ("en", english, chinese)):
        done = scanned.run_in_process(
            "report", *options, f"{lang}.out", "--lang", lang, "--fail-on", "never"
        )
        assert done.returncode == 0, done.stderr
        place = scanned.path / f"{lang}.out"
        files = [path for path in (place, *place.rglob("*")) if path.is_file()]
        text = "".join(file.read_text(encoding="utf-8") for file in files)
        assert shown in text
        assert hidden not in text
