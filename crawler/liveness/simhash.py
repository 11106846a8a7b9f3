"""A 64-bit fingerprint of a text: near texts have fingerprints few bits apart.

Source: Charikar 2002 (https://doi.org/10.1145/509907.509965); the features and the thresholds are our own.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

# Scripts written without spaces give one token a character, all others one a word.
_TOKEN = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]|[^\W\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
_SHINGLE: Final = 3
_FEATURES: Final = 1_000
_BYTES: Final = 8

NEAR: Final = 3  # bits between texts that are the same but for a date or a number
FAR: Final = 20  # bits between texts that have little in common


def simhash(text: str) -> int | None:
    """Return the fingerprint of a text's first 1,000 shingles of three tokens; None where there is no word in it.

    >>> simhash("...") is None
    True
    >>> a = simhash("The page you are looking for has moved to another place in 2020, so sorry about that")
    >>> b = simhash("The page you are looking for has moved to another place in 2021, so sorry about that")
    >>> distance(a, b) < distance(a, simhash("An article on the history of error codes, and on those who made them up"))
    True
    """
    tokens = _TOKEN.findall(text.lower())[: _FEATURES + _SHINGLE - 1]
    if not tokens:
        return None
    shingles = set(map(" ".join, zip(*(tokens[start:] for start in range(_SHINGLE)), strict=False))) or {" ".join(tokens)}
    digests = b"".join(blake2b(shingle.encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest() for shingle in shingles)
    ones = int.from_bytes(b"\1" * len(shingles), "big")
    fingerprint = 0
    for place in range(_BYTES):
        column = int.from_bytes(digests[place::_BYTES], "big")  # one byte of every digest: a bit of all of them is counted at once
        for bit in range(8):
            if ((column >> bit) & ones).bit_count() * 2 > len(shingles):
                fingerprint |= 1 << (place * 8 + bit)
    return fingerprint


def distance(a: int | None, b: int | None) -> int:
    """Count the bits two fingerprints differ in; 64 where one is missing."""
    return 8 * _BYTES if a is None or b is None else (a ^ b).bit_count()
