"""Test the probe that reads a local mirror back."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.writer import open_archive_writer
from crawler.local_capture import verify
from tests.unit.crawler.local_archive.exchanges import exchange

URL = "http://a.example/1"


def test_each_request_has_the_time_of_its_own_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = ArchiveLayout(tmp_path)
    with open_archive_writer(layout) as archive:
        archive.write(exchange(URL, b"", status=301, headers="Location: /2\r\n"))
        archive.write(exchange("http://a.example/2", b"", status=301, headers="Location: /3\r\n"))
        archive.write(exchange("http://a.example/3", b"page"))
    readings = count()
    monkeypatch.setattr(verify, "monotonic", lambda: float(next(readings)))
    job = SimpleNamespace(clock=lambda: datetime(2026, 5, 5, tzinfo=UTC), run_id=1)
    mirror = SimpleNamespace(key=f"local:20260504120000/{URL}", link_id=1)
    probe = verify._verify(cast("Any", job), layout, cast("Any", mirror)).probe
    assert [request.elapsed_ms for request in probe.requests] == [1_000] * 3


def test_a_long_location_is_stored_as_by_a_probe(tmp_path: Path) -> None:
    layout = ArchiveLayout(tmp_path)
    target = f"http://a.example/{'x' * 3_000}"
    with open_archive_writer(layout) as archive:
        archive.write(exchange(URL, b"", status=301, headers=f"Location: {target}\r\n"))
        archive.write(exchange(target, b"page"))
    job = SimpleNamespace(clock=lambda: datetime(2026, 5, 5, tzinfo=UTC), run_id=1)
    mirror = SimpleNamespace(key=f"local:20260504120000/{URL}", link_id=1)
    probe = verify._verify(cast("Any", job), layout, cast("Any", mirror)).probe
    assert probe.requests[0].headers["location"] == target
