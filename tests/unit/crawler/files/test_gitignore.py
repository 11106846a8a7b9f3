"""Test that patterns of .gitignore match as in git, in bounded time."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from crawler.files.gitignore import ignore_spec, is_ignored, is_pattern, read_gitignore

PATTERNS = st.lists(
    st.sampled_from(["*", "a", "b", "?", "/", "[ab]", "**/", "/**/", "/**", ".", "!"]),
    min_size=1,
    max_size=12,
).map("".join)
PATHS = st.lists(st.text("ab.", min_size=1, max_size=5), min_size=1, max_size=6).map("/".join)


@given(PATTERNS, PATHS)
def test_rewritten_patterns_match_like_the_original_ones(pattern: str, path: str) -> None:
    if is_pattern(pattern):
        assert (
            ignore_spec([pattern]).check_file(path).include
            == GitIgnoreSpec.from_lines([pattern]).check_file(path).include
        )


@given(st.text(max_size=40), st.text(min_size=1, max_size=40))
def test_any_line_is_accepted_as_a_pattern(line: str, path: str) -> None:
    ignore_spec([line]).check_file(path)


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
    spec = ignore_spec([pattern])
    started = time.process_time()
    assert spec.check_file(path).include is None
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
    spec = ignore_spec([line, "kept"])
    assert {name for name in names if spec.check_file(name).include} == ignored == {"kept"}
    assert not is_pattern(line)


def test_the_deepest_of_nested_files_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No path is taken apart again for each of hundreds of files."""
    monkeypatch.setattr("os.path.relpath", None)
    patterns = [
        (tmp_path, ignore_spec(["*.md", "!kept.md"])),
        (tmp_path / "a", ignore_spec(["/kept.md", "out/"])),
        (tmp_path / "a/b", ignore_spec(["!c.md"])),
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
    patterns = read_gitignore(tmp_path)
    for name in names:
        by_git = subprocess.run(
            ["git", "check-ignore", "--quiet", name], cwd=tmp_path, check=False
        ).returncode
        assert is_ignored(tmp_path / name, patterns, is_folder=False) == (by_git == 0), name
