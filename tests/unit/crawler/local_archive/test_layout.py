"""Test lookups in the files of an archive, and the errors for what cannot be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import RecordDamaged
from crawler.local_archive.writer import open_archive_writer
from tests.unit.crawler.local_archive.exchanges import exchange, files, fill

URL = "http://a.example/0"


@pytest.fixture
def folder(tmp_path: Path) -> ArchiveLayout:
    """Return an archive of a page captured twice, an hour apart, and of another one with the body of the first."""
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        fill(archive, 1)
        archive.write(exchange(URL, b"mended", after=3600))
        archive.write(exchange("http://b.example/same", b"page 0 " * 20, after=9))
    return ArchiveLayout(tmp_path)


def test_a_record_is_found_by_its_moment_or_as_the_oldest_since(folder: ArchiveLayout) -> None:
    assert folder.find(URL, "20260504130000").timestamp == "20260504130000"
    assert folder.find_first_since(URL, "20260504000000").timestamp == "20260504120000"
    assert folder.find_first_since(URL, "20260504120001").timestamp == "20260504130000"


@pytest.mark.parametrize(
    ("url", "timestamp"),
    [(URL, "20260504120001"), ("http://a.example/1", "20260504120000"), (URL, "20270101000000")],
)
def test_unknown_urls_are_not_in_the_archive(
    folder: ArchiveLayout, url: str, timestamp: str
) -> None:
    with pytest.raises(RecordDamaged, match="not in the archive"):
        folder.find(url, timestamp)
    if (url, timestamp[:4]) != (URL, "2026"):
        with pytest.raises(RecordDamaged, match="not in the archive"):
            folder.find_first_since(url, timestamp)


def test_a_wrong_entry_is_distinguished_from_a_missing_file(folder: ArchiveLayout) -> None:
    entry = folder.find(URL, "20260504120000")
    with pytest.raises(RecordDamaged, match="not where the index says"):
        folder.read(replace(entry, length=entry.length + 1))
    with pytest.raises(RecordDamaged, match="not what the index says"):
        folder.read(replace(entry, timestamp="20260504120001"))
    files(folder.path)[0].unlink()
    with pytest.raises(RecordDamaged, match=r"cannot be read \(No such file or directory\)"):
        folder.read(entry)


def test_an_index_that_is_none_is_named(folder: ArchiveLayout) -> None:
    index = folder.index_path(files(folder.path)[0])
    index.write_bytes(index.read_bytes().replace(b"{", b"["))
    with pytest.raises(RecordDamaged, match=f"the index {index.name} cannot be read"):
        folder.find(URL, "20260504120000")


def test_a_revisit_comes_with_what_it_refers_to_or_not_at_all(folder: ArchiveLayout) -> None:
    same = folder.find("http://b.example/same", "20260504120009")
    assert same.is_revisit
    assert folder.read(same).payload == folder.read(folder.find(URL, "20260504120000")).payload
    index = folder.index_path(files(folder.path)[0])
    index.write_bytes(
        b"".join(
            line
            for line in index.read_bytes().splitlines(keepends=True)
            if b"b.example" in line or b"!" in line[:1]
        )
    )
    with pytest.raises(RecordDamaged, match="the record it refers to is not in the archive"):
        folder.read(same)
