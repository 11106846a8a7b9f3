"""Test the guessed web address of a repository's pages."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from crawler.git import source_template


@pytest.mark.parametrize(
    ("remote", "template"),
    [
        ("git@github.com:stone/wiki.git", "https://github.com/stone/wiki/blob/main/{path}#L{line}"),
        ("https://github.com/stone/wiki", "https://github.com/stone/wiki/blob/main/{path}#L{line}"),
        (
            "https://user:token@gitlab.com/a/b/wiki.git",
            "https://gitlab.com/a/b/wiki/-/blob/main/{path}#L{line}",
        ),
        (
            "ssh://git@codeberg.org/stone/石桥.git",
            "https://codeberg.org/stone/%E7%9F%B3%E6%A1%A5/src/branch/main/{path}#L{line}",
        ),
        (
            "ssh://git@gitlab.example:2222/a/wiki.git",
            "https://gitlab.example/a/wiki/-/blob/main/{path}#L{line}",
        ),
        ("/srv/wiki.git", ""),
        ("https://code.example/wiki.git", ""),
        ("https://digital.example/a/wiki.git", ""),
        (
            "https://git.stone.example/a/wiki",
            "https://git.stone.example/a/wiki/blob/main/{path}#L{line}",
        ),
        ("https://legit.example/a/wiki", ""),
    ],
)
def test_the_address_of_page_sources_is_built_from_the_remote(
    tmp_path: Path, remote: str, template: str
) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "remote", "add", "origin", remote], check=True)
    assert source_template(tmp_path) == template


def test_the_template_has_the_path_of_a_wiki_in_a_subfolder(tmp_path: Path) -> None:
    wiki = tmp_path / "sub wiki"
    wiki.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "dev", str(tmp_path)], check=True)
    subprocess.run(
        ["git", "-C", str(tmp_path), "remote", "add", "origin", "https://github.com/a/b"],
        check=True,
    )
    assert source_template(wiki) == "https://github.com/a/b/blob/dev/sub%20wiki/{path}#L{line}"


def test_folder_outside_a_repository_has_no_template(tmp_path: Path) -> None:
    assert source_template(tmp_path) == ""
    assert source_template(tmp_path / "missing") == ""
