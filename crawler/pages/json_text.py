"""Parse JSON, keeping where each string is written.

The standard library's decoder gives no positions; this one is the same decoder with another
function for strings. Keys of objects are plain strings.
"""

from __future__ import annotations

import json
import json.scanner
from collections.abc import Sequence
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]
from typing import Any

from crawler.pages.source_text import SourceText

_STEP = 256  # characters


class JsonText(str):
    """A string of a JSON text.

    Attributes:
        start: The index of the character after its opening quotation mark, in the JSON text.
        end: The index of its closing quotation mark.
    """

    __slots__ = ("end", "start")
    start: int
    end: int


class JsonSyntaxError(ValueError):
    """Raised if a text is not JSON; `index` is the character at which that shows."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.index = index


def parse_json(text: str, start: int = 0, end: int | None = None) -> Any:
    r"""Return the value of a JSON text; its strings are `JsonText`.

    Args:
        text: The text.
        start: The index at which the JSON begins; white space may come first.
        end: The index at which it ends.

    Raises:
        JsonSyntaxError: It is no JSON, or nested too deeply.

    >>> value = parse_json('{"a": ["b\\n"]}')
    >>> value["a"][0], value["a"][0].start, value["a"][0].end
    ('b\n', 8, 11)
    """
    part = text if end is None else text[:end]
    first = len(part) - len(part[start:].lstrip("\ufeff \t\r\n"))
    try:
        value, stop = _DECODER.raw_decode(part, first)
    except JSONDecodeError as error:
        raise JsonSyntaxError(f"it is not valid JSON: {error.msg}", error.pos) from error
    except RecursionError as error:
        raise JsonSyntaxError("its JSON is nested too deeply", first) from error
    except ValueError as error:  # a number with too many digits
        raise JsonSyntaxError("it is not valid JSON", first) from error
    if rest := part[stop:].lstrip(" \t\r\n"):
        raise JsonSyntaxError("it is not valid JSON: Extra data", len(part) - len(rest))
    return value


def json_escaped(text: str, *, ascii_only: bool = False) -> str:
    """Return a text as it is written between the quotation marks of a JSON string."""
    return json.dumps(text, ensure_ascii=ascii_only)[1:-1]


class ByteOffsets:
    """Convert character indexes of a page to byte offsets, in any order."""

    def __init__(self, source: SourceText) -> None:
        self._text = source.text
        self._is_ascii = len(source.text) == len(source.data)
        # The offset of each character whose index is a multiple of the step, as far as needed.
        self._known = [0]

    def at(self, index: int) -> int:
        """Return the byte offset of a character index."""
        if self._is_ascii:
            return index
        text, known = self._text, self._known
        step = min(index, len(text)) // _STEP
        while len(known) <= step:
            first = (len(known) - 1) * _STEP
            known.append(known[-1] + len(text[first : first + _STEP].encode()))
        return known[step] + len(text[step * _STEP : index].encode())


def texts_of(value: Any) -> Sequence[JsonText]:
    """Return the strings of a value that is a string or a list of strings, else none."""
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, JsonText)]


class _Decoder(json.JSONDecoder):
    """Decode strings to `JsonText`."""

    def __init__(self) -> None:
        super().__init__()
        self.parse_string = _parse_string
        self.scan_once = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]


def _parse_string(text: str, start: int, strict: bool) -> tuple[JsonText, int]:
    value, stop = scanstring(text, start, strict)
    located = JsonText(value)
    located.start, located.end = start, stop - 1
    return located, stop


_DECODER = _Decoder()
