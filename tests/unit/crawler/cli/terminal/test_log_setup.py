"""Test the log, as text and as JSON: complete lines without secrets."""

from __future__ import annotations

import io
import json
import logging
import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from crawler.cli.options import CommonOptions
from crawler.cli.terminal.console import TerminalOutput
from crawler.cli.terminal.log_setup import LogFormat, logs_json, set_up_logging
from crawler.monitoring.events import DETAIL_LOGGER, LOGGER, event_extra


@pytest.fixture(autouse=True)
def restored_loggers() -> Iterator[None]:
    """Restore the loggers after the test; a crawl in this process may have set Scrapy's level."""
    loggers = [logging.getLogger(name) for name in ("", "scrapy", "twisted")]
    handlers, levels = list(loggers[0].handlers), [logger.level for logger in loggers]
    for logger in loggers[1:]:
        logger.setLevel(logging.NOTSET)
    yield
    loggers[0].handlers[:] = handlers
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def logged_objects(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_json_record_has_the_fields_of_its_event() -> None:
    stream = io.StringIO()
    set_up_logging(stream, 0, LogFormat.JSON)
    assert logs_json()
    logging.getLogger(LOGGER).info(
        "run %d\nbegins", 7, extra=event_extra("run-started", run=7, command="check")
    )
    (line,) = logged_objects(stream)
    assert datetime.fromisoformat(line.pop("time")).tzinfo is not None
    assert line == {
        "level": "info",
        "logger": "holdfast",
        "message": "run 7\nbegins",
        "event": "run-started",
        "run": 7,
        "command": "check",
    }


def test_an_exception_is_a_field_of_the_json_object() -> None:
    stream = io.StringIO()
    set_up_logging(stream, 0, LogFormat.JSON)
    try:
        int("https://reader:s3cret@a.example/")
    except ValueError:
        logging.getLogger("crawler").exception("it broke")
    (line,) = logged_objects(stream)
    assert (line["level"], line["message"]) == ("error", "it broke")
    assert "https://a.example/" in line["exception"]
    assert "s3cret" not in stream.getvalue()


@pytest.mark.parametrize("form", LogFormat)
def test_credentials_in_urls_are_masked(form: LogFormat) -> None:
    stream = io.StringIO()
    set_up_logging(stream, 2, form)
    logging.getLogger("scrapy").debug(
        "Crawled <GET %s>",
        "https://reader:s3cret@a.example/",
        extra=event_extra("probe", url="ftp://u:s3cret@b"),
    )
    assert "https://a.example/" in stream.getvalue()
    assert "s3cret" not in stream.getvalue()


@pytest.mark.parametrize(
    ("verbosity", "run_events", "probe_events", "scrapy_events"),
    [
        (-1, ["warning"], [], []),
        (0, ["info", "warning"], [], []),
        (1, ["info", "warning"], ["info"], ["info"]),
    ],
)
def test_a_json_log_has_the_events_of_the_run_unless_quiet(
    verbosity: int,
    run_events: list[str],
    probe_events: list[str],
    scrapy_events: list[str],
) -> None:
    stream = io.StringIO()
    set_up_logging(stream, verbosity, LogFormat.JSON)
    logging.getLogger(LOGGER).info("something")
    logging.getLogger(LOGGER).warning("something")
    logging.getLogger(DETAIL_LOGGER).info("something")
    logging.getLogger("scrapy").info("something")
    levels_by_logger = {
        name: [line["level"] for line in logged_objects(stream) if line["logger"] == name]
        for name in (LOGGER, DETAIL_LOGGER, "scrapy")
    }
    assert levels_by_logger == {
        LOGGER: run_events,
        DETAIL_LOGGER: probe_events,
        "scrapy": scrapy_events,
    }


def test_terminal_output_becomes_json_records() -> None:
    stream = io.StringIO()
    output = TerminalOutput(CommonOptions(log_format="json"), stream)
    output.note("a note")
    output.warn("a warning")
    output.console.print("a table\nof two lines")
    with output.progress("checking", 2) as advance:
        advance("alive a.example", kind="alive")
        advance("broken a.example", kind="broken")
    records = logged_objects(stream)
    assert [(line["level"], line["message"]) for line in records] == [
        ("info", "a note"),
        ("warning", "a warning"),
        ("info", "a table"),
        ("info", "of two lines"),
        ("info", "checking: 2 of 2; 1 alive, 1 broken"),
    ]
    assert {name: records[-1][name] for name in ("event", "step", "done", "total", "kinds")} == {
        "event": "progress",
        "step": "checking",
        "done": 2,
        "total": 2,
        "kinds": {"alive": 1, "broken": 1},
    }


HOSTILE = "/a\r\n::error::forged\n12:00:00 ERROR x: y \x1b[31m\x00\x7f\x85\x9b\u2028\u2029\u202e\u2066\U000e0041\ud800 ##[error]z"


def log_output(
    form: LogFormat,
    record: Callable[[logging.Logger], None],
    *,
    name: str = "scrapy",
    verbosity: int = 2,
) -> str:
    """Return the log after `record` has logged with the logger `name`."""
    stream = io.StringIO()
    set_up_logging(stream, verbosity, form)
    record(logging.getLogger(name))
    return stream.getvalue()


@pytest.mark.parametrize(
    "name",
    ["scrapy.core.engine", "twisted", DETAIL_LOGGER, LOGGER, "py.warnings", "store.work.writer"],
)
@pytest.mark.parametrize("form", LogFormat)
def test_a_record_is_one_printable_line(form: LogFormat, name: str) -> None:
    text = log_output(form, lambda logger: logger.warning("GET %s", HOSTILE), name=name)
    assert text.count("\n") == 1
    assert all(char.isprintable() for char in text[:-1])
    assert "##[" not in text
    assert (
        json.loads(text)["message"] == f"GET {HOSTILE}"
        if form is LogFormat.JSON
        else r"/a\r\n::error::forged\n12" in text
    )


@pytest.mark.parametrize("form", LogFormat)
def test_each_line_of_a_traceback_begins_with_the_prefix(form: LogFormat) -> None:
    def record(logger: logging.Logger) -> None:
        try:
            os.environ[HOSTILE[:40]]
        except KeyError:
            logger.exception(HOSTILE, stack_info=True)

    text = log_output(form, record)
    assert "KeyError" in text
    assert "##[" not in text
    for line in text.splitlines():
        assert line.isprintable()
        assert re.match(r'\d\d:\d\d:\d\d ERROR scrapy: |\{"time": ', line)
    if form is LogFormat.JSON:
        assert json.loads(text)["message"] == HOSTILE


def test_fields_of_any_type_are_valid_json() -> None:
    fields: dict[str, Any] = {
        "nan": float("nan"),
        "deep": {("a", 1): [{"u": "http://u:s3cret@a.example/"}], "n": None},
        "odd": object(),
    }
    text = log_output(
        LogFormat.JSON, lambda logger: logger.warning("x", extra={"holdfast_event": fields})
    )
    line = json.loads(text, parse_constant=pytest.fail)
    assert line["nan"] == "nan"
    assert line["deep"] == {"('a', 1)": [{"u": "http://a.example/"}], "n": None}
    assert "s3cret" not in text


@pytest.mark.parametrize("form", LogFormat)
def test_arguments_that_do_not_fit_the_message_are_logged_without_a_traceback(
    form: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "do not fit" in log_output(
        form, lambda logger: logger.warning("%d apples", "http://u:s3cret@a.example/")
    )
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("form", LogFormat)
def test_debug_records_of_libraries_are_not_shown(form: LogFormat) -> None:
    for name in (
        "urllib3.connectionpool",
        "aiohttp.client",
        "asyncio",
        "sqlalchemy.engine.Engine",
        "procrastinate.worker",
        "psycopg",
        "httpx",
    ):
        assert (
            log_output(form, lambda logger: logger.debug("POST /services/s3cret"), name=name) == ""
        )
        assert (
            log_output(form, lambda logger: logger.info("POST /services/s3cret"), name=name) == ""
        )
    assert (
        log_output(
            form,
            lambda logger: logger.warning(
                "Failed to parse headers (url=https://hooks.example/s3cret)"
            ),
            name="urllib3.connection",
        )
        == ""
    )
    assert "slow" in log_output(form, lambda logger: logger.warning("slow"), name="asyncio")


@pytest.mark.parametrize("form", LogFormat)
def test_tokens_in_urls_that_scrapy_logs_are_masked(form: LogFormat) -> None:
    text = log_output(
        form,
        lambda logger: logger.debug(
            "Crawled (302) <GET %s>", "https://a.example/?token=s3cret&id=7"
        ),
    )
    assert "https://a.example/?token=REDACTED&id=7" in text
