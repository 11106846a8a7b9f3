"""Recognise the encoding of Chinese, Japanese and Korean text by its commonest characters.

In the right encoding nearly all characters outside ASCII are common ones. In the others they are
rare ones, or invalid. This also works for pages with much code and markup and little text, for
which general detection finds no encoding.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Final

_MIN_CHARACTERS = 6  # outside ASCII; fewer are no evidence
_MAX_CHARACTERS = 4_096  # outside ASCII that are looked at
_MIN_KANA_SHARE = 0.1  # of the characters outside ASCII, in any Japanese text
_MIN_COMMON_SHARE = 0.9  # of the characters outside ASCII, in a text in its own encoding


def _is_common_simplified(char: str) -> bool:
    """Return whether GB 2312 has a character in its first level of Han, or as punctuation."""
    code = char.encode("gb2312", "ignore")
    return len(code) == 2 and (code[0] in {0xA1, 0xA3} or 0xB0 <= code[0] <= 0xD7)


def _is_common_traditional(char: str) -> bool:
    """Return whether Big5 has a character in its first level of Han, or as punctuation."""
    code = char.encode("big5", "ignore")
    return len(code) == 2 and 0xA1 <= code[0] <= 0xC6


def _is_common_korean(char: str) -> bool:
    """Return whether KS X 1001 has a character as Hangul, or as punctuation."""
    code = char.encode("euc_kr", "ignore")
    return len(code) == 2 and (code[0] in {0xA1, 0xA3} or 0xB0 <= code[0] <= 0xC8)


def _is_common_japanese(char: str) -> bool:
    """Return whether JIS X 0208 has a character as kana, punctuation or in its first level."""
    code = char.encode("euc_jp", "ignore")
    rows = {0xA1, 0xA3, 0xA4, 0xA5}
    return len(code) == 2 and (code[0] in rows or 0xB0 <= code[0] <= 0xCF)


# Tests whether a character is common, by encoding. Of encodings with equal shares the first is
# returned: Korean text decoded as Chinese may consist of common Han, but hardly ever the reverse.
_ENCODINGS: Final[Mapping[str, Callable[[str], bool]]] = {
    "cp949": _is_common_korean,
    "euc_jp": _is_common_japanese,
    "cp932": _is_common_japanese,
    "big5": _is_common_traditional,
    "gb18030": _is_common_simplified,
}


def recognise_encoding(data: bytes, *, may_be_cut: bool = False) -> str | None:
    """Return the encoding of an East Asian text that is not UTF-8; None if it is none.

    Args:
        data: The text.
        may_be_cut: Whether the text may end inside a character.

    >>> [recognise_encoding("这是一个测试页面。".encode(name)) for name in ("gb18030", "utf-8")]
    ['gb18030', None]
    """
    shares: dict[str, float] = {}
    for encoding, is_common in _ENCODINGS.items():
        try:
            text = getincrementaldecoder(encoding)().decode(data, final=not may_be_cut)
        except UnicodeDecodeError:
            continue
        characters = list(islice((char for char in text if not char.isascii()), _MAX_CHARACTERS))
        if len(characters) < _MIN_CHARACTERS:
            continue
        if is_common is _is_common_japanese and not _has_kana(characters):
            continue
        shares[encoding] = sum(map(is_common, characters)) / len(characters)
    best = max(shares, key=lambda encoding: shares[encoding], default=None)
    if best is None or shares[best] < _MIN_COMMON_SHARE:
        return None
    return best


def _has_kana(characters: Sequence[str]) -> bool:
    """Return whether as many of the characters are kana as in any Japanese text."""
    kana = sum("\u3041" <= char <= "\u30fe" for char in characters)
    return kana >= _MIN_KANA_SHARE * len(characters)
