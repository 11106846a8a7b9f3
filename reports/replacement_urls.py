"""The URLs of archive copies as replacements of the links that they are copies of."""

from __future__ import annotations

import re
from urllib.parse import unquote, urldefrag

_SCHEME_AND_WWW = re.compile(r"https?:/+(?:www\.)?", re.IGNORECASE)


def target_contains_original(mirror: str, original: str) -> bool:
    """Return whether the URL of a mirror contains its original, which is then not lost with it.

    >>> mirror = "https://web.archive.org/web/2021/http://www.a.example/"
    >>> target_contains_original(mirror, "https://a.example")
    True
    >>> target_contains_original("https://archive.ph/x", "https://a.example")
    False
    """
    without_fragment = original.partition("#")[0]
    address = _SCHEME_AND_WWW.sub("", without_fragment, count=1).rstrip("/")
    return bool(address) and unquote(address) in unquote(mirror)


def without_own_fragment(mirror: str, original: str) -> str:
    """Return the URL of a mirror without its fragment, which is another citation's.

    The fragment stays where it names the page (`#!/page`, `#/page`), or the URL before it does not.

    >>> mirror = "https://web.archive.org/web/2021/http://a.example/b"
    >>> without_own_fragment(f"{mirror}#comments", "http://a.example/b") == mirror
    True
    >>> without_own_fragment("https://archive.ph/x#selection", "http://a.example/b")
    'https://archive.ph/x#selection'
    """
    address, own = urldefrag(mirror)
    if own.startswith(("!", "/")) or not target_contains_original(address, original):
        return mirror
    return address
