"""Test which files changed, in real repositories."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from crawler.git import ChangedFilesError, changed_files


def git(folder: Path, *arguments: str) -> None:
    named = (
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@wiki.example",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "init.defaultBranch=main",
    )
    subprocess.run(["git", *named, *arguments], cwd=folder, check=True, capture_output=True)


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


@pytest.fixture
def wiki(tmp_path: Path) -> Path:
    """Return a branch whose base is older than the newest commit of main."""
    folder = tmp_path / "夜 渡"
    folder.mkdir()
    git(folder, "init")
    write(
        folder,
        kept="a",
        edited="b",
        moved="the same text, long enough to be found again\n" * 3,
        gone="d",
    )
    git(folder, "add", ".")
    git(folder, "commit", "-m", "first")
    git(folder, "switch", "-c", "topic")
    write(folder, edited="b2", committed="e")
    git(folder, "mv", "moved.md", "moved here.md")
    git(folder, "rm", "gone.md")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "second")
    git(folder, "switch", "main")
    write(folder, kept="changed on main only")
    git(folder, "commit", "-am", "meanwhile")
    git(folder, "switch", "topic")
    return folder


def names(folder: Path, revision: str) -> set[str]:
    return {str(Path(file).relative_to(folder)) for file in changed_files(folder, revision).files}


COMMITTED = {"edited.md", "committed.md", "moved here.md"}


def test_later_commits_to_the_target_branch_are_not_listed(wiki: Path) -> None:
    assert names(wiki, "main") == COMMITTED
    assert names(wiki, "main~1") == COMMITTED
    assert names(wiki, "HEAD") == set()


def test_uncommitted_changes_and_untracked_files_are_listed(wiki: Path) -> None:
    write(wiki, kept="edited, not committed", untracked="new", ignored="x")
    (wiki / ".gitignore").write_text("ignored.md\n", encoding="utf-8")
    (wiki / "committed.md").unlink()
    assert names(wiki, "HEAD") == {"kept.md", "untracked.md", ".gitignore"}
    assert names(wiki, "main") == {
        "edited.md",
        "moved here.md",
        "kept.md",
        "untracked.md",
        ".gitignore",
    }


def test_changes_of_the_whole_repository_are_listed_from_a_subfolder(wiki: Path) -> None:
    below = wiki / "below"
    below.mkdir()
    write(below, page="x")
    assert {
        str(Path(file).relative_to(wiki)) for file in changed_files(below, "main").files
    } == COMMITTED | {"below/page.md"}


@pytest.mark.parametrize("revision", ["nosuch", "--output=/tmp/x", "main:kept.md", ""])
def test_an_unknown_revision_is_an_error(wiki: Path, revision: str) -> None:
    with pytest.raises(ChangedFilesError, match="unknown revision"):
        changed_files(wiki, revision)


def test_a_shallow_history_is_reported(wiki: Path, tmp_path: Path) -> None:
    shallow = tmp_path / "shallow"
    git(
        tmp_path,
        "clone",
        "--quiet",
        "--depth",
        "1",
        "--no-single-branch",
        f"file://{wiki}",
        str(shallow),
    )
    with pytest.raises(
        ChangedFilesError,
        match=r"have no common commit here: fetch more of the history \(git fetch --unshallow\)",
    ):
        changed_files(shallow, "origin/main")


def test_a_missing_repository_and_a_missing_git_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(
        ChangedFilesError, match=r"git cannot list what changed in .*: not a git repository"
    ):
        changed_files(tmp_path, "main")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ChangedFilesError, match="git was not found"):
        changed_files(tmp_path, "main")


@pytest.mark.parametrize("driver", ["z", "a=b", "a.b"])
@pytest.mark.parametrize("command", ["clean", "process"])
def test_no_configured_filter_runs(wiki: Path, tmp_path: Path, driver: str, command: str) -> None:
    marker = tmp_path / "ran"
    git(wiki, "config", f"filter.{driver}.{command}", f"touch {marker}; cat")
    git(wiki, "config", f"filter.{driver}.required", "true")
    (wiki / ".git/info/attributes").write_text(f"*.md filter={driver}\n", encoding="utf-8")
    write(wiki, kept="a2")
    assert names(wiki, "main") == COMMITTED | {"kept.md"}
    assert not marker.exists()


def test_no_program_of_a_submodule_runs(wiki: Path, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    git(wiki, "clone", "--quiet", str(wiki), "module")
    git(wiki, "add", "module")
    git(wiki, "commit", "-m", "add a submodule")
    module = wiki / "module"
    git(module, "config", "filter.z.clean", f"touch {marker}; cat")
    (module / ".git/info/attributes").write_text("*.md filter=z\n", encoding="utf-8")
    write(module, kept="a2")
    changed_files(wiki, "main")
    assert not marker.exists()
