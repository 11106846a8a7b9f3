"""The log on standard error: lines for a person, or one JSON object a line for whoever collects them.

A JSON object has `time` (UTC), `level`, `logger` and `message`; what happens in a job has an `event` besides, and fields of its own
(docs/monitoring.md lists them).
"""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from math import isfinite
from typing import Any, TextIO

import click

from crawler.monitoring.events import DETAIL_LOGGER, LOGGER
from reports.sanitize import json_escape, one_log_line
from store.vocabulary.secrets import without_credentials, without_tokens

_OWN = frozenset(
    {
        "citations",
        "liveness",
        "captures",
        "fleet",
        "store.work.writer",
        "store.work.retry_budget",
        "store.schema.engine",
    }
)  # loggers whose warnings are for a person
# The first part of our loggers' names: our packages, our spiders, and the names above.
_OURS = frozenset(
    {
        "crawler",
        "store",
        "reports",
        LOGGER,
        "citations",
        "liveness",
        "captures",
        "moves",
        "drift",
        "fleet",
        "archives",
    }
)
_SHOWN_IN_DETAIL = frozenset(
    {"scrapy", "twisted"}
)  # of other libraries only warnings are shown, however much is asked for
_SILENT = frozenset(
    {"urllib3"}
)  # its warnings name whole addresses, a webhook's too; what goes wrong is raised and told by us
_NOT_SHOWN = re.compile(
    "[\x7f-\x9f\xad\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff\U000e0000-\U000e007f]"
)
# Shows a traceback where a site is not there; the spider says so in a line.
_TOLD_OTHERWISE = frozenset({"scrapy.downloadermiddlewares.robotstxt"})


class LogFormat(StrEnum):
    """How the log is written."""

    TEXT = "text"  # for a person
    JSON = "json"  # one object a line


def set_up_logging(stream: TextIO, verbosity: int, form: LogFormat) -> None:
    """Send the log of everything to one stream. `verbosity` is below 0 for quiet."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter() if form is LogFormat.JSON else LineFormatter())
    level = {0: logging.ERROR, 1: logging.INFO}.get(max(verbosity, 0), logging.DEBUG)
    # A person is told of the job on the screen; a log in JSON is all there is.
    jobs_level = logging.INFO if form is LogFormat.JSON and verbosity >= 0 else logging.WARNING

    def is_wanted(record: logging.LogRecord) -> bool:
        if (record.name in _TOLD_OTHERWISE and verbosity <= 0) or not _may_be_shown(record):
            return False
        if record.name == LOGGER:
            return record.levelno >= min(level, jobs_level)
        return record.levelno >= (min(level, logging.WARNING) if record.name in _OWN else level)

    # Scrapy sets the loggers' own levels when it starts, so the limit stands at the handler.
    handler.setLevel(min(level, jobs_level))
    handler.addFilter(is_wanted)
    logging.basicConfig(level=logging.DEBUG, handlers=[handler], force=True)
    logging.getLogger(DETAIL_LOGGER).setLevel(
        level
    )  # a record made for nobody still costs its making, on each probe


def _may_be_shown(record: logging.LogRecord) -> bool:
    """Keep out what libraries log for their own developers: addresses with keys in their paths, headers, statements with their values."""
    package = record.name.partition(".")[0]
    return package not in _SILENT and (
        record.levelno >= logging.WARNING or package in _OURS or package in _SHOWN_IN_DETAIL
    )


def logs_json() -> bool:
    """Tell whether standard error is kept to JSON."""
    return any(
        isinstance(handler.formatter, JsonFormatter) for handler in logging.getLogger().handlers
    )


def print_message(line: str) -> None:
    """Say a line beside what goes to standard output."""
    if logs_json():
        logging.getLogger(LOGGER).info("%s", line)
    else:
        click.echo(line, err=True)


class LogStream(io.TextIOBase):
    """A stream whose lines go to the log: for what is written for a terminal while standard error is kept to JSON."""

    def __init__(self) -> None:
        self._rest = ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in filter(str.strip, lines):
            logging.getLogger(LOGGER).info("%s", line.rstrip())
        return len(text)


class LineFormatter(logging.Formatter):
    """Write a record as one line: a traceback's lines each become a line with the record's own beginning.

    No text from outside can begin a line, end one, or steer what shows it; credentials and tokens are masked.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: ", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        record.asctime = self.formatTime(record, self.datefmt)
        beginning = self.formatMessage(record)
        lines = [
            _message_of(record),
            *(f"| {line}" for part in _traces_of(self, record) for line in part.split("\n")),
        ]
        return "\n".join(beginning + one_log_line(_masked(line, record)) for line in lines)


class JsonFormatter(logging.Formatter):
    """Write a record as one JSON object on one line, whatever its fields are."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message_of(record),
        }
        fields = getattr(record, "told", None)
        if isinstance(fields, Mapping):
            line |= fields
        if traces := _traces_of(self, record):
            line["exception"] = "\n".join(traces)
        written = json.dumps(
            {name: _plain_value(value, record) for name, value in line.items()}, ensure_ascii=False
        )
        return _NOT_SHOWN.sub(json_escape, written).replace("##[", r"##\u005b")


def _message_of(record: logging.LogRecord) -> str:
    """Return a record's message, or what there is of one whose arguments do not fit it."""
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001  whatever the arguments raise when they are written
        return f"{record.msg} (its arguments do not fit)"


def _traces_of(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    traced = formatter.formatException(record.exc_info) if record.exc_info else ""
    return [part for part in (traced, record.stack_info or "") if part]


def _plain_value(value: Any, record: logging.LogRecord) -> Any:
    """Return a value as JSON has it, its texts masked; what JSON has no word for is written as text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {
            _masked(str(name), record): _plain_value(part, record) for name, part in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain_value(part, record) for part in value]
    return _masked(str(value), record)


def _masked(text: str, record: logging.LogRecord) -> str:
    """Leave credentials out; of others' records the tokens, too, as these name addresses that only a redirect gave."""
    told = without_credentials(text)
    return told if _is_ours(record) else without_tokens(told)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in _OURS
