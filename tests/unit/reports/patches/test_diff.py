"""Test that git applies the diffs, whatever the lines of a page are."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.patches.diff import Splice, unified_diff


def splice(before: bytes, splices: list[Splice]) -> bytes:
    result, at = b"", 0
    for start, end, text in splices:
        result += before[at:start] + text
        at = end
    return result + before[at:]


def apply(folder: Path, path: str, before: bytes, diff: bytes) -> bytes:
    """Return a file to which git applied a diff."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(before)
    checked = subprocess.run(
        ["git", "apply", "--check", "--whitespace=nowarn"],
        cwd=folder,
        input=diff,
        capture_output=True,
        check=False,
    )
    assert checked.returncode == 0, (checked.stderr, diff)
    subprocess.run(
        ["git", "apply", "--whitespace=nowarn"],
        cwd=folder,
        input=diff,
        capture_output=True,
        check=True,
    )
    return file.read_bytes()


@pytest.mark.parametrize(
    ("before", "splices", "hunks"),
    [
        (b"a\nb\n", [(2, 3, b"B")], "@@ -1,2 +1,2 @@\n a\n-b\n+B\n"),
        (
            b"a\nb",
            [(2, 3, b"B")],
            "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+B\n\\ No newline at end of file\n",
        ),
        (b"a", [(1, 1, b"\nb\n")], "@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n"),
        (b"a\n", [(2, 2, b"b\n")], "@@ -1 +1,2 @@\n a\n+b\n"),
        (b"a\r\nb\r\n", [(0, 1, b"A")], "@@ -1,2 +1,2 @@\n-a\r\n+A\r\n b\r\n"),
        (
            b"1\n2\n3\n4\n5\n6\n7\n8\n9\n",
            [(0, 1, b"A"), (14, 15, b"B")],
            "@@ -1,9 +1,9 @@\n-1\n+A\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+B\n 9\n",
        ),
        (
            b"1\n2\n3\n4\n5\n6\n7\n8\n9\n",
            [(0, 0, b"A\n"), (16, 17, b"B")],
            "@@ -1,3 +1,4 @@\n+A\n 1\n 2\n 3\n@@ -6,4 +7,4 @@\n 6\n 7\n 8\n-9\n+B\n",
        ),
        (b"a\n", [(0, 1, b"a")], ""),
    ],
)
def test_hunks_are_those_of_diff(before: bytes, splices: list[Splice], hunks: str) -> None:
    head = "diff --git a/p.md b/p.md\n--- a/p.md\n+++ b/p.md\n" if hunks else ""
    assert unified_diff("p.md", before, splices).decode() == head + hunks


@pytest.mark.parametrize(
    "path",
    [
        "a.md",
        "公司/青石网.md",
        "two words.md",
        'a "quoted" page.md',
        "back\\slash.md",
        "tab\there.md",
        "b/c/d.md",
        "-.md",
    ],
)
def test_git_applies_a_patch_to_a_page_with_any_name(path: str, tmp_path: Path) -> None:
    assert (
        apply(tmp_path, path, b"old\n", unified_diff(path, b"old\n", [(0, 3, b"new")])) == b"new\n"
    )


def test_patch_of_several_pages_applies_as_one_and_can_be_taken_back(tmp_path: Path) -> None:
    pages = {name: f"# {name}\nold\n".encode() for name in ("a.md", "b b.md", "c.md")}
    for name, data in pages.items():
        (tmp_path / name).write_bytes(data)
    diff = b"".join(
        unified_diff(name, data, [(len(data) - 4, len(data) - 1, b"new")])
        for name, data in pages.items()
    )
    subprocess.run(["git", "apply"], cwd=tmp_path, input=diff, check=True)
    assert {(tmp_path / name).read_text().splitlines()[1] for name in pages} == {"new"}
    subprocess.run(["git", "apply", "-R"], cwd=tmp_path, input=diff, check=True)
    assert {name: (tmp_path / name).read_bytes() for name in pages} == pages


@st.composite
def pages_and_splices(draw: st.DrawFn) -> tuple[bytes, list[Splice]]:
    lines = draw(
        st.lists(
            st.sampled_from(
                [
                    b"",
                    b"a",
                    b"a ",
                    b"\xe5\xbe\xae",
                    b"\xff\xfe",
                    b"\r",
                    b"-x",
                    b"+x",
                    b"@@ -1 +1 @@",
                    b"\\ No",
                ]
            ),
            max_size=30,
        )
    )
    before = b"\n".join([b"# A page is never empty", *lines]) + draw(st.sampled_from([b"", b"\n"]))
    cuts = sorted(draw(st.lists(st.integers(0, len(before)), max_size=8)))
    texts = st.sampled_from([b"", b"x", b"\n", b"a\nb", b"\r\n", b"\n\n[^1]: x\n"])
    return before, [
        (start, end, draw(texts)) for start, end in zip(cuts[::2], cuts[1::2], strict=False)
    ]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pages_and_splices())
def test_git_apply_gives_the_same_bytes_as_the_edits(
    tmp_path: Path, case: tuple[bytes, list[Splice]]
) -> None:
    before, splices = case
    after = splice(before, splices)
    diff = unified_diff("p.md", before, splices)
    assert bool(diff) == (before != after)
    if diff and after:  # an empty file is none to git
        assert apply(tmp_path, "p.md", before, diff) == after
