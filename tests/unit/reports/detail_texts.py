"""Find the details that the code can store: what it passes where a detail is expected."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import crawler

# Packages that probe, look up and capture; others describe what only the command line shows.
PACKAGES = (
    "liveness", "probing", "http", "preservation", "archive_clients", "archives", "jobs",
    "moves", "drift", "page_text", "local_capture", "scrapy_ext", "reading",
)  # fmt: skip
# Calls whose second argument is a detail.
_CALLS = frozenset(
    ["make_judgement", "RequestFailed", "ResolveError", "DownloadFailed", "_unsafe_detail"]
)
_NAMES = frozenset(["detail", "problem"])


def detail_texts() -> Mapping[str, str]:
    """Return the texts, with `{}` for what is filled in, and the place of each."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in _files()}
    constants = _constants(trees.values())
    found: dict[str, str] = {}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            for value in _details_in(node, path):
                for text in _texts(value, constants):
                    found.setdefault(text, f"{path.parent.name}/{path.name}:{value.lineno}")
    return found


def skeleton(phrase: str) -> str:
    """Return a phrase with `{}` for each of its fields."""
    return re.sub(r"\{\w*\}", "{}", phrase)


def _files() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (Path(crawler.__file__).parent / package).rglob("*.py")


def _constants(trees: Iterable[ast.Module]) -> Mapping[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for tree in trees:
        for node in tree.body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            if isinstance(node, ast.AnnAssign):
                targets = [node.target]
            value = getattr(node, "value", None)
            for target in targets:
                if isinstance(target, ast.Name) and value is not None:
                    found[target.id] = value
    return found


def _details_in(node: ast.AST, path: Path) -> Iterator[ast.expr]:
    """Yield the expressions that are details in a call, an assignment or a pair with a fault."""
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in _CALLS and len(node.args) > 1:
            yield node.args[1]
        yield from (keyword.value for keyword in node.keywords if keyword.arg == "detail")
    elif isinstance(node, ast.Assign):
        if any(isinstance(target, ast.Name) and target.id in _NAMES for target in node.targets):
            yield node.value
    elif isinstance(node, ast.Tuple) and len(node.elts) == 2:
        first = node.elts[0]
        if isinstance(first, ast.Attribute) and getattr(first.value, "id", "") == "Fault":
            yield node.elts[1]
    elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        yield from node.exc.args[:1] if path.parent.name == "archive_clients" else ()


def _texts(value: ast.expr, constants: Mapping[str, ast.expr]) -> Iterator[str]:
    """Yield the texts that an expression can be, without those that are only filled in."""
    if isinstance(value, ast.Constant):
        if isinstance(value.value, str) and value.value:
            yield value.value
    elif isinstance(value, ast.JoinedStr):
        text = "".join(_part(part, constants) for part in value.values)
        if re.search(r"[A-Za-z]{2}", text):
            yield text
    elif isinstance(value, ast.IfExp | ast.BoolOp):
        either = value.values if isinstance(value, ast.BoolOp) else [value.body, value.orelse]
        for each in either:
            yield from _texts(each, constants)
    elif isinstance(value, ast.Name) and value.id in constants:
        yield from _texts(constants[value.id], constants)


def _part(part: ast.expr, constants: Mapping[str, ast.expr]) -> str:
    """Return a part of an f-string: its text, that of a constant, or `{}`."""
    if isinstance(part, ast.FormattedValue):
        part = constants.get(getattr(part.value, "id", ""), part)
    is_text = isinstance(part, ast.Constant) and isinstance(part.value, str)
    return str(getattr(part, "value", "")) if is_text else "{}"
