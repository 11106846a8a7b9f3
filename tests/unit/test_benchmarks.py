"""Test that benchmarks read only the options that their parsers define."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
WITH_OPTIONS = [
    file for file in sorted(BENCHMARKS.glob("*.py")) if "add_argument" in file.read_text("utf-8")
]
RESULTS = {"arguments", "given", "options"}  # names that benchmarks give to the parsed options


def defined_options(tree: ast.AST) -> Iterator[str]:
    """Yield the attributes that the parsers in a module define."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr == "add_argument" and isinstance(node.args[-1], ast.Constant):
            yield str(node.args[-1].value).removeprefix("--").replace("-", "_")
        for keyword in node.keywords:
            if keyword.arg == "dest" and isinstance(keyword.value, ast.Constant):
                yield str(keyword.value.value)


@pytest.mark.parametrize("file", WITH_OPTIONS, ids=lambda file: file.stem)
def test_every_option_that_a_benchmark_reads_is_defined(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    read = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in RESULTS
    }
    assert read <= set(defined_options(tree))
