"""Parse untrusted TOML in bounded time, and write strings and lists of strings as TOML.

Every failure to parse is a `TomlError` with a line.

`tomllib` takes quadratic time and memory for a long dotted key. For numbers of thousands of digits
and for deep nesting it raises errors other than `TOMLDecodeError`.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from typing import Any

_MAX_KEY_PARTS = 64  # of one dotted key
_KEY_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+"""
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_KEY_PART}\.[ \t]*+){{{_MAX_KEY_PARTS}}}", re.ASCII)
_LONG_NUMBER = re.compile(r"(?<![\w\"'.-])[+-]?[0-9](?:_?[0-9]){4000}")  # Python reads 4,300 digits
_ERROR_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class TomlError(ValueError):
    """A text is not TOML or exceeds a limit.

    Args:
        message: The problem, for people.
        line: The line of the error, from 1; the last one if it is not known.
    """

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def load_toml(text: str) -> dict[str, Any]:
    """Return a parsed TOML document.

    Raises:
        TomlError: It is not TOML, or a number, a dotted key or its nesting exceeds a limit.
    """
    text = text.removeprefix("\ufeff")  # the byte order mark that some editors write
    if found := _LONG_KEY.search(text):
        raise TomlError("a key has too many parts", _line_of(found, text))
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = text.count("\n") + 1
        position = _ERROR_POSITION.search(str(error))
        if position and position[1]:
            line = int(position[1])
        raise TomlError(str(error), line) from None
    except RecursionError:
        raise TomlError("nested too deeply", 1) from None
    except (ValueError, OverflowError):  # a number that Python cannot read
        raise TomlError(
            "a number has too many digits", _line_of(_LONG_NUMBER.search(text), text)
        ) from None


def dump_toml(value: str | Sequence[str]) -> str:
    """Return a string or a list of strings as a TOML value on one line.

    JSON strings and lists are valid TOML once DEL characters are escaped.

    >>> dump_toml(["docs", "notes"])
    '["docs", "notes"]'
    """
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _line_of(found: re.Match[str] | None, text: str) -> int:
    return text.count("\n", 0, found.start()) + 1 if found else 1
