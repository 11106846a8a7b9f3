"""Test tables on terminals of any width: no word is broken."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from crawler.cli.terminal.tables import table

STARTED = "2026-11-29 23:35 +00:00"


def printed_lines(width: int) -> list[str]:
    """Return the lines of a table on a terminal with `width` columns."""
    created = table("run", "started", "outcome", right=["run"])
    created.add_row("7", STARTED, "not-found")
    created.add_row("8", STARTED, "")
    stream = io.StringIO()
    Console(file=stream, width=width, highlight=False).print(created)
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def test_a_wide_terminal_shows_rows() -> None:
    assert printed_lines(80) == [
        "run  started                  outcome",
        f"  7  {STARTED}  not-found",
        f"  8  {STARTED}",
    ]


@pytest.mark.parametrize("width", [24, 40, 60, 80])
def test_no_word_is_broken(width: int) -> None:
    words = " ".join(printed_lines(width)).split()
    assert {"2026-11-29", "23:35", "+00:00", "not-found"} <= set(words)


def test_a_terminal_narrower_than_the_words_shows_a_list() -> None:
    lines = printed_lines(25)
    starts = ["run: 7", "  started: 2026", "  outcome: not-found", "run: 8", "  started: 2026"]
    assert [line for line in lines if ": " in line] == [
        next(line for line in lines if line.startswith(start)) for start in starts
    ]
