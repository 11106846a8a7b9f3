"""Keep the log of Scrapy's own commands safe from text of pages and servers.

`scrapy crawl` writes records with the formatter of the standard library. A URL with a line break
in it could forge log lines. Holdfast's commands have another formatter (`cli.log_setup`).
"""

from __future__ import annotations

import logging
from copy import copy
from typing import Any

from scrapy.utils.log import get_scrapy_root_handler

from store.vocabulary.log_lines import one_log_line
from store.vocabulary.secrets import remove_credentials


class SafeFormatter(logging.Formatter):
    """Formats by another formatter, with control characters escaped and credentials removed.

    Lines after the first one, as those of a traceback, begin with "| ".

    Args:
        formatter: The other formatter.
    """

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self._formatter = formatter

    def format(self, record: logging.LogRecord) -> str:
        """Return the line or lines of a record."""
        safe = copy(record)
        # Scrapy writes some messages on several lines, but no argument may begin one.
        escape = _safe_lines if "\n" in str(record.msg) else _safe_line
        safe.msg, safe.args = escape(record.getMessage()), None
        if record.exc_info:
            trace = self._formatter.formatException(record.exc_info)
            safe.exc_text = "| " + _safe_lines(trace)
        if record.stack_info:
            safe.stack_info = "| " + _safe_lines(record.stack_info)
        return self._formatter.format(safe)


def make_log_safe(**_: Any) -> None:
    """Wrap the formatter of Scrapy's log handler, if Scrapy has installed one."""
    handler = get_scrapy_root_handler()
    if handler is not None and not isinstance(handler.formatter, SafeFormatter):
        handler.setFormatter(SafeFormatter(handler.formatter or logging.Formatter()))


def _safe_line(text: str) -> str:
    """Return a text on one line, with control characters escaped and credentials removed."""
    return one_log_line(remove_credentials(text))


def _safe_lines(text: str) -> str:
    """Return the safe lines of a text; each after the first begins with "| "."""
    return "\n| ".join(map(_safe_line, text.split("\n")))
