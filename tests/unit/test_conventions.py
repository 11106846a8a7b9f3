"""Test that the code follows docs/style.md, as far as a program can tell."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import LONGEST

ROOT = Path(__file__).parents[2]
PACKAGES = ("crawler", "reports", "store")
MODULES = [
    str(file.relative_to(ROOT))
    for package in PACKAGES
    for file in sorted((ROOT / package).rglob("*.py"))
]


def source(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


@cache
def classes() -> list[tuple[str, ast.ClassDef]]:
    return [
        (path, node)
        for path in MODULES
        for node in ast.walk(ast.parse(source(path)))
        if isinstance(node, ast.ClassDef)
    ]


def test_no_public_class_name_exists_twice() -> None:
    places = defaultdict(list)
    for path, node in classes():
        if not node.name.startswith("_"):
            places[node.name].append(path)
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def test_database_classes_end_in_row() -> None:
    def has_table(node: ast.ClassDef) -> bool:
        targets = (each.targets[0] for each in node.body if isinstance(each, ast.Assign))
        return any(isinstance(each, ast.Name) and each.id == "__tablename__" for each in targets)

    tables = [node.name for _, node in classes() if has_table(node)]
    assert tables
    assert [name for name in tables if not name.endswith("Row")] == []


def logger_names(text: str) -> Iterator[str | None]:
    """Yield the names of a module's loggers; None for one that is not written out."""
    if "getLogger" not in text:
        return
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr == "getLogger" and node.args:
            argument = node.args[0]
            yield str(argument.value) if isinstance(argument, ast.Constant) else None


@pytest.mark.parametrize("path", MODULES)
def test_loggers_are_named_after_their_package(path: str) -> None:
    package = Path(path).parts[1] if path.startswith("crawler/") else Path(path).parts[0]
    for name in logger_names(source(path)):
        if name is None or name in {"holdfast", "scrapy", "scrapy.core"}:
            continue
        assert name == f"holdfast.{Path(package).stem}"


def test_no_logger_is_named_after_its_module() -> None:
    """`__name__` would be `crawler.…`, which users do not know."""
    found = [path for path in MODULES if re.search(r"getLogger\(__name__\)", source(path))]
    assert found == []


def test_the_modules_that_run_first_exist() -> None:
    assert [name for name in LONGEST if not (ROOT / "tests" / name).is_file()] == []
    assert len(LONGEST) == len(set(LONGEST))


def test_the_workflows_are_valid() -> None:
    workflows = sorted(str(file) for file in (ROOT / ".github" / "workflows").glob("*.yml"))
    program = Path(sys.executable).with_name("check-jsonschema")
    command = [str(program), "--builtin-schema", "vendor.github-workflows", *workflows]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (len(workflows), done.returncode) == (3, 0), done.stdout


def test_ci_runs_the_commands_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    commands = re.findall(r"^(make \w+) +# ", readme, re.MULTILINE)
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8")
    assert commands == ["make demo", "make test"]
    assert all(f"run: {command}\n" in workflow for command in commands)


def documented_names(docstring: str, heading: str) -> list[str]:
    """Return the names that a section of a docstring describes."""
    section = re.search(rf"^{heading}:\n((?:    .*\n?|\n)+)", docstring, re.MULTILINE)
    return re.findall(r"^    (\w+):", section[1], re.MULTILINE) if section else []


def attribute_names(node: ast.ClassDef) -> set[str]:
    """Return the names of a class's fields, methods and attributes that its methods set."""
    names = set()
    for each in ast.walk(node):
        if isinstance(each, ast.FunctionDef):
            names.add(each.name)
        elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            names.add(each.id)
        elif isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store):
            names.add(each.attr)
    return names


def test_documented_attributes_exist() -> None:
    documented = 0
    missing = []
    for path, node in classes():
        attributes = attribute_names(node)
        for name in documented_names(ast.get_docstring(node) or "", "Attributes"):
            documented += 1
            if name not in attributes:
                missing.append(f"{path}: {node.name}.{name}")
    assert documented
    assert missing == []
