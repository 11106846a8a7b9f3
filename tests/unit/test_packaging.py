"""What is installed is what is here: a package missing from the list is missed only by those who install it."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_package_of_the_tree_is_listed() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    here = {
        ".".join(init.parent.relative_to(ROOT).parts)
        for top in ("crawler", "reports", "store")
        for init in (ROOT / top).rglob("__init__.py")
    }
    assert sorted(listed) == sorted(here)


def test_every_file_that_is_no_module_is_package_data() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    for top, patterns in data.items():
        files = {file for file in (ROOT / top).rglob("*") if file.is_file() and file.suffix not in {".py", ".pyc"}}
        matched = {file for pattern in patterns for file in (ROOT / top).glob(pattern)}
        assert files <= matched, top
