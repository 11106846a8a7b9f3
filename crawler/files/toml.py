"""Parse TOML from outside, in bounded time; whatever is wrong is one error with a line.

`tomllib` alone takes quadratic time and memory for a dotted key, and raises other errors than its
own for numbers of thousands of digits and for deep nesting.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

_MAX_PARTS = 64  # of one dotted key
_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+"""
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_PART}\.[ \t]*+){{{_MAX_PARTS}}}", re.ASCII)
_LONG_NUMBER = re.compile(r"(?<![\w\"'.-])[+-]?[0-9](?:_?[0-9]){4000}")  # Python reads 4,300 digits
_AT_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class TomlError(ValueError):
    """Report a text that is not TOML or exceeds a limit; `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def load_toml(text: str) -> dict[str, Any]:
    """Return a parsed TOML document.

    Raises:
        TomlError: It is not TOML, or a number, a dotted key or its nesting exceeds a limit.
    """
    if found := _LONG_KEY.search(text):
        raise TomlError("a key has too many parts", _line_of(found, text))
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _AT_LINE.search(str(error))
        last = text.count("\n") + 1
        raise TomlError(str(error), int(place[1]) if place and place[1] else last) from None
    except RecursionError:
        raise TomlError("nested too deeply", 1) from None
    except (ValueError, OverflowError):  # a number that Python cannot read
        raise TomlError(
            "a number has too many digits", _line_of(_LONG_NUMBER.search(text), text)
        ) from None


def _line_of(found: re.Match[str] | None, text: str) -> int:
    return text.count("\n", 0, found.start()) + 1 if found else 1
