"""Resolve the escapes of quoted strings in YAML, TOML and JSON, keeping each character's index."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

# Escapes of JSON (RFC 8259), TOML 1.0 and YAML 1.2. Groups: a surrogate pair (1, 2), a code in
# hexadecimal digits (3 to 5), a line end that is left out (6), one character (7).
ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2}))|(\r?\n[ \t]*)|(.))",
    re.DOTALL,
)
_NAMED_ESCAPES = dict(zip("ntrbf0aveN_LP", "\n\t\r\b\f\0\a\v\x1b\x85\xa0\u2028\u2029", strict=True))
_DOUBLED_QUOTE = re.compile(r"(?<=.)''(?=.)", re.DOTALL)
_LITERAL = re.compile(
    r"\"{3}(?:[^\\]|\\.)*?\"{3}|'{3}.*?'{3}|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'", re.DOTALL
)
_MAX_CODE = 0x10FFFF


class DecodedString(NamedTuple):
    """A string without its escapes.

    Attributes:
        text: The string.
        written_indexes: The index as written of each of its characters, and of its end; None if the
            string is the same as written.
    """

    text: str
    written_indexes: Sequence[int] | None = None

    def written_at(self, index: int) -> int:
        """Return the index, as written, of a character of the text."""
        return self.written_indexes[index] if self.written_indexes else index


def decode_string(written: str) -> DecodedString:
    r"""Resolve the escapes of a string.

    Args:
        written: The string as written. Its quotation marks stay in the result.

    Returns:
        The string.

    >>> decode_string(r'"a\u0026b"').text
    '"a&b"'
    >>> decode_string("'it''s'").text
    "'it's'"
    """
    if written.startswith('"') and "\\" in written:
        return _replace(written, ESCAPE, _unescape)
    if written.startswith("'") and "''" in written[1:-1]:
        return _replace(written, _DOUBLED_QUOTE, lambda _: "'")
    return DecodedString(written)


def string_literals(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the quoted strings of a TOML or JSON text: the value, the start and the end."""
    for found in _LITERAL.finditer(text):
        written = found[0]
        quotes = 3 if len(written) >= 6 and written[:3] in {'"""', "'" * 3} else 1
        inner = written[quotes:-quotes]
        value = decode_string(f'"{inner}"').text[1:-1] if written[0] == '"' else inner
        yield value, found.start(), found.end()


def _replace(
    written: str, pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str]
) -> DecodedString:
    """Replace matches of a pattern, keeping the index of each character."""
    parts: list[str] = []
    indexes: list[int] = []
    end = 0
    for found in pattern.finditer(written):
        text = replacement(found)
        parts += written[end : found.start()], text
        indexes += range(end, found.start())
        indexes += [found.start()] * len(text)
        end = found.end()
    parts.append(written[end:])
    indexes += range(end, len(written) + 1)
    return DecodedString("".join(parts), indexes)


def _unescape(escape: re.Match[str]) -> str:
    """Return the text of a match of `ESCAPE`."""
    if escape[1]:
        high, low = int(escape[1], 16), int(escape[2], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + low - 0xDC00)
    if digits := escape[3] or escape[4] or escape[5]:
        code = int(digits, 16)
        return chr(code) if code <= _MAX_CODE and not 0xD800 <= code < 0xE000 else "\ufffd"
    if escape[6]:
        return ""
    return _NAMED_ESCAPES.get(escape[7], escape[7])
