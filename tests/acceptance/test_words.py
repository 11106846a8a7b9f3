"""Test `holdfast explain` and `holdfast settings`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from crawler.cli.main import _COMMANDS
from crawler.config.setting_list import described_settings
from reports.model import Section
from reports.wording.explanation_text import explanation_url
from reports.wording.explanations import EXPLANATIONS
from reports.wording.labels import INTERNAL_LINK_LABELS, NOTE_LABELS
from store.vocabulary import (
    CaptureStatus,
    DriftOutcome,
    EvidenceKind,
    MirrorQuality,
    Reason,
    State,
)
from tests.acceptance.folder import Folder, one_line

ROOT = Path(__file__).parents[2]
REASONS_PAGE = ROOT / "docs" / "reference" / "reasons.md"


@pytest.mark.parametrize(
    "word",
    [
        *(*Reason, *State, *Section, *INTERNAL_LINK_LABELS, *NOTE_LABELS, "fragment-missing"),
        *(*CaptureStatus, *MirrorQuality, *EvidenceKind, *DriftOutcome),
    ],
)
def test_every_word_of_a_report_is_explained_as_in_the_documentation(
    folder: Folder, word: str
) -> None:
    done = folder.run_in_process("explain", str(word))
    assert done.returncode == 0
    title, meaning, advice = done.stdout.splitlines()
    assert title.startswith(f"{word} (")
    section = REASONS_PAGE.read_text("utf-8").partition(f"\n### {word}\n")[2].partition("\n##")[0]
    assert f"**When:** {meaning.strip()}." in section
    assert f"**What to do:** {advice.partition('do: ')[2]}" in section


def test_every_warning_about_a_page_is_explained() -> None:
    sources = "".join(
        file.read_text("utf-8")
        for folder in ("pages", "scan")
        for file in (ROOT / "crawler" / folder).rglob("*.py")
    )
    codes = set(
        re.findall(
            r'(?:\bwarn\(\s*[\w.()]+,|code=|(?<![.\w])path, )\s*"([a-z]+(?:-[a-z]+)*)"', sources
        )
    )
    assert {"salvaged", "unreadable", "broken-front-matter"} <= codes
    assert codes <= {word.removeprefix("page/") for word in EXPLANATIONS}


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ("404", "not-found"),
        ("503", "server-error"),
        ("418", "client-error"),
        ("Soft 404", "soft-404"),
        ("page not found", "not-found"),
        ("no such page or file", "missing-page"),
        ("page/duplicate-footnote", "page/duplicate-footnote"),
        ("duplicate-footnote", "page/duplicate-footnote"),
    ],
)
def test_words_are_explained_in_any_case_and_by_their_labels(
    folder: Folder, asked: str, word: str
) -> None:
    assert folder.run_in_process("explain", asked).stdout.startswith(f"{word} (")


def test_without_a_word_all_are_listed(folder: Folder) -> None:
    done = folder.run_in_process("explain")
    assert all(f"  {word} " in done.stdout for word in EXPLANATIONS)


def test_an_unknown_word_is_refused_with_the_nearest(folder: Folder) -> None:
    line = one_line(folder.run_in_process("explain", "soft404"), 3)
    assert line == "holdfast: no word 'soft404' in reports: did you mean 'soft-404'?"
    line = one_line(folder.run_in_process("explain", "qqqq"), 3)
    assert line == "holdfast: no word 'qqqq' in reports: holdfast explain lists all words"


def test_settings_shows_each_key_with_its_description(folder: Folder) -> None:
    done = folder.run_in_process("settings")
    assert done.returncode == 0
    for setting in described_settings():
        assert setting.description, setting.key
        if '"NAME"' not in setting.key:
            key = setting.key.replace('"PATTERN"', '"*"')
            assert f"# {setting.description}\n{key} = " in done.stdout
    assert "network.concurrency = 128 # default\n" in done.stdout


def test_settings_shows_the_source_of_each_value_and_hides_secrets(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder.write(
        "holdfast.toml",
        '[network]\nproxy = "http://me:s3cret@proxy.example:3128"\nconcurrency = 64\n'
        '[hosts."*.slow.example"]\ninterval = 9\nheaders = { Authorization = "s3cret" }\n'
        '[archives.memento."own"]\ntimegate = "https://own.example/timegate/"\n',
    )
    monkeypatch.setenv("HOLDFAST_NETWORK__CONCURRENCY", "32")
    monkeypatch.setenv("HOLDFAST_WAYBACK_KEY", "s3cret")
    monkeypatch.setenv("HOLDFAST_WAYBACK_SECRET", "s3cret")
    done = folder.run_in_process("--db", "sqlite:///own.db", "settings", "--changed", "-q")
    assert "s3cret" not in done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        'db = "sqlite:///own.db" # --db; default: unset',
        f'network.proxy = "http://proxy.example:3128" # {file}:2; default: unset',
        "network.concurrency = 32 # HOLDFAST_NETWORK__CONCURRENCY; default: 128",
        f'hosts."*.slow.example".interval = 9 # {file}:5; default: 1.0',
        f'hosts."*.slow.example".headers = {{ "Authorization" = "***" }} # {file}:6; default: unset',
        'archives.wayback.key = "***" # HOLDFAST_WAYBACK_KEY; default: unset',
        'archives.wayback.secret = "***" # HOLDFAST_WAYBACK_SECRET; default: unset',
        f'archives.memento."own".timegate = "https://own.example/timegate/" # {file}:8; default: unset',
    ]


def test_settings_can_be_searched(folder: Folder) -> None:
    done = folder.run_in_process("settings", "-q", "lookups")
    assert done.stdout == "archives.wayback.lookups_per_minute = 24 # default\n"
    line = one_line(folder.run_in_process("settings", "intervall"), 3)
    assert line == "holdfast: no setting 'intervall': did you mean interval?"
    line = one_line(folder.run_in_process("settings", "netwrk"), 3)
    assert line == "holdfast: no setting 'netwrk': did you mean network?"


def test_settings_prints_a_message_if_nothing_was_set(folder: Folder) -> None:
    done = folder.run_in_process("settings", "--changed")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "every setting has its default\n")


@pytest.mark.parametrize("command", sorted(_COMMANDS))
def test_a_misspelt_command_gets_a_suggestion(folder: Folder, command: str) -> None:
    wrong = command[:-1] + "x" if len(command) > 3 else f"{command}{command[-1]}"
    done = folder.run_in_process(wrong)
    assert done.returncode == 3
    if len(command) > 3:
        assert f"Did you mean '{command}'?" in done.stderr


def test_explanations_are_in_the_language_of_the_reports(folder: Folder) -> None:
    folder.write("holdfast.toml", '[report]\nlang = "zh"\n')
    title, meaning, advice = folder.run_in_process("explain", "soft-404").stdout.splitlines()
    assert title.startswith("soft-404（")
    assert meaning == "  状态码表示成功，内容却是“页面不存在”"
    assert advice.startswith("  处理办法：在浏览器中打开它。")
    assert folder.run_in_process("explain", "未找到页面").stdout.startswith("not-found（")
    assert folder.run_in_process("explain", "--lang", "en", "gone").stdout.startswith(
        "gone (broken: "
    )
    assert folder.run_in_process("explain").stdout.startswith("判定的原因:")
    folder.write("holdfast.toml", "not TOML")  # no reason to explain nothing
    assert folder.run_in_process("explain", "--lang", "zh", "gone").returncode == 0


def test_every_word_has_its_section_in_the_documentation() -> None:
    headings = {
        line.removeprefix("### ").replace("/", "")
        for line in REASONS_PAGE.read_text("utf-8").splitlines()
        if line.startswith("### ")
    }
    addresses = {explanation_url("https://docs.example", word) for word in EXPLANATIONS}
    assert addresses == {f"https://docs.example/reference/reasons/#{each}" for each in headings}


def test_reports_link_to_the_documentation_if_its_address_is_known(folder: Folder) -> None:
    folder.write("a.md", "# A page\n\n<https://a.example/x> [b](b.md)\n")
    folder.write("holdfast.toml", '[report]\ndocs_url = "https://docs.example/holdfast/"\n')
    assert folder.run_in_process("scan").returncode == 0
    at = "https://docs.example/holdfast/reference/reasons/#"
    log = json.loads(folder.run_in_process("report", "--format", "sarif").stdout)
    rules = {rule["id"]: rule for rule in log["runs"][0]["tool"]["driver"]["rules"]}
    assert rules["not-found"]["helpUri"] == f"{at}not-found"
    assert rules["missing-page"]["helpUri"] == f"{at}missing-page"
    assert f'"docs":"{at}"' in folder.run_in_process("report", "--format", "html").stdout
    folder.write("holdfast.toml", '[report]\ndocs_url = ""\n')
    assert "helpUri" not in folder.run_in_process("report", "--format", "sarif").stdout
    folder.write("holdfast.toml", '[report]\ndocs_url = "docs.example"\n')
    assert "docs_url must be an address of the web" in folder.run_in_process("report").stderr
