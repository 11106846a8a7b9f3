"""Find optional parameters and fields of records that no product code ever passes.

    python .ci/unused_parameters.py

Exits with 1 if it finds any that are not listed in ALLOWED. It compares names, as vulture does: a
parameter counts as passed if any call of a function with that name passes it. Tests do not count:
a parameter that only tests pass is dead.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("crawler", "store", "reports")
# `function(parameter)`: why it stays although no product code passes it.
ALLOWED: dict[str, str] = {
    "compute_headers_buffer(header_filter)": "warcio passes it",
    "open_async(pool)": "procrastinate passes it",
    # Replaced by tests, so that they need not wait or use the machine's own settings.
    "ConnectivityMonitor(known_up)": "the network is down from the start",
    "ConnectivityMonitor(waits)": "waits between checks",
    "Nameservers(configuration)": "resolv.conf",
    "ProgressState(clock)": "the clock",
    "TerminalOutput(stream)": "standard error",
    "WebhookChannel(sleep)": "waits between attempts",
    "find_pages(stdin)": "standard input",
    "open_database(durable)": "tests and benchmarks do without fsync",
    "scan_pages(processes)": "the number of processors",
    # The test internet is the demo's web with more behaviours.
    "FakeWeb(tls)": "certificates",
    # The schedule of probes: one record, of which the configuration sets the first fields.
    "HistoryPolicy(alive_wait)": "schedule",
    "HistoryPolicy(broken_wait)": "schedule",
    "HistoryPolicy(broken_wait_longest)": "schedule",
    "HistoryPolicy(jitter)": "schedule",
    "HistoryPolicy(mirror_wait)": "schedule",
    "HistoryPolicy(suspect_waits)": "schedule",
    "HistoryPolicy(unsure_wait)": "schedule",
}

# Calls that run another function with the arguments behind it.
_FORWARDERS = {"partial", "to_thread", "read", "write", "submit", "run_in_executor", "call_soon"}


@dataclass(frozen=True)
class Parameter:
    """An optional parameter of a function; its position is None if it is keyword only."""

    function: str
    name: str
    position: int | None
    place: str


@dataclass(frozen=True)
class Call:
    """The arguments of one call; `unpacks` if it has `*arguments` or `**keywords`."""

    positional: int
    keywords: frozenset[str]
    unpacks: bool


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Yield each module's path and syntax tree."""
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            if "versions" not in file.parts:
                yield str(file.relative_to(ROOT)), ast.parse(file.read_text("utf-8"))


def parameters(path: str, tree: ast.Module) -> Iterator[Parameter]:
    """Yield the optional parameters of a module's functions, dataclasses and structs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from _class_parameters(path, node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _function_parameters(path, node, node.name, skip_self=False)


def _function_parameters(
    path: str,
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    name: str,
    *,
    skip_self: bool,
) -> Iterator[Parameter]:
    if function.decorator_list and not skip_self and _is_registered(function):
        return
    arguments = [*function.args.posonlyargs, *function.args.args]
    first_is_bound = bool(arguments) and arguments[0].arg in {"self", "cls"}
    if first_is_bound and not skip_self and function.name.startswith("__"):
        return  # constructors are read with their class
    first_optional = len(arguments) - len(function.args.defaults)
    for index, argument in enumerate(arguments):
        if index >= first_optional:
            position = index - first_is_bound
            yield Parameter(name, argument.arg, position, f"{path}:{argument.lineno}")
    for argument, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        if default is not None:
            yield Parameter(name, argument.arg, None, f"{path}:{argument.lineno}")


def _is_registered(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a framework calls the function: a command, a route, an override."""
    known = {"command", "option", "argument", "group", "override", "listens_for", "overload"}
    for decorator in function.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if _name(target) in known:
            return True
    return False


def _class_parameters(path: str, node: ast.ClassDef) -> Iterator[Parameter]:
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            yield from _function_parameters(path, statement, node.name, skip_self=True)
    decorators = {
        _name(decorator.func if isinstance(decorator, ast.Call) else decorator)
        for decorator in node.decorator_list
    }
    if "dataclass" not in decorators and not _is_struct(node):
        return
    position = 0
    for field in node.body:
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            if field.value is not None and not _is_computed(field.value):
                yield Parameter(node.name, field.target.id, position, f"{path}:{field.lineno}")
            position += 1


def _is_struct(node: ast.ClassDef) -> bool:
    """Return whether a class is a struct of which product code sets the fields, not a file."""
    options = {word.arg for word in node.keywords}
    return "Struct" in map(_name, node.bases) and "forbid_unknown_fields" not in options


def _is_computed(value: ast.expr) -> bool:
    """Return whether the class makes a field itself: a container, or `init=False`."""
    if not isinstance(value, ast.Call):
        return False
    return any(word.arg in {"init", "default_factory"} for word in value.keywords)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


class Uses(ast.NodeVisitor):
    """Collect what calls pass, and the names that are used as values."""

    def __init__(self) -> None:
        self.calls: dict[str, list[Call]] = defaultdict(list)
        self.values: set[str] = set()
        self.replaced: set[str] = set()
        self.assigned: set[str] = set()
        self._class_names: list[str] = []

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Remember the class that `cls` stands for."""
        self._class_names.append(node.name)
        self.generic_visit(node)
        self._class_names.pop()

    def visit_Call(self, node: ast.Call) -> None:
        """Record a call, and a call that it forwards."""
        called = _name(node.func)
        if called == "cls" and self._class_names:
            called = self._class_names[-1]
        self._record(called, node.args, node.keywords)
        if called in {"replace", "_replace"}:
            self.replaced |= {word.arg for word in node.keywords if word.arg}
        if called in _FORWARDERS and node.args:
            self._record(_name(node.args[0]), node.args[1:], node.keywords)
        else:
            self.values |= {_name(argument) for argument in node.args}
        self.values |= {_name(word.value) for word in node.keywords}
        if not isinstance(node.func, ast.Name):
            self.visit(node.func)
        for argument in (*node.args, *(word.value for word in node.keywords)):
            self.visit(argument)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Record an attribute that is assigned."""
        if isinstance(node.ctx, ast.Store):
            self.assigned.add(node.attr)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Record a function that is given another name, also with some arguments."""
        value = node.value
        if isinstance(value, ast.Call) and _name(value.func) == "partial" and value.args:
            value = value.args[0]
        self.values.add(_name(value))
        self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        """Record functions in a table."""
        self.values |= {_name(value) for value in node.values}
        self.generic_visit(node)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        """Record functions in a table."""
        self.values |= {_name(value) for value in node.elts}
        self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        """Record a function that is returned."""
        if node.value is not None:
            self.values.add(_name(node.value))
        self.generic_visit(node)

    def _record(self, name: str, arguments: list[ast.expr], keywords: list[ast.keyword]) -> None:
        unpacks = any(isinstance(argument, ast.Starred) for argument in arguments)
        unpacks = unpacks or any(word.arg is None for word in keywords)
        words = frozenset(word.arg for word in keywords if word.arg)
        self.calls[name].append(Call(len(arguments), words, unpacks))


def is_passed(parameter: Parameter, uses: Uses) -> bool:
    """Return whether any call may pass the parameter."""
    if parameter.function in uses.values:
        return True  # called from elsewhere, with whatever arguments
    if parameter.name in uses.replaced or parameter.name in uses.assigned:
        return True
    for call in uses.calls[parameter.function]:
        by_position = parameter.position is not None and call.positional > parameter.position
        if by_position or call.unpacks or parameter.name in call.keywords:
            return True
    return False


def main() -> int:
    """Print the parameters that nothing passes.

    Returns:
        The exit code.
    """
    modules = list(trees())
    uses = Uses()
    for _, tree in modules:
        uses.visit(tree)
    found = set()
    for path, tree in modules:
        for parameter in parameters(path, tree):
            if parameter.name.startswith("_") or is_passed(parameter, uses):
                continue
            name = f"{parameter.function}({parameter.name})"
            found.add(name)
            if name not in ALLOWED:
                sys.stdout.write(f"{parameter.place}: nothing passes {name}: use or delete it\n")
    for name in sorted(set(ALLOWED) - found):
        sys.stdout.write(f"{__file__}: ALLOWED names {name}, which is passed or gone: delete it\n")
    return 0 if found == set(ALLOWED) else 1


if __name__ == "__main__":
    sys.exit(main())
