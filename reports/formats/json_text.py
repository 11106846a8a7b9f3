"""Encode untrusted texts as JSON that is safe on a terminal and in an HTML page.

Only characters that are unsafe there are escaped. Texts in any script stay readable.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from msgspec.json import Encoder

from reports.wording.sanitize import json_escape
from store.vocabulary.log_lines import escape_commands

# Characters that JSON allows unescaped and that act on a terminal or end a line for some readers:
# C1 controls, line separators, bidirectional marks, tags.
_UNSAFE = re.compile(
    "[\x7f-\x9f\xad\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_MARKUP = re.compile("[<\u2028\u2029\ud800-\udfff]")
_MARKUP_IN_UTF_8 = [
    (char.encode(), escape)
    for char, escape in (("<", rb"\u003c"), ("\u2028", rb"\u2028"), ("\u2029", rb"\u2029"))
]
_ENCODER = Encoder()


def to_json_line(value: dict[str, Any]) -> str:
    r"""Return an object as one line of JSON.

    >>> to_json_line({"text": "微信\u202e\u2028\n"})
    '{"text":"微信\\u202e\\u2028\\n"}\n'
    """
    line = _escaped(_UNSAFE, _to_json(value))
    # A text such as "##[error]" would be a command to a CI runner that shows the line.
    return escape_commands(line, r"\u005b") + "\n"


def to_script_json(value: Any) -> str:
    r"""Return a value as JSON that is safe in a script element of an HTML page.

    >>> to_script_json(["</script>", "<!--", "微信\u2028"])
    '["\\u003c/script>","\\u003c!--","微信\\u2028"]'
    """
    return _escaped(_MARKUP, _to_json(value))


def to_script_json_lines(values: Sequence[Any]) -> bytes:
    r"""Return values as `to_script_json` does, in UTF-8, with a comma and a newline between them.

    >>> to_script_json_lines([["<!--\u2028", 1], [2]])
    b'["\\u003c!--\\u2028",1],\n[2]'
    """
    try:
        lines = _ENCODER.encode_lines(values)
    except UnicodeEncodeError:  # a lone surrogate
        return ",\n".join(map(to_script_json, values)).encode()
    for text, escape in _MARKUP_IN_UTF_8:
        lines = lines.replace(text, escape)
    return lines.removesuffix(b"\n").replace(b"\n", b",\n")


def _to_json(value: Any) -> str:
    try:
        return _ENCODER.encode(value).decode()
    except UnicodeEncodeError:  # a lone surrogate
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _escaped(pattern: re.Pattern[str], text: str) -> str:
    # Most texts have nothing to escape. `isprintable` is faster than a search by the pattern.
    if text.isprintable() and "<" not in text:
        return text
    return pattern.sub(json_escape, text)
