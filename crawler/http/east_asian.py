"""Recognise the encoding of Chinese, Japanese and Korean text by its commonest characters.

A statistical guess gives up on pages with much code and markup; what these have of such characters
is nearly always common in the right encoding, and rare or invalid in the others.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final

_FEWEST = 6  # characters outside ASCII; fewer are no evidence
_KANA_SHARE = 0.1  # of the characters outside ASCII, in any Japanese text
_COMMON_SHARE = 0.9  # of the characters outside ASCII, in a text in its own encoding
_SAMPLE = 4_096  # characters outside ASCII


def _is_simplified(char: str) -> bool:
    """Return whether GB 2312 has a character in its first level of Han, or as punctuation."""
    code = char.encode("gb2312", "ignore")
    return len(code) == 2 and (code[0] in {0xA1, 0xA3} or 0xB0 <= code[0] <= 0xD7)


def _is_traditional(char: str) -> bool:
    """Return whether Big5 has a character in its first level of Han, or as punctuation."""
    code = char.encode("big5", "ignore")
    return len(code) == 2 and 0xA1 <= code[0] <= 0xC6


def _is_korean(char: str) -> bool:
    """Return whether KS X 1001 has a character as Hangul, or as punctuation."""
    code = char.encode("euc_kr", "ignore")
    return len(code) == 2 and (code[0] in {0xA1, 0xA3} or 0xB0 <= code[0] <= 0xC8)


def _is_japanese(char: str) -> bool:
    """Return whether JIS X 0208 has a character as kana, punctuation or in its first level."""
    code = char.encode("euc_jp", "ignore")
    kinds = {0xA1, 0xA3, 0xA4, 0xA5}
    return len(code) == 2 and (code[0] in kinds or 0xB0 <= code[0] <= 0xCF)


# Hangul in its own encoding is common Han in that of Chinese, but hardly ever the reverse: the
# earlier of equals is right.
_ENCODINGS: Final[Mapping[str, Callable[[str], bool]]] = {
    "cp949": _is_korean,
    "euc_jp": _is_japanese,
    "cp932": _is_japanese,
    "big5": _is_traditional,
    "gb18030": _is_simplified,
}


def recognise_encoding(data: bytes, *, may_be_cut: bool = False) -> str | None:
    """Return the encoding of an East Asian text that is not UTF-8, None if it is none.

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
        foreign = list(islice((char for char in text if not char.isascii()), _SAMPLE))
        kana = sum("\u3041" <= char <= "\u30fe" for char in foreign)
        lacks_kana = is_common is _is_japanese and kana < _KANA_SHARE * len(foreign)
        if len(foreign) >= _FEWEST and not lacks_kana:
            shares[encoding] = sum(map(is_common, foreign)) / len(foreign)
    best = max(shares, key=lambda each: shares[each], default=None)
    return best if best and shares[best] >= _COMMON_SHARE else None
