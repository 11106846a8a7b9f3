"""Test WACZ packages of many pages and several files by the reference library."""

from __future__ import annotations

import gzip
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import pytest

from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.wacz import WaczPage, write_wacz
from crawler.local_archive.writer import open_archive_writer
from tests.pywb import running_pywb
from tests.unit.crawler.local_archive.exchanges import START, write_pages

COUNT = 700
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> ArchiveLayout:
    layout = ArchiveLayout(tmp_path_factory.mktemp("archive"))
    with open_archive_writer(layout, file_bytes=200_000) as archive:
        write_pages(archive, COUNT)
    return layout


@pytest.fixture(scope="module")
def package(layout: ArchiveLayout, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("package") / "many.wacz"
    pages = [
        WaczPage(
            url=f"http://a.example/{number}",
            captured_at=START,
            title="" if number % 2 else f"第 {number} 页",
        )
        for number in range(9)
    ]
    with file.open("wb") as stream:
        assert (
            write_wacz(layout, stream, pages, title="Ours", software="Tests", now=NOW)
            == len(layout.warc_files())
            > 1
        )
    return file


def test_the_package_is_valid_for_the_reference_library(package: Path, pywb_programs: Path) -> None:
    completed = subprocess.run(
        [pywb_programs / "wacz", "validate", "-f", package],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (completed.returncode, "Validation succeeded" in completed.stdout) == (0, True), (
        completed.stdout + completed.stderr
    )


def test_the_index_of_the_package_contains_every_line(package: Path, layout: ArchiveLayout) -> None:
    with ZipFile(package) as archive:
        assert archive.testzip() is None
        assert {
            info.compress_type for info in archive.infolist() if info.filename.endswith(".gz")
        } == {ZIP_STORED}
        compressed = archive.read("indexes/index.cdx.gz")
        meta, *blocks = archive.read("indexes/index.idx").decode().splitlines()
        pages = [
            json.loads(line) for line in archive.read("pages/pages.jsonl").decode().splitlines()
        ]
    assert meta.startswith("!meta 0 ")
    lines: list[str] = []
    for block in blocks:
        key, _, where = block.rpartition(" {")
        place = json.loads("{" + where)
        part = (
            gzip.decompress(compressed[place["offset"] : place["offset"] + place["length"]])
            .decode()
            .splitlines()
        )
        assert part[0].startswith(key)
        lines += part
    assert len(blocks) == 3
    assert lines == sorted(
        line for file in layout.indexes.glob("*.cdxj") for line in file.read_text().splitlines()
    )
    assert (pages[1]["url"], pages[1]["ts"], pages[1]["title"]) == (
        "http://a.example/0",
        "2026-05-04T12:00:00Z",
        "第 0 页",
    )


def test_pywb_replays_the_package(package: Path, pywb_programs: Path, tmp_path: Path) -> None:
    with running_pywb(pywb_programs, tmp_path, [package]) as archive:
        for number in (0, 333, COUNT - 1):
            assert archive.replay(f"http://a.example/{number}").body == b"page %d " % number * 20
