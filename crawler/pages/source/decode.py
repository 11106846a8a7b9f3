"""Decode the bytes of a page to text, whatever its encoding."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import NamedTuple

from crawler.http.charsets import UTF_16, codec_of
from crawler.http.east_asian import recognise_encoding

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Encodings that the guess chooses from
_LEGACY = ["gb18030", "big5", "cp932", "cp949", "euc_jp", "cp1252", "cp1251"]
_SAMPLE = 65_536  # bytes of a page that are tested
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")


class NotText(ValueError):
    """Raised when bytes are no text in any known encoding; the message says why."""


class Decoded(NamedTuple):
    """The text of a page, its encoding, and whether the encoding was guessed."""

    text: str
    encoding: str
    guessed: bool = False


def decode(data: bytes, *, declared: Callable[[bytes], str | None] | None = None) -> Decoded:
    """Decode a page by its byte order mark, else as UTF-8, else as it declares, else by guessing.

    A byte order mark stays in the text, because it counts in every offset.

    Args:
        data: The bytes of the page.
        declared: Returns the name of the encoding that the page declares itself, or None.

    Returns:
        The text and its encoding.

    Raises:
        NotText: The bytes are no text.

    >>> decode("微信".encode())
    Decoded(text='微信', encoding='utf-8', guessed=False)
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            errors = "one-for-one" if encoding == "utf-8" else "replace"
            return Decoded(data.decode(encoding, errors), encoding)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        name = declared(data) if declared else None
        codec = codec_of(name) if name else None
        if codec in UTF_16:  # the name was read as ASCII, so the page is in another encoding
            codec = None
        return _decode_as_declared(data, codec) if codec else _guess(data)
    if text.count("\0") > len(text) // 20:  # UTF-16 of ASCII text is also valid UTF-8
        return _guess(data)
    return Decoded(text, "utf-8")


def _decode_as_declared(data: bytes, codec: str) -> Decoded:
    """Decode a page in the encoding that it declares, or guess if that cannot be."""
    try:
        return Decoded(data.decode(codec), codec)
    except UnicodeDecodeError:
        return _guess(data)


def _guess(data: bytes) -> Decoded:
    """Decode a page that is neither UTF-8 nor in the encoding that it declares.

    Returns:
        The text and its encoding.

    Raises:
        NotText: The bytes are no text.
    """
    if b"\0" in data:
        return _decode_unmarked_utf16(data)
    controls = sum(byte in _CONTROLS for byte in data[:_SAMPLE])
    if controls > len(data[:_SAMPLE]) // 50:  # text has hardly any
        raise NotText("the file is binary")
    text = data.decode("utf-8", "one-for-one")
    if _is_damaged_utf8(data):
        return Decoded(text, "utf-8", guessed=True)
    if encoding := recognise_encoding(data):
        return Decoded(data.decode(encoding), encoding, guessed=True)
    from charset_normalizer import from_bytes  # noqa: PLC0415 - slow to import, rarely needed

    best = from_bytes(data, cp_isolation=_LEGACY).best()
    if best is None:
        return Decoded(text, "utf-8", guessed=True)
    return Decoded(str(best), best.encoding, guessed=True)


def _is_damaged_utf8(data: bytes) -> bool:
    """Return whether most characters outside ASCII are valid UTF-8."""
    sound = sum(char > "\x7f" for char in data[:_SAMPLE].decode("utf-8", "ignore"))
    broken = data[:_SAMPLE].decode("utf-8", "replace").count("\ufffd")
    return sound > 4 * broken


def _decode_unmarked_utf16(data: bytes) -> Decoded:
    """Decode UTF-16 without a byte order mark.

    It is recognised by its ASCII letters and line ends, whose high bytes are NUL.

    Returns:
        The text and its encoding.

    Raises:
        NotText: The bytes are not UTF-16 either.
    """
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
    """Return a question mark for each undecodable byte, and the offset to continue at.

    The text keeps the length of the bytes, so that later offsets stay correct.
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "?" * (error.end - error.start), error.end


codecs.register_error("one-for-one", _one_for_one)
