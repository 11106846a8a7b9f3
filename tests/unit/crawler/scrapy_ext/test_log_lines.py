"""Test the log of Scrapy's own commands: untrusted text begins no line."""

from __future__ import annotations

import logging

from crawler.scrapy_ext.log_lines import SafeFormatter

FORMATTER = SafeFormatter(logging.Formatter("%(levelname)s: %(message)s"))


def record(message: str, *arguments: object, raised: BaseException | None = None) -> str:
    exc_info = (type(raised), raised, raised.__traceback__) if raised else None
    made = logging.LogRecord("x", logging.INFO, "x.py", 1, message, arguments, exc_info)
    return FORMATTER.format(made)


def test_an_argument_begins_no_line() -> None:
    assert record("read %s", "a\r\n::error::b\x1b[2J") == r"INFO: read a\r\n::error::b\x1b[2J"


def test_a_message_of_several_lines_marks_them() -> None:
    assert record("Statistics:\n%s", "a\n::error::b") == "INFO: Statistics:\n| a\n| \\x3a:error::b"


def test_a_traceback_marks_its_lines() -> None:
    written = record("failed", raised=ValueError("a\n::error::b"))
    first, *rest = written.split("\n")
    assert first == "INFO: failed"
    assert rest[-1] == r"| \x3a:error::b"
    assert all(line.startswith("| ") for line in rest)


def test_credentials_are_left_out() -> None:
    assert "secret" not in record("Crawled <GET %s>", "https://name:secret@site.example/")
