"""Test that pywb replays what it records of the test internet, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.demo.background import run_in_thread
from tests.pywb import Pywb, running_pywb
from tests.web.internet import Internet
from tests.web.proxies import Proxy


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pywb")


@pytest.fixture(scope="module")
def pywb(pywb_programs: Path, folder: Path, internet: Internet) -> Iterator[Pywb]:
    with (
        run_in_thread(Proxy(internet.connect_to())) as proxy,
        running_pywb(pywb_programs, folder, through=proxy.address) as archive,
    ):
        yield archive


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("http://ok.test/zh-Hans", 200),
        ("https://ok.test/gbk", 200),
        ("http://redirect.test/301", 301),
        ("http://status.test/404", 404),
    ],
)
def test_responses_of_the_web_are_recorded_and_replayed(pywb: Pywb, url: str, status: int) -> None:
    recorded = pywb.record(url)
    replayed = pywb.replay(url, recorded.timestamp)
    assert (recorded.status, replayed.status, replayed.timestamp) == (
        status,
        status,
        recorded.timestamp,
    )
    assert replayed.body == recorded.body
    assert pywb.captures(url) == [recorded.timestamp]


def test_without_a_response_no_copy_is_stored(pywb: Pywb) -> None:
    recorded = pywb.record("http://refused.test/")
    assert recorded.status >= 400
    assert recorded.timestamp == ""
    assert pywb.captures("http://refused.test/") == []
    assert pywb.replay("http://refused.test/").status == 404


def test_another_archive_replays_its_files(
    pywb: Pywb, pywb_programs: Path, folder: Path, tmp_path: Path
) -> None:
    recorded = pywb.record("http://ok.test/ja")
    with running_pywb(
        pywb_programs, tmp_path, list(folder.glob("collections/web/archive/*.warc.gz"))
    ) as other:
        replayed = other.replay("http://ok.test/ja", "20010101")
    assert (replayed.status, replayed.timestamp, replayed.body) == (
        200,
        recorded.timestamp,
        recorded.body,
    )
