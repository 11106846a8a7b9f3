"""What is installed is what is here: a package missing from the list is missed only by those who install it."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_folder_with_modules_is_a_package() -> None:
    for top in ("crawler", "reports", "store"):
        folders = {module.parent for module in (ROOT / top).rglob("*.py")}
        assert {folder for folder in folders if not (folder / "__init__.py").is_file()} == set()


def test_every_file_that_is_no_module_is_package_data() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    for top, patterns in data.items():
        files = {file for file in (ROOT / top).rglob("*") if file.is_file() and file.suffix not in {".py", ".pyc"}}
        matched = {file for pattern in patterns for file in (ROOT / top).glob(pattern)}
        assert files <= matched, top
