"""Test the day on which a URL was added to a wiki, in real repositories."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path

import pytest

from crawler.git import dates_added, page_history
from tests.repository import Repository

A, B = "https://a.example/1", "https://b.example/x?p=1&q=2"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def days(folder: Path, *urls: str, since: date | None = None) -> dict[str, str]:
    return {
        url: str(day)
        for url, day in dates_added(folder, urls or (A, B), [".md"], since=since).items()
    }


def test_the_date_is_that_of_the_first_commit_whatever_changed_in_the_line_since(
    repository: Repository,
) -> None:
    repository.commit("2019-03-01", page=f"<{A}>\n")
    repository.commit("2020-03-01", page=f"One, <{A}>.\n\n[b]({B})\n")
    repository.commit("2021-03-01", page=f"One, <{A}>. Two.\n\n[b]({B} 'b')\n")
    assert days(repository.folder) == {A: "2019-03-01", B: "2020-03-01"}


def test_dates_are_kept_across_renames_splits_and_rewrites(repository: Repository) -> None:
    repository.commit("2019-03-01", page=f"<{A}>\n")
    repository.commit("2020-03-01", page=None, other=f"<{A}>\n")
    repository.commit("2021-03-01", other="Nothing.\n")
    repository.commit("2022-03-01", third=f"<{A}>\n")
    assert days(repository.folder) == {A: "2019-03-01"}


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (f"<{A}>", True),
        (f"[a]({A})", True),
        (f"{A}.", True),
        (f"见{A}，然后", True),
        (f"{A}2", False),
        (f"{A}/more", False),
        (f"{A}.html", False),
        (f"{A}?q", False),
        (f"{A}条目", False),
        (
            f"https://other.example/{A}",
            True,
        ),  # what a mirror's address holds is an address of its own
    ],
)
def test_a_url_that_begins_with_the_given_one_is_not_a_match(
    repository: Repository, written: str, found: bool
) -> None:
    repository.commit("2019-03-01", page=f"{written}\n")
    assert days(repository.folder) == ({A: "2019-03-01"} if found else {})


@pytest.mark.parametrize("written", [B, B.replace("&", "&amp;"), B.replace("?", "\\?")])
def test_escaped_url_is_found(repository: Repository, written: str) -> None:
    repository.commit("2019-03-01", page=f"[b]({written})\n")
    assert days(repository.folder) == {B: "2019-03-01"}


def test_a_shallow_clone_gives_no_false_date(
    repository: Repository, tmp_path_factory: pytest.TempPathFactory
) -> None:
    repository.commit("2019-03-01", page=f"<{A}>\n")
    repository.commit("2020-03-01", page=f"<{A}>\n\nTwo.\n")
    repository.commit("2021-03-01", page=f"One: <{A}>\n\nTwo: <{B}>\n")
    for depth, expected in (
        (1, {}),
        (2, {B: "2021-03-01"}),
        (4, {A: "2019-03-01", B: "2021-03-01"}),
    ):
        clone = tmp_path_factory.mktemp("clone")
        repository.git(
            "clone", "--quiet", f"--depth={depth}", f"file://{repository.folder}", str(clone)
        )
        assert days(clone) == expected, depth


def test_older_commits_than_since_are_not_read(repository: Repository) -> None:
    repository.commit("2019-03-01", page=f"<{A}>\n")
    repository.commit("2021-03-01", page=f"One: <{A}>\n\n<{B}>\n")
    assert days(repository.folder, since=date(2021, 3, 1)) == {B: "2021-03-01"}
    assert days(repository.folder, since=date(2022, 1, 1)) == {}


def test_older_commits_that_were_merged_since_are_read(repository: Repository) -> None:
    repository.commit("2019-03-01", page="One.\n")
    repository.git("checkout", "--quiet", "-b", "topic")
    repository.commit("2019-04-01", other=f"<{A}>\n")
    repository.git("checkout", "--quiet", "main")
    repository.commit("2020-03-01", page="Two.\n")
    repository.git("merge", "--quiet", "--no-ff", "--message=topic", "topic", day="2021-03-01")
    assert days(repository.folder, since=date(2021, 2, 1)) == {A: "2019-04-01"}


@pytest.mark.parametrize("setting", ["diff.interHunkContext=9", "log.follow=true"])
def test_settings_of_git_change_no_date(repository: Repository, setting: str) -> None:
    repository.commit("2019-03-01", page=f"1\n<{A}>\n3\n")
    repository.commit("2020-03-01", page=f"One\n<{A}>\nThree, <{B}>\n")
    repository.git("config", *setting.split("="))
    repository.commit("2021-03-01", other=f"<{A}>\n")
    since = date(2020, 1, 1)  # so that the first commit, which added A, is not read
    assert days(repository.folder, since=since) == {A: "2021-03-01", B: "2020-03-01"}


def test_uncommitted_urls_have_no_date(repository: Repository) -> None:
    repository.commit("2019-03-01", page="Nothing.\n")
    (repository.folder / "notes.txt").write_text(f"<{A}>\n")
    repository.commit("2020-03-01")
    (repository.folder / "page.md").write_text(f"<{B}>\n")
    assert days(repository.folder) == {}


@pytest.mark.parametrize("day", ["1999-03-01", "2000-12-31"])
def test_commits_with_an_unset_clock_give_no_date(repository: Repository, day: str) -> None:
    repository.commit(day, page=f"<{A}>\n")
    assert days(repository.folder) == {}


def test_text_of_a_page_is_not_parsed_as_output_of_git(repository: Repository) -> None:
    repository.commit(
        "2019-03-01",
        page=f"a\r\x01{'0' * 40} 2010-01-01\r+<{A}>\rdiff --git a b\n\x01{'0' * 40} 2010-01-01\n<{B}>\n",
    )
    assert days(repository.folder) == {A: "2019-03-01", B: "2019-03-01"}


def test_a_folder_in_a_repository_lists_only_its_pages(repository: Repository) -> None:
    (repository.folder / "wiki").mkdir()
    (repository.folder / "wiki" / "in.md").write_text(f"<{A}>\n")
    repository.commit("2019-03-01", out=f"<{B}>\n")
    assert days(repository.folder / "wiki") == {A: "2019-03-01"}


def test_no_repository_and_no_git_are_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert days(tmp_path) == {}
    monkeypatch.setenv("PATH", "")
    assert days(tmp_path) == {}


def test_the_history_is_read_without_running_configured_programs(
    repository: Repository, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = repository.folder
    marker = tmp_path_factory.mktemp("marker") / "ran"
    repository.commit("2019-03-01", page=f"<{A}>\n")
    program = marker.with_name("program")
    program.write_text(f"#!/bin/sh\ntouch {marker}\ncat\n", encoding="utf-8")
    program.chmod(0o755)
    settings = {
        "log.showSignature": "true",
        "gpg.program": str(program),
        "diff.external": str(program),
        "diff.z.textconv": str(program),
        "core.pager": str(program),
    }
    for name, value in settings.items():
        run(folder, "config", name, value)
    (folder / ".git/info/attributes").write_text("*.md diff=z\n", encoding="utf-8")
    commit = run(folder, "cat-file", "commit", "HEAD").replace(
        "\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n -----END PGP SIGNATURE-----\n\n", 1
    )
    signed = run(folder, "hash-object", "-t", "commit", "-w", "--stdin", text=commit)
    run(folder, "reset", "--soft", signed.strip())
    assert days(folder) == {A: "2019-03-01"}
    assert not marker.exists()


def run(folder: Path, *arguments: str, text: str = "") -> str:
    """Return the output of git."""
    return subprocess.run(
        ["git", "-C", str(folder), *arguments],
        input=text,
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout


def test_the_search_ends_at_its_limit_of_comparisons(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_history, "_MAX_COMPARED", 1_000_000)
    many = ["http://" + ")" * number for number in range(1, 300)]
    repository.commit("2019-03-01", first=f"<{A}>\n")
    repository.commit("2020-03-01", page="http://))" * 100_000 + "\n")
    repository.commit("2021-03-01", page=f"<{B}>\n")
    assert days(repository.folder, A, B, *many) == {A: "2019-03-01", many[0]: "2020-03-01"}


def test_a_chain_of_urls_needs_few_comparisons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_history, "_MAX_COMPARED", 2_000_000)
    matcher = page_history._UrlMatcher(["http://" + "a" * number for number in range(2_000)])
    assert matcher.find_in(["http://" * 10_000 + "a", f"see {'http://aaa'}."]) == {
        "http://a",
        "http://aaa",
    }
