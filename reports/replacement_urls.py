"""Decide which part of an archive copy's URL can replace the link that it is a copy of."""

from __future__ import annotations

import re
from urllib.parse import unquote, urldefrag

_SCHEME_AND_WWW = re.compile(r"https?:/+(?:www\.)?", re.IGNORECASE)


def target_contains_original(mirror: str, original: str) -> bool:
    """Return whether the URL of a mirror contains its original, so that no reader loses it.

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
    """Return the URL of a mirror without the fragment that another citation of it had.

    The fragment stays if it names the page (`#!/page`, `#/page`), or if the URL does not contain
    the original, as in a short URL of an archive: it may be part of the archive's own address.

    >>> mirror = "https://web.archive.org/web/2021/http://a.example/b"
    >>> without_own_fragment(f"{mirror}#comments", "http://a.example/b") == mirror
    True
    >>> without_own_fragment("https://archive.ph/x#selection", "http://a.example/b")
    'https://archive.ph/x#selection'
    """
    address, fragment = urldefrag(mirror)
    if fragment.startswith(("!", "/")) or not target_contains_original(address, original):
        return mirror
    return address
