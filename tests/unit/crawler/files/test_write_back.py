"""Test that pages are written back completely or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from crawler.files.write_back import PatchRecord, WriteRefused, write_page


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "a.md"
    file.write_bytes(b"old\r\n")
    return file


def leftovers(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir() if entry.name != "a.md"]


def full_disk(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o664, 0o755])
def test_page_is_replaced_and_keeps_its_mode(page: Path, mode: int) -> None:
    page.chmod(mode)
    write_page(page, b"old\r\n", b"new\r\n")
    assert page.read_bytes() == b"new\r\n"
    assert page.stat().st_mode & 0o7777 == mode
    assert leftovers(page.parent) == []


def test_a_page_that_was_changed_meanwhile_is_not_written(page: Path) -> None:
    with pytest.raises(WriteRefused, match="changed by another program"):
        write_page(page, b"older\r\n", b"new\r\n")
    assert page.read_bytes() == b"old\r\n"
    assert leftovers(page.parent) == []


def test_a_read_only_page_in_a_writable_folder_is_not_written(page: Path) -> None:
    page.chmod(0o444)
    with pytest.raises(WriteRefused, match="read-only"):
        write_page(page, b"old\r\n", b"new\r\n")
    assert page.read_bytes() == b"old\r\n"


def test_a_removed_page_is_not_created_again(page: Path) -> None:
    page.unlink()
    with pytest.raises(WriteRefused, match="No such file"):
        write_page(page, b"old\r\n", b"new\r\n")
    assert leftovers(page.parent) == []
    assert not page.exists()


@pytest.mark.parametrize("call", ["fsync", "chmod"])
def test_a_full_disk_leaves_the_page_and_no_temporary_file(
    page: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr(os, call, full_disk)
    with pytest.raises(WriteRefused, match="No space left"):
        write_page(page, b"old\r\n", b"new\r\n")
    assert page.read_bytes() == b"old\r\n"
    assert leftovers(page.parent) == []


def test_the_record_contains_the_patches_of_changed_pages_only(page: Path, tmp_path: Path) -> None:
    other = tmp_path / "b.md"
    with PatchRecord(tmp_path / "patches" / "now.patch") as record:
        assert not record.has_patches
        record.apply(page, b"old\r\n", b"new\r\n", b"first\n")
        with pytest.raises(WriteRefused):
            record.apply(other, b"", b"x", b"second\n")
        record.apply(page, b"new\r\n", b"newer\r\n", b"third\n")
        assert record.has_patches
    assert record.file.read_bytes() == b"first\nthird\n"
    assert page.read_bytes() == b"newer\r\n"


def test_a_record_without_patches_leaves_no_file(page: Path, tmp_path: Path) -> None:
    with PatchRecord(tmp_path / "patches" / "now.patch") as record, pytest.raises(WriteRefused):
        record.apply(tmp_path / "b.md", b"", b"x", b"second\n")
    assert not record.file.exists()


def test_a_page_is_not_changed_if_its_patch_cannot_be_recorded(page: Path, tmp_path: Path) -> None:
    (tmp_path / "patches").write_text("in the way")
    with (
        PatchRecord(tmp_path / "patches" / "now.patch") as record,
        pytest.raises(WriteRefused, match="was left unchanged"),
    ):
        record.apply(page, b"old\r\n", b"new\r\n", b"first\n")
    assert page.read_bytes() == b"old\r\n"


@pytest.mark.parametrize("depth", [0, 1])
def test_a_page_in_a_folder_that_became_a_symlink_is_not_written(
    tmp_path: Path, depth: int
) -> None:
    page = tmp_path / "wiki/deep/a.md"
    page.parent.mkdir(parents=True)
    page.write_bytes(b"old")
    folder = [page.parent, page.parent.parent][depth]
    folder.rename(tmp_path / "moved")
    folder.symlink_to(tmp_path / "moved")
    assert page.read_bytes() == b"old"  # the same file, but through a symbolic link
    with pytest.raises(WriteRefused, match="symbolic link"):
        write_page(page, b"old", b"new")
    assert page.read_bytes() == b"old"
    assert [entry.name for entry in page.parent.iterdir()] == ["a.md"]


@pytest.mark.parametrize("kind", ["link", "pipe", "device", "folder"])
def test_a_page_that_is_no_regular_file_any_more_is_not_written(
    page: Path, tmp_path: Path, kind: str
) -> None:
    page.unlink()
    (tmp_path / "other").write_bytes(b"old")
    if kind == "pipe":
        os.mkfifo(page)
    elif kind == "folder":
        page.mkdir()
    else:
        page.symlink_to("other" if kind == "link" else "/dev/zero")
    with pytest.raises(
        WriteRefused, match="symbolic link" if kind in {"link", "device"} else "not a regular file"
    ):
        write_page(page, b"old", b"new")
    assert (tmp_path / "other").read_bytes() == b"old"
    assert leftovers(tmp_path) == ["other"]


def test_a_page_that_grew_meanwhile_is_not_written(page: Path) -> None:
    with pytest.raises(WriteRefused, match="changed by another program"):
        write_page(page, b"ol", b"new")
    assert page.read_bytes() == b"old\r\n"
