"""Test the console: plain lines, progress bars at a terminal, nothing if quiet, no control codes."""

from __future__ import annotations

import io
import logging
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest

from crawler.cli.options import CommonOptions, Duration
from crawler.cli.terminal.console import TerminalOutput
from crawler.cli.terminal.progress import ProgressState
from crawler.politeness.estimate import HostEstimate


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def restored_root_logger() -> Iterator[None]:
    """Restore the root logger after the test: a console sets it up for the whole process."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_without_a_terminal_progress_is_printed_as_lines() -> None:
    log = io.StringIO()
    with TerminalOutput(CommonOptions(), log).progress("checking", 3) as advance:
        for _ in range(3):
            advance("alive a.example")
    assert log.getvalue() == "checking: 3 of 3\n"


def test_the_colons_of_a_url_are_no_emoji() -> None:
    log = io.StringIO()
    output = TerminalOutput(CommonOptions(), log)
    output.note("report: http://127.0.0.1:80/:cat:/a")
    output.warn("http://127.0.0.1:80/:cat:/b")
    lines = ["report: http://127.0.0.1:80/:cat:/a", "warning: http://127.0.0.1:80/:cat:/b"]
    assert log.getvalue().splitlines() == lines


def test_on_a_terminal_progress_is_a_bar_without_lines() -> None:
    terminal = Terminal()
    output = TerminalOutput(CommonOptions(), terminal)
    with output.progress("checking", 2) as advance:
        advance("alive a.example")
    assert "checking" in terminal.getvalue()
    assert "checking: " not in terminal.getvalue()
    plain = Terminal()
    with TerminalOutput(CommonOptions(progress=False), plain).progress("checking", 1) as advance:
        advance("alive a.example")
    assert plain.getvalue() == "checking: 1 of 1\n"


def test_a_progress_bar_starts_no_thread() -> None:
    threads = threading.active_count()
    terminal = Terminal()
    with TerminalOutput(CommonOptions(), terminal).progress("reading pages", 2) as advance:
        advance("a.md")
        assert threading.active_count() == threads
        assert "a.md" in terminal.getvalue()


@pytest.mark.parametrize("name", ["a[/].md", "[bold]b.md"])
def test_a_progress_bar_does_not_interpret_markup_in_page_names(name: str) -> None:
    terminal = Terminal()
    with TerminalOutput(CommonOptions(), terminal).progress("reading pages", 1) as advance:
        advance(name)
    assert name in terminal.getvalue()


def test_quiet_prints_only_warnings() -> None:
    log = io.StringIO()
    output = TerminalOutput(CommonOptions(verbosity=-1), log)
    output.note("a note")
    with output.progress("checking", 1) as advance:
        advance("alive")
    output.warn("a warning")
    assert log.getvalue() == "warning: a warning\n"


@pytest.mark.parametrize(
    "message",
    [
        "page \x1b[31mred\x1b[0m",
        "bell\x07",
        "over\rwritten",
        "two\nlines",
        "turned\u202etxt.exe",
        "\x9b31m",
    ],
)
def test_control_characters_in_messages_are_not_printed(message: str) -> None:
    log = io.StringIO()
    output = TerminalOutput(CommonOptions(), log)
    output.note(message)
    output.warn(message)
    shown = log.getvalue()
    assert shown.count("\n") == 2
    assert all(character.isprintable() for character in shown.replace("\n", ""))


def test_markup_in_messages_is_not_interpreted() -> None:
    log = io.StringIO()
    TerminalOutput(CommonOptions(), log).note("[bold]wiki/[1].md[/bold] [/]")
    assert log.getvalue() == "[bold]wiki/[1].md[/bold] [/]\n"


@pytest.mark.parametrize(
    ("verbosity", "levels"),
    [(-1, ["ERROR"]), (0, ["ERROR"]), (1, ["INFO", "ERROR"]), (2, ["DEBUG", "INFO", "ERROR"])],
)
def test_the_log_has_the_requested_level(verbosity: int, levels: list[str]) -> None:
    stream = io.StringIO()
    TerminalOutput(CommonOptions(verbosity=verbosity), stream)
    for level in (logging.DEBUG, logging.INFO, logging.ERROR):
        logging.getLogger("crawler").log(level, "something")
    # Without -v a line has the form of the other warnings: no time.
    column = 1 if verbosity > 0 else 0
    words = [line.split()[column] for line in stream.getvalue().splitlines()]
    assert [word.upper().rstrip(":") for word in words] == levels


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("30m", 1800), ("1.5h", 5400), ("1d", 86_400)]
)
def test_durations_are_parsed(text: str, seconds: float) -> None:
    assert Duration()(text) == seconds


def test_a_progress_bar_fits_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    moments = count(0, 3)
    monkeypatch.setattr("crawler.cli.terminal.console.monotonic", lambda: float(next(moments)))
    monkeypatch.setattr(ProgressState, "seconds_left", 1800.0)
    stream = Terminal()
    hosts = [
        HostEstimate(name=f"host{number}.example", links=99, duration=timedelta(minutes=30))
        for number in range(3)
    ]
    terminal = TerminalOutput(CommonOptions(), stream)
    with terminal.progress("checking links", 300, hosts) as advance:
        for number in range(20):
            advance("alive a.long.host.example", kind="alive", host=f"host{number % 3}.example")
    frames = re.split(r"\r|\n", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue()))
    last = [frame for frame in frames if "alive" in frame][-1]
    assert re.search(r"\d+ of 300, .* left; \d+ alive", last), last
    assert "…" not in last.partition("alive")[0]
    assert len(last.rstrip()) <= 100
