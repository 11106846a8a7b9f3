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
def folder(tmp_path_factory: pytest.TempPathFactory) -> ArchiveLayout:
    folder = ArchiveLayout(tmp_path_factory.mktemp("archive"))
    with open_archive_writer(folder, file_bytes=200_000) as archive:
        write_pages(archive, COUNT)
    return folder


@pytest.fixture(scope="module")
def package(folder: ArchiveLayout, tmp_path_factory: pytest.TempPathFactory) -> Path:
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
            write_wacz(folder, stream, pages, title="Ours", software="Tests", now=NOW)
            == len(folder.warc_files())
            > 1
        )
    return file


def test_the_reference_library_finds_it_valid(package: Path, pywb_programs: Path) -> None:
    done = subprocess.run(
        [pywb_programs / "wacz", "validate", "-f", package],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "Validation succeeded" in done.stdout) == (0, True), (
        done.stdout + done.stderr
    )


def test_its_index_leads_to_every_line(package: Path, folder: ArchiveLayout) -> None:
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
        line for file in folder.indexes.glob("*.cdxj") for line in file.read_text().splitlines()
    )
    assert (pages[1]["url"], pages[1]["ts"], pages[1]["title"]) == (
        "http://a.example/0",
        "2026-05-04T12:00:00Z",
        "第 0 页",
    )


def test_pywb_shows_what_is_in_it(package: Path, pywb_programs: Path, tmp_path: Path) -> None:
    with running_pywb(pywb_programs, tmp_path, [package]) as archive:
        for number in (0, 333, COUNT - 1):
            assert archive.replay(f"http://a.example/{number}").body == b"page %d " % number * 20
