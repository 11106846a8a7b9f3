"""Test that only regular files are read, and replaced without following links."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from crawler.files.atomic import remove_leftovers, replace_file, temporary_file
from crawler.files.safe_files import open_folder, open_regular_file, read_regular_file


def test_a_regular_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"x" * 70_000)
    assert read_regular_file(file, 70_000) == b"x" * 70_000
    with pytest.raises(OSError, match="larger than 69,999 bytes") as refused:
        read_regular_file(file, 69_999)
    assert refused.value.errno == errno.EFBIG


def test_a_file_of_unknown_size_is_bounded_too() -> None:
    assert b"\0" in read_regular_file("/proc/self/cmdline", 1_000_000)
    with pytest.raises(OSError, match="larger"):
        read_regular_file("/proc/self/smaps", 100)


@pytest.mark.parametrize("kind", ["pipe", "link to a pipe", "/dev/zero", "/dev/random", "folder"])
def test_only_regular_files_are_read(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "a"
    os.mkfifo(tmp_path / "pipe")
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        file = tmp_path / "pipe"
    else:
        file.symlink_to(kind if kind.startswith("/") else "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        read_regular_file(file, 100)
    with pytest.raises(OSError, match="not a regular file"):
        open_regular_file(file)


def test_a_symlink_is_followed_unless_that_is_disabled(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "b").symlink_to("a")
    assert read_regular_file(tmp_path / "b", 10) == b"x"
    with pytest.raises(OSError, match="not a regular file"):
        read_regular_file(tmp_path / "b", 10, follow_symlinks=False)


def test_a_folder_below_a_symlink_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "real/deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    with (
        open_folder(tmp_path / "real/deep") as folder,
        temporary_file(".t.", dir_fd=folder) as (_, name),
    ):
        assert [entry.name for entry in (tmp_path / "real/deep").iterdir()] == [name]
    assert list((tmp_path / "real/deep").iterdir()) == []
    with (
        pytest.raises(OSError, match=r"Not a directory|Too many levels"),
        open_folder(tmp_path / "link/deep"),
    ):
        pass


def test_a_file_is_replaced_completely_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    with replace_file(file) as new:
        new.write(b"new")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o644)
    with pytest.raises(TypeError), replace_file(file) as new:
        new.writelines([b"half", None])  # type: ignore[list-item]
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [
        ("report.html", b"new")
    ]


def test_a_replaced_file_is_as_private_as_its_owner_wants(tmp_path: Path) -> None:
    """A report or an export may name private URLs."""
    private, new = tmp_path / "private.html", tmp_path / "new.html"
    private.touch(mode=0o600)
    umask = os.umask(0o077)
    try:
        for file in (private, new):
            with replace_file(file) as content:
                content.write(b"new")
    finally:
        os.umask(umask)
    assert [file.stat().st_mode & 0o777 for file in (private, new)] == [0o600, 0o600]
    private.chmod(0o640)
    with replace_file(private) as content:
        content.write(b"newer")
    assert private.stat().st_mode & 0o777 == 0o640


def test_only_files_left_by_a_killed_process_are_removed(tmp_path: Path) -> None:
    leftover = tmp_path / ".report.html.a1_bcdef"
    others = [
        tmp_path / name
        for name in (
            ".report.html.a1bcdef",
            ".report.html.a1bcdefgh",
            ".report.xml.a1bcdefg",
            "report.html",
        )
    ]
    recent = tmp_path / ".report.html.younger_"
    for file in (leftover, recent, *others):
        file.write_text("x")
    old = time.time() - 3600
    for file in (leftover, *others):
        os.utime(file, (old, old))
    (tmp_path / ".report.html.linklink").symlink_to("report.html")
    os.utime(tmp_path / ".report.html.linklink", (old, old), follow_symlinks=False)
    with (
        open_folder(tmp_path) as folder,
        temporary_file(".report.html.", dir_fd=folder) as (_, name),
    ):
        os.utime(tmp_path / name, (old, old))  # still open in a slow writer
        remove_leftovers(tmp_path, ".report.html.")
        assert (tmp_path / name).exists()
    assert {entry.name for entry in tmp_path.iterdir()} == {
        file.name for file in (recent, *others)
    } | {".report.html.linklink"}


def test_leftovers_are_removed_by_the_next_report(tmp_path: Path) -> None:
    leftover = tmp_path / ".report.html.abcdefgh"
    leftover.write_text("x")
    os.utime(leftover, (0, 0))
    with replace_file(tmp_path / "report.html") as new:
        new.write(b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]
