"""Test that the check of an archive finds damage of every kind and names file and byte."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.local_archive.cdxj import read_index, write_index
from crawler.local_archive.fsck import check_archive
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.writer import open_archive_writer
from tests.unit.crawler.local_archive.exchanges import exchange, files, fill


@pytest.fixture
def folder(tmp_path: Path) -> ArchiveLayout:
    """Return an archive of five pages, and a sixth with the body of the first."""
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        fill(archive, 5)
        archive.write(exchange("http://b.example/same", b"page 0 " * 20, after=9))
    return ArchiveLayout(tmp_path)


def change(folder: ArchiveLayout, edit: Callable[[bytes], bytes]) -> None:
    warc = files(folder.path)[0]
    warc.write_bytes(edit(warc.read_bytes()))


def found(folder: ArchiveLayout) -> list[tuple[int | None, str]]:
    return [(flaw.offset, flaw.detail) for flaw in check_archive(folder)]


def test_a_sound_archive_has_no_flaws_nor_has_none(folder: ArchiveLayout, tmp_path: Path) -> None:
    assert found(folder) == []
    assert found(ArchiveLayout(tmp_path / "nothing")) == []


def test_no_byte_can_change_unnoticed(folder: ArchiveLayout) -> None:
    """All bits but those of gzip that do not concern the content: time, system, padding."""
    warc = files(folder.path)[0]
    whole, pick = warc.read_bytes(), random.Random(1)
    for place in pick.sample(range(len(whole)), 150):
        changed = (
            whole[:place] + bytes([whole[place] ^ (1 << pick.randrange(8))]) + whole[place + 1 :]
        )
        warc.write_bytes(changed)
        assert found(folder) or gzip.decompress(changed) == gzip.decompress(whole), place


def test_a_damaged_record_costs_the_ones_behind_it_nothing(folder: ArchiveLayout) -> None:
    entries = {
        entry.url: entry for entry in read_index(folder.index_path(files(folder.path)[0])) or ()
    }
    second, fourth = entries["http://a.example/1"], entries["http://a.example/3"]
    for entry in (second, fourth):
        change(folder, lambda whole, at=entry.offset + 40: whole[:at] + b"\0\0\0" + whole[at + 3 :])  # type: ignore[misc]
    assert [offset for offset, _ in found(folder)] == [second.offset, fourth.offset]
    assert all("http://a.example/" in detail for _, detail in found(folder))


def test_a_record_whose_digest_is_wrong_is_damaged(folder: ArchiveLayout) -> None:
    (entry,) = [
        entry
        for entry in read_index(folder.index_path(files(folder.path)[0])) or ()
        if entry.url == "http://a.example/4"
    ]

    def swap(whole: bytes) -> bytes:
        record = gzip.decompress(whole[entry.offset : entry.end]).replace(b"page 4", b"page 5")
        return whole[: entry.offset] + gzip.compress(record) + whole[entry.end :]

    change(folder, swap)
    assert any("digest" in detail for _, detail in found(folder))


def test_a_revisit_of_a_missing_record_is_a_fault(folder: ArchiveLayout) -> None:
    (first,) = [
        entry
        for entry in read_index(folder.index_path(files(folder.path)[0])) or ()
        if entry.url == "http://a.example/0"
    ]
    change(
        folder, lambda whole: whole[: first.offset + 40] + b"\0\0\0" + whole[first.offset + 43 :]
    )
    assert any("http://b.example/same" in detail for _, detail in found(folder))


def test_cut_off_records_are_faults_and_unindexed_ones_are_not(
    folder: ArchiveLayout,
) -> None:
    index = folder.index_path(files(folder.path)[0])
    entries = sorted(read_index(index) or (), key=lambda entry: entry.offset)
    write_index(index, entries[:4])
    assert found(folder) == []
    change(folder, lambda whole: whole[:-20])
    assert [detail for _, detail in found(folder) if "cut off at its end" in detail]
    change(folder, lambda whole: whole[: entries[3].offset + 20])
    assert any(entries[3].url in detail for _, detail in found(folder))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda index: index.unlink(), "is missing"),
        (lambda index: index.write_text("nonsense\n"), "cannot be read"),
        (
            lambda index: index.write_text(index.read_text().replace("text/html", "text/plain")),
            "has other data about it",
        ),
        (lambda index: index.write_text(_shifted(index.read_text())), "no record begins there"),
    ],
)
def test_an_index_that_does_not_fit_is_found(
    folder: ArchiveLayout, edit: Callable[[Path], object], message: str
) -> None:
    edit(folder.index_path(files(folder.path)[0]))
    assert any(message in detail for _, detail in found(folder)), found(folder)


def _shifted(text: str) -> str:
    key, timestamp, fields = text.splitlines()[0].split(" ", 2)
    values = json.loads(fields)
    moved = json.dumps({**values, "offset": str(int(values["offset"]) + 1)})
    return "\n".join([f"{key} {timestamp} {moved}", *text.splitlines()[1:], ""])


def test_a_missing_file_is_found(folder: ArchiveLayout) -> None:
    files(folder.path)[0].unlink()
    assert [detail for _, detail in found(folder)] == ["its WARC file is missing"]
