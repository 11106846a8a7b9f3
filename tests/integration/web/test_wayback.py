"""Test that the `wayback` fixture is an archive of the test internet, new for each test."""

from __future__ import annotations

import pytest
import requests

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.archive_faults import TOO_MANY_REQUESTS
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.texts import ARTICLES


def test_it_saves_and_replays_the_test_internet(web: Internet, wayback: RunningWayback) -> None:
    answer = requests.get(f"{wayback.endpoint}/save/http://ok.test/zh-Hans", timeout=10)
    assert ARTICLES["zh-Hans"][0] in answer.content.decode()
    assert [holding.original for holding in wayback.snapshots] == ["http://ok.test/zh-Hans"]
    assert [visit.url for visit in web.visits] == ["http://ok.test/zh-Hans"]


@pytest.mark.parametrize("turn", [1, 2])
def test_fake_archive_is_new_for_each_test(wayback: RunningWayback, turn: int) -> None:
    assert (wayback.snapshots, wayback.faults, wayback.requests) == ([], {}, [])
    wayback.snapshots.append(StoredSnapshot(original="http://ok.test/", timestamp="20220101000000"))
    wayback.faults["save"] = TOO_MANY_REQUESTS
    assert (
        requests.get(
            f"{wayback.endpoint}/web/20220101000000id_/http://ok.test/", timeout=10
        ).status_code
        == 200
    )
