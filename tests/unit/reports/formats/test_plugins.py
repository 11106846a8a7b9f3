"""Test report formats of other packages: an installed package adds a value of `--format`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reports.formats import ReportFormat
from reports.formats.plugins import ENTRY_POINT_GROUP

PACKAGE = """
from reports.formats.interface import Format

class Shout(Format):
    suffix = ".txt"

    def render(self, report):
        yield f"{sum(1 for _ in report.findings)} LINKS!\\n"

class Wrong:
    pass
"""


def holdfast(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": f"{folder}:{Path.cwd()}", "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-m", "crawler", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    (tmp_path / "shouting.py").write_text(PACKAGE)
    info = tmp_path / "shouting-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shouting\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[{ENTRY_POINT_GROUP}]\nshout = shouting:Shout\nwrong = shouting:Wrong\ngone = no_such_module:Format\n"
    )
    (tmp_path / "a.md").write_text("<https://a.example/>\n")
    return tmp_path


def test_an_installed_package_brings_a_format(installed: Path) -> None:
    assert holdfast(installed, "scan", "a.md").returncode == 0
    assert holdfast(installed, "report", "--format", "shout").stdout == "1 LINKS!\n"
    holdfast(installed, "report", "--format", "shout,json", "--output", "out")
    assert {path.name for path in (installed / "out").iterdir()} == {"report.txt", "report.json"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wrong", "not a subclass of reports.formats.interface.Format"),
        ("gone", "cannot load the report format"),
        (
            "html5",
            f"unknown report format 'html5': use one of {', '.join(ReportFormat)}, gone, shout, wrong",
        ),
    ],
)
def test_a_format_that_cannot_be_used_is_one_line(installed: Path, name: str, message: str) -> None:
    done = holdfast(installed, "report", "--format", name)
    assert done.returncode == 3
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
