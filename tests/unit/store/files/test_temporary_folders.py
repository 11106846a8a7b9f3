"""Test temporary folders: leftovers of killed processes are removed, those in use are not."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from store.files.temporary_folders import remove_leftover_folders, temporary_folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def make_old(folder: Path) -> None:
    os.utime(folder, (0, 0))


def test_a_leftover_is_removed_and_nothing_else(temporary: Path) -> None:
    outside = temporary / "outside"
    outside.mkdir()
    for name in ("holdfast-abcd1234", "holdfast-of-a-user", "other-abcd1234"):
        (temporary / name).mkdir()
        (temporary / name / "once.db").touch()
        make_old(temporary / name)
    (temporary / "holdfast-new_0000").mkdir()
    (temporary / "holdfast-link0000").symlink_to(outside)
    with temporary_folder() as folder:
        assert folder.parent == temporary
        assert {each.name for each in temporary.iterdir()} == {
            "outside",
            "holdfast-of-a-user",
            "other-abcd1234",
            "holdfast-new_0000",
            "holdfast-link0000",
            folder.name,
        }
    assert not folder.exists()


def test_a_folder_in_use_is_no_leftover(temporary: Path) -> None:
    with temporary_folder() as folder:
        make_old(folder)
        remove_leftover_folders(temporary, "holdfast-")
        assert folder.exists()
