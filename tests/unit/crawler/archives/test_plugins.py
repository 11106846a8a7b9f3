"""Test archive services that other installed packages add."""

from __future__ import annotations

import logging
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from crawler.archives.interface import MirrorUrlPattern
from crawler.archives.plugins import GROUP, with_plugins
from crawler.archives.services import SERVICES

PACKAGE = """
import re
from crawler.archives.interface import MirrorUrlPattern, Service, Trust

SERVICE = Service(
    name="lagoon",
    title="Lagoon Web Archive",
    trust=Trust.INSTITUTION,
    hosts=("webarchive.lagoon.example",),
    url_patterns=(MirrorUrlPattern(re.compile(r"/replay/(?P<timestamp>[0-9]{14})/(?P<original>.+)")),),
)
"""
UNPARSABLE = replace(SERVICES[0], name="odd", hosts=(), url_patterns=(MirrorUrlPattern("("),))
NAMED_LIKE_THE_LOCAL_ARCHIVE = replace(SERVICES[0], name="local", hosts=("a.example",))
PARSE_COMMAND = "from crawler.archives import parse_mirror; print(parse_mirror('https://webarchive.lagoon.example/replay/20200101000000/http://a.example/'))"


def install_plugin(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Make one entry point look installed."""
    points = [EntryPoint(name, value, GROUP)]
    monkeypatch.setattr("crawler.archives.plugins.installed_plugins", lambda _group: points)


def test_a_service_of_an_installed_package_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "lagoon_archive.py").write_text(PACKAGE)
    info = tmp_path / "lagoon_archive-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lagoon-archive\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nlagoon = lagoon_archive:SERVICE\n")
    done = subprocess.run(
        [sys.executable, "-c", PARSE_COMMAND],
        env={"PYTHONPATH": f"{tmp_path}:{Path.cwd()}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "service='lagoon'" in done.stdout
    assert "original='http://a.example/'" in done.stdout


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            "no_such_module_anywhere:SERVICE",
            "cannot be loaded and is left out: ModuleNotFoundError",
        ),
        ("crawler.archives.services:SERVICES", "it is not a crawler.archives.interface.Service"),
        ("crawler.archives.plugins:GROUP", "it is not a crawler.archives.interface.Service"),
        ("tests.unit.crawler.archives.test_plugins:UNPARSABLE", "is left out: error: missing )"),
        (
            "tests.unit.crawler.archives.test_plugins:NAMED_LIKE_THE_LOCAL_ARCHIVE",
            "local belongs to another service",
        ),
    ],
)
def test_unusable_plugins_are_reported_and_left_out(
    value: str,
    message: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install_plugin(monkeypatch, "odd", value)
    with caplog.at_level(logging.WARNING):
        assert with_plugins(SERVICES) == SERVICES
    assert message in caplog.text


def test_a_plugin_cannot_claim_the_name_or_host_of_another(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    thief = replace(SERVICES[0], name="thief")
    monkeypatch.setattr("crawler.archives.plugins.THIEF", thief, raising=False)
    install_plugin(monkeypatch, "thief", "crawler.archives.plugins:THIEF")
    assert with_plugins(SERVICES) == SERVICES
    assert "belongs to another service" in caplog.text


def test_plugins_come_after_the_built_in_services(monkeypatch: pytest.MonkeyPatch) -> None:
    lagoon = replace(SERVICES[0], name="lagoon", hosts=("webarchive.lagoon.example",))
    monkeypatch.setattr("crawler.archives.plugins.LAGOON", lagoon, raising=False)
    install_plugin(monkeypatch, "lagoon", "crawler.archives.plugins:LAGOON")
    assert with_plugins(SERVICES) == (*SERVICES, lagoon)
