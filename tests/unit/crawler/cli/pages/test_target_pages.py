"""Test the check that a command has pages to read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.cli.pages.target_pages import require_pages
from crawler.cli.targets import Target
from crawler.config import load_config


def test_a_folder_is_searched_until_its_first_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scan searches all of it; twice would take a fifth of the time of an unchanged wiki."""
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page.md").write_text("A page.\n")
    searched: list[str] = []
    scandir = os.scandir

    def recorded(path: Path) -> object:
        searched.append(Path(path).name)
        return scandir(path)

    monkeypatch.setattr("os.scandir", recorded)
    monkeypatch.chdir(tmp_path)
    wiki = load_config(start=tmp_path, environment={})
    require_pages([Target(wiki, None)], ["."])
    assert searched == [tmp_path.name, "a"]
