"""Test that settings files are read whatever program wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.scan.generators.settings_files import read_settings


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.toml", 'key = "x"\n'), ("a.json", '{"key": "x"}'), ("a.yml", "key: x\n")],
)
def test_a_byte_order_mark_is_no_part_of_the_settings(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(f"\ufeff{text}", encoding="utf-8")
    assert read_settings(tmp_path / name) == {"key": "x"}
