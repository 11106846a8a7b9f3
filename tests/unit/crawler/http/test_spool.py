"""Test buffering bytes in memory and on disk, and a full disk."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.http.spool import Spool


@given(
    st.lists(st.binary(max_size=60_000), max_size=8),
    st.integers(0, 300_000),
    st.integers(0, 300_000),
)
def test_added_bytes_are_read_back_in_parts(pieces: list[bytes], start: int, end: int) -> None:
    spool, whole = Spool(), b"".join(pieces)
    for number, piece in enumerate(pieces):
        spool.add(piece)
        assert bytes(spool.slice(number)) == b"".join(pieces[: number + 1])[number:], (
            "reading does not disturb what is added later"
        )
    part = spool.slice(start, max(start, end))
    assert bytes(part) == whole[start : max(start, end)]
    assert (len(spool), len(part), spool.error) == (len(whole), len(bytes(part)), "")


def test_a_slice_keeps_its_spool_alive(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.add(bytes(500_000))
    part = spool.slice(499_990)
    del spool
    gc.collect()
    assert bytes(part) == bytes(10)
    assert list(tmp_path.iterdir()) == [], "the file has no name"


def open_files() -> int:
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("there is no /proc here")
    return len(list(folder.iterdir()))


def test_a_released_spool_leaves_no_file_open(tmp_path: Path) -> None:
    before = open_files()
    spool = Spool(tmp_path)
    spool.add(bytes(500_000))
    assert open_files() == before + 1
    del spool
    assert open_files() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_an_error_and_empties_the_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.add(b"some")
    spool._file._file = Path("/dev/full").open("w+b")  # noqa: SIM115  the spool's own now
    spool.add(bytes(500_000))
    spool.add(b"more")
    assert (spool.error, len(spool), len(spool.slice())) == ("No space left on device", 0, 0)


def test_a_missing_folder_is_an_error_only_for_large_bodies(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "missing")
    spool.add(b"few")
    assert bytes(spool.slice()) == b"few"
    spool.add(bytes(500_000))
    assert spool.error == "No such file or directory"
