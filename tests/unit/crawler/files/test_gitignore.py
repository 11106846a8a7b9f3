"""Test that patterns of .gitignore match as in git, in bounded time."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.files import gitignore
from crawler.files.gitignore import (
    IgnoreFile,
    TooManyPatternsError,
    add_gitignore,
    ignore_rules,
    is_ignored,
    is_ignored_below,
    is_pattern,
)

TREE = [
    *("a.md", "b.md", "ab.md", "a b", "!a", "#b", "a]", "-"),
    *(f"{folder}{name}" for folder in ("a/", "b/", "ab/") for name in ("a.md", "b.md", "c")),
    *("a/b/a.md", "a/b/c", "a/b/a/b.md", "a/a/a/a.md", "b/a/b/c", "b/a/a.md"),
]
FOLDERS = ["", "a", "a/b", "b"]  # with a .gitignore file
# Not `**` next to other characters: what git does with it is not documented.
PIECES = ["*", "a", "b", "c", ".md", "?", "/", "[ab]", "[!a]", "[a-b]", "[[:alpha:]]", "\\a"]
PATTERNS = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "", "/", "**/", "a/**/", "/a/**/b/**/", "/a/*/"]),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join),
    st.sampled_from(["", "", "/", "/**", "/*", "/**/a.md"]),
    st.sampled_from(["", "", " ", "\\ "]),
).filter(lambda pattern: "***" not in pattern and not re.search(r"[^/!]\*\*|\*\*[^/ ]", pattern))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("tree")
    subprocess.run(["git", "init", "-q", top], check=True)
    for name in TREE:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).touch()
    return top


@given(st.lists(st.lists(PATTERNS, max_size=4), min_size=len(FOLDERS), max_size=len(FOLDERS)))
def test_nested_files_ignore_what_git_ignores(tree: Path, lines: list[list[str]]) -> None:
    for folder, patterns in zip(FOLDERS, lines, strict=True):
        (tree / folder / ".gitignore").write_text("\n".join(patterns), encoding="utf-8")
    folders = {str(parent) for name in TREE for parent in Path(name).parents} - {"."}
    output = subprocess.run(
        ["git", "-C", tree, "check-ignore", "-z", "--stdin"],
        input="\0".join([*TREE, *folders]).encode(),
        capture_output=True,
        check=False,  # 1 if nothing is ignored
    )
    ignored = set(output.stdout.decode().split("\0")) - {""}
    assert {
        name
        for name in (*TREE, *folders)
        if is_ignored_below(tree / name, tree, is_folder=name in folders)
    } == ignored


@given(st.text(max_size=40), st.text(min_size=1, max_size=40))
def test_any_line_is_accepted_as_a_pattern(line: str, path: str) -> None:
    ignore_rules([line]).ignores(path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 30 + "*b", "a" * 250 + ".md"),
        ("**/a/" * 20 + "b", "a/" * 1_000 + "x.md"),
        ("**/*a*a*a/" * 20 + "b", "aaaaaaaa/" * 300 + "x.md"),
        ("a*/" * 50 + "b", "aa/" * 1_000 + "x.md"),
        ("*?" * 60 + "b/", "a" * 250),
        ("[a-a]*" * 30 + "b", "a" * 250),
    ],
)
def test_any_pattern_is_matched_in_bounded_time(pattern: str, path: str) -> None:
    rules = ignore_rules([pattern])
    started = time.process_time()
    assert not rules.ignores(path)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("line", ["foo\\", "\\", "!", "/"])
def test_a_line_that_is_no_pattern_matches_nothing_as_in_git(tmp_path: Path, line: str) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    names = ["foo", "z", "a", "\\", "!", "foo\\", "kept"]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / ".gitignore").write_text(f"{line}\nkept\n", encoding="utf-8")
    output = subprocess.run(
        ["git", "-C", tmp_path, "check-ignore", "-z", "--stdin"],
        input="\0".join(names).encode(),
        capture_output=True,
        check=True,
    )
    ignored = set(output.stdout.decode().split("\0")) - {""}
    rules = ignore_rules([line, "kept"])
    assert {name for name in names if rules.ignores(name)} == ignored == {"kept"}
    assert not is_pattern(line)


def test_the_deepest_of_nested_files_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No path is taken apart again for each of hundreds of files."""
    monkeypatch.setattr("os.path.relpath", None)
    patterns = [
        IgnoreFile.of(tmp_path, ignore_rules(["*.md", "!kept.md"])),
        IgnoreFile.of(tmp_path / "a", ignore_rules(["/kept.md", "out/"])),
        IgnoreFile.of(tmp_path / "a/b", ignore_rules(["!c.md"])),
    ]
    names = ["x.md", "kept.md", "a/kept.md", "a/b/kept.md", "a/b/c.md", "a/b/d.md", "a/b/x"]
    ignored = {
        name
        for name in names
        if is_ignored(tmp_path / name, patterns[: name.count("/") + 1], is_folder=False)
    }
    assert ignored == {"x.md", "a/kept.md", "a/b/d.md"}
    assert is_ignored(tmp_path / "a/out", patterns[:2], is_folder=True)
    assert not is_ignored(tmp_path / "a/out", patterns[:2], is_folder=False)


def test_a_file_with_a_byte_order_mark_and_other_line_ends_is_read_as_by_git(
    tmp_path: Path,
) -> None:
    (tmp_path / ".gitignore").write_bytes("\ufeffout.md\r\na\fb.md\r\nc\u2028d.md\n".encode())
    names = ["out.md", "a", "b.md", "a\fb.md", "c", "d.md", "c\u2028d.md"]
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    patterns = add_gitignore((), tmp_path)
    for name in names:
        by_git = subprocess.run(
            ["git", "check-ignore", "--quiet", name], cwd=tmp_path, check=False
        ).returncode
        assert is_ignored(tmp_path / name, patterns, is_folder=False) == (by_git == 0), name


def test_no_more_patterns_are_compiled_than_paths_are_compared_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[str] = []

    def compile_one(text: str) -> re.Pattern[str]:
        compiled.append(text)
        return re.compile("")

    monkeypatch.setattr(gitignore, "glob_regex", compile_one)
    (tmp_path / ".gitignore").write_text("".join(f"a*{each}*\n" for each in range(5_000)))
    with pytest.raises(TooManyPatternsError):
        add_gitignore((), tmp_path)
    assert len(compiled) <= 1_000
