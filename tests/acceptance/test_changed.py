"""Test `--changed-since`: only the pages that a pull request changes, and only what they cite."""

from __future__ import annotations

import os
import subprocess

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page, status
from crawler.demo.web import ANY
from tests.acceptance.folder import Folder, error_lines, one_line, rows
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

ALIVE = page("Ferry", "The night ferry runs until two.")
COPY = "https://web.archive.org/web/20210805110426/http://edited.example/"


@pytest.fixture(scope="module")
def own_internet(background: BackgroundLoop) -> Internet:
    names = ("kept", "edited", "moved", "gone", "new", "untracked")
    return background.start(
        Internet(
            {f"{name}.example": {ANY: status(404) if name == "new" else ALIVE} for name in names}
        )
    )


def git(folder: Folder, *arguments: str) -> None:
    named = ("-c", "user.name=t", "-c", "user.email=t@wiki.example", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *named, *arguments], cwd=folder.path, check=True, capture_output=True)


@pytest.fixture
def wiki(folder: Folder, own_internet: Internet, wayback: RunningWayback) -> Folder:
    """Return a branch that edits, adds, renames and removes pages, and leaves one unchanged."""
    own_internet.reset()
    folder.configure(own_internet, wayback)
    folder.write(".gitignore", ".holdfast/\n")
    for name in ("kept", "edited", "moved", "gone"):
        folder.write(f"docs/{name}.md", f"# {name}\n\n<http://{name}.example/>\n")
    git(folder, "init", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "first")
    git(folder, "switch", "-c", "topic")
    folder.write(
        "docs/edited.md",
        f"# edited\n\n[copy]({COPY}) [no such page](nowhere.md) [heading](kept.md#kept)\n",
    )
    folder.write("docs/new.md", "<http://new.example/> <http://kept.example/>\n")
    git(folder, "mv", "docs/moved.md", "docs/renamed.md")
    git(folder, "rm", "docs/gone.md")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "second")
    folder.write("docs/untracked.md", "<http://untracked.example/>\n")
    return folder


def requested_hosts(web: Internet) -> set[str]:
    return {visit.host for visit in web.visits}


def test_only_links_of_changed_pages_are_probed_and_reported(
    wiki: Folder, own_internet: Internet
) -> None:
    done = wiki.holdfast(
        "run", "docs", "--changed-since", "main", "--format", "comment,jsonl", "--output", "out"
    )
    assert done.returncode == 0, done.stderr
    assert "4 pages changed" in error_lines(done)
    # a link that an unchanged page cites too is probed, as a changed one cites it
    assert requested_hosts(own_internet) == {
        f"{name}.example" for name in ("edited", "moved", "new", "untracked", "kept")
    }
    reported = {
        row["url"]: [place["page"] for place in row["citations"]]
        for row in rows((wiki.path / "out" / "report.jsonl").read_text())
    }
    assert reported == {
        "http://edited.example/": ["docs/edited.md"],
        COPY: ["docs/edited.md"],
        "http://moved.example/": ["docs/renamed.md"],
        "http://new.example/": ["docs/new.md"],
        "http://kept.example/": ["docs/new.md"],
        "http://untracked.example/": ["docs/untracked.md"],
    }
    comment = (wiki.path / "out" / "report.comment.md").read_text(encoding="utf-8").splitlines()
    assert comment[0] == "<!-- holdfast -->"
    assert "failing, not confirmed" in comment[1]
    assert "1 broken internal link" in comment[1]
    assert "- `docs/new.md:1`: <http://new.example/>" in comment
    assert "- `docs/edited.md:3` `nowhere.md`: no such page or file" in comment


def test_a_run_of_some_pages_does_not_count_as_a_run_of_the_wiki(wiki: Folder) -> None:
    assert wiki.holdfast("run", "docs", "--changed-since", "main").returncode == 0
    assert wiki.query("SELECT wikis FROM run") == [("[]",)]
    assert "No run has checked this wiki yet." in wiki.run_in_process("report").stdout


def test_check_and_scan_accept_changed_since(wiki: Folder, own_internet: Internet) -> None:
    done = wiki.run_in_process("scan", "--format", "jsonl", "--changed-since", "main", "docs")
    assert {row["page"] for row in rows(done.stdout)} == {
        f"docs/{name}.md" for name in ("edited", "new", "renamed", "untracked")
    }
    done = wiki.run_in_process(
        "scan", "--internal", "--format", "jsonl", "--changed-since", "main", "docs"
    )
    assert [(row["page"], row["target"], row["broken"]) for row in rows(done.stdout)] == [
        ("docs/edited.md", "nowhere.md", "missing-page"),
        ("docs/edited.md", "kept.md#kept", False),
    ]
    assert (
        wiki.run_in_process(
            "scan", "--internal", "--fail-on", "broken", "--changed-since", "main", "docs"
        ).returncode
        == 2
    )
    assert wiki.run_in_process("scan", "docs").returncode == 0
    assert wiki.holdfast("check", "--changed-since", "main", "--limit", "9").returncode == 0
    assert "gone.example" not in requested_hosts(own_internet)
    assert wiki.query("SELECT probes FROM link WHERE url = 'http://new.example/'") == [(1,)]


def test_files_that_are_not_read_are_named_by_scan_and_check_alike(wiki: Folder) -> None:
    """A page that cannot be read must not pass as one that did not change."""
    (wiki.path / "docs" / "lost.md").symlink_to("nowhere.md")
    since = ("--changed-since", "main", "docs")
    scanned = wiki.run_in_process("scan", "--format", "jsonl", *since)
    checked = wiki.holdfast("check", "--once", *since)
    for done in (scanned, checked):
        assert "docs/lost.md" in done.stderr, done.args


def test_pages_behind_a_new_symbolic_link_are_changed(wiki: Folder, own_internet: Internet) -> None:
    wiki.write("drafts/deep/page.md", "<http://behind.example/>\n")
    git(wiki, "add", ".")
    git(wiki, "commit", "-m", "drafts")
    git(wiki, "branch", "--force", "main")
    (wiki.path / "docs/linked").symlink_to("../drafts")
    for is_committed in (False, True):
        if is_committed:
            git(wiki, "add", ".")
            git(wiki, "commit", "-m", "link")
        done = wiki.run_in_process("scan", "--format", "jsonl", "--changed-since", "main", "docs")
        assert {row["page"] for row in rows(done.stdout)} == {"docs/linked/deep/page.md"}
    assert wiki.holdfast("run", "docs", "--changed-since", "main").returncode == 0
    assert requested_hosts(own_internet) == {"behind.example"}


def test_without_changes_no_request_is_sent(wiki: Folder, own_internet: Internet) -> None:
    git(wiki, "add", ".")
    git(wiki, "commit", "-m", "third")
    done = wiki.holdfast(
        "run", "docs", "--changed-since", "HEAD", "--format", "comment", "--output", "comment.md"
    )
    assert done.returncode == 0
    assert "0 pages changed" in error_lines(done)
    assert requested_hosts(own_internet) == set()
    assert (
        wiki.path / "comment.md"
    ).read_text() == "<!-- holdfast -->\n**0 links: nothing to fix**\n"


@pytest.mark.parametrize(
    ("revision", "message"),
    [
        (
            "nosuch",
            "holdfast: unknown revision 'nosuch': fetch it, or give another one to --changed-since",
        ),
        (
            "--help",
            "holdfast: unknown revision '--help': fetch it, or give another one to --changed-since",
        ),
    ],
)
def test_an_unknown_revision_is_one_line(wiki: Folder, revision: str, message: str) -> None:
    for command in ("run", "check", "scan"):
        assert one_line(wiki.run_in_process(command, f"--changed-since={revision}"), 3) == message


def test_a_folder_outside_a_repository_is_one_line(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.path.parent))
    folder.write("a.md", "x\n")
    line = one_line(folder.run_in_process("run", "--changed-since", "main"), 3)
    assert "not a git repository" in line
    assert line.endswith(": check it with git status")
    assert not (folder.path / ".holdfast").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_repository_that_git_does_not_trust_is_one_line_with_the_command_to_trust_it(
    folder: Folder,
) -> None:
    folder.write("a.md", "x\n")
    subprocess.run(["git", "init", "-q", folder.path], check=True)
    for path in (folder.path, folder.path / ".git"):
        os.chown(path, 65534, 65534)  # as in a container that mounts the checkout
    done = folder.holdfast("scan", "--changed-since", "main", env={"SUDO_UID": "0"})
    line = one_line(done, 3)
    assert "dubious ownership" in line
    assert line.endswith(f"run git config --global --add safe.directory {folder.path}")
