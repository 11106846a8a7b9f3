"""Test reading blobs from git's object database."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.git import blobs

ID = "0" * 39


def objects(*described: tuple[str, bytes]) -> bytes:
    """Return the output of `git cat-file --batch` for objects of these types and bytes."""
    return b"".join(
        f"{ID}{number} {kind} {len(content)}\n".encode() + content + b"\n"
        for number, (kind, content) in enumerate(described)
    )


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (
            objects(("blob", b"one\n"), ("blob", b""), ("blob", b"three")),
            {"0.md": b"one\n", "1.md": b"", "2.md": b"three"},
        ),
        # The commit of a submodule, whose bytes contain a line like that of a blob.
        (
            objects(("blob", b"one"), ("commit", b"tree 1\na blob 3\nabc"), ("blob", b"three")),
            {"0.md": b"one", "2.md": b"three"},
        ),
        (
            objects(("blob", b"one")) + f"{ID}1 missing\n".encode() + objects(("blob", b"three")),
            {"0.md": b"one", "2.md": b"three"},
        ),
        # git was ended before its output was complete.
        (objects(("blob", b"one")), {"0.md": b"one"}),
        (objects(("blob", b"one"), ("blob", b"a long text"))[:-4], {"0.md": b"one"}),
        (b"", {}),
    ],
)
def test_each_file_has_the_bytes_of_its_own_blob(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, output: bytes, expected: dict[str, bytes]
) -> None:
    monkeypatch.setattr(blobs, "read_objects", lambda *_, **__: output)
    names = {f"{number}.md": f"{ID}{number}" for number in range(3)}
    assert dict(blobs.read_blobs(tmp_path, names)) == expected
