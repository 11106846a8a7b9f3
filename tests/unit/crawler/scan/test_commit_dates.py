"""Test the real paths of pages, by which git lists them."""

from __future__ import annotations

from pathlib import Path

from crawler.scan.commit_dates import _real_paths


def test_links_to_pages_and_to_folders_are_resolved(tmp_path: Path) -> None:
    real = tmp_path.resolve() / "real"
    real.mkdir()
    for name in ("a.md", "b.md"):
        (real / name).write_text("")
    (tmp_path / "folder").symlink_to(real)
    (tmp_path / "c.md").symlink_to(real / "b.md")
    found = _real_paths([tmp_path / "folder" / "a.md", tmp_path / "c.md", real / "b.md"])
    assert found == [real / "a.md", real / "b.md", real / "b.md"]
