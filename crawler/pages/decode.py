"""Bytes of a page to text, whatever its encoding."""

from __future__ import annotations

import codecs
from typing import NamedTuple

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LEGACY = ["gb18030", "big5", "cp932", "cp949", "euc_jp", "cp1252", "cp1251"]
_SAMPLE = 65_536  # bytes; enough to tell languages apart
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")


class NotText(ValueError):
    """These bytes are no text in any encoding we know; skip the file."""


class Decoded(NamedTuple):
    """A page's text, the encoding it came in, and whether that was guessed."""

    text: str
    encoding: str
    guessed: bool = False


def decode(data: bytes) -> Decoded:
    """Decode a page. A byte order mark decides, then UTF-8, then what the bytes look like; `NotText` where they look like nothing.

    >>> decode("微信".encode())
    Decoded(text='微信', encoding='utf-8', guessed=False)
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            errors = "one-for-one" if encoding == "utf-8" else "replace"
            return Decoded(
                data.decode(encoding, errors), encoding
            )  # the mark stays: it counts in every offset
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return _guess(data)
    if text.count("\0") > len(text) // 20:
        return _guess(data)
    return Decoded(text, "utf-8")


def _guess(data: bytes) -> Decoded:
    if b"\0" in data:
        return _without_mark(data)
    controls = sum(byte in _CONTROLS for byte in data[:_SAMPLE])
    if controls > len(data[:_SAMPLE]) // 50:
        raise NotText("the file is binary")
    text = data.decode("utf-8", "one-for-one")
    if _is_damaged_utf8(data):
        return Decoded(text, "utf-8", guessed=True)
    from charset_normalizer import from_bytes  # noqa: PLC0415 - slow to import, and few wikis need it

    best = from_bytes(data, cp_isolation=_LEGACY).best()
    return (
        Decoded(str(best), best.encoding, guessed=True)
        if best
        else Decoded(text, "utf-8", guessed=True)
    )


def _is_damaged_utf8(data: bytes) -> bool:
    """Whether most of what is not ASCII is sound UTF-8."""
    sound = sum(char > "\x7f" for char in data[:_SAMPLE].decode("utf-8", "ignore"))
    broken = data[:_SAMPLE].decode("utf-8", "replace").count("\ufffd")
    return sound > 4 * broken


def _without_mark(data: bytes) -> Decoded:
    """UTF-16 that lost its byte order mark: every other byte of its ASCII letters and line ends is a NUL."""
    sample = data[:_SAMPLE]
    for encoding, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        zeros, others = sample[first::2].count(0), sample[1 - first :: 2].count(0)
        if len(data) % 2 == 0 and zeros > max(3, len(sample) // 20, 10 * others):
            try:
                return Decoded(data.decode(encoding), encoding, guessed=True)
            except UnicodeDecodeError:
                continue
    raise NotText("the file is binary: it holds NUL bytes")


def _one_for_one(error: UnicodeError) -> tuple[str, int]:
    """Decode each undecodable byte as one question mark, so that every offset behind it stays true."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "?" * (error.end - error.start), error.end


codecs.register_error("one-for-one", _one_for_one)
