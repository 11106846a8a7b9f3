"""Write how long the tests took into a dated file: by folder, and the ten slowest.

    make test
    .venv/bin/python -m benchmarks.suite

Reads the JUnit files that `make test` leaves in `.pytest_cache` and writes
`benchmarks/results/suite-DATE.md`. Compare figures of quiet machines only.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.record import RESULTS, ROOT, current_commit, describe_machine

REPORTS = ("tests.xml", "tests-alone.xml")
_SLOWEST = 10


@dataclass(frozen=True, slots=True)
class Case:
    """A test that ran.

    Attributes:
        module: Its module, with dots.
        name: Its name, with its parameters.
        seconds: How long it took, with its fixtures.
    """

    module: str
    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Session:
    """A run of pytest: its cases, and how long it took."""

    cases: Sequence[Case]
    seconds: float


def read_session(file: Path) -> Session:
    """Read a JUnit file that pytest wrote."""
    root = ET.parse(file).getroot()  # noqa: S314  pytest wrote it
    cases = [
        Case(each.attrib["classname"], each.attrib["name"], float(each.attrib["time"]))
        for each in root.iter("testcase")
    ]
    return Session(cases, sum(float(each.attrib["time"]) for each in root.iter("testsuite")))


def render(sessions: Sequence[Session], day: str) -> str:
    """Return the figures as a Markdown page."""
    cases = [case for session in sessions for case in session.cases]
    folders: dict[str, list[float]] = defaultdict(list)
    for case in cases:
        folders["/".join(case.module.split(".")[:2])].append(case.seconds)
    walls = ", then ".join(f"{session.seconds:,.0f} s" for session in sessions)
    lines = [
        f"# Test suite, {day}",
        "",
        f"{len(cases):,} tests in {walls}. Commit {current_commit()}; {describe_machine()}.",
        "",
        "| folder | tests | seconds |",
        "|---|--:|--:|",
    ]
    for folder, seconds in sorted(folders.items(), key=lambda item: -sum(item[1])):
        lines.append(f"| {folder} | {len(seconds):,} | {sum(seconds):,.0f} |")
    lines += ["", "The slowest:", "", "| test | seconds |", "|---|--:|"]
    for case in sorted(cases, key=lambda case: -case.seconds)[:_SLOWEST]:
        name = case.name.encode("unicode_escape").decode().replace("|", "\\|")
        lines.append(f"| {case.module.rpartition('.')[2]}: {name} | {case.seconds:.1f} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Write the dated file and print its path."""
    sessions = [read_session(ROOT / ".pytest_cache" / name) for name in REPORTS]
    target = RESULTS / f"suite-{datetime.now(UTC):%Y-%m-%d}.md"
    target.write_text(render(sessions, f"{datetime.now(UTC):%Y-%m-%d}"), "utf-8")
    print(target.relative_to(ROOT))


if __name__ == "__main__":
    main()
