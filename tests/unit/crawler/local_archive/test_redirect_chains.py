"""Test the records of a local mirror: its own, and those its redirects lead to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.http import MAX_REDIRECTS
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import RecordDamaged
from crawler.local_archive.redirect_chains import read_redirect_chain
from crawler.local_archive.writer import open_archive_writer
from tests.unit.crawler.local_archive.exchanges import exchange

URL = "http://a.example/1"
KEY = f"local:20260504120000/{URL}"


def kept(folder: Path, *hops: tuple[str, int, str]) -> ArchiveLayout:
    """Write responses, each a second after the other: URL, status, Location."""
    with open_archive_writer(ArchiveLayout(folder)) as archive:
        for second, (url, status, location) in enumerate(hops):
            archive.write(
                exchange(
                    url,
                    f"{second}".encode(),
                    after=second,
                    status=status,
                    headers=f"Location: {location}\r\n" if location else "",
                )
            )
    return ArchiveLayout(folder)


@pytest.mark.parametrize(
    ("locations", "last"),
    [
        ({}, URL),
        ({URL: "/2"}, "http://a.example/2"),
        ({URL: "//b.example/2#part"}, "http://b.example/2"),
        ({URL: "http://b.example/2", "http://b.example/2": "3"}, "http://b.example/3"),
        ({URL: " /灯 "}, "http://a.example/%E7%81%AF"),
        ({URL: "\\\\b.example\\2 3"}, "http://b.example/2%203"),
    ],
)
def test_redirects_are_followed_to_where_they_end(
    tmp_path: Path, locations: Mapping[str, str], last: str
) -> None:
    hops = [(url, 301, location) for url, location in locations.items()]
    folder = kept(tmp_path, *hops, (last, 200, ""))
    assert [record.url for record in read_redirect_chain(folder, KEY)] == [*locations, last]


def test_replay_follows_a_redirect_to_the_target_of_the_probe(tmp_path: Path) -> None:
    leading = exchange(URL, b"", status=301)
    leading = replace(
        leading, head=leading.head.replace(b"\r\n\r\n", b"\r\nLocation: /caf\xe9\r\n\r\n")
    )
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        archive.write(leading)
        archive.write(exchange("http://a.example/caf%E9", b"1", after=1))
    assert [record.url for record in read_redirect_chain(ArchiveLayout(tmp_path), KEY)] == [
        URL,
        "http://a.example/caf%E9",
    ]


@pytest.mark.parametrize("location", ["", "http://", "http://[::1", "  ", "mailto:a@example.org"])
def test_a_redirect_that_leads_nowhere_is_the_end(tmp_path: Path, location: str) -> None:
    folder = kept(tmp_path, (URL, 302, location))
    assert [record.http_status for record in read_redirect_chain(folder, KEY)] == [302]


def test_redirect_loop_is_followed_to_the_limit(tmp_path: Path) -> None:
    folder = kept(tmp_path, (URL, 302, "/1"))
    assert len(read_redirect_chain(folder, KEY)) == MAX_REDIRECTS + 1


def test_a_redirect_target_must_be_captured_then_or_later(tmp_path: Path) -> None:
    folder = kept(tmp_path, ("http://a.example/2", 200, ""), (URL, 301, "/2"))
    with pytest.raises(RecordDamaged, match="not in the archive"):
        read_redirect_chain(folder, f"local:20260504120001/{URL}")


@pytest.mark.parametrize(
    "key",
    ["https://a.example/1", "local:2026/http://a.example/1", "local:", KEY.replace("00/", "09/")],
)
def test_a_key_of_no_local_record_is_an_error(tmp_path: Path, key: str) -> None:
    with pytest.raises(RecordDamaged, match="not"):
        read_redirect_chain(kept(tmp_path, (URL, 200, "")), key)
