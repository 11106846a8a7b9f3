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
from tests.unit.crawler.local_archive.exchanges import exchange, warc_files, write_pages


@pytest.fixture
def layout(tmp_path: Path) -> ArchiveLayout:
    """Return an archive of five pages, and a sixth with the body of the first."""
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        write_pages(archive, 5)
        archive.write(exchange("http://b.example/same", b"page 0 " * 20, after=9))
    return ArchiveLayout(tmp_path)


def edit_warc(layout: ArchiveLayout, edit: Callable[[bytes], bytes]) -> None:
    warc = warc_files(layout.path)[0]
    warc.write_bytes(edit(warc.read_bytes()))


def damage(layout: ArchiveLayout, position: int) -> None:
    """Overwrite three bytes of the WARC file."""
    edit_warc(layout, lambda whole: whole[:position] + b"\0\0\0" + whole[position + 3 :])


def faults(layout: ArchiveLayout) -> list[tuple[int | None, str]]:
    return [(fault.offset, fault.detail) for fault in check_archive(layout)]


def test_an_intact_archive_and_a_missing_one_have_no_faults(
    layout: ArchiveLayout, tmp_path: Path
) -> None:
    assert faults(layout) == []
    assert faults(ArchiveLayout(tmp_path / "nothing")) == []


def test_every_changed_byte_is_a_fault(layout: ArchiveLayout) -> None:
    """Bits of the gzip header that do not concern the content (time, system) are excepted."""
    warc = warc_files(layout.path)[0]
    whole, chooser = warc.read_bytes(), random.Random(1)
    for position in chooser.sample(range(len(whole)), 150):
        changed = (
            whole[:position]
            + bytes([whole[position] ^ (1 << chooser.randrange(8))])
            + whole[position + 1 :]
        )
        warc.write_bytes(changed)
        assert faults(layout) or gzip.decompress(changed) == gzip.decompress(whole), position


def test_records_after_a_damaged_one_are_checked(layout: ArchiveLayout) -> None:
    entries = {
        entry.url: entry
        for entry in read_index(layout.index_path(warc_files(layout.path)[0])) or ()
    }
    second, fourth = entries["http://a.example/1"], entries["http://a.example/3"]
    for entry in (second, fourth):
        damage(layout, entry.offset + 40)
    assert [offset for offset, _ in faults(layout)] == [second.offset, fourth.offset]
    assert all("http://a.example/" in detail for _, detail in faults(layout))


def test_a_record_whose_digest_is_wrong_is_damaged(layout: ArchiveLayout) -> None:
    (entry,) = [
        entry
        for entry in read_index(layout.index_path(warc_files(layout.path)[0])) or ()
        if entry.url == "http://a.example/4"
    ]

    def swap(whole: bytes) -> bytes:
        record = gzip.decompress(whole[entry.offset : entry.end]).replace(b"page 4", b"page 5")
        return whole[: entry.offset] + gzip.compress(record) + whole[entry.end :]

    edit_warc(layout, swap)
    assert any("digest" in detail for _, detail in faults(layout))


def test_a_revisit_of_a_missing_record_is_a_fault(layout: ArchiveLayout) -> None:
    (first,) = [
        entry
        for entry in read_index(layout.index_path(warc_files(layout.path)[0])) or ()
        if entry.url == "http://a.example/0"
    ]
    damage(layout, first.offset + 40)
    assert any("http://b.example/same" in detail for _, detail in faults(layout))


def test_cut_off_records_are_faults_and_unindexed_ones_are_not(
    layout: ArchiveLayout,
) -> None:
    index = layout.index_path(warc_files(layout.path)[0])
    entries = sorted(read_index(index) or (), key=lambda entry: entry.offset)
    write_index(index, entries[:4])
    assert faults(layout) == []
    edit_warc(layout, lambda whole: whole[:-20])
    assert [detail for _, detail in faults(layout) if "cut off at its end" in detail]
    edit_warc(layout, lambda whole: whole[: entries[3].offset + 20])
    assert any(entries[3].url in detail for _, detail in faults(layout))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda index: index.unlink(), "is missing"),
        (lambda index: index.write_text("nonsense\n"), "cannot be read"),
        (
            lambda index: index.write_text(index.read_text().replace("text/html", "text/plain")),
            "has other data about it",
        ),
        (
            lambda index: index.write_text(_shift_first_offset(index.read_text())),
            "no record begins there",
        ),
    ],
)
def test_a_wrong_index_is_a_fault(
    layout: ArchiveLayout, edit: Callable[[Path], object], message: str
) -> None:
    edit(layout.index_path(warc_files(layout.path)[0]))
    assert any(message in detail for _, detail in faults(layout)), faults(layout)


def _shift_first_offset(text: str) -> str:
    key, timestamp, fields = text.splitlines()[0].split(" ", 2)
    values = json.loads(fields)
    moved = json.dumps({**values, "offset": str(int(values["offset"]) + 1)})
    return "\n".join([f"{key} {timestamp} {moved}", *text.splitlines()[1:], ""])


def test_a_missing_warc_file_is_a_fault(layout: ArchiveLayout) -> None:
    warc_files(layout.path)[0].unlink()
    assert [detail for _, detail in faults(layout)] == ["its WARC file is missing"]


def test_an_index_that_cannot_be_read_is_a_fault_and_the_records_are_checked(
    layout: ArchiveLayout,
) -> None:
    index = layout.index_path(warc_files(layout.path)[0])
    second = (read_index(index) or ())[1]
    index.unlink()
    index.mkdir()  # for root, no file's permissions forbid reading
    damage(layout, second.offset + 40)
    offsets = [offset for offset, _ in faults(layout)]
    assert offsets == [None, second.offset]
