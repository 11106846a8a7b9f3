"""Test that the built packages contain every module and data file, and builds are reproducible."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from crawler.process.version import DISTRIBUTION

ROOT = Path(__file__).parents[2]


def test_every_folder_with_modules_is_a_package() -> None:
    for top in ("crawler", "reports", "store"):
        folders = {module.parent for module in (ROOT / top).rglob("*.py")}
        assert {folder for folder in folders if not (folder / "__init__.py").is_file()} == set()


def test_every_file_that_is_no_module_is_package_data() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "setuptools"
    ]["package-data"]
    for top, patterns in data.items():
        files = {
            file
            for file in (ROOT / top).rglob("*")
            if file.is_file() and file.suffix not in {".py", ".pyc"}
        }
        matched = {file for pattern in patterns for file in (ROOT / top).glob(pattern)}
        assert files <= matched, top


BUILD = "import sys, setuptools.build_meta as backend; getattr(backend, sys.argv[1])(sys.argv[2])"
PARTS = ("crawler", "reports", "store", "LICENSE", "README.md", "pyproject.toml", "setup.py")


@pytest.mark.parametrize(("kind", "umask"), [("sdist", 0o077), ("wheel", 0o022)])
def test_builds_are_reproducible(kind: str, umask: int, tmp_path: Path) -> None:
    """Build two copies whose files differ in dates and, for the source archive, in permissions.

    A wheel contains the permissions of its files.
    """
    built = []
    for place, date, mask in (
        (tmp_path / "a", 1_500_000_000, 0o022),
        (tmp_path / "elsewhere" / "b", 1_700_000_000, umask),
    ):
        place.mkdir(parents=True)
        for part in PARTS:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copyfile
            copy(ROOT / part, place / part)
        for path in place.rglob("*"):
            path.chmod(path.stat().st_mode & ~mask)
            os.utime(path, (date, date))
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "1600000000"}
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", BUILD, f"build_{kind}", "dist"],
            cwd=place,
            env=environment,
            umask=mask,
            capture_output=True,
            check=True,
        )
        (made,) = (place / "dist").iterdir()
        built.append((made.name, made.read_bytes()))
    assert built[0] == built[1]


def test_no_page_installs_the_program_of_a_stranger() -> None:
    """`holdfast` on the package index is another program."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == DISTRIBUTION == "holdfast-crawler"
    assert version(DISTRIBUTION) == project["version"]
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*")]
    pages += [*(ROOT / "crawler").rglob("*.py"), *(ROOT / "store").rglob("*.py")]
    install = re.compile(
        r"(?:pip3?|pipx|uv tool|uvx|uv add)\b[^\n|;&]*?[\s'\"]holdfast(?![-_./\w])(?!')"
    )
    for page in pages:
        if page.is_file() and page.suffix not in {".png", ".pyc"}:
            found = install.search(page.read_text(encoding="utf-8"))
            assert found is None, page
