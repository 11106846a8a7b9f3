"""Test the log of Scrapy's own commands: untrusted text begins no line."""

from __future__ import annotations

import logging

from crawler.scrapy_ext.log_lines import SafeFormatter

FORMATTER = SafeFormatter(logging.Formatter("%(levelname)s: %(message)s"))


def format_record(message: str, *arguments: object, raised: BaseException | None = None) -> str:
    exc_info = (type(raised), raised, raised.__traceback__) if raised else None
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, message, arguments, exc_info)
    return FORMATTER.format(record)


def test_a_line_break_in_an_argument_begins_no_log_line() -> None:
    assert (
        format_record("read %s", "a\r\n::error::b\x1b[2J") == r"INFO: read a\r\n::error::b\x1b[2J"
    )


def test_further_lines_of_a_message_are_marked() -> None:
    assert (
        format_record("Statistics:\n%s", "a\n::error::b")
        == "INFO: Statistics:\n| a\n| \\x3a:error::b"
    )


def test_lines_of_a_traceback_are_marked() -> None:
    written = format_record("failed", raised=ValueError("a\n::error::b"))
    first, *rest = written.split("\n")
    assert first == "INFO: failed"
    assert rest[-1] == r"| \x3a:error::b"
    assert all(line.startswith("| ") for line in rest)


def test_credentials_are_removed_from_log_lines() -> None:
    assert "secret" not in format_record("Crawled <GET %s>", "https://name:secret@site.example/")
