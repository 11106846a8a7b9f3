"""The log, for a person and for a machine: each line whole, nothing secret in it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from crawler.cli.logs import LogFormat, is_json, open_log
from crawler.cli.options import Common
from crawler.cli.screen import Screen
from crawler.monitoring.events import EACH, LOGGER, told


@pytest.fixture(autouse=True)
def log() -> Iterator[None]:
    """The root logger as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_record_is_one_object_with_its_event() -> None:
    stream = io.StringIO()
    open_log(stream, 0, LogFormat.JSON)
    assert is_json()
    logging.getLogger(LOGGER).info("run %d\nbegins", 7, extra=told("run-started", run=7, command="check"))
    (line,) = lines(stream)
    assert datetime.fromisoformat(line.pop("time")).tzinfo is not None
    assert line == {"level": "info", "logger": "holdfast", "message": "run 7\nbegins", "event": "run-started", "run": 7, "command": "check"}


def test_an_exception_is_told_within_the_object() -> None:
    stream = io.StringIO()
    open_log(stream, 0, LogFormat.JSON)
    try:
        int("https://reader:s3cret@a.example/")
    except ValueError:
        logging.getLogger("crawler").exception("it broke")
    (line,) = lines(stream)
    assert (line["level"], line["message"]) == ("error", "it broke")
    assert "https://a.example/" in line["exception"]
    assert "s3cret" not in stream.getvalue()


@pytest.mark.parametrize("form", LogFormat)
def test_no_credentials_get_into_a_log(form: LogFormat) -> None:
    stream = io.StringIO()
    open_log(stream, 2, form)
    logging.getLogger("scrapy").debug("Crawled <GET %s>", "https://reader:s3cret@a.example/", extra=told("probe", url="ftp://u:s3cret@b"))
    assert "https://a.example/" in stream.getvalue()
    assert "s3cret" not in stream.getvalue()


@pytest.mark.parametrize(
    ("verbosity", "job", "each", "scrapy"),
    [(-1, ["warning"], [], []), (0, ["info", "warning"], [], []), (1, ["info", "warning"], ["info"], ["info"])],
)
def test_a_log_in_json_tells_of_the_job_unless_it_is_to_be_quiet(
    verbosity: int, job: list[str], each: list[str], scrapy: list[str]
) -> None:
    stream = io.StringIO()
    open_log(stream, verbosity, LogFormat.JSON)
    logging.getLogger(LOGGER).info("something")
    logging.getLogger(LOGGER).warning("something")
    logging.getLogger(EACH).info("something")
    logging.getLogger("scrapy").info("something")
    told_by = {name: [line["level"] for line in lines(stream) if line["logger"] == name] for name in (LOGGER, EACH, "scrapy")}
    assert told_by == {LOGGER: job, EACH: each, "scrapy": scrapy}


def test_what_is_said_on_the_screen_is_said_to_the_log() -> None:
    stream = io.StringIO()
    screen = Screen(Common(log_format="json"), stream)
    screen.note("a note")
    screen.warn("a warning")
    screen.console.print("a table\nof two lines")
    with screen.progress("checking", 2) as advance:
        advance("alive a.example", kind="alive")
        advance("broken a.example", kind="broken")
    said = lines(stream)
    assert [(line["level"], line["message"]) for line in said] == [
        ("info", "a note"),
        ("warning", "a warning"),
        ("info", "a table"),
        ("info", "of two lines"),
        ("info", "checking: 2 of 2; 1 alive, 1 broken"),
    ]
    assert {name: said[-1][name] for name in ("event", "step", "done", "total", "kinds")} == {
        "event": "progress",
        "step": "checking",
        "done": 2,
        "total": 2,
        "kinds": {"alive": 1, "broken": 1},
    }
