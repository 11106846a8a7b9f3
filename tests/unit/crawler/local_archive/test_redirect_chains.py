"""Test reading the records of a local mirror along its redirects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.http.redirects import MAX_REDIRECTS
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import RecordDamaged
from crawler.local_archive.redirect_chains import read_redirect_chain
from crawler.local_archive.writer import open_archive_writer
from tests.unit.crawler.local_archive.exchanges import exchange

URL = "http://a.example/1"
KEY = f"local:20260504120000/{URL}"


def write_hops(layout: Path, *hops: tuple[str, int, str]) -> ArchiveLayout:
    """Write responses one second apart; a hop is a URL, a status and a Location."""
    with open_archive_writer(ArchiveLayout(layout)) as archive:
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
    return ArchiveLayout(layout)


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
def test_redirects_are_followed_to_the_final_response(
    tmp_path: Path, locations: Mapping[str, str], last: str
) -> None:
    hops = [(url, 301, location) for url, location in locations.items()]
    layout = write_hops(tmp_path, *hops, (last, 200, ""))
    assert [record.url for record in read_redirect_chain(layout, KEY)] == [*locations, last]


def test_a_location_in_latin_1_is_followed_as_by_a_probe(tmp_path: Path) -> None:
    redirect = exchange(URL, b"", status=301)
    redirect = replace(
        redirect, head=redirect.head.replace(b"\r\n\r\n", b"\r\nLocation: /caf\xe9\r\n\r\n")
    )
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        archive.write(redirect)
        archive.write(exchange("http://a.example/caf%E9", b"1", after=1))
    assert [record.url for record in read_redirect_chain(ArchiveLayout(tmp_path), KEY)] == [
        URL,
        "http://a.example/caf%E9",
    ]


@pytest.mark.parametrize("location", ["", "http://", "http://[::1", "  ", "mailto:a@example.org"])
def test_a_redirect_without_a_valid_target_is_the_last_record(
    tmp_path: Path, location: str
) -> None:
    layout = write_hops(tmp_path, (URL, 302, location))
    assert [record.http_status for record in read_redirect_chain(layout, KEY)] == [302]


def test_redirect_loop_is_followed_to_the_limit(tmp_path: Path) -> None:
    layout = write_hops(tmp_path, (URL, 302, "/1"))
    assert len(read_redirect_chain(layout, KEY)) == MAX_REDIRECTS + 1


def test_a_target_captured_before_the_redirect_is_not_used(tmp_path: Path) -> None:
    layout = write_hops(tmp_path, ("http://a.example/2", 200, ""), (URL, 301, "/2"))
    with pytest.raises(RecordDamaged, match="not in the archive"):
        read_redirect_chain(layout, f"local:20260504120001/{URL}")


@pytest.mark.parametrize(
    "key",
    ["https://a.example/1", "local:2026/http://a.example/1", "local:", KEY.replace("00/", "09/")],
)
def test_an_unknown_record_address_raises(tmp_path: Path, key: str) -> None:
    with pytest.raises(RecordDamaged, match="not"):
        read_redirect_chain(write_hops(tmp_path, (URL, 200, "")), key)
