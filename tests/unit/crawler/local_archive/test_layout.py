"""Test lookups in the files of an archive, and the errors for what cannot be read."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import RecordDamaged, RecordUnreadable
from crawler.local_archive.writer import open_archive_writer
from tests.unit.crawler.local_archive.exchanges import exchange, warc_files, write_pages

URL = "http://a.example/0"


@pytest.fixture
def layout(tmp_path: Path) -> ArchiveLayout:
    """Return an archive of a page captured twice, and of another page with the first body."""
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        write_pages(archive, 1)
        archive.write(exchange(URL, b"mended", after=3600))
        archive.write(exchange("http://b.example/same", b"page 0 " * 20, after=9))
    return ArchiveLayout(tmp_path)


def test_a_record_is_found_by_its_time_or_as_the_oldest_since(layout: ArchiveLayout) -> None:
    assert layout.find(URL, "20260504130000").timestamp == "20260504130000"
    assert layout.find_first_since(URL, "20260504000000").timestamp == "20260504120000"
    assert layout.find_first_since(URL, "20260504120001").timestamp == "20260504130000"


@pytest.mark.parametrize(
    ("url", "timestamp"),
    [(URL, "20260504120001"), ("http://a.example/1", "20260504120000"), (URL, "20270101000000")],
)
def test_unknown_urls_are_not_in_the_archive(
    layout: ArchiveLayout, url: str, timestamp: str
) -> None:
    with pytest.raises(RecordDamaged, match="not in the archive"):
        layout.find(url, timestamp)
    if (url, timestamp[:4]) != (URL, "2026"):
        with pytest.raises(RecordDamaged, match="not in the archive"):
            layout.find_first_since(url, timestamp)


def test_wrong_entries_and_missing_files_raise_different_messages(layout: ArchiveLayout) -> None:
    entry = layout.find(URL, "20260504120000")
    with pytest.raises(RecordDamaged, match="not where the index says"):
        layout.read(replace(entry, length=entry.length + 1))
    with pytest.raises(RecordDamaged, match="not what the index says"):
        layout.read(replace(entry, timestamp="20260504120001"))
    warc_files(layout.path)[0].unlink()
    missing = rf"^in {entry.filename}, which cannot be read \(No such file or directory\)$"
    with pytest.raises(RecordDamaged, match=missing) as raised:
        layout.read(entry)
    assert not isinstance(raised.value, RecordUnreadable)
    (layout.warcs / entry.filename).mkdir()
    with pytest.raises(RecordUnreadable, match="not a regular file"):
        layout.read(entry)


@pytest.mark.parametrize(
    ("fields", "damaged"),
    [
        (rb"\{", b"["),
        (rb"\{.*\}", b"[1]"),
        (rb"\{.*\}", b"7"),
        (rb'"length": "\d+"', b'"length": null'),
    ],
)
def test_the_error_for_an_invalid_index_names_it(
    layout: ArchiveLayout, fields: bytes, damaged: bytes
) -> None:
    index = layout.index_path(warc_files(layout.path)[0])
    index.write_bytes(re.sub(fields, damaged, index.read_bytes()))
    with pytest.raises(
        RecordUnreadable, match=f"^not found, as the index {index.name} cannot be read"
    ):
        layout.find(URL, "20260504120000")


def test_a_revisit_is_read_with_its_payload_or_raises(layout: ArchiveLayout) -> None:
    same = layout.find("http://b.example/same", "20260504120009")
    assert same.is_revisit
    assert layout.read(same).payload == layout.read(layout.find(URL, "20260504120000")).payload
    index = layout.index_path(warc_files(layout.path)[0])
    index.write_bytes(
        b"".join(
            line
            for line in index.read_bytes().splitlines(keepends=True)
            if b"b.example" in line or b"!" in line[:1]
        )
    )
    with pytest.raises(RecordDamaged, match=r"^a revisit of a record that is not in the archive$"):
        layout.read(same)
