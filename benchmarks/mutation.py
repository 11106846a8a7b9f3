"""Write the result of a mutation test into a dated file.

    .venv/bin/mutmut run
    .venv/bin/python benchmarks/mutation.py

Reads what mutmut left in `mutants/` and writes `benchmarks/results/mutation-DATE.md`.
CONTRIBUTING.md explains how the result is used.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
_SURVIVED = 0  # mutmut stores the exit code of the tests: 0 if all passed
_NO_TESTS = 33


def read_modules(mutants: Path) -> Iterator[tuple[str, Counter[str]]]:
    """Yield each mutated module with its numbers of mutants.

    Args:
        mutants: The folder in which mutmut keeps its state.

    Yields:
        The module's path below the repository, and a counter of `killed` and `tested`.
    """
    for file in sorted(mutants.rglob("*.py.meta")):
        codes = json.loads(file.read_text("utf-8"))["exit_code_by_key"]
        counts: Counter[str] = Counter()
        for code in codes.values():
            if code is None:
                continue  # not run yet
            counts["tested"] += 1
            counts["killed"] += code not in {_SURVIVED, _NO_TESTS}
        if counts["tested"]:
            yield str(file.relative_to(mutants)).removesuffix(".meta"), counts


def render(modules: Iterator[tuple[str, Counter[str]]], day: str) -> str:
    """Return the result as a Markdown page.

    Args:
        modules: What `read_modules` yields.
        day: The date, as shown in the title.
    """
    lines = [
        f"# Mutation test, {day}",
        "",
        "| package | module | killed | mutants |",
        "|---|---|--:|--:|",
    ]
    for path, counts in modules:
        _, package, *rest = Path(path).with_suffix("").parts
        module = ".".join(rest)
        lines.append(f"| {package} | {module} | {counts['killed']} | {counts['tested']} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Write the dated file and print its path."""
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    target = RESULTS / f"mutation-{day}.md"
    target.write_text(render(read_modules(ROOT / "mutants"), day), "utf-8")
    print(target.relative_to(ROOT))


if __name__ == "__main__":
    main()
