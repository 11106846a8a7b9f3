"""JSON that holds texts from outside: other scripts readable, nothing in it that acts on a terminal, a reader of lines, or a page."""

from __future__ import annotations

import json
import re
from typing import Any

from msgspec.json import Encoder

from reports.sanitize import json_escape

# What JSON allows as it is and a terminal or a reader of lines does not: C1 controls, line separators, marks that turn the writing direction, tags.
_ACTING = re.compile(
    "[\x7f-\x9f\xad\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_MARKUP = re.compile("[<\u2028\u2029\ud800-\udfff]")
_ENCODER = Encoder()


def to_json_line(row: dict[str, Any]) -> str:
    r"""Write an object as one line of JSON.

    >>> to_line({"text": "微信\u202e\u2028\n"})
    '{"text":"微信\\u202e\\u2028\\n"}\n'
    """
    line = _without(_ACTING, _to_json(row)).replace(
        "##[", r"##\u005b"
    )  # a command to GitHub's runner, wherever it stands in a line
    return line + "\n"


def to_script_json(value: Any) -> str:
    r"""Write JSON that may stand in a page's script element.

    >>> to_script(["</script>", "<!--", "微信\u2028"])
    '["\\u003c/script>","\\u003c!--","微信\\u2028"]'
    """
    return _without(_MARKUP, _to_json(value))


def _to_json(value: Any) -> str:
    try:
        return _ENCODER.encode(value).decode()
    except UnicodeEncodeError:  # half a surrogate pair
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _without(treacherous: re.Pattern[str], text: str) -> str:
    if text.isprintable() and "<" not in text:  # most are, and nothing tells it as quickly
        return text
    return treacherous.sub(json_escape, text)
