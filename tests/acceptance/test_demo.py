"""Test `holdfast demo`: its report must agree with the behaviour of the demo's web."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.demo.scenario import EXPECTED, EXPECTED_MIRRORS, LINKS
from store.vocabulary import Role
from tests.acceptance.folder import Done, Folder, one_line


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """Return the demo's folder, and what it printed."""
    folder = Folder(tmp_path_factory.mktemp("demo"))
    return folder.path / "out", folder.holdfast("demo", "--folder", str(folder.path / "out"))


@pytest.fixture(scope="module")
def rows(demo: tuple[Path, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the report's objects by role and URL."""
    lines = (demo[0] / "report.jsonl").read_text(encoding="utf-8").splitlines()
    return {(row["role"], row["url"]): row for row in map(json.loads, lines)}


def test_the_demo_succeeds_and_prints_where_the_report_is(demo: tuple[Path, Done]) -> None:
    folder, done = demo
    assert done.returncode == 0, done.stderr
    assert f"report: {folder / 'report.md'}" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].endswith(f": cd {folder}")
    # The wiki has no name, so its folder's name is in the title.
    for name, title in (
        ("report.md", "# Links of {}"),
        ("report.html", "<title>Links of {}</title>"),
    ):
        assert title.format(folder.name) in (folder / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("role", list(Role))
def test_states_and_reasons_are_those_of_the_scenario(
    role: Role, rows: dict[tuple[str, str], dict[str, Any]]
) -> None:
    expected = EXPECTED if role is Role.LINK else EXPECTED_MIRRORS
    found = {
        url: (row["state"], row["reason"])
        for (of_role, url), row in rows.items()
        if of_role == role
    }
    assert found == {url: (state.value, reason.value) for url, (state, reason) in expected.items()}


def test_a_failure_that_may_be_local_has_a_note(demo: tuple[Path, Any]) -> None:
    noted = [url for url, ending in LINKS.items() if ending.note]
    report = (demo[0] / "report.md").read_text(encoding="utf-8")
    assert noted
    assert all(url in report for url in noted)


def test_broken_links_get_the_mirror_nearest_the_access_date(
    rows: dict[tuple[str, str], dict[str, Any]],
) -> None:
    best = {
        url: row["best_mirror"]
        for (role, url), row in rows.items()
        if role == "link" and row["state"] == "broken"
    }
    assert (
        best["http://www.lamplight.example/demo"]
        == "https://web.archive.org/web/20211230180000/http://www.lamplight.example/demo"
    )
    # the cited copy replays an error, so another one replaces it
    assert (
        best["http://wanbao.example/2018/0312.html"]
        == "https://web.archive.org/web/20190705101500/http://wanbao.example/2018/0312.html"
    )
    assert best["http://lost-village.invalid/museum/books/41"] is None


def test_a_folder_that_is_not_of_a_demo_is_refused(folder: Folder) -> None:
    thesis = folder.write("thesis.md", "years of work")
    assert "is not empty" in one_line(folder.holdfast("demo", "--folder", str(folder.path)), 3)
    assert thesis.read_text(encoding="utf-8") == "years of work"
