"""Test that `holdfast init` writes a valid configuration, also with its comments uncommented."""

from __future__ import annotations

import re
from pathlib import Path

from crawler.config import load_config
from crawler.config.template import render_template

ODD = 'mailto:"a\\b"\x7f@wiki.example'


def test_values_are_written_and_read_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text(
        render_template(pages=["页面", "b c"], docs_root="页面", contact=ODD, formats={}),
        encoding="utf-8",
    )
    config = load_config(file, environment={}).config
    assert config.pages == ("页面", "b c")
    assert config.docs_root == "页面"
    assert config.network.contact == ODD


def test_commented_settings_are_valid(tmp_path: Path) -> None:
    text = render_template(pages=["docs"], formats={})
    uncommented, count = re.subn(r"^# (?=\w+ = )", "", text, flags=re.MULTILINE)
    assert count >= 10
    file = tmp_path / "holdfast.toml"
    file.write_text(uncommented, encoding="utf-8")
    config = load_config(file, environment={}).config
    empty = tmp_path / "empty.toml"
    empty.write_text("")
    defaults = load_config(empty, environment={}).config
    assert config.rules_for("a.example") == defaults.rules_for("a.example")
    assert config.history == defaults.history
    assert config.archives.captures_enabled == defaults.archives.captures_enabled
