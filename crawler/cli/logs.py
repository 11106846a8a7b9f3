"""The log on standard error: lines for a person, or one JSON object a line for whoever collects them.

A JSON object has `time` (UTC), `level`, `logger` and `message`; what happens in a job has an `event` besides, and fields of its own
(docs/monitoring.md lists them).
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TextIO

import click

from crawler.monitoring.events import EACH, LOGGER
from reports.plain import without_credentials

_OWN = frozenset(
    {"citations", "liveness", "captures", "fleet", "store.writer", "store.retrying", "store.engine"}
)  # loggers whose warnings are for a person
# Shows a traceback where a site is not there; the spider says so in a line.
_TOLD_OTHERWISE = frozenset({"scrapy.downloadermiddlewares.robotstxt"})


class LogFormat(StrEnum):
    """How the log is written."""

    TEXT = "text"  # for a person
    JSON = "json"  # one object a line


def open_log(stream: TextIO, verbosity: int, form: LogFormat) -> None:
    """Send the log of everything to one stream. `verbosity` is below 0 for quiet."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        _JsonLines() if form is LogFormat.JSON else _TextLines("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S")
    )
    level = {0: logging.ERROR, 1: logging.INFO}.get(max(verbosity, 0), logging.DEBUG)
    # A person is told of the job on the screen; a log in JSON is all there is.
    jobs_level = logging.INFO if form is LogFormat.JSON and verbosity >= 0 else logging.WARNING

    def is_wanted(record: logging.LogRecord) -> bool:
        if record.name in _TOLD_OTHERWISE and verbosity <= 0:
            return False
        if record.name == LOGGER:
            return record.levelno >= min(level, jobs_level)
        return record.levelno >= (min(level, logging.WARNING) if record.name in _OWN else level)

    # Scrapy sets the loggers' own levels when it starts, so the limit stands at the handler.
    handler.setLevel(min(level, jobs_level))
    handler.addFilter(is_wanted)
    logging.basicConfig(level=logging.DEBUG, handlers=[handler], force=True)
    logging.getLogger(EACH).setLevel(level)  # a record made for nobody still costs its making, on each probe


def is_json() -> bool:
    """Tell whether standard error is kept to JSON."""
    return any(isinstance(handler.formatter, _JsonLines) for handler in logging.getLogger().handlers)


def say(line: str) -> None:
    """Say a line beside what goes to standard output."""
    if is_json():
        logging.getLogger(LOGGER).info("%s", line)
    else:
        click.echo(line, err=True)


class LoggedText(io.TextIOBase):
    """A stream whose lines go to the log: for what is written for a terminal while standard error is kept to JSON."""

    def __init__(self) -> None:
        self._rest = ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in filter(str.strip, lines):
            logging.getLogger(LOGGER).info("%s", line.rstrip())
        return len(text)


class _TextLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_credentials(super().format(record))


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        fields = getattr(record, "told", None)
        if isinstance(fields, Mapping):
            line |= fields
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps({name: _harmless(value) for name, value in line.items()}, ensure_ascii=False, default=str)


def _harmless(value: Any) -> Any:
    return without_credentials(value) if isinstance(value, str) else value
