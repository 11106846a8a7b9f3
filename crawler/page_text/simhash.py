"""Compute 64-bit fingerprints of texts: similar texts have fingerprints that differ in few bits.

Source: Charikar 2002 (https://doi.org/10.1145/509907.509965); features and thresholds are our own.
Fingerprints are stored with the name of the hash function (`SIMHASH_KIND`), and only those of the
same one are compared.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from xxhash import xxh3_64_digest

from crawler.http.html_text import collapse_start
from store.vocabulary import PageEvidence

# Each character is a token in scripts without spaces, each word in others.
_SPACELESS = r"\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
_IDEOGRAPHIC_SPACE: Final = "\u3000"  # the only white space among them
_ASCII = bytes(range(128))
# Replaces ASCII bytes outside of words by spaces.
_ONLY_WORDS = bytes(
    byte if byte > 127 or chr(byte).isalnum() or byte == ord("_") else ord(" ")
    for byte in range(256)
)
_SHINGLE: Final = 3  # tokens
_FEATURES: Final = 1_000  # shingles of a text that are hashed, from its beginning
_MAX_TOKENS: Final = _FEATURES + _SHINGLE - 1
_MAX_CHARACTERS: Final = 8_000  # of the text that is hashed, with collapsed white space
_BYTES: Final = 8  # of a fingerprint
# For each bit of a byte, a number of `_FEATURES` bytes in which only that bit of each byte is set.
_BIT_MASKS: Final = tuple(int.from_bytes(bytes([1 << bit]) * _FEATURES, "big") for bit in range(8))

SIMHASH_KIND: Final = "xxh3"  # a change of tokens, shingles or hash function needs another name
NEAR_DISTANCE: Final = 3  # bits, between texts that differ in a date or a number
FAR_DISTANCE: Final = 20  # bits, between texts with little in common


def simhash(text: str) -> int | None:
    """Return the fingerprint of a text's first 1,000 shingles of three tokens.

    Args:
        text: Any text. It is hashed as far as its first 8,000 characters, not counting repeated
            white space.

    Returns:
        64 bits, or None if the text has no word.

    >>> simhash("...") is None
    True
    >>> one = simhash("The page you are looking for has moved to another place in 2020, sorry")
    >>> two = simhash("The page you are looking for has moved to another place in 2021, sorry")
    >>> article = simhash("An article on the history of error codes, and on those who made them up")
    >>> (one ^ two).bit_count() < (one ^ article).bit_count()
    True
    """
    tokens = _hashed_tokens(text)
    if not tokens:
        return None
    shifted = [tokens[start:] for start in range(_SHINGLE)]
    shingles = map(b" ".join, zip(*shifted, strict=False))
    # Digests are smaller than shingles, so a set of them is made in less time.
    distinct = set(map(xxh3_64_digest, shingles)) or {xxh3_64_digest(b" ".join(tokens))}
    digests = b"".join(distinct)
    fingerprint = 0
    for position in range(_BYTES):
        # One byte of every digest, so that one bit of all of them is counted at once.
        column = int.from_bytes(digests[position::_BYTES], "big")
        for bit, mask in enumerate(_BIT_MASKS):
            if (column & mask).bit_count() * 2 > len(distinct):
                fingerprint |= 1 << (position * 8 + bit)
    return fingerprint


def _hashed_tokens(text: str) -> list[bytes]:
    """Return the tokens of which a text's shingles are made.

    White space is collapsed only if the first 8,000 characters, white space included, have too few
    tokens: collapsing takes time.
    """
    start = text[:_MAX_CHARACTERS].replace("\0", "").replace(_IDEOGRAPHIC_SPACE, " ")
    tokens = _tokens(start.lower(), _MAX_TOKENS + 1)
    if len(tokens) <= _MAX_TOKENS and len(text) > _MAX_CHARACTERS:
        collapsed = collapse_start(text, _MAX_CHARACTERS)
        tokens = _tokens(collapsed[:_MAX_CHARACTERS].lower(), _MAX_TOKENS)
    return tokens[:_MAX_TOKENS]


def _tokens(text: str, limit: int) -> list[bytes]:
    """Return the first tokens of a text in lower case, as UTF-8.

    Words between spaces are found by splitting bytes, three times as fast as by the pattern.

    Args:
        text: In lower case.
        limit: Maximum number of tokens.

    Returns:
        Words, or characters of scripts without spaces.

    >>> [token.decode() for token in _tokens("c’est là, 12_a 页", 9)]
    ['c', 'est', 'là', '12_a', '页']
    """
    if not text.isascii():
        non_ascii = (
            text.encode("utf-8", "surrogatepass")
            .translate(None, _ASCII)
            .decode("utf-8", "surrogatepass")
        )
        spaceless, token = _patterns()
        if spaceless.search(non_ascii):
            found = token.findall(text[: 2 * limit])  # the beginning mostly has enough tokens
            found = found if len(found) > limit else token.findall(text)
            return " ".join(found[:limit]).encode("utf-8", "surrogatepass").split()
        for character in set(non_ascii):
            if not character.isalnum():
                text = text.replace(character, " ")
    return text.encode("utf-8", "surrogatepass").translate(_ONLY_WORDS).split(None, limit)[:limit]


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of a character of a script without spaces, and of any token.

    They are compiled at their first use, in 5 ms: commands that only compare fingerprints do not
    need them.
    """
    return re.compile(rf"[{_SPACELESS}]"), re.compile(rf"[{_SPACELESS}]|[^\W{_SPACELESS}]+")


def simhash_distance(one: PageEvidence, other: PageEvidence) -> int | None:
    """Return the number of bits in which the fingerprints of two pages differ.

    Returns:
        0 to 64; None if a page has none, or if they were made with different hash functions.

    >>> simhash_distance(PageEvidence(simhash=3), PageEvidence(simhash=1))
    1
    >>> simhash_distance(PageEvidence(simhash=1), PageEvidence(simhash=1, simhash_kind="xxh3"))
    """
    if one.simhash is None or other.simhash is None or one.simhash_kind != other.simhash_kind:
        return None
    return (one.simhash ^ other.simhash).bit_count()


def is_near(one: PageEvidence, other: PageEvidence) -> bool:
    """Return whether two fingerprints differ no more than those of texts with different dates."""
    distance = simhash_distance(one, other)
    return distance is not None and distance <= NEAR_DISTANCE
