"""Test the old and new versions of a change in real repositories, the newest first."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from crawler.git import Change, ChangedFilesError, find_change, read_old_versions
from tests.unit.crawler.git.test_changes import git, write


@pytest.fixture
def wiki(tmp_path: Path) -> Path:
    folder = tmp_path / "夜 渡"
    folder.mkdir()
    git(folder, "init")
    write(folder, first="one\r\ntwo", second="2", gone="3", kept="4")
    (folder / "a\nb.md").write_bytes(b"\xff\xfe bytes")
    (folder / "link.md").symlink_to("kept.md")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "first")
    git(folder, "switch", "-c", "topic")
    return folder


def old(change: Change) -> Mapping[str, bytes]:
    found = read_old_versions(change, change.old_blobs)
    return {Path(file).name: data for file, data in found}


def present(change: Change) -> list[str]:
    return [Path(file).name for file in change.files]


def test_the_bytes_of_old_versions_are_unchanged(wiki: Path) -> None:
    write(wiki, first="other", new="n")
    (wiki / "a\nb.md").write_bytes(b"other")
    (wiki / "link.md").unlink()
    (wiki / "gone.md").unlink()
    change = find_change(wiki, "main")
    assert old(change) == {"first.md": b"one\r\ntwo", "gone.md": b"3", "a\nb.md": b"\xff\xfe bytes"}
    assert set(present(change)) == {"first.md", "new.md", "a\nb.md"}


def test_the_most_recently_changed_file_comes_first(wiki: Path) -> None:
    for name in ("second", "first"):
        write(wiki, **{name: "changed"})
        git(wiki, "commit", "-am", name)
    write(wiki, kept="changed")
    assert present(find_change(wiki, "main")) == ["kept.md", "first.md", "second.md"]


def test_staged_pages_are_compared_with_head(wiki: Path) -> None:
    write(wiki, first="staged", new="staged", untracked="u")
    git(wiki, "add", "first.md", "new.md")
    write(wiki, second="not staged")
    change = find_change(wiki, None, staged=True)
    assert set(present(change)) == {"first.md", "new.md"}
    assert old(change) == {"first.md": b"one\r\ntwo"}
    assert set(present(find_change(wiki, None))) == {
        "first.md",
        "new.md",
        "second.md",
        "untracked.md",
    }


def test_before_the_first_commit_all_files_are_changed(tmp_path: Path) -> None:
    git(tmp_path, "init")
    write(tmp_path, first="1", untracked="2")
    git(tmp_path, "add", "first.md")
    staged = find_change(tmp_path, None, staged=True)
    assert (present(staged), staged.old_blobs) == (["first.md"], {})
    assert set(present(find_change(tmp_path, None))) == {"first.md", "untracked.md"}


def test_untracked_pages_have_no_old_version(wiki: Path) -> None:
    write(wiki, first="other", second="other")
    change = find_change(wiki, "main")
    blob = next(blob for file, blob in change.old_blobs.items() if file.endswith("first.md"))
    (wiki / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    assert old(change) == {"second.md": b"2"}


def test_branches_without_a_common_commit_are_reported(wiki: Path) -> None:
    git(wiki, "switch", "--orphan", "other")
    git(wiki, "commit", "--allow-empty", "-m", "other")
    with pytest.raises(ChangedFilesError, match="the branch that HEAD was made from"):
        find_change(wiki, "main")


def test_no_program_of_the_repository_runs(wiki: Path) -> None:
    (wiki / ".gitattributes").write_text("*.md diff=own filter=own\n")
    for key in ("diff.own.textconv", "filter.own.clean", "diff.external"):
        git(wiki, "config", key, "touch owned; cat")
    subprocess.run(["touch", "first.md"], cwd=wiki, check=True)
    write(wiki, first="other")
    assert old(find_change(wiki, "main"))["first.md"] == b"one\r\ntwo"
    assert not list(wiki.rglob("owned"))


def test_changed_symbolic_links_and_submodules_are_listed(wiki: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init")
    write(other, page="1")
    git(other, "add", ".")
    git(other, "commit", "-m", "first")
    git(wiki, "-c", "protocol.file.allow=always", "submodule", "add", str(other), "sub")
    (wiki / "committed.md").symlink_to("first.md")
    git(wiki, "add", ".")
    git(wiki, "commit", "-m", "second")
    (wiki / "untracked.md").symlink_to("first.md")
    change = find_change(wiki, "main")
    assert {Path(link).name for link in change.links} == {"committed.md", "untracked.md"}
    assert {Path(each).name for each in change.submodules} == {"sub"}
    assert find_change(wiki, None).submodules == frozenset()
