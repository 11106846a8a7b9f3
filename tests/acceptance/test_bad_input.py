"""Test bad input: one clear line and an exit code, no traceback, and the rest of the job goes on."""

from __future__ import annotations

import itertools
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.folder import Folder, configuration, error_lines, one_line
from tests.web.archive import RunningWayback
from tests.web.internet import BLACK_HOLE, Internet

SOUND = "[一](https://ok.test/)\n"

# --- pages


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["scan", "missing.md"], "missing.md: no such file or folder"),
        (["run", "missing.md"], "missing.md: no such file or folder"),
        (["scan", "no*match.md"], "no file matches"),
    ],
)
def test_an_argument_that_names_no_page_is_refused(
    folder: Folder, arguments: list[str], message: str
) -> None:
    line = one_line(folder.run_in_process(*arguments), 3)
    assert message in line
    assert not (folder.path / ".holdfast" / "report.md").exists()


def test_pages_that_cannot_be_read_are_named_and_the_others_are_read(folder: Folder) -> None:
    folder.write("wiki/binary.md", bytes(range(256)) * 40)
    folder.write("wiki/front.md", '---\ntitle: "开\ndate: [2022\n---\n\n' + SOUND)
    folder.write(
        "wiki/gbk.md", "[二](https://ok.test/2) 中文的一页，用旧的编码写成。".encode("gbk")
    )
    folder.write(
        "wiki/malformed.md",
        "[三](http://[half) 和 [四](https://ok.test/4) <https://ok test/> [五](http://user@:80/)\n",
    )
    folder.write("wiki/sound.md", SOUND)
    (folder.path / "wiki/loop.md").symlink_to("loop.md")
    (folder.path / "wiki/empty").mkdir()
    done = folder.holdfast("scan", "wiki", "wiki/empty")
    output = "\n".join(error_lines(done))
    assert done.returncode == 0
    for expected in (
        "wiki/binary.md: was skipped: the file is binary",
        "wiki/front.md:",
        "wiki/loop.md: cannot be read",
        "wiki/empty: holds no pages",
    ):
        assert f"warning: {expected}" in output
    assert "4 pages (4 read, 0 unchanged)" in output
    cited = {url for (url,) in folder.query("SELECT url FROM link")}
    assert {"https://ok.test/", "https://ok.test/2", "https://ok.test/4"} <= cited


def test_hostile_files_are_one_warning_each_and_others_are_read(folder: Folder) -> None:
    outside = folder.path.parent / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("[x](https://secret.test/)\n")
    (folder.path / "wiki/deep").mkdir(parents=True)
    for name, target in {
        "zero": "/dev/zero",
        "random": "/dev/random",
        "kmsg": "/proc/kmsg",
        "secret": str(outside / "secret.md"),
    }.items():
        (folder.path / f"wiki/{name}.md").symlink_to(target)
    (folder.path / "wiki/folder").symlink_to(outside)
    (folder.path / "wiki/deep/.gitignore").symlink_to("/dev/zero")
    os.mkfifo(folder.path / "wiki/pipe.md")
    with open(os.fsencode(folder.path / "wiki") + b"/caf\xe9.md", "w") as file:  # noqa: PTH123 - its name is no text
        file.write(SOUND)
    folder.write("wiki/.gitignore", "foo\\\n\\\n!\n[z-a]\n*a*a*a*a*a*a*a*a*a*b\ndrafts/\n")
    folder.write("wiki/drafts/x.md", "[d](https://draft.test/)\n")
    folder.write(f"wiki/{'a' * 200}.md", SOUND)
    folder.write("wiki/digits.md", f"+++\na = {'9' * 5_000}\n+++\n[三](https://ok.test/3)\n")
    folder.write("wiki/marks.md", "\ufeff" * 5_000 + "[四](https://ok.test/4)\n")
    folder.write("wiki/dots.md", f"+++\n{'a.' * 32_000}a = 1\n+++\n[五](https://ok.test/5)\n")
    folder.write("wiki/mkdocs.yml", "docs_dir: /\n")
    folder.write("wiki/sound.md", "[六](https://ok.test/6) [i](image.png)\n")
    assert folder.holdfast("scan", "--internal", "wiki").returncode == 0
    for command in (("scan", "wiki"), ("scan", "wiki"), ("scan", "--format", "jsonl", "wiki")):
        done = folder.holdfast(*command)
        assert done.returncode == 0, done.stderr
        output = "\n".join(error_lines(done))
        for expected in (
            "zero.md: was skipped, it is a symbolic link",
            "secret.md: was skipped, it is a symbolic link",
            "folder: was skipped, it is a symbolic link",
            r"caf\xe9.md: was skipped",
        ):
            assert f"warning: wiki/{expected}" in output
        assert "warning: wiki/pipe.md: cannot be read: not a regular file" in output
        assert "warning: wiki/deep/.gitignore: was ignored: it cannot be read" in output
    cited = {url for (url,) in folder.query("SELECT url FROM link")}
    assert cited == {"https://ok.test/", *(f"https://ok.test/{number}" for number in (3, 4, 5, 6))}
    for arguments in (["report", "--format", "json"], ["status"]):
        done = folder.holdfast(*arguments)
        assert done.returncode in {0, 2}, done.stderr


def test_invalid_folders_in_mkdocs_settings_are_one_warning(folder: Folder) -> None:
    folder.write("docs/a.md", "[b](/b.md) [c](c.md)\n")
    folder.write("docs/b.md", SOUND)
    bomb = "".join(
        f"a{depth}: &a{depth} [{', '.join([f'*a{depth - 1}'] * 9)}]\n" for depth in range(1, 40)
    )
    for text in (
        "docs_dir: /\n",
        "docs_dir: ../..\n",
        f"a0: &a0 x\n{bomb}docs_dir: *a39\n",
        f"docs_dir: {'[' * 9_000}\n",
        "docs_dir: 'a\x00'\n",
    ):
        folder.write("mkdocs.yml", text)
        done = folder.holdfast("scan", "--internal", "--format", "jsonl", "docs")
        assert done.returncode == 0, done.stderr
        assert len([line for line in error_lines(done) if "mkdocs.yml" in line]) == (
            0 if "*a39" in text else 1
        )
        broken = {row["target"]: row["broken"] for row in map(json.loads, done.stdout.splitlines())}
        assert broken == {"/b.md": False, "c.md": "missing-page"}


def test_mkdocs_settings_that_are_no_file_are_one_warning(folder: Folder) -> None:
    folder.write("docs/a.md", "[c](c.md)\n")
    for target in ("/dev/zero", "nowhere.yml"):
        (folder.path / "mkdocs.yml").symlink_to(target)
        done = folder.holdfast("scan", "--internal", "docs")
        (line,) = (line for line in error_lines(done) if "mkdocs.yml" in line)
        assert line.startswith("warning: mkdocs.yml: cannot be read: ")
        (folder.path / "mkdocs.yml").unlink()


def test_a_malformed_address_is_skipped_and_the_rest_is_probed(
    folder: Folder, seed_internet: Internet, seed_wayback: RunningWayback
) -> None:
    folder.configure(seed_internet, seed_wayback)
    folder.write(
        "page.md",
        "[坏](http://exa mple/) [坏](https://zaobao.example:99999/) [好](https://zaobao.example/story?sid=684)\n",
    )
    done = folder.holdfast("run", "page.md")
    assert done.returncode == 0, done.stderr
    error_lines(done)
    states = folder.states()
    assert states["https://zaobao.example/story?sid=684"] == "alive"
    assert states["https://zaobao.example:99999/"] == "skipped"


# --- configuration

CONFIGURATIONS: dict[str, tuple[str | bytes, str]] = {
    "an unknown key": (
        "[network]\n\ncontct = 'x'\n",
        "holdfast.toml:3: unknown key 'network.contct'; did you mean 'network.contact'?",
    ),
    "an unknown table": (
        "[netwerk]\n",
        "holdfast.toml:1: unknown key 'netwerk'; did you mean 'network'?",
    ),
    "an unknown host rule": (
        "[hosts.'*']\nintervall = 1\n",
        "holdfast.toml:2: unknown key 'intervall'",
    ),
    "a wrong type": (
        "[network]\nallow = '10.0.0.0/8'\n",
        "holdfast.toml:2: network.allow: expected a list",
    ),
    "a wrong value": (
        "[history]\nconfirm_failures = 0\n",
        "history: confirm_failures and keep_probes_days must be at least 1",
    ),
    "no address range": ("[network]\nallow = ['ten']\n", "invalid address range 'ten'"),
    "a wrong host rule": ("[hosts.'*']\ntimeout = -1\n", "timeout > 0 seconds"),
    "no TOML": ("[network\n", "close the bracket"),
    "a table twice": (
        "[network]\n[hosts]\n[network]\n",
        "twice (at line 3, column 9); move its keys into the first table of this name",
    ),
    "a key twice": ("wiki = 'a'\nwiki = 'b'\n", "write each key and table once"),
    "text without quotes": ("pages = docs\n", 'write text in quotes ("docs")'),
    "a setting of YAML": ("pages: docs\n", "write each setting as key = value"),
    "quotes that do not end": ("wiki = 'docs\n", "close the quotes on the same line"),
    "a path with backslashes": (
        'db = "C:\\data\\q"\n',
        "write text with backslashes in single quotes",
    ),
    "a number of 5,000 digits": (
        f"\n[history]\nconfirm_failures = {'9' * 5_000}\n",
        "holdfast.toml:3: not valid TOML: a number has too many digits",
    ),
    "a hexadecimal number without end": (
        f"[history]\nconfirm_failures = 0x{'f' * 9_000}\n",
        "holdfast.toml:2: history.confirm_failures: is too large",
    ),
    "a key of thousands of parts": (
        f"wiki = 'x'\n{'a.' * 30_000}a = 1\n",
        "holdfast.toml:2: not valid TOML: a key has too many parts",
    ),
    "nested without end": (
        f"pages = {'[' * 5_000}\n",
        "holdfast.toml:1: not valid TOML: nested too deeply",
    ),
    "no number": (
        "[hosts.'*']\ninterval = nan\n",
        "holdfast.toml:2: hosts.*.interval: nan is not a finite number",
    ),
    "an endless number": (
        "[archives.wayback]\ntimeout = inf\n",
        "holdfast.toml:2: archives.wayback.timeout: inf is not a finite number",
    ),
    "a number too large": (
        "[network]\nconcurrency = 10_000_000_000\n",
        "holdfast.toml:2: network.concurrency: is too large",
    ),
    "more days than there are": (
        "[history]\nconfirm_days = 1e8\n",
        "confirm_days and keep_probes_days must be at most 36,500 days",
    ),
    "no date": ("pages = 2022-13-45\n", "holdfast.toml:1: not valid TOML"),
    "a NUL character": (
        'pages = ["a\\u0000b/*.md"]\n',
        "holdfast.toml:1: pages: contains a NUL character",
    ),
    "no pattern of pages": (
        "ignore = ['drafts', 'old\\']\n",
        "holdfast.toml:1: ignore: invalid .gitignore pattern 'old\\\\'",
    ),
    "no regular expression": (
        "exclude = ['(']\n",
        "holdfast.toml:1: exclude: invalid regular expression '('",
    ),
    "a regular expression beyond counting": (
        "exclude = ['a{99999999999999999999}']\n",
        "holdfast.toml:1: exclude:",
    ),
    "a regular expression nested without end": (
        f"exclude = ['{'(' * 5_000}{')' * 5_000}']\n",
        "holdfast.toml:1: exclude:",
    ),
    "an address of a proxy with a space": (
        "[network]\nproxy = 'http://a b:1'\n",
        "without spaces",
    ),
    "a port of thousands of digits": (
        f"[network]\nconnect_to = {{'*:80' = 'a:{'1' * 5_000}'}}\n",
        "holdfast.toml:1: network: connect_to",
    ),
    "a key that drives a terminal": ('"a\\u001b[31m" = 1\n', "holdfast.toml:1: unknown key"),
    "no UTF-8": (b"pages = ['\xff']\n", "holdfast.toml: not UTF-8 at byte 10"),
    "certificates that are not there": (
        "[network]\nca_file = 'missing.pem'\n",
        "holdfast.toml:2: network.ca_file",
    ),
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_an_invalid_configuration_is_reported_with_its_line(folder: Folder, name: str) -> None:
    text, message = CONFIGURATIONS[name]
    folder.write("holdfast.toml", text)
    folder.write("page.md", SOUND)
    assert message in one_line(folder.run_in_process("scan", "page.md"), 3)
    assert not (folder.path / ".holdfast").exists()


def test_a_configuration_must_be_a_regular_file(folder: Folder) -> None:
    os.mkfifo(folder.path / "pipe.toml")
    for name in ("pipe.toml", "/dev/zero"):
        line = one_line(folder.run_in_process("--config", name, "scan"), 3)
        assert line.endswith(
            f"{name}: cannot be read (not a regular file): correct the path or its permissions"
        )
    folder.write("holdfast.toml", "[network]\nca_file = 'pipe.toml'\n")
    assert "holdfast.toml:2: network.ca_file" in one_line(folder.run_in_process("scan"), 3)


@pytest.mark.parametrize("name", ["holdfast.toml", "pyproject.toml"])
def test_a_configuration_that_is_found_but_is_no_file_is_not_passed_over(
    folder: Folder, name: str
) -> None:
    folder.write("page.md", SOUND)
    file = folder.path / name
    os.mkfifo(folder.path / "pipe")
    for target, message in (
        ("pipe", "cannot be read (not a regular file)"),
        ("/dev/zero", "cannot be read (not a regular file)"),
        ("nowhere.toml", "a symbolic link to a file that does not exist"),
        (name, "cannot be read (Too many levels of symbolic links)"),
    ):
        file.symlink_to(target)
        assert f"{name}: {message}" in one_line(folder.run_in_process("scan", "page.md"), 3)
        assert not (folder.path / ".holdfast").exists()
        file.unlink()


COMMANDS = [
    *(["run"], ["scan"], ["check"], ["archive"], ["report"], ["serve"], ["fix"], ["gate"]),
    *(["ack", "http://a.example/"], ["history", "http://a.example/"], ["status"], ["settings"]),
    *(["doctor", "--offline"], ["plan"], ["worker", "--once"], ["db", "upgrade"], ["db", "check"]),
]


@pytest.mark.parametrize("name", ["holdfast.toml", "pyproject.toml"])
def test_every_command_refuses_a_configuration_above_that_is_no_file(
    folder: Folder, name: str
) -> None:
    """A wiki further down in a repository must not be run with defaults that nobody chose."""
    os.mkfifo(folder.path / "pipe")
    (folder.path / "folder").mkdir()
    wiki = Folder(folder.path / "docs" / "wiki")
    wiki.write("page.md", SOUND)
    targets = ["pipe", "/dev/zero", "folder", "nowhere.toml"]
    file = folder.path / name
    for command, target in itertools.product(COMMANDS, targets):
        file.symlink_to(target)
        line = one_line(wiki.run_in_process(*command), 3)
        assert line.startswith(f"holdfast: {file}: "), command
        assert sorted(path.name for path in wiki.path.iterdir()) == ["page.md"], command
        file.unlink()


@pytest.mark.parametrize("text", ["tool = 5\n", "[tool]\nother = 1\n"])
def test_a_project_file_without_our_table_is_ignored(folder: Folder, text: str) -> None:
    folder.write("pyproject.toml", text)
    folder.write("page.md", SOUND)
    assert folder.run_in_process("scan", "page.md").returncode == 0


def test_a_project_file_whose_table_holdfast_is_a_number_is_refused(folder: Folder) -> None:
    folder.write("pyproject.toml", "[tool]\nholdfast = 3\n")
    assert "pyproject.toml:2: tool.holdfast is not a table" in one_line(
        folder.run_in_process("scan"), 3
    )


def test_an_invalid_environment_variable_is_named(folder: Folder) -> None:
    line = one_line(folder.holdfast("scan", env={"HOLDFAST_NETWORK__CONTCT": "x"}), 3)
    assert "environment variable HOLDFAST_NETWORK__CONTCT" in line
    assert "network.contact" in line


def test_a_missing_configuration_file_is_named(folder: Folder) -> None:
    assert "nowhere.toml: no such file" in one_line(
        folder.run_in_process("--config", "nowhere.toml", "scan"), 3
    )


# --- databases


def write_newer_database(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")


def write_other_database(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE songs (title TEXT)")


def write_damaged_database(file: Path) -> None:
    file.write_bytes(b"SQLite format 3\0" + b"\xa5" * 8000)


def write_text_file(file: Path) -> None:
    file.write_text("Dear diary,\n" * 500, encoding="utf-8")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (write_other_database, "has tables of another program"),
        (write_damaged_database, "is not a valid database"),
        (write_text_file, "is not a valid database"),
    ],
)
def test_a_database_that_is_not_ours_is_left_as_it_is(
    folder: Folder, make: Callable[[Path], None], message: str
) -> None:
    folder.write("page.md", SOUND)
    file = folder.path / "other.db"
    make(file)
    before = file.read_bytes()
    assert message in one_line(
        folder.run_in_process("--db", f"sqlite:///{file}", "scan", "page.md"), 3
    )
    assert file.read_bytes() == before


def test_a_database_without_one_of_its_tables_is_damaged(folder: Folder) -> None:
    folder.write("page.md", SOUND)
    assert folder.run_in_process("scan", "page.md").returncode == 0
    with closing(sqlite3.connect(folder.path / ".holdfast" / "holdfast.db")) as connection:
        connection.execute("DROP TABLE probe")
    assert "is not a valid database (no such table: probe)" in one_line(
        folder.run_in_process("status"), 3
    )


def test_a_database_of_a_later_version_is_not_changed(folder: Folder) -> None:
    folder.write("page.md", SOUND)
    file = folder.path / "other.db"
    write_newer_database(file)
    assert "was written by a newer Holdfast" in one_line(
        folder.run_in_process("--db", f"sqlite:///{file}", "scan", "page.md"), 3
    )
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT * FROM alembic_version").fetchall() == [("9999",)]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://host/name", "postgresql://host/name"),
        ("holdfast.db", "use sqlite:///relative/file.db"),
        ("sqlite:////proc/nowhere/holdfast.db", "cannot be created"),
        ("sqlite:///.", "is a folder: name a file for the database"),
        ("sqlite:////dev/null", "is a device or a pipe: name a file for the database"),
    ],
)
def test_a_database_url_that_cannot_be_used_is_refused(
    folder: Folder, url: str, message: str
) -> None:
    folder.write("page.md", SOUND)
    assert message in one_line(folder.run_in_process("--db", url, "scan", "page.md"), 3)


def test_a_folder_that_cannot_be_created_is_one_line(folder: Folder) -> None:
    """A file in its place also stops root, who may write anywhere."""
    folder.write("page.md", SOUND)
    folder.write(".holdfast", "a file where the folder should be")
    assert "cannot be created" in one_line(folder.holdfast("scan", "page.md"), 3)


# --- options and output


def test_nothing_is_suggested_for_an_option_or_command_without_a_similar_one(
    folder: Folder,
) -> None:
    for arguments in (["fix", "--limit", "3"], ["frobnicate"]):
        done = folder.run_in_process(*arguments)
        assert done.returncode == 3
        assert "Did you mean" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["frobnicate"], "No such command 'frobnicate'"),
        (["chek"], "No such command 'chek'. Did you mean 'check'?"),
        (["report", "--formt", "html"], "No such option '--formt'. Did you mean '--format'?"),
        (["scan", "--frobnicate"], "No such option"),
        (["check", "--deadline", "soon"], "invalid duration 'soon': use e.g. 90s, 30m, 6h"),
        (["check", "--limit", "0"], "0 is not in the range"),
        (["run", "--lookups", f"{10**20}"], "is too large: the maximum is 1,000,000,000"),
        (["archive", "--limit", f"{10**20}"], "is too large: the maximum is 1,000,000,000"),
        (["history", "--probes", f"{10**20}", "https://a.example/"], "is too large: the maximum"),
        (["db", "prune", "--keep-days", "999999999"], "is too large: the maximum is 36,500"),
        (["run", "--fail-on", "sometimes"], "'sometimes' is not one of"),
        (["report", "--format", "pdf"], "unknown report format 'pdf': use one of html"),
        (
            ["check", "page.md"],
            "'page.md' is not an http or https URL: use e.g. https://example.org/page, or add --once to check the links of pages",
        ),
    ],
)
def test_wrong_usage_is_refused_and_creates_nothing(
    folder: Folder, arguments: list[str], message: str
) -> None:
    done = folder.run_in_process(*arguments)
    assert done.returncode == 3
    assert message in "\n".join(error_lines(done))
    assert not (folder.path / ".holdfast").exists()


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (
            ["--since", "yesterday"],
            "invalid --since 'yesterday': use a run number, a date such as 2026-03-01, or all",
            3,
        ),
        (["--since", "17"], "no run 17: holdfast status lists the last runs", 3),
        (["--since", "0001-01-01"], "invalid --since '0001-01-01'", 3),
        (
            ["--format", "markdown,jsonl"],
            "several formats need a folder: use --output FOLDER",
            3,
        ),
        (["--output", "folder.md/report.md"], "cannot write folder.md/report.md", 1),
        (
            ["--format", "html,json", "-o", "all.html"],
            "several formats need a folder, not all.html: use --output FOLDER",
            3,
        ),
        (
            ["--format", "markdown,json", "-o", "page.md"],
            "several formats need a folder, not page.md: use --output FOLDER",
            3,
        ),
        (
            ["--output", "a-folder.d/x.md"],
            "a-folder.d/x.md/report.md is a folder: use --output FILE",
            3,
        ),
    ],
)
def test_a_report_that_cannot_be_written_is_one_line(
    reported: Folder, arguments: list[str], message: str, code: int
) -> None:
    assert message in one_line(reported.run_in_process("report", *arguments), code)


def test_a_report_goes_to_a_device_or_pipe_as_it_is(reported: Folder) -> None:
    pipe = reported.path / "pipe"
    os.mkfifo(pipe)
    writing = reported.start("report", "-o", "pipe", "--fail-on", "never")
    assert pipe.read_text(encoding="utf-8").startswith("# ")
    writing.communicate(timeout=20)
    assert writing.returncode == 0
    assert pipe.is_fifo()
    pipe.unlink()


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Return a folder with a scanned page, and with files and folders where reports cannot be written."""
    folder = Folder(tmp_path_factory.mktemp("reported"))
    folder.write("page.md", SOUND)
    folder.write("folder.md", "a file, not a folder")
    (folder.path / "a-folder.d" / "x.md" / "report.md").mkdir(parents=True)
    assert folder.run_in_process("scan", "page.md").returncode == 0
    return folder


# --- no network


def test_without_a_network_no_request_is_sent_and_no_state_changes(
    folder: Folder, internet: Internet
) -> None:
    """Every connection attempt goes unanswered, the archive's too, as behind a pulled cable."""
    nowhere = internet.connect_to()[f"{BLACK_HOLE}:80"]
    folder.write(
        "holdfast.toml", configuration({"*:80": nowhere, "*:443": nowhere}, f"http://{nowhere}")
    )
    folder.write(
        "wiki/page.md",
        "[一](https://ok.test/) [二](http://www.ok.test/2) [三](https://web.archive.org/web/2021/https://ok.test/)\n",
    )
    done = folder.holdfast("run", "wiki")
    assert done.returncode == 1
    last = error_lines(done)[-1]
    assert last.startswith("holdfast: no network: ")
    assert done.stderr.count("no network:") == 1  # printed once
    assert "nothing was checked, no state changed: check the connection" in last
    named = folder.holdfast("check", "http://ok.test/2")
    assert named.stdout == "not checked  no network  http://ok.test/2\n"
    assert error_lines(named)[-1].startswith("holdfast: no network: could not reach ")
    assert "alive" not in named.stderr
    assert folder.count("probe") == folder.count("lookup") == 0
    assert set((folder.states() | folder.states("mirror")).values()) == {"unchecked"}
    assert json.loads(folder.query("SELECT json_array(outcome) FROM run")[0][0]) == ["network-down"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[hosts.'*']\ninterval = 'six'", "expected a number, got text 'six'"),
        ("[network]\nconcurrency = 1.5", "expected a whole number, got the number 1.5"),
        ("[network]\nobey_robots = 'yes'", "expected true or false, got text 'yes'"),
        ("[report]\nlang = 'de'", "report.lang: invalid value 'de': use en or zh"),
        ("[network]\ncontact = 'foo'", "invalid contact 'foo': use e.g. mailto:you@example.org"),
        ("[network]\nproxy = 'foo'", "invalid proxy address: use e.g. http://proxy.example:3128"),
    ],
)
def test_values_of_the_wrong_kind_are_named_in_plain_words(
    folder: Folder, text: str, message: str
) -> None:
    folder.write("holdfast.toml", text)
    assert message in one_line(folder.run_in_process("scan"), 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--deadline", "0"], "invalid duration '0': use more than 0, e.g. 90s, 30m, 6h, 2d"),
        (["--metrics", "foo:bar"], "foo:bar is no address with a port number"),
    ],
)
def test_options_that_would_do_nothing_are_refused(
    folder: Folder, arguments: list[str], message: str
) -> None:
    done = folder.run_in_process("check", *arguments)
    assert done.returncode == 3
    assert message in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("ack", "http://a.example/\udcff"),
        ("ack", "http://a.example/", "--note", "caf\udce9"),
        ("check", "--once", "http://a.example/\udcff"),
        ("history", "http://a.example/\udcff"),
    ],
)
def test_an_argument_that_is_not_utf8_is_refused_in_one_line(
    folder: Folder, arguments: tuple[str, ...]
) -> None:
    folder.write("holdfast.toml", "")
    folder.write("page.md", "<http://a.example/>\n")
    assert folder.run_in_process("scan", "page.md").returncode == 0
    done = folder.holdfast(*arguments)
    assert done.returncode == 3, done
    assert "bug" not in done.stderr
    assert len(error_lines(done)) == 1
