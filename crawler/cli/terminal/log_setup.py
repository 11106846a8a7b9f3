"""The log on standard error: text lines, or one JSON object a line.

A JSON object has `time` (UTC), `level`, `logger` and `message`. Events of a run also have `event`
and fields of their own (listed in docs/monitoring.md).
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

from crawler.monitoring.events import DETAIL_LOGGER, EVENT_ATTRIBUTE, LOGGER
from reports.wording.sanitize import json_escape
from store.vocabulary.log_lines import escape_commands, one_log_line
from store.vocabulary.secrets import redact_tokens, remove_credentials

# First part of the names of Holdfast's loggers: `holdfast.<package>`, and spiders by their names.
# Their warnings are for the user.
_OWN_PREFIXES = frozenset(
    {
        LOGGER,
        "citations",
        "liveness",
        "captures",
        "moves",
        "drift",
        "parts",
        "crawler",
        "store",
        "reports",
    }
)
# Libraries whose log is shown with -vv. Of other libraries only warnings are shown.
_VERBOSE_LIBRARIES = frozenset({"scrapy", "twisted"})
# Never shown: its warnings contain full URLs, that of a webhook too, which is a secret. Its errors
# are raised, and Holdfast reports them.
_SILENCED_LIBRARIES = frozenset({"urllib3"})
_INVISIBLE_CHARACTERS = re.compile(
    "[\x7f-\x9f\xad\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\uffff\U000e0000-\U000e007f]"
)
# The first logs a traceback for each site that cannot be reached, the second each page whose
# retries failed. The spider logs one line instead.
_REDUNDANT_LOGGERS = frozenset(
    {"scrapy.downloadermiddlewares.robotstxt", "scrapy.downloadermiddlewares.retry"}
)


class LogFormat(StrEnum):
    """Formats of the log."""

    TEXT = "text"
    JSON = "json"  # one object a line


def set_up_logging(stream: TextIO, verbosity: int, log_format: LogFormat) -> None:
    """Send all log records to one stream.

    Args:
        stream: Where to write.
        verbosity: Negative for quiet, 0 for the default, 1 for `-v`, 2 for `-vv`.
        log_format: Text or JSON lines.
    """
    handler = logging.StreamHandler(stream)
    is_json = log_format is LogFormat.JSON
    handler.setFormatter(JsonFormatter() if is_json else LineFormatter(brief=verbosity <= 0))
    level = logging.DEBUG
    if verbosity <= 0:
        level = logging.ERROR
    elif verbosity == 1:
        level = logging.INFO
    # In text mode the terminal output shows the events of the run; a JSON log has nothing else.
    run_level = logging.INFO if is_json and verbosity >= 0 else logging.WARNING

    def is_wanted(record: logging.LogRecord) -> bool:
        is_redundant = record.name in _REDUNDANT_LOGGERS and verbosity <= 0
        if is_redundant or not _may_be_shown(record):
            return False
        if record.name == LOGGER:
            return record.levelno >= min(level, run_level)
        if record.name != DETAIL_LOGGER and _is_own(record):
            return record.levelno >= min(level, logging.WARNING)
        return record.levelno >= level

    # Scrapy changes the levels of the loggers when it starts, so the level is set at the handler.
    handler.setLevel(min(level, run_level))
    handler.addFilter(is_wanted)
    logging.basicConfig(level=logging.DEBUG, handlers=[handler], force=True)
    # Creating a record that nobody sees still takes time, on each probe.
    logging.getLogger(DETAIL_LOGGER).setLevel(level)


def _may_be_shown(record: logging.LogRecord) -> bool:
    """Return whether to show a record, at the level of its library.

    Records of libraries below WARNING are for developers: they have URLs with keys, headers and
    values of SQL statements.
    """
    prefix = record.name.partition(".")[0]
    if prefix in _SILENCED_LIBRARIES:
        return False
    is_known = _is_own(record) or prefix in _VERBOSE_LIBRARIES
    return is_known or record.levelno >= logging.WARNING


def logs_json() -> bool:
    """Return whether standard error is reserved for JSON lines."""
    return any(
        isinstance(handler.formatter, JsonFormatter) for handler in logging.getLogger().handlers
    )


def print_message(line: str) -> None:
    """Print a line to standard error, or log it if standard error is reserved for JSON lines."""
    if logs_json():
        logging.getLogger(LOGGER).info("%s", line)
    else:
        click.echo(line, err=True)


class LogStream(io.TextIOBase):
    """A text stream whose lines are logged, for terminal output while stderr has only JSON."""

    def __init__(self) -> None:
        self._rest = ""

    def write(self, text: str) -> int:
        """Log the complete lines, and keep the rest for the next call."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in filter(str.strip, lines):
            logging.getLogger(LOGGER).info("%s", line.rstrip())
        return len(text)


class LineFormatter(logging.Formatter):
    """Formats a record as one line; each line of a traceback becomes a line with the same prefix.

    Text from outside cannot start a new line or contain terminal control characters. Credentials
    and tokens are masked.

    Args:
        brief: Whether a line begins as the terminal output's own warnings do (`warning: `) instead
            of with the time and the logger.
    """

    def __init__(self, *, brief: bool = False) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: ", "%H:%M:%S")
        self._brief = brief

    def format(self, record: logging.LogRecord) -> str:
        """Return the line or lines of a record."""
        record.asctime = self.formatTime(record, self.datefmt)
        prefix = self.formatMessage(record)
        if self._brief:
            prefix = f"{record.levelname.lower()}: "
        lines = [_message_of(record)]
        for trace in _traces_of(self, record):
            lines += [f"| {line}" for line in trace.split("\n")]
        return "\n".join(prefix + one_log_line(_mask(line, record)) for line in lines)


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object on one line, whatever values its fields have."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the JSON object."""
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message_of(record),
        }
        event = getattr(record, EVENT_ATTRIBUTE, None)
        if isinstance(event, Mapping):
            fields |= event
        if traces := _traces_of(self, record):
            fields["exception"] = "\n".join(traces)
        values = {name: _json_value(value, record) for name, value in fields.items()}
        text = json.dumps(values, ensure_ascii=False)
        escaped = _INVISIBLE_CHARACTERS.sub(json_escape, text)
        return escape_commands(escaped, r"\u005b")


def _message_of(record: logging.LogRecord) -> str:
    """Return the message of a record, or its template if the arguments do not fit."""
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001  formatting an argument can raise anything
        return f"{record.msg} (its arguments do not fit)"


def _traces_of(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    """Return the traceback of a record's exception and its stack, as far as it has them."""
    exception = formatter.formatException(record.exc_info) if record.exc_info else ""
    return [part for part in (exception, record.stack_info or "") if part]


def _json_value(value: Any, record: logging.LogRecord) -> Any:
    """Convert a value to types of JSON, with secrets masked; other types become strings."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {_mask(str(key), record): _json_value(item, record) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_json_value(item, record) for item in value]
    return _mask(str(value), record)


def _mask(text: str, record: logging.LogRecord) -> str:
    """Mask credentials; in records of libraries also tokens, which URLs of redirects may have."""
    masked = remove_credentials(text)
    return masked if _is_own(record) else redact_tokens(masked)


def _is_own(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in _OWN_PREFIXES
