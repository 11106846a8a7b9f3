"""Parse JSON, keeping where each string is written.

The standard library's decoder reports no positions. This one is the same decoder with another
function for strings. Keys of objects are plain strings.
"""

from __future__ import annotations

import json
import json.scanner
from collections.abc import Sequence
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]
from typing import Any


class JsonString(str):
    """A string in a JSON text, decoded.

    Attributes:
        start: The index of the character after its opening quotation mark, in the JSON text.
        end: The index of its closing quotation mark.
    """

    __slots__ = ("end", "start")
    start: int
    end: int


class JsonSyntaxError(ValueError):
    """Raised if a text is not JSON; `index` is that of the first wrong character."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.index = index


def parse_json(text: str) -> Any:
    r"""Return the value of a JSON text; its strings are `JsonString`.

    Args:
        text: The text; a byte order mark and white space may come first.

    Raises:
        JsonSyntaxError: The text is not JSON, or nested too deeply.

    >>> value = parse_json('{"a": ["b\\n"]}')
    >>> value["a"][0], value["a"][0].start, value["a"][0].end
    ('b\n', 8, 11)
    """
    first = len(text) - len(text.lstrip("\ufeff \t\r\n"))
    try:
        value, stop = _DECODER.raw_decode(text, first)
    except JSONDecodeError as error:
        raise JsonSyntaxError(f"it is not valid JSON: {error.msg}", error.pos) from error
    except RecursionError as error:
        raise JsonSyntaxError("its JSON is nested too deeply", first) from error
    except ValueError as error:  # a number with too many digits
        raise JsonSyntaxError("it is not valid JSON", first) from error
    if rest := text[stop:].lstrip(" \t\r\n"):
        raise JsonSyntaxError("it is not valid JSON: Extra data", len(text) - len(rest))
    return value


def json_escaped(text: str, *, ascii_only: bool = False) -> str:
    """Return a text as it is written between the quotation marks of a JSON string."""
    return json.dumps(text, ensure_ascii=ascii_only)[1:-1]


def strings_of(value: Any) -> Sequence[JsonString]:
    """Return the strings of a value that is a string or a list; an empty list for other values."""
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, JsonString)]


class _Decoder(json.JSONDecoder):
    """Decode strings to `JsonString`."""

    def __init__(self) -> None:
        super().__init__()
        self.parse_string = _parse_string
        self.scan_once = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]


def _parse_string(text: str, start: int, strict: bool) -> tuple[JsonString, int]:
    """Return the string that begins at an index, and the index behind its quotation mark."""
    value, stop = scanstring(text, start, strict)
    located = JsonString(value)
    located.start, located.end = start, stop - 1
    return located, stop


_DECODER = _Decoder()
